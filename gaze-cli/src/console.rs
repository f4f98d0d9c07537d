//! Output of a run: a progress bar on a terminal, plain lines otherwise, JSON lines on request.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use gaze_core::{Error, Observer, Outcome, Progress, Rect, RigOutcome, Stage, Warning};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::exit;
use crate::wording::{in_words, warning_in_words};

/// Set by Ctrl-C.
static CANCELLED: AtomicBool = AtomicBool::new(false);
/// How many times plain output reports progress, a stage.
const PLAIN_STEPS: u32 = 10;

/// Makes Ctrl-C cancel the run, and a second one end the program at once.
pub(crate) fn cancel_on_interrupt() {
    let handler = || {
        if CANCELLED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    };
    if let Err(e) = ctrlc::set_handler(handler) {
        print_stderr(&format!("warning: Ctrl-C will not clean up: {e}"));
    }
}

/// Whether Ctrl-C was pressed.
pub(crate) fn is_cancelled() -> bool {
    CANCELLED.load(Ordering::Relaxed)
}

/// Shows a run, and cancels it on Ctrl-C.
pub(crate) enum Console {
    /// One JSON object a line on stdout.
    Json,
    /// A bar on stderr.
    Bar(ProgressBar),
    /// Lines on stderr; what was reported last.
    Plain(Mutex<Reported>),
}

impl Console {
    pub(crate) fn new(json: bool) -> Self {
        if json {
            Console::Json
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(style("{spinner} {msg}"));
            Console::Bar(bar)
        } else {
            Console::Plain(Mutex::default())
        }
    }

    /// Shows which engine renders.
    pub(crate) fn show_engine(&self, note: &str) {
        match self {
            Console::Json => print_json(&json!({ "event": "engine", "engine": note })),
            Console::Bar(bar) => bar.println(format!("engine: {note}")),
            Console::Plain(_) => print_stderr(&format!("engine: {note}")),
        }
    }

    /// Shows a warning about the result.
    pub(crate) fn warn(&self, warning: &Warning) {
        let message = warning_in_words(warning);
        match self {
            Console::Json => print_json(&json!({
                "event": "warning", "kind": warning.kind.name(), "message": message,
            })),
            _ => print_stderr(&format!("warning: {message}")),
        }
    }

    /// Shows the result.
    pub(crate) fn complete(&self, out: &Path, outcome: &Outcome) {
        let bytes: u64 = outcome.files.iter().map(|(_, bytes)| bytes).sum();
        let manifest = &outcome.manifest;
        let seconds = outcome.total_time.as_secs_f64();
        if let Console::Json = self {
            let keys: Value = serde_json::from_str(&manifest.to_json_made_by(&outcome.provenance))
                .unwrap_or_default();
            let files: Vec<Value> = outcome
                .files
                .iter()
                .map(|(name, bytes)| json!({ "name": name, "bytes": bytes }))
                .collect();
            print_json(&json!({
                "event": "complete", "out": out.to_string_lossy(), "metadata": keys,
                "crop": keys_of(outcome.crop),
                "files": files, "bytes": bytes, "seconds": seconds,
                "sweepSeconds": outcome.sweep_time.as_secs_f64(),
                "networkSeconds": outcome.network_time.map(|time| time.as_secs_f64()),
                "resumedFrames": outcome.resumed_frames,
            }));
            return;
        }
        if outcome.resumed_frames > 0 {
            self.say(&format!("{} frames are of an interrupted run", outcome.resumed_frames));
        }
        self.finish(&format!(
            "{}: {} frames of {} x {} px, {:.1} MB in {seconds:.1} s",
            out.display(),
            manifest.grid.cells(),
            manifest.frame_size.width,
            manifest.frame_size.height,
            bytes as f64 / 1e6,
        ));
    }

    /// Shows the result of a run that wrote a live rig and nothing else.
    pub(crate) fn complete_rig(&self, outcome: &RigOutcome) {
        let (file, seconds) = (&outcome.file, outcome.total_time.as_secs_f64());
        let size = outcome.frame_size;
        if let Console::Json = self {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            print_json(&json!({
                "event": "complete", "out": file.to_string_lossy(),
                "rig": { "width": size.width, "height": size.height, "hasAlpha": outcome.has_alpha },
                "crop": keys_of(outcome.crop),
                "files": [{ "name": name, "bytes": outcome.bytes }], "bytes": outcome.bytes,
                "seconds": seconds,
            }));
            return;
        }
        self.finish(&format!(
            "{}: a live rig of {} x {} px, {:.1} kB in {seconds:.2} s",
            file.display(),
            size.width,
            size.height,
            outcome.bytes as f64 / 1e3,
        ));
    }

    /// Shows a line of progress for people; JSON output leaves it out.
    pub(crate) fn say(&self, line: &str) {
        match self {
            Console::Json => {}
            Console::Bar(bar) => bar.println(line),
            Console::Plain(_) => print_stderr(line),
        }
    }

    /// Takes the progress off the terminal.
    pub(crate) fn clear(&self) {
        if let Console::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }

    /// Ends the progress and shows a line for people.
    pub(crate) fn finish(&self, line: &str) {
        self.clear();
        print_line(line);
    }

    /// Shows why there is no result.
    pub(crate) fn fail(&self, error: &Error) {
        match self {
            Console::Json => print_json(&json!({
                "event": "error", "kind": exit::name_of(error.kind()),
                "message": in_words(error), "exitCode": exit::code_of(error.kind()),
            })),
            Console::Bar(bar) => {
                bar.finish_and_clear();
                print_error(error);
            }
            Console::Plain(_) => print_error(error),
        }
    }
}

impl Observer for Console {
    fn on_progress(&self, progress: &Progress) {
        match self {
            Console::Json => print_json(&json!({
                "event": "progress", "stage": progress.stage.name(), "current": progress.current,
                "total": progress.total, "activity": progress.activity, "started": progress.started,
                "finished": progress.finished,
            })),
            Console::Bar(bar) => move_bar(bar, progress),
            Console::Plain(reported) => {
                let mut reported =
                    reported.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                print_plain(&mut reported, progress);
            }
        }
    }

    fn is_cancelled(&self) -> bool {
        is_cancelled()
    }
}

fn move_bar(bar: &ProgressBar, progress: &Progress) {
    bar.set_message(match &progress.activity {
        Some(activity) => format!("{}: {activity}", progress.stage.name()),
        None => progress.stage.name().to_owned(),
    });
    if progress.total > 0 {
        if bar.length() != Some(u64::from(progress.total)) {
            bar.set_style(style("{msg:12} [{bar:40}] {pos}/{len}  {eta}"));
            bar.set_length(u64::from(progress.total));
        }
        bar.set_position(u64::from(progress.current));
    } else {
        bar.set_style(style("{spinner} {msg}"));
        bar.unset_length();
        bar.tick();
    }
}

/// What plain output has said last.
#[derive(Default)]
pub(crate) struct Reported {
    stage: Option<Stage>,
    activity: Option<String>,
    step: u32,
}

fn print_plain(reported: &mut Reported, progress: &Progress) {
    let step = progress.current * PLAIN_STEPS / progress.total.max(1);
    if let Some(file) = &progress.finished {
        print_stderr(&format!("finished {file}"));
    }
    let is_known = reported.stage == Some(progress.stage) && reported.activity == progress.activity;
    if is_known && step <= reported.step {
        return;
    }
    let activity = progress.activity.clone();
    *reported = Reported { stage: Some(progress.stage), activity, step };
    let activity = progress.activity.as_ref().map_or(String::new(), |what| format!(": {what}"));
    let done = match progress.total {
        0 => String::new(),
        total => format!(" {}/{total}", progress.current),
    };
    print_stderr(&format!("{}{activity}{done}", progress.stage.name()));
}

/// Style of a progress bar.
pub(crate) fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("templates are literals")
}

/// A part of the portrait, in its pixels.
fn keys_of(part: Option<Rect>) -> Option<Value> {
    part.map(
        |Rect { x, y, width, height }| json!({ "x": x, "y": y, "width": width, "height": height }),
    )
}

pub(crate) fn print_json(value: &Value) {
    print_line(&value.to_string());
}

/// Shows people why there is no result.
pub(crate) fn print_error(error: &Error) {
    print_stderr(&format!("error: {}", in_words(error)));
}

/// Unlike `eprintln!`, does not panic when the reader has closed the pipe.
pub(crate) fn print_stderr(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Unlike `println!`, does not panic when the reader has closed the pipe.
pub(crate) fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

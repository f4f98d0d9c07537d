//! `gaze bench`: which way of running LivePortrait is the fastest on this machine.

mod report;
mod sweep;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use gaze_core::liveportrait::{
    Combination, Device, LivePortraitOptions, MeasureObserver, MeasureOptions, Outcome, Trial,
    measure,
};
use gaze_core::{EngineOptions, Grid, Portrait, Result};
use serde_json::{Value, json};

use crate::console::{self, Console, print_json, print_line, print_stderr};
use crate::engine::with_python;
use crate::exit;
use crate::generate::parse_grid;
use crate::models_folder::ModelsOption;
use report::Report;

/// The face that is measured with: NASA's portrait of Eileen Collins, 512 x 512 px.
const PORTRAIT: &[u8] = include_bytes!("bench/portrait.jpg");

/// Measure how fast LivePortrait runs here, and keep the best way for later runs
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    models: ModelsOption,
    /// Where networks run: auto, cuda, cuda:N, tensorrt, tensorrt:N, coreml, directml or cpu
    #[arg(long, default_value = "auto")]
    device: Device,
    /// The library of ONNX Runtime, or its folder [default: looked for]
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
    /// Seconds for all ways of running, and as many again for the sweep
    #[arg(long, value_name = "S", default_value_t = 180, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Cells a side of the sweep; fewer where they would not fit into the time
    #[arg(long, value_name = "N", default_value = "30", value_parser = parse_grid)]
    grid: Grid,
    /// Compare a frame with one that the CPU makes
    #[arg(long)]
    check_cpu: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> u8 {
    let console = Console::new(arguments.json);
    match bench(arguments, &console) {
        Ok(report) => {
            if arguments.json {
                print_json(&report.to_json());
            } else {
                report.lines().iter().for_each(|line| print_line(line));
            }
            if report.measurement.is_cancelled { exit::CANCELLED } else { exit::DONE }
        }
        Err(error) => {
            console.fail(&error);
            exit::code_of(error.kind())
        }
    }
}

fn bench(arguments: &Arguments, console: &Console) -> Result<Report> {
    let mut options = LivePortraitOptions::default()
        .with_models(arguments.models.folder()?)
        .with_device(arguments.device);
    options.library.clone_from(&arguments.onnxruntime);
    let options = with_python(EngineOptions::default().with_liveportrait(options)).liveportrait;
    let limit = Duration::from_secs(arguments.seconds);
    let how = MeasureOptions::default().with_limit(limit).with_cpu_check(arguments.check_cpu);
    console::cancel_on_interrupt();
    let portrait = Portrait::from_bytes(PORTRAIT)?;
    let measurement = measure(&options, &portrait, &how, &Progress { json: arguments.json })?;
    let best = measurement.best.zip(measurement.best_times());
    let sweep = match best.filter(|_| !measurement.is_cancelled) {
        None => None,
        Some((best, times)) => {
            let grid = sweep::fitting(arguments.grid, times.frame_ms, limit);
            if grid != arguments.grid {
                let told = format!(
                    "a sweep of {} frames, for {} would take longer than {} s",
                    grid.cells(),
                    arguments.grid.cells(),
                    arguments.seconds
                );
                note(arguments.json, &told);
            }
            // A sweep that fails is no reason to lose what was measured.
            let device = measurement.device;
            Some(sweep::measure_sweep(&options, device, &best, &portrait, grid, console))
        }
    };
    if let Some(Err(error)) = &sweep {
        note(arguments.json, &format!("the sweep failed: {}", crate::wording::in_words(error)));
    }
    Ok(Report { measurement, sweep: sweep.and_then(Result::ok) })
}

/// Tells what is being measured.
struct Progress {
    json: bool,
}

impl MeasureObserver for Progress {
    fn on_begin(&self, combination: &Combination, number: usize, about: usize) {
        if self.json {
            print_json(&json!({
                "event": "begin", "number": number, "about": about, "words": combination.to_string(),
            }));
        } else {
            print_stderr(&format!("{number} of about {about}: {combination}"));
        }
    }

    fn on_trial(&self, trial: &Trial) {
        if self.json {
            let mut event = report::keys_of(trial);
            event["event"] = Value::from("trial");
            return print_json(&event);
        }
        match &trial.outcome {
            Outcome::Timed(timed) => print_stderr(&format!("    {:.2} ms a frame", timed.frame_ms)),
            Outcome::Failed(why) => print_stderr(&format!("    not possible: {why}")),
            Outcome::LeftOut(why) => {
                print_stderr(&format!("left out: {}: {why}", trial.combination))
            }
            _ => {}
        }
    }

    fn on_note(&self, told: &str) {
        note(self.json, told);
    }

    fn is_cancelled(&self) -> bool {
        console::is_cancelled()
    }
}

fn note(json: bool, told: &str) {
    if json {
        print_json(&json!({ "event": "note", "message": told }));
    } else {
        print_stderr(told);
    }
}

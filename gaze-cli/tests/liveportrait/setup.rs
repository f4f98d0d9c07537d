//! A portrait, stand-in models and a place for results.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

/// The four files of a sweep.
pub(crate) const MODELS: [&str; 4] = [
    "appearance_feature_extractor.onnx",
    "motion_extractor.onnx",
    "stitching.onnx",
    "warping_spade.onnx",
];
/// The portrait of a setup that has none of its own.
pub(crate) const ASTRONAUT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/astronaut.png");
/// Frames decoded at a time.
pub(crate) const BATCH: usize = 2;

/// A folder with models of its own, in which runs make `face`.
pub(crate) struct Setup {
    dir: tempfile::TempDir,
    grid: usize,
}

impl Setup {
    /// For sweeps of `grid` x `grid` frames.
    pub(crate) fn new(grid: usize) -> Self {
        let setup = Self { dir: tempfile::tempdir().unwrap(), grid };
        fs::create_dir(setup.models()).unwrap();
        for name in MODELS {
            fs::copy(fixtures().join("models").join(name), setup.model(name)).unwrap();
        }
        setup
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn models(&self) -> PathBuf {
        self.path().join("models")
    }

    pub(crate) fn model(&self, name: &str) -> PathBuf {
        self.models().join(name)
    }

    /// Where a setup may have a portrait of its own.
    pub(crate) fn portrait(&self) -> PathBuf {
        self.path().join("portrait.png")
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.path().join("out/face")
    }

    pub(crate) fn frames(&self) -> usize {
        self.grid * self.grid
    }

    /// A sweep into [`out`](Self::out), with JSON events.
    pub(crate) fn command(&self, more: &[&str]) -> Command {
        self.command_of(Command::new(env!("CARGO_BIN_EXE_gaze")), more)
    }

    /// The same in a shell that has been told something before, for instance a limit.
    pub(crate) fn limited_command(&self, told: &str, more: &[&str]) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{told}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_gaze")]);
        self.command_of(shell, more)
    }

    fn command_of(&self, mut command: Command, more: &[&str]) -> Command {
        let (batch, grid) = (BATCH.to_string(), self.grid.to_string());
        let given = |option: &str| more.contains(&option);
        let own = self.portrait();
        let portrait = if own.exists() { &own } else { Path::new(ASTRONAUT) };
        command.arg("generate").arg(portrait).args(["--json", "--no-pack"]);
        command.args(["--grid", &grid, "--max-size", "128"]);
        let defaults = [("--engine", "liveportrait"), ("--batch", &*batch), ("--device", "cpu")];
        for (option, value) in defaults {
            if !given(option) {
                command.args([option, value]);
            }
        }
        if !given("--out") {
            command.arg("--out").arg(self.out());
        }
        command.arg("--models").arg(self.models()).args(more);
        command.env_remove("LIVEPORTRAIT_PATH").stderr(Stdio::piped());
        command
    }

    /// Runs a sweep to its end.
    pub(crate) fn run(&self, more: &[&str]) -> Ended {
        Ended::of(&self.command(more).output().unwrap())
    }

    /// Starts a sweep.
    pub(crate) fn start(&self, more: &[&str]) -> Running {
        let mut child = self.command(more).stdout(Stdio::piped()).spawn().unwrap();
        let events = BufReader::new(child.stdout.take().unwrap());
        Running { child, events }
    }

    /// Names of what lies beside the results, hidden folders by their kind alone.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let names = fs::read_dir(self.path().join("out")).into_iter().flatten();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut kinds: Vec<String> = names
            .map(|name| match name.strip_prefix(".gaze-") {
                Some(rest) => rest.split('-').next().unwrap().to_owned(),
                None => name,
            })
            .collect();
        kinds.sort();
        kinds
    }

    /// The folder of kept frames, where there is one.
    pub(crate) fn work(&self) -> Option<PathBuf> {
        let entries = fs::read_dir(self.path().join("out")).into_iter().flatten().flatten();
        let works = entries
            .map(|entry| entry.path())
            .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(".gaze-work-"));
        let works: Vec<_> = works.collect();
        assert!(works.len() <= 1, "{works:?}");
        works.into_iter().next()
    }

    /// Frames that are kept, by index.
    pub(crate) fn kept(&self) -> Vec<PathBuf> {
        let entries = self.work().into_iter().flat_map(|work| fs::read_dir(work).unwrap());
        let mut kept: Vec<_> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "png"))
            .collect();
        kept.sort();
        kept
    }

    /// Runs until about so many frames are kept, then ends it as Ctrl-C does.
    pub(crate) fn interrupt_at(&self, frames: usize, more: &[&str]) {
        let mut run = self.start(more);
        run.wait_for_frames(frames);
        run.signal("INT");
        assert_eq!(run.end().code, 130);
    }
}

/// A sweep under way.
pub(crate) struct Running {
    pub(crate) child: Child,
    events: BufReader<ChildStdout>,
}

impl Running {
    /// Waits until so many frames, at least 1, are done; false where the run ends before.
    pub(crate) fn wait_for_frames(&mut self, frames: usize) -> bool {
        let mut line = String::new();
        while self.events.read_line(&mut line).unwrap() > 0 {
            let event: Value = serde_json::from_str(&line).unwrap();
            let is_later = event["stage"] == "stitching";
            let done = event["current"].as_u64().filter(|_| event["stage"] == "generating");
            if is_later || done >= Some(frames as u64) {
                return true;
            }
            line.clear();
        }
        false
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        let mut stdout = String::new();
        std::io::Read::read_to_string(&mut self.events, &mut stdout).unwrap();
        let mut output = self.child.wait_with_output().unwrap();
        output.stdout = stdout.into_bytes();
        Ended::of(&output)
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// -1 for one that was killed.
    pub(crate) code: i32,
    /// The last event.
    pub(crate) event: Value,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn of(output: &Output) -> Self {
        let stdout = String::from_utf8(output.stdout.clone()).unwrap();
        Self {
            code: output.status.code().unwrap_or(-1),
            event: stdout
                .lines()
                .last()
                .and_then(|l| serde_json::from_str(l).ok())
                .unwrap_or_default(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Frames that an interrupted run had left.
    pub(crate) fn resumed(&self) -> usize {
        assert_eq!(self.code, 0, "{self:?}");
        self.event["resumedFrames"].as_u64().unwrap() as usize
    }

    /// Checks exit code and words of the error.
    pub(crate) fn assert_refused(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.event["exitCode"], code);
        let message = self.event["message"].as_str().unwrap();
        for word in words {
            assert!(message.contains(word), "{word:?} is not in: {message}");
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }
}

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../gaze-liveportrait/tests/fixtures")
}

/// Every file of a folder, by name.
pub(crate) fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

/// Compares two folders byte for byte.
pub(crate) fn assert_same(a: &Path, b: &Path) {
    let (a, b) = (contents(a), contents(b));
    assert!(a.keys().eq(b.keys()), "{:?} and {:?}", a.keys(), b.keys());
    for (name, bytes) in &a {
        assert!(*bytes == b[name], "{name} differs");
    }
}

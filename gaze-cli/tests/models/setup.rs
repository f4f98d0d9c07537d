//! The program, a fake hub with all model files, and a folder for them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::hub::{Hub, digest_of};

pub(crate) const REQUIRED: [&str; 4] = [
    "appearance_feature_extractor.onnx",
    "motion_extractor.onnx",
    "stitching.onnx",
    "warping_spade.onnx",
];
pub(crate) const NONCOMMERCIAL: [&str; 2] =
    ["retinaface_det_static.onnx", "face_2dpose_106_static.onnx"];
/// The file that most tests fetch.
pub(crate) const NAME: &str = "stitching.onnx";

/// A hub with all files, and a folder for them.
pub(crate) struct Setup {
    pub(crate) hub: Hub,
    dir: tempfile::TempDir,
}

impl Setup {
    /// With files of about `size` bytes.
    pub(crate) fn new(size: usize) -> Self {
        let hub = Hub::start();
        let others = ["landmark.onnx", "stitching_eye.onnx", "stitching_lip.onnx"];
        for (i, name) in REQUIRED.iter().chain(&NONCOMMERCIAL).chain(&others).enumerate() {
            hub.state().files.insert((*name).to_owned(), content(size + i, i));
        }
        Self { hub, dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.dir.path().join("models")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        self.hub.state().files[name].clone()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = gaze(&["models", "pull", "--models"]);
        command.arg(self.folder()).args(["--endpoint", &self.hub.endpoint]).args(arguments);
        command
    }

    pub(crate) fn pull(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Fetches one file, without trying again.
    pub(crate) fn pull_one(&self) -> Output {
        self.pull(&[NAME, "--retries", "0"])
    }

    /// Bytes that are there of the file, as far as it is not whole.
    pub(crate) fn part(&self) -> Option<Vec<u8>> {
        let entries = fs::read_dir(self.folder()).into_iter().flatten().flatten();
        let parts = entries.map(|entry| entry.path());
        let parts =
            parts.filter(|path| path.extension().is_some_and(|extension| extension == "part"));
        let parts: Vec<_> = parts.collect();
        assert!(parts.len() <= 1, "{parts:?}");
        parts.first().map(|path| fs::read(path).unwrap())
    }

    /// The file is right and nothing else is left.
    pub(crate) fn assert_whole(&self) {
        assert_eq!(digest_of(&fs::read(self.path(NAME)).unwrap()), digest_of(&self.bytes(NAME)));
        assert_eq!(self.part(), None);
    }
}

/// Bytes without a pattern.
pub(crate) fn content(size: usize, seed: usize) -> Vec<u8> {
    let mut state = seed as u64 * 2 + 1;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..size).map(|_| next()).collect()
}

/// The program, without anything of this machine's user or network.
pub(crate) fn gaze(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gaze"));
    command.args(arguments).env("HF_HOME", "/nothing/here").env("NO_PROXY", "*");
    for name in ["LIVEPORTRAIT_PATH", "HF_ENDPOINT", "HF_TOKEN", "XDG_CACHE_HOME"] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Fails with what the program said unless it ended with that code.
#[track_caller]
pub(crate) fn assert_code(output: &Output, code: i32) {
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{said}");
}

/// The small models that stand in for the published ones.
pub(crate) fn stand_ins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../gaze-liveportrait/tests/fixtures/models")
}

pub(crate) fn verify(folder: &Path) -> Output {
    gaze(&["models", "verify", "--models"]).arg(folder).output().unwrap()
}

/// A child whose output does not fill the terminal.
pub(crate) fn quiet(mut command: Command) -> Command {
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

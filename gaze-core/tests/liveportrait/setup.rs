//! Stand-in models, a portrait, and what to compare.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use gaze_core::liveportrait::{Device, LivePortraitEngine, LivePortraitOptions};
use gaze_core::{GenerateOptions, Grid, Observer, Portrait, Progress, Stage};

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../gaze-liveportrait/tests/fixtures")
}

pub(crate) fn models() -> PathBuf {
    fixtures().join("models")
}

pub(crate) fn options(models: &Path) -> LivePortraitOptions {
    LivePortraitOptions::default().with_models(models).with_device(Device::Cpu)
}

pub(crate) fn engine(batch: usize) -> LivePortraitEngine {
    // The adapted graph is written beside the models.
    let folder = changed_models(|_| ());
    LivePortraitEngine::open(&options(folder.path()).with_batch(batch)).unwrap()
}

pub(crate) fn portrait() -> Portrait {
    Portrait::open(fixtures().join("../../../examples/astronaut.png")).unwrap()
}

pub(crate) fn small(side: u32) -> GenerateOptions {
    let mut options = GenerateOptions::default();
    options.sweep.grid = Grid::from_side(side).unwrap();
    options.max_size = 256;
    options
}

/// Every file of a folder, by name.
pub(crate) fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

/// Compares two folders file by file.
pub(crate) fn assert_same(a: &Path, b: &Path) {
    let (a, b) = (contents(a), contents(b));
    assert!(a.keys().eq(b.keys()));
    for (name, bytes) in &a {
        assert!(*bytes == b[name], "{name} differs");
    }
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Stops a run after so many frames.
pub(crate) struct StopAfter {
    pub(crate) frames: u32,
    pub(crate) seen: AtomicU32,
}

impl Observer for StopAfter {
    fn on_progress(&self, progress: &Progress) {
        if progress.stage == Stage::Generating {
            self.seen.fetch_max(progress.current, Ordering::Relaxed);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.seen.load(Ordering::Relaxed) >= self.frames
    }
}

/// A copy of the models in which one file has been changed.
pub(crate) fn changed_models(change: impl Fn(&Path)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(models()).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_file() && !name.contains(".gaze") {
            fs::copy(entry.path(), folder.path().join(name)).unwrap();
        }
    }
    change(folder.path());
    folder
}

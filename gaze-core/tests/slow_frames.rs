//! Sheets of an engine that keeps its frames, because they are slow to come: they are encoded while frames are still
//! placed.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod pattern;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use gaze_core::{
    Engine, EngineDescription, Error, ErrorKind, Frame, GazeGenerator, Grid, Observer, Portrait,
    Pose, PoseSequence, PrepareRequest, PreparedPortrait, Result, Size, Warning,
};
use pattern::PatternEngine;

/// The pattern, with a pause before each frame.
struct Slow {
    /// Microseconds, by the frame's number.
    pause: fn(usize) -> u64,
    /// What happens at this frame instead.
    trouble: Option<(usize, Trouble)>,
}

#[derive(Clone, Copy)]
enum Trouble {
    Error,
    Panic,
}

struct SlowPortrait {
    pattern: Box<dyn PreparedPortrait>,
    pause: fn(usize) -> u64,
    trouble: Option<(usize, Trouble)>,
}

struct SlowSequence<'a> {
    portrait: &'a SlowPortrait,
    poses: Vec<Pose>,
}

impl Engine for Slow {
    fn describe(&self) -> EngineDescription {
        EngineDescription::new("slow")
    }

    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        let pattern = PatternEngine::default().prepare(request, observer)?;
        Ok(Box::new(SlowPortrait { pattern, pause: self.pause, trouble: self.trouble }))
    }
}

impl PreparedPortrait for SlowPortrait {
    fn frame_size(&self) -> Size {
        self.pattern.frame_size()
    }

    fn has_alpha(&self) -> bool {
        self.pattern.has_alpha()
    }

    fn warnings(&self) -> &[Warning] {
        &[]
    }

    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        self.pattern.render(pose, frame)
    }

    fn begin<'a>(
        &'a self,
        poses: Vec<Pose>,
        _work: Option<&Path>,
    ) -> Result<Box<dyn PoseSequence + 'a>> {
        Ok(Box::new(SlowSequence { portrait: self, poses }))
    }

    fn work_key(&self, _poses: &[Pose]) -> Option<String> {
        Some("slow".to_owned())
    }
}

impl PoseSequence for SlowSequence<'_> {
    fn render(&self, index: usize, frame: &mut Frame) -> Result<()> {
        thread::sleep(Duration::from_micros((self.portrait.pause)(index)));
        match self.portrait.trouble {
            Some((at, Trouble::Error)) if at == index => {
                return Err(Error::new(ErrorKind::Engine, "the device is gone"));
            }
            Some((at, Trouble::Panic)) if at == index => panic!("tests want it"),
            _ => {}
        }
        self.portrait.render(&self.poses[index], frame)
    }

    fn resumed(&self) -> u32 {
        0
    }
}

fn portrait() -> Portrait {
    let mut frame = Frame::new(Size { width: 305, height: 385 });
    frame.pixels_mut().fill(200);
    Portrait::from_frame(frame).unwrap().resized(77)
}

fn generator(engine: Slow, threads: usize) -> GazeGenerator<Slow> {
    GazeGenerator::new(engine).with_grid(Grid::from_side(20).unwrap()).with_threads(threads)
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
    });
    entries.collect()
}

#[test]
fn bytes_depend_neither_on_threads_nor_on_how_quickly_frames_come() {
    let parent = tempfile::tempdir().unwrap();
    let run = |name: &str, threads: usize, pause: fn(usize) -> u64| {
        let out = parent.path().join(name);
        let engine = Slow { pause, trouble: None };
        generator(engine, threads).generate(&portrait(), &out, &()).unwrap();
        contents(&out)
    };
    let at_once = run("at once", 1, |_| 0);
    assert_eq!(at_once.keys().filter(|name| name.starts_with('q')).count(), 8);
    assert!(run("even", 2, |_| 500) == at_once);
    // So that some overtake others, and rows come together.
    assert!(run("uneven", 4, |index| if index % 7 == 0 { 9_000 } else { 0 }) == at_once);
    assert!(run("late", 3, |index| if index % 100 > 90 { 5_000 } else { 100 }) == at_once);
    assert!(run("one thread", 1, |index| (index as u64 * 7919) % 900) == at_once);
}

#[test]
fn transparent_sheets_are_the_same_however_frames_come() {
    let parent = tempfile::tempdir().unwrap();
    let run = |name: &str, threads: usize, pause: fn(usize) -> u64| {
        let out = parent.path().join(name);
        let run = generator(Slow { pause, trouble: None }, threads).with_background_removed();
        run.generate(&portrait(), &out, &()).unwrap();
        contents(&out)
    };
    let at_once = run("at once", 1, |_| 0);
    assert!(run("uneven", 4, |index| if index % 7 == 0 { 5_000 } else { 0 }) == at_once);
}

#[test]
fn a_failure_ends_those_that_wait_for_frames() {
    for trouble in [Trouble::Error, Trouble::Panic] {
        // In the first rows, amid the encoding of a sheet, and at the last frame.
        for at in [3, 70, 399] {
            for threads in [1, 2, 4] {
                let parent = tempfile::tempdir().unwrap();
                let out = parent.path().join("face");
                let engine = Slow { pause: |_| 50, trouble: Some((at, trouble)) };
                let error =
                    generator(engine, threads).generate(&portrait(), &out, &()).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Engine, "{error}");
                assert!(!out.exists());
            }
        }
    }
}

#[test]
fn a_run_is_cancelled_while_sheets_wait_for_frames() {
    struct After(AtomicUsize);
    impl Observer for After {
        fn is_cancelled(&self) -> bool {
            self.0.fetch_add(1, Ordering::Relaxed) > 60
        }
    }
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("face");
    let engine = Slow { pause: |_| 2_000, trouble: None };
    let after = After(AtomicUsize::new(0));
    let error = generator(engine, 2).generate(&portrait(), &out, &after).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(!out.exists());
}

//! Runs that end early, and those that go on with what they left.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use gaze_core::{ErrorKind, GazeGenerator, Observer};

use crate::onnxruntime;
use crate::setup::{StopAfter, assert_same, engine, names, portrait, small};

#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    if onnxruntime::is_missing() {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let generator = GazeGenerator::new(engine(2)).with_options(small(6));
    generator.generate(&portrait(), out.path().join("whole"), &()).unwrap();

    let target = out.path().join("face");
    let stop = StopAfter { frames: 10, seen: AtomicU32::new(0) };
    let error = generator.generate(&portrait(), &target, &stop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(!target.exists());
    let work = names(out.path()).into_iter().find(|name| name.starts_with(".gaze-work-")).unwrap();
    let kept = names(&out.path().join(&work)).iter().filter(|name| name.ends_with(".png")).count();
    assert!((10..30).contains(&kept), "{kept} frames were kept of 10 pasted");
    // One of them damaged, as after a power cut.
    fs::write(out.path().join(&work).join("0003.png"), b"half a fr").unwrap();

    let before = generator.engine().decoded_frames();
    generator.generate(&portrait(), &target, &()).unwrap();
    let decoded = (generator.engine().decoded_frames() - before) as usize;
    // Two at a time: the pair of the damaged one, and the pair in which the run was stopped.
    let missing = 36 - kept + 1;
    assert!((missing..=missing + 2).contains(&decoded), "{decoded} decoded, {missing} missing");
    assert_same(&target, &out.path().join("whole"));
    assert_eq!(names(out.path()), ["face", "whole"]);
}

#[test]
fn work_serves_only_the_same_frames() {
    if onnxruntime::is_missing() {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let engine = engine(1);
    let generator = GazeGenerator::new(engine).with_options(small(4));
    let stop = || StopAfter { frames: 4, seen: AtomicU32::new(0) };
    generator.generate(&portrait(), out.path().join("a"), &stop()).unwrap_err();
    let other = generator.with_max_size(200);
    other.generate(&portrait(), out.path().join("a"), &stop()).unwrap_err();
    let works = names(out.path()).iter().filter(|name| name.starts_with(".gaze-work-")).count();
    assert_eq!(works, 2, "each has a folder of its own");

    let mut options = small(4);
    options.resume = false;
    let fresh = other.with_options(options);
    fresh.generate(&portrait(), out.path().join("b"), &stop()).unwrap_err();
    let works = names(out.path()).len();
    assert_eq!(works, 2, "nothing is left without resume");
    fresh.generate(&portrait(), out.path().join("b"), &()).unwrap();
    assert!(!out.path().join("b/work").exists());
}

#[test]
fn a_run_is_cancelled_while_it_decodes() {
    if onnxruntime::is_missing() {
        return;
    }
    struct Cancel(AtomicBool);
    impl Observer for Cancel {
        fn is_cancelled(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }
    let out = tempfile::tempdir().unwrap();
    let cancel = Cancel(AtomicBool::new(false));
    let generator = GazeGenerator::new(engine(8)).with_options(small(20));
    std::thread::scope(|scope| {
        let run = scope.spawn(|| generator.generate(&portrait(), out.path().join("face"), &cancel));
        while generator.engine().decoded_frames() == 0 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        cancel.0.store(true, Ordering::Relaxed);
        assert_eq!(run.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
    });
    assert!(!out.path().join("face").exists());
}

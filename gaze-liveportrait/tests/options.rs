//! What options change in frames, and in what an interrupted run may be continued with.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod onnxruntime;

use std::fs;
use std::path::Path;

use gaze_face::{Crop, Engine, Portrait, PrepareOptions, PrepareRequest, PreparedPortrait};
use gaze_liveportrait::{Device, Lids, LivePortraitEngine, LivePortraitOptions};
use gaze_rig::{Frame, Pose, Size};

fn fixtures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/models"))
}

fn engine(
    folder: &Path,
    options: impl Fn(LivePortraitOptions) -> LivePortraitOptions,
) -> LivePortraitEngine {
    // The adapted graph is written beside the models.
    for entry in fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap()) {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
    let plain = LivePortraitOptions::default().with_models(folder).with_device(Device::Cpu);
    LivePortraitEngine::open(&options(plain.with_batch(1))).unwrap()
}

/// The astronaut without its last columns and rows.
fn portrait(width: u32, height: u32) -> Portrait {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/astronaut.png");
    let whole = Portrait::open(path).unwrap();
    let size = Size { width, height };
    let rect = gaze_rig::Rect::covering(size);
    Portrait::from_frame(whole.frame().view().part(rect).unwrap().to_frame()).unwrap()
}

fn key(prepared: &dyn PreparedPortrait) -> String {
    prepared.work_key(&[Pose::default()]).unwrap()
}

#[test]
fn lids_that_follow_make_a_run_of_their_own() {
    if onnxruntime::is_missing() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let portrait = portrait(512, 512);
    let request = PrepareRequest::new(&portrait, 128);
    let looking_up = Pose::default().with_pupils(0.0, 15.0);
    let rendered = |lids| {
        let engine = engine(folder.path(), |options| options.with_lids(lids));
        let prepared = engine.prepare(&request, &()).unwrap();
        let mut frame = Frame::new(prepared.frame_size());
        prepared.render(&looking_up, &mut frame).unwrap();
        (key(&*prepared), frame)
    };
    let (still, follow) = (rendered(Lids::Still), rendered(Lids::Follow));
    assert_ne!(still.0, follow.0);
    assert!(still.1 != follow.1, "the stand-ins move with their key points");
}

#[test]
fn the_references_picture_is_what_frames_show() {
    if onnxruntime::is_missing() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let portrait = portrait(511, 509);
    let request = PrepareRequest::new(&portrait, 1280);
    let engine_of = |reference| {
        engine(folder.path(), |options| options.with_reference_preprocessing(reference))
    };
    let own = engine_of(false).prepare(&request, &()).unwrap();
    let engine = engine_of(true);
    let reference = engine.prepare(&request, &()).unwrap();
    assert_eq!(own.frame_size(), Size { width: 511, height: 509 });
    assert_eq!(reference.frame_size(), Size { width: 510, height: 508 });
    assert_ne!(key(&*own), key(&*reference));
    // Outside of what moves it is the picture itself.
    let mut frame = Frame::new(reference.frame_size());
    reference.render(&Pose::default(), &mut frame).unwrap();
    assert_eq!(frame.pixel(0, 0), portrait.frame().pixel(0, 0));
    assert_eq!(frame.pixel(509, 507), portrait.frame().pixel(509, 507));

    let options = PrepareOptions::default().with_crop(Crop::Head);
    let request = PrepareRequest::new(&portrait, 128).with_options(options);
    let cropped = engine.prepare(&request, &()).unwrap();
    assert!(cropped.crop().unwrap().is_within(portrait.size()));
}

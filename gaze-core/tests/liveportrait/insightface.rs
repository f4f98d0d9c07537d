//! Crops placed by InsightFace's landmarks.

use std::fs;

use gaze_core::liveportrait::{Landmarks, LivePortraitEngine};
use gaze_core::{Engine, ErrorKind, Frame, Hint, Portrait, PrepareRequest, Rect, Size};

use crate::onnxruntime;
use crate::setup::{changed_models, models, options, portrait};

/// The models with InsightFace's beside them.
fn models_with_insightface() -> tempfile::TempDir {
    changed_models(|folder| {
        for entry in fs::read_dir(models().join("insightface")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    })
}

/// The portrait at a place of a grey picture of 700 x 700 px.
fn portrait_at(left: usize, top: usize) -> Portrait {
    let portrait = portrait();
    let mut canvas = Frame::new(Size { width: 700, height: 700 });
    canvas.pixels_mut().as_chunks_mut().0.fill([128, 128, 128, 255]);
    let stride = portrait.size().width as usize * 4;
    let lines = canvas.pixels_mut().chunks_exact_mut(700 * 4).skip(top);
    for (line, pixels) in lines.zip(portrait.frame().pixels().chunks_exact(stride)) {
        line[left * 4..][..stride].copy_from_slice(pixels);
    }
    Portrait::from_frame(canvas).unwrap()
}

/// Frames as large as the portrait.
fn whole(portrait: &Portrait) -> PrepareRequest<'_> {
    PrepareRequest::new(portrait, u32::MAX)
}

#[test]
fn the_crop_follows_insightfaces_landmarks() {
    if onnxruntime::is_missing() {
        return;
    }
    let folder = models_with_insightface();
    let mut options = options(folder.path());
    let moving = |engine: &LivePortraitEngine, [left, top]: [usize; 2]| {
        let portrait = portrait_at(left, top);
        let prepared = engine.prepare(&whole(&portrait), &()).unwrap();
        let Rect { x, y, width, height } = prepared.moving_rect();
        [x, y, width, height].map(f64::from)
    };
    let embedded = LivePortraitEngine::open(&options).unwrap();
    options.landmarks = Landmarks::InsightFace;
    let engine = LivePortraitEngine::open(&options).unwrap();
    assert!(engine.to_string().contains("not for commercial use"), "{engine}");

    // The stand-ins' box has 110 px in a picture of 512, here 150 px, and is the middle of what looks most like
    // skin: (219, 133) of the portrait. In the square of 1.5 times that, the landmarks go from -0.5 to 0.5 and
    // from -0.62 to 0.62; the crop has 2.3 times the latter and lies an eighth of that above their middle.
    let side = 2.3 * 0.62 * 150.4 * 1.5;
    for [left, top] in [[20, 160], [180, 90]] {
        let [x, y, width, height] = moving(&engine, [left, top]);
        assert!((width - side).abs() < 6.0 && (height - side).abs() < 6.0, "{width} x {height}");
        let middle = [x + width / 2.0 - left as f64, y + height / 2.0 - top as f64];
        let expected = [219.0, 133.0 - side / 8.0];
        // Landmarks lean to the brighter side by 0.1 of half a square at most.
        assert!((middle[0] - expected[0]).abs() < 14.0, "{middle:?} for {expected:?}");
        assert!((middle[1] - expected[1]).abs() < 4.0, "{middle:?} for {expected:?}");
        assert_ne!(moving(&embedded, [left, top]), [x, y, width, height]);
    }
}

#[test]
fn insightfaces_models_are_only_wanted_where_they_are_asked_for() {
    if onnxruntime::is_missing() {
        return;
    }
    let without = changed_models(|_| ());
    let mut wanting = options(without.path());
    LivePortraitEngine::open(&wanting).unwrap();
    wanting.landmarks = Landmarks::InsightFace;
    let error = LivePortraitEngine::open(&wanting).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine);
    assert_eq!(error.hints(), [Hint::FetchNonCommercialModels, Hint::UseOwnLandmarks]);

    let swapped = models_with_insightface();
    let [detector, landmarks] = ["retinaface_det_static.onnx", "face_2dpose_106_static.onnx"];
    fs::copy(swapped.path().join(landmarks), swapped.path().join(detector)).unwrap();
    wanting.models = Some(swapped.path().to_owned());
    let error = LivePortraitEngine::open(&wanting).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains(landmarks), "{error}");
}

#[test]
fn a_face_that_insightface_does_not_see_is_an_error() {
    if onnxruntime::is_missing() {
        return;
    }
    let folder = models_with_insightface();
    let mut options = options(folder.path());
    options.landmarks = Landmarks::InsightFace;
    let engine = LivePortraitEngine::open(&options).unwrap();
    // More like the stand-in's skin than the face, and elsewhere.
    let mut canvas = portrait_at(20, 160).frame().clone();
    for line in canvas.pixels_mut().chunks_exact_mut(700 * 4).take(100) {
        line[500 * 4..].as_chunks_mut().0.fill([225, 175, 160, 255]);
    }
    let portrait = Portrait::from_frame(canvas).unwrap();
    let prepared = engine.prepare(&whole(&portrait), &());
    let error = prepared.map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoFace);
    assert_eq!(error.hints(), [Hint::UseOwnLandmarks]);
}

//! Removed backgrounds.

use gaze_core::faces::FaceModels;
use gaze_core::{
    Engine, Frame, GazeGenerator, PrepareOptions, PrepareRequest, PreparedPortrait, inspect,
};

use crate::onnxruntime;
use crate::setup::{assert_same, engine, portrait, small};

#[test]
fn a_removed_background_follows_the_head() {
    if onnxruntime::is_missing() {
        return;
    }
    let engine = engine(1);
    let portrait = portrait();
    let opaque = engine.prepare(&PrepareRequest::new(&portrait, 256), &()).unwrap();
    let options = PrepareOptions::default().with_background_removed(true);
    let request = PrepareRequest::new(&portrait, 256).with_options(options);
    let prepared = engine.prepare(&request, &()).unwrap();
    assert!(prepared.has_alpha() && !opaque.has_alpha());
    let frame_at = |prepared: &dyn PreparedPortrait, x: f32| {
        let mut frame = Frame::new(prepared.frame_size());
        prepared.render(&gaze_core::Sweep::default().pose_at(x, 0.0), &mut frame).unwrap();
        frame
    };
    let [left, rest, right] = [-15.0, 0.0, 15.0].map(|x| frame_at(prepared.as_ref(), x));
    let face =
        FaceModels::embedded().unwrap().find_faces(&portrait.resized(256)).unwrap().remove(0);
    let nose = face.mesh[1];
    let moving = prepared.moving_rect();
    for frame in [&left, &rest, &right] {
        // Both upper corners lie in the background, as does a corner of the part that moves.
        let corners = [(1, 1), (254, 1), (moving.x + 12, moving.y + 4)];
        assert!(corners.iter().all(|&(x, y)| frame.pixel(x, y) == [0; 4]));
        let pixel = frame.pixel(nose[0] as u32, nose[1] as u32);
        assert_eq!(pixel[3], 255);
        // Nothing changes outside of that part.
        for (x, y) in (0..256).flat_map(|y| (0..256).map(move |x| (x, y))) {
            let inside = (moving.x..moving.x + moving.width).contains(&x)
                && (moving.y..moving.y + moving.height).contains(&y);
            assert!(inside || frame.pixel(x, y) == rest.pixel(x, y), "({x}, {y})");
        }
    }
    // What covers all keeps its colour.
    let whole = frame_at(opaque.as_ref(), 15.0);
    assert_eq!(
        right.pixel(nose[0] as u32, nose[1] as u32),
        whole.pixel(nose[0] as u32, nose[1] as u32)
    );

    // The outline moves: on one side it gives way, on the other it comes forward.
    let [mut only_left, mut only_right] = [0, 0];
    for (a, b) in left.pixels().chunks_exact(4).zip(right.pixels().chunks_exact(4)) {
        only_left += u32::from(a[3] > b[3].saturating_add(24));
        only_right += u32::from(b[3] > a[3].saturating_add(24));
    }
    assert!(only_left > 20 && only_right > 20, "{only_left} and {only_right} pixels");
}

#[test]
fn transparent_frames_are_the_same_whatever_renders_them() {
    if onnxruntime::is_missing() {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let engine = engine(2);
    for threads in [1, 3] {
        let mut options = small(4);
        options.threads = threads;
        let generator = GazeGenerator::new(&engine).with_options(options).with_background_removed();
        let target = out.path().join(threads.to_string());
        let outcome = generator.generate(&portrait(), &target, &()).unwrap();
        assert!(outcome.manifest.has_alpha && inspect(&target).unwrap().is_sound());
    }
    assert_same(&out.path().join("1"), &out.path().join("3"));
}

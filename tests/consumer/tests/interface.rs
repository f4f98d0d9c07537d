//! The public interface is enough for what stands on it.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::sync::Arc;

use gaze_consumer::{SwatchEngine, in_french, sliding_rig};
use gaze_core::{
    Cell, EyeStyle, FaceChoice, Frame, GazeGenerator, GenerateOptions, Grid, Hint, Portrait, Pose,
    PrepareOptions, SheetLayout, Size, Sweep,
};

const SIZE: Size = Size { width: 96, height: 64 };

fn gradient() -> Frame {
    let pixels =
        (0..SIZE.area()).flat_map(|at| [(at % SIZE.width as usize) as u8, 7, 9, 255]).collect();
    Frame::from_pixels(SIZE, pixels).unwrap()
}

#[test]
fn a_rig_is_made_of_parts_and_drawn() {
    let rig = sliding_rig(gradient(), 80.0).unwrap();
    let mut frame = Frame::new(rig.frame_size());
    rig.draw(&Pose::default(), &mut frame).unwrap();
    assert_eq!(frame, gradient(), "at rest");
    // To the viewer's right by 80 px times the sine of 6 degrees.
    rig.draw(&Pose::default().with_head_yaw_deg(-6.0), &mut frame).unwrap();
    let moved = i32::from(frame.pixel(48, 32)[0]);
    assert!((moved - (48 - 8)).abs() <= 1, "{moved}");
}

#[test]
fn poses_are_made_from_rest_and_may_gain_axes() {
    let pose = Pose::default().with_pupils(3.0, -4.0).with_head_pitch_deg(1.0).with_eyebrow(5.0);
    assert_eq!(
        (pose.pupil_x, pose.pupil_y, pose.head_pitch_deg, pose.eyebrow),
        (3.0, -4.0, 1.0, 5.0)
    );
    assert_eq!(pose.head_yaw_deg, 0.0);
}

#[test]
fn one_engine_is_shared_and_frames_come_in_order() {
    let engine = Arc::new(SwatchEngine);
    let portrait = Portrait::from_frame(gradient()).unwrap();
    let sweep = Sweep::default().with_grid(Grid::from_side(6).unwrap());
    for threads in [1, 3] {
        let options = GenerateOptions::default().with_sweep(sweep).with_threads(threads);
        let generator = GazeGenerator::new(engine.clone()).with_options(options);
        let frames = generator.frames(&portrait, &()).unwrap();
        assert_eq!(frames.frame_size(), SIZE);
        let taken: Vec<(Cell, Frame)> = frames.map(Result::unwrap).collect();
        assert_eq!(
            taken.iter().map(|(cell, _)| *cell).collect::<Vec<_>>(),
            sweep.cells().collect::<Vec<_>>()
        );
        assert_eq!(taken[5].1.pixel(0, 0), [255, 255, 0, 255], "up and to the right");
    }
    assert_eq!(Arc::strong_count(&engine), 1, "nothing is kept");
}

#[test]
fn options_are_built_with_every_field() {
    let GenerateOptions { .. } = GenerateOptions::default()
        .with_sweep(Sweep::default())
        .with_grid(Grid::DEFAULT)
        .with_layout(SheetLayout::Single)
        .with_quality(80)
        .with_max_size(300)
        .with_threads(2)
        .with_face(FaceChoice::Index(0))
        .with_background_removed(true)
        .with_eyes(EyeStyle::Soft)
        .with_pack(false)
        .with_resume(false)
        .with_force(true);
    let options = PrepareOptions::default().with_eyes(EyeStyle::Soft);
    assert_eq!(options.eyes, EyeStyle::Soft);
}

#[test]
fn errors_are_worded_by_whoever_shows_them() {
    let parent = tempfile::tempdir().unwrap();
    std::fs::write(parent.path().join("notes.txt"), "mine").unwrap();
    let portrait = Portrait::from_frame(gradient()).unwrap();
    let generator = GazeGenerator::new(SwatchEngine).with_grid(Grid::from_side(2).unwrap());
    let error = generator.generate(&portrait, parent.path(), &()).unwrap_err();
    assert_eq!(error.hints(), [Hint::AllowReplacing]);
    assert_eq!(in_french(&error), ["cocher « remplacer »"]);
    assert!(!error.to_string().contains("--"), "{error}");
}

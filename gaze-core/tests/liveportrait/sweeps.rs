//! Whole sweeps: what they make, and what changes it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use gaze_core::{Cell, Engine, Frame, GazeGenerator, PrepareRequest, SheetLayout, inspect};

use crate::onnxruntime;
use crate::setup::{assert_same, engine, names, portrait, small};

#[test]
fn a_sweep_makes_a_sound_folder_whose_frames_move() {
    if onnxruntime::is_missing() {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let target = out.path().join("face");
    let generator = GazeGenerator::new(engine(1)).with_options(small(6));
    let outcome = generator.generate(&portrait(), &target, &()).unwrap();
    assert!(inspect(&target).unwrap().is_sound());
    assert_eq!(names(out.path()), ["face"], "no work is left beside the result");
    let network = outcome.network_time.expect("the engine counts");
    assert!(network > std::time::Duration::ZERO && network <= outcome.sweep_time);

    let mut frames = BTreeMap::new();
    generator
        .render_frames(&portrait(), &(), |cell, frame| {
            frames.insert(cell, frame.clone());
            Ok(())
        })
        .unwrap();
    let size = frames[&Cell { row: 0, col: 0 }].size();
    assert_eq!((size.width, size.height), (256, 256));
    // Neighbours differ a little, ends a lot, and the corners of the picture not at all.
    let distance = |a: Cell, b: Cell| {
        let pairs = frames[&a].pixels().iter().zip(frames[&b].pixels());
        pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / (256.0 * 256.0 * 3.0)
    };
    for row in 0..6 {
        let near = distance(Cell { row, col: 2 }, Cell { row, col: 3 });
        let far = distance(Cell { row, col: 0 }, Cell { row, col: 5 });
        assert!(near > 0.05 && far > 2.0 * near, "row {row}: {near} and {far}");
    }
    let corner = |frame: &Frame| frame.pixel(0, 255);
    assert!(
        frames.values().all(|frame| corner(frame) == corner(&frames[&Cell { row: 0, col: 0 }]))
    );
}

#[test]
fn threads_change_no_byte() {
    if onnxruntime::is_missing() {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let engine = engine(3);
    for threads in [1, 2, 4] {
        let mut options = small(4);
        options.threads = threads;
        let generator = GazeGenerator::new(&engine).with_options(options);
        generator.generate(&portrait(), out.path().join(threads.to_string()), &()).unwrap();
    }
    assert_same(&out.path().join("1"), &out.path().join("2"));
    assert_same(&out.path().join("1"), &out.path().join("4"));
}

#[test]
fn batches_change_a_grey_level_at_most() {
    if onnxruntime::is_missing() {
        return;
    }
    let frames = |batch: usize| {
        let mut frames = Vec::new();
        GazeGenerator::new(engine(batch))
            .with_options(small(4))
            .render_frames(&portrait(), &(), |_, frame| {
                frames.push(frame.clone());
                Ok(())
            })
            .unwrap();
        frames
    };
    let singly = frames(1);
    for batch in [3, 8] {
        for (a, b) in singly.iter().zip(&frames(batch)) {
            // Kernels sum in another order where the shape is another.
            let worst = a.pixels().iter().zip(b.pixels()).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst <= Some(1), "{worst:?} at {batch} at a time");
        }
    }
}

#[test]
fn one_engine_serves_portraits_at_the_same_time() {
    if onnxruntime::is_missing() {
        return;
    }
    let engine = engine(2);
    let portrait = portrait();
    let frame_of = |size: u32, pose_x: f32| {
        let prepared = engine.prepare(&PrepareRequest::new(&portrait, size), &()).unwrap();
        let mut frame = Frame::new(prepared.frame_size());
        let pose = gaze_core::Sweep::default().pose_at(pose_x, 0.0);
        prepared.render(&pose, &mut frame).unwrap();
        frame
    };
    let alone = [frame_of(200, -15.0), frame_of(300, 15.0)];
    let together = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for (size, x) in [(200, -15.0), (300, 15.0)] {
            let (frame_of, together) = (&frame_of, &together);
            scope.spawn(move || {
                let frame = frame_of(size, x);
                together.lock().unwrap().push(frame);
            });
        }
    });
    let mut together = together.into_inner().unwrap();
    together.sort_by_key(|frame| frame.size().width);
    assert_eq!(together, alone);
}

#[test]
fn frames_may_be_larger_than_512() {
    if onnxruntime::is_missing() {
        return;
    }
    let mut options = small(2);
    options.max_size = 512;
    let generator =
        GazeGenerator::new(engine(1)).with_options(options).with_layout(SheetLayout::Quadrants);
    let mut sizes = Vec::new();
    generator
        .render_frames(&portrait(), &(), |_, frame| {
            sizes.push(frame.size());
            Ok(())
        })
        .unwrap();
    assert_eq!(sizes.len(), 4);
    assert!(sizes.iter().all(|size| size.width == 512));
}

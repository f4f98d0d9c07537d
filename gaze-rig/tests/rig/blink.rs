//! Lids that close over eyes of both kinds.

use crate::synthetic_rig::{first_version_rig, layered_rig, soft_rig, transparent_rig};
use gaze_rig::rig::{Rig, RigParts, Warp};
use gaze_rig::{Frame, Pose, Rect, Size, Sweep};
use proptest::prelude::*;

fn draw(rig: &Rig, pose: &Pose) -> Frame {
    let mut frame = Frame::new(rig.frame_size());
    rig.draw(pose, &mut frame).unwrap();
    frame
}

/// Pixels of two frames that differ: left, top, right and bottom.
fn changed(a: &Frame, b: &Frame) -> Option<[u32; 4]> {
    let Size { width, .. } = a.size();
    let pairs = a.pixels().chunks(4).zip(b.pixels().chunks(4)).enumerate();
    let places = pairs.filter(|(_, (a, b))| a != b).map(|(i, _)| i as u32);
    places
        .map(|i| [i % width, i / width, i % width, i / width])
        .reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
}

fn mean_difference(a: &Frame, b: &Frame) -> f32 {
    let sum: u32 = a.pixels().iter().zip(b.pixels()).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    sum as f32 / a.pixels().len() as f32
}

fn rigs() -> [(&'static str, Rig); 4] {
    [
        ("layered", layered_rig()),
        ("soft", soft_rig()),
        ("clear", transparent_rig()),
        ("of version 1", first_version_rig()),
    ]
}

#[test]
fn open_eyes_are_those_of_before() {
    for (name, rig) in rigs() {
        for (x, y) in [(0.0, 0.0), (-15.0, 9.0), (11.0, -15.0)] {
            let pose = Sweep::default().pose_at(x, y);
            let open = draw(&rig, &pose);
            for nothing in [0.0, -1.0, f32::NAN] {
                assert!(open == draw(&rig, &pose.with_blink(nothing)), "{name} at {x}, {y}");
            }
            assert!(draw(&rig, &pose.with_blink(1.0)) == draw(&rig, &pose.with_blink(7.0)));
        }
    }
}

#[test]
fn lids_close_without_a_jump() {
    const STEPS: u32 = 64;
    for (name, rig) in rigs() {
        for (x, y) in [(0.0, 0.0), (15.0, -15.0), (-15.0, 15.0)] {
            let pose = Sweep::default().pose_at(x, y);
            let frames: Vec<Frame> = (0..=STEPS)
                .map(|step| draw(&rig, &pose.with_blink(step as f32 / STEPS as f32)))
                .collect();
            let whole = mean_difference(&frames[0], &frames[STEPS as usize]);
            assert!(whole > 0.1, "{name} at {x}, {y} changes by {whole}");
            for (step, pair) in frames.windows(2).enumerate() {
                let change = mean_difference(&pair[0], &pair[1]);
                assert!(change < 0.12 * whole, "{name} at {x}, {y}, step {step}: {change}");
            }
            let hardly = mean_difference(&frames[0], &draw(&rig, &pose.with_blink(1e-3)));
            assert!(hardly < 0.01 * whole, "{name} at {x}, {y} begins with {hardly} of {whole}");
        }
    }
}

#[test]
fn a_wink_is_one_eye_s() {
    for (name, rig) in [("layered", layered_rig()), ("soft", soft_rig())] {
        let open = draw(&rig, &Pose::default());
        // The eyes lie between 26 and 44 px and between 54 and 72 px.
        let left = changed(&open, &draw(&rig, &Pose::default().with_blinks([1.0, 0.0])));
        let right = changed(&open, &draw(&rig, &Pose::default().with_blinks([0.0, 1.0])));
        let ([left_from, _, left_to, _], [right_from, _, right_to, _]) =
            (left.unwrap(), right.unwrap());
        assert!(left_from >= 22 && left_to < 49, "{name}: {left_from} to {left_to}");
        assert!(right_from > 49 && right_to <= 76, "{name}: {right_from} to {right_to}");
    }
}

#[test]
fn nothing_else_changes() {
    for (name, rig) in rigs() {
        let Rect { x, y, width, height } = rig.moving_rect();
        for (across, down) in [(0.0, 0.0), (15.0, 15.0)] {
            let pose = Sweep::default().pose_at(across, down);
            let (open, shut) = (draw(&rig, &pose), draw(&rig, &pose.with_blink(1.0)));
            let [left, top, right, bottom] = changed(&open, &shut).unwrap();
            assert!(left >= x && top >= y && right < x + width && bottom < y + height, "{name}");
            let alpha = |frame: &Frame| -> Vec<u8> {
                frame.pixels().iter().skip(3).step_by(4).copied().collect()
            };
            assert!(alpha(&open) == alpha(&shut), "{name}");
        }
    }
}

/// A rig whose picture is light but for what lies between the lids, which is black.
fn black_eyes(rig: &Rig) -> Rig {
    let size = rig.frame_size();
    let mut picture = Frame::new(size);
    for (i, pixel) in picture.pixels_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let p = [i as u32 % size.width, i as u32 / size.width].map(|v| v as f32);
        let is_open = rig.parts().eyes.iter().any(|eye| {
            let [t, h] = eye.frame.to_frame(p);
            (0.0..=1.0).contains(&t) && h > eye.upper.at(t) + 0.06 && h < eye.lower.at(t) - 0.03
        });
        *pixel = if is_open { [0, 0, 0, 255] } else { [200, 200, 200, 255] };
    }
    let still = |warp: &Warp| {
        let nothing = vec![vec![[0.0; 2]; warp.cols * warp.rows]; warp.basis.len()];
        Warp { basis: nothing, ..warp.clone() }
    };
    let parts = rig.parts();
    let eyes = parts.eyes.clone();
    let parts = RigParts::new(picture, still(&parts.head), still(&parts.features));
    Rig::from_parts(parts.with_eyes(eyes, [-0.16, 0.2])).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn less_and_less_of_the_eye_is_seen(a in 0.0f32..=1.0, b in 0.0f32..=1.0, other in 0.0f32..=1.0) {
        let rig = black_eyes(&soft_rig());
        let (less, more) = (a.min(b), a.max(b));
        let seen = |left: f32| -> Vec<u8> {
            let frame = draw(&rig, &Pose::default().with_blinks([left, other]));
            frame.pixels().iter().step_by(4).copied().collect()
        };
        let dark = |pixels: &[u8]| pixels.iter().map(|v| 200 - u32::from(*v).min(200)).sum::<u32>();
        // The lid's edge takes a little of what lies under its lashes along.
        let open = dark(&seen(0.0));
        prop_assert!(dark(&seen(more)) <= dark(&seen(less)) + open / 25, "{less} to {more}");
    }
}

#[test]
fn shut_eyes_show_nothing_of_the_eye() {
    let rig = black_eyes(&layered_rig());
    let count = |blink: f32| {
        let frame = draw(&rig, &Pose::default().with_blink(blink));
        frame.pixels().iter().step_by(4).filter(|v| **v < 100).count()
    };
    let open = count(0.0);
    assert!(open > 40, "{open}");
    assert!(count(1.0) * 5 < open, "{} of {open}", count(1.0));
}

//! The embedded engine on a real portrait: what moves, how far, and what stays.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::sync::OnceLock;

use gaze_face::embedded::EmbeddedEngine;
use gaze_face::faces::{Face, FaceModels, Topology};
use gaze_face::{Cell, EyeStyle, FaceChoice, Frame, Portrait, Pose, PrepareOptions, Size, Sweep};
use gaze_rig::rig::Rig;

struct Fixture {
    portrait: Portrait,
    models: FaceModels,
    face: Face,
    rig: Rig,
}

/// The astronaut's head and shoulders, large enough for the mesh to be measured on.
fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let portrait = head_and_shoulders();
        let models = FaceModels::embedded().unwrap();
        let face = models.find_faces(&portrait).unwrap().remove(0);
        let engine = EmbeddedEngine::new().unwrap();
        let (rig, warnings) = engine.build_rig(&portrait, &PrepareOptions::default(), &()).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        Fixture { portrait, models, face, rig }
    })
}

fn astronaut() -> Portrait {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/astronaut.png");
    Portrait::open(path).unwrap()
}

fn head_and_shoulders() -> Portrait {
    let whole = astronaut();
    let (x0, y0, width, height) = (100u32, 0u32, 246u32, 300u32);
    let mut crop = Frame::new(Size { width, height });
    for y in 0..height {
        for x in 0..width {
            let at = ((y * width + x) * 4) as usize;
            crop.pixels_mut()[at..at + 4].copy_from_slice(&whole.frame().pixel(x0 + x, y0 + y));
        }
    }
    Portrait::from_frame(crop).unwrap()
}

fn draw(rig: &Rig, pose: &Pose) -> Frame {
    let mut frame = Frame::new(rig.frame_size());
    rig.draw(pose, &mut frame).unwrap();
    frame
}

fn at(x: f32, y: f32) -> Pose {
    Sweep::default().pose_at(x, y)
}

/// Mesh of a drawn frame.
fn face_at(x: f32, y: f32) -> Face {
    let f = fixture();
    let portrait = Portrait::from_frame(draw(&f.rig, &at(x, y))).unwrap();
    f.models.find_faces(&portrait).unwrap().remove(0)
}

fn mean(face: &Face, points: &[usize]) -> [f32; 2] {
    std::array::from_fn(|axis| {
        points.iter().map(|&i| face.mesh[i][axis]).sum::<f32>() / points.len() as f32
    })
}

const MESH: &Topology = Topology::MEDIAPIPE;

fn iod(face: &Face) -> f32 {
    let [right, left] = MESH.eyes.each_ref().map(|eye| mean(face, &eye.corners()));
    (left[0] - right[0]).hypot(left[1] - right[1])
}

fn largest_difference(a: &Frame, b: &Frame) -> u8 {
    a.pixels().iter().zip(b.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[test]
fn the_rest_pose_is_the_portrait() {
    let f = fixture();
    assert_eq!(largest_difference(&draw(&f.rig, &Pose::default()), f.portrait.frame()), 0);
}

#[test]
fn motion_starts_without_a_jump() {
    let f = fixture();
    let nearly = draw(&f.rig, &at(0.05, 0.05));
    let pixels = nearly.pixels().iter().zip(f.portrait.frame().pixels());
    let mean =
        pixels.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / nearly.pixels().len() as f64;
    assert!(mean < 0.25, "a twentieth of a step changes {mean} grey levels on average");
}

#[test]
fn the_outer_background_does_not_move() {
    let f = fixture();
    let size = f.portrait.size();
    let frames: Vec<Frame> = [(-15.0, -15.0), (15.0, -15.0), (-15.0, 15.0), (15.0, 15.0)]
        .map(|(x, y)| draw(&f.rig, &at(x, y)))
        .to_vec();
    let still = (0..size.area())
        .filter(|i| {
            let bytes = i * 4..i * 4 + 4;
            frames.iter().all(|frame| {
                frame.pixels()[bytes.clone()] == f.portrait.frame().pixels()[bytes.clone()]
            })
        })
        .count();
    assert!(still as f32 / size.area() as f32 > 0.31, "{still} of {} are still", size.area());
    let rect = f.rig.moving_rect();
    for frame in &frames {
        for y in 0..size.height {
            for x in 0..size.width {
                let inside = (rect.x..rect.x + rect.width).contains(&x)
                    && (rect.y..rect.y + rect.height).contains(&y);
                assert!(inside || frame.pixel(x, y) == f.portrait.frame().pixel(x, y), "{x},{y}");
            }
        }
    }
}

/// A part of the head, its mesh points, and its shifts across and down at -15, -7.5, 7.5 and 15 of each axis.
type Target = (&'static str, &'static [usize], [f32; 4], [f32; 4]);

/// Shifts in IOD that LivePortrait makes, and how far from them a portrait may be: a fifth, and what the mesh itself is
/// unsure by.
#[test]
fn the_head_moves_as_far_as_liveportrait_moves_it() {
    const UNSURE: f32 = 0.006;
    const CHIN: [usize; 1] = [MESH.chin];
    const FOREHEAD: [usize; 1] = [MESH.forehead];
    const INNER_CORNERS: [usize; 2] = [MESH.eyes[0].inner_corner, MESH.eyes[1].inner_corner];
    let rest = face_at(0.0, 0.0);
    let iod = iod(&rest);
    let targets: [Target; 6] = [
        ("nose tip", &MESH.nose_tip, [-0.25, -0.10, 0.15, 0.25], [-0.25, -0.12, 0.15, 0.24]),
        ("forehead", &FOREHEAD, [-0.26, -0.11, 0.15, 0.24], [-0.25, -0.13, 0.14, 0.25]),
        ("inner corners", &INNER_CORNERS, [-0.26, -0.13, 0.12, 0.18], [-0.24, -0.11, 0.12, 0.21]),
        ("lips", &MESH.lips, [-0.19, -0.09, 0.12, 0.20], [-0.20, -0.09, 0.11, 0.19]),
        ("chin", &CHIN, [-0.16, -0.06, 0.09, 0.16], [-0.14, -0.05, 0.06, 0.11]),
        ("ears", &MESH.temples, [-0.09, -0.06, 0.04, 0.08], [-0.16, -0.07, 0.07, 0.15]),
    ];
    let mut off = Vec::new();
    for (i, place) in [-15.0, -7.5, 7.5, 15.0].into_iter().enumerate() {
        for (axis, face) in [face_at(place, 0.0), face_at(0.0, place)].iter().enumerate() {
            for (name, points, across, down) in targets {
                let target = [across, down][axis][i];
                let moved = (mean(face, points)[axis] - mean(&rest, points)[axis]) / iod;
                if (moved - target).abs() > target.abs() / 5.0 + UNSURE {
                    off.push(format!("{name} on axis {axis} at {place}: {moved:.3} for {target}"));
                }
            }
        }
    }
    assert!(off.is_empty(), "{off:#?}");
}

/// Openings of both eyes, height by width, against the face at rest.
#[test]
fn eyes_open_a_little_looking_up_and_close_a_little_looking_down() {
    let opening = |face: &Face| face.eyes.iter().map(|eye| eye.openness).sum::<f32>() / 2.0;
    let rest = opening(&face_at(0.0, 0.0));
    let [up, half_down, down] = [-15.0, 7.5, 15.0].map(|y| opening(&face_at(0.0, y)) - rest);
    assert!((0.002..0.05).contains(&up), "they open by {up}");
    assert!(half_down.abs() < 0.015, "half way down they close by {half_down}");
    assert!((-0.05..-0.005).contains(&down), "they close by {down}");
}

#[test]
fn rows_and_columns_are_monotonic() {
    let steps = [-15.0, -10.0, -5.0, 0.0, 5.0, 10.0, 15.0];
    for axis in 0..2 {
        let nose: Vec<f32> = steps
            .map(|s| if axis == 0 { face_at(s, 0.0) } else { face_at(0.0, s) })
            .map(|face| mean(&face, &MESH.nose_tip)[axis])
            .to_vec();
        assert!(nose.windows(2).all(|pair| pair[1] > pair[0] + 0.3), "axis {axis}: {nose:?}");
    }
}

#[test]
fn irises_move_within_their_eyes_and_brows_rise_only_in_the_upper_half() {
    let place = |face: &Face, side: usize| {
        let eye = &face.eyes[side];
        let [from, to] = eye.corners();
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let (x, y) = (eye.iris_center[0] - from[0], eye.iris_center[1] - from[1]);
        let share = (x * dx + y * dy) / (dx * dx + dy * dy);
        if side == 0 { share } else { 1.0 - share }
    };
    let [left, rest, right] = [-15.0, 0.0, 15.0].map(|x| face_at(x, 0.0));
    for side in 0..2 {
        let range = place(&right, side) - place(&left, side);
        assert!((0.15..0.45).contains(&range), "eye {side} ranges over {range} of its width");
    }
    let brow = |face: &Face| {
        let above = MESH.brows.each_ref().map(|brow| brow.upper_edge[2]);
        let eyes = MESH.eyes.each_ref().map(|eye| eye.corners());
        mean(face, &above)[1] - mean(face, eyes.as_flattened())[1]
    };
    let raised = (brow(&rest) - brow(&face_at(0.0, -15.0))) / iod(&rest);
    let lowered = (brow(&rest) - brow(&face_at(0.0, 15.0))) / iod(&rest);
    assert!((0.04..0.12).contains(&raised), "brows rise by {raised}");
    assert!(lowered.abs() < 0.03, "brows move by {lowered} when looking down");
    assert!((fixture().face.presence) > 0.9);
}

#[test]
fn neighbouring_cells_differ_little() {
    let f = fixture();
    let sweep = Sweep::default();
    for row in [0, 14, 29] {
        let mut before = draw(&f.rig, &sweep.pose(Cell { row, col: 0 }));
        for col in 1..30 {
            let now = draw(&f.rig, &sweep.pose(Cell { row, col }));
            let sum: u64 = now
                .pixels()
                .iter()
                .zip(before.pixels())
                .map(|(a, b)| u64::from(a.abs_diff(*b)))
                .sum();
            let mean = sum as f64 / now.pixels().len() as f64;
            assert!(mean < 2.5, "row {row}, column {col} differs by {mean} on average");
            before = now;
        }
    }
}

#[test]
fn the_same_bytes_from_any_thread() {
    let f = fixture();
    let poses: Vec<Pose> =
        (0..8).map(|i| at(4.0 * i as f32 - 14.0, 9.0 - 3.0 * i as f32)).collect();
    let alone: Vec<Frame> = poses.iter().map(|pose| draw(&f.rig, pose)).collect();
    let together: Vec<Frame> = std::thread::scope(|scope| {
        let handles: Vec<_> =
            poses.iter().map(|pose| scope.spawn(move || draw(&f.rig, pose))).collect();
        handles.into_iter().map(|h| h.join().unwrap()).collect()
    });
    assert!(alone == together);
}

#[test]
fn a_removed_background_leaves_no_halo() {
    let f = fixture();
    let mut options = PrepareOptions::default();
    options.remove_background = true;
    let engine = EmbeddedEngine::new().unwrap();
    let (rig, _) = engine.build_rig(&f.portrait, &options, &()).unwrap();
    let frame = draw(&rig, &at(12.0, -6.0));
    assert!(rig.has_alpha());
    let size = frame.size();
    let alpha = |x: u32, y: u32| frame.pixel(x, y)[3];
    assert_eq!((alpha(2, 2), alpha(size.width - 3, 2)), (0, 0));
    let nose = f.face.mesh[MESH.nose_tip[0]];
    assert_eq!(alpha(nose[0] as u32, nose[1] as u32), 255);
    // The background is light, the hair beside it dark: an edge that kept the background would be
    // much lighter than the hair further in.
    let luma = |p: [u8; 4]| (u32::from(p[0]) + u32::from(p[1]) + u32::from(p[2])) / 3;
    let (mut edge, mut edges) = (0, 0);
    for y in 40..110 {
        if let Some(x) = (0..size.width).find(|&x| (40..220).contains(&alpha(x, y))) {
            edge += luma(frame.pixel(x, y));
            edges += 1;
        }
    }
    let background = luma(f.portrait.frame().pixel(4, 60));
    assert!(edges > 30, "only {edges} rows have a soft edge");
    assert!(edge / edges + 40 < background, "edge {} on background {background}", edge / edges);
}

#[test]
fn soft_eyes_can_be_forced() {
    let f = fixture();
    let mut options = PrepareOptions::default();
    options.eyes = EyeStyle::Soft;
    let (rig, warnings) =
        EmbeddedEngine::new().unwrap().build_rig(&f.portrait, &options, &()).unwrap();
    assert!(!rig.has_layered_eyes() && f.rig.has_layered_eyes());
    assert!(warnings.is_empty(), "asked for, so nothing to warn of: {warnings:?}");
}

/// Mean grey level of what lies around a point, 5 x 5 px.
fn grey_around(frame: &Frame, [x, y]: [f32; 2]) -> f32 {
    let (left, top) = (x.round() as u32 - 2, y.round() as u32 - 2);
    let pixels = (0..25).map(|i| frame.pixel(left + i % 5, top + i / 5));
    pixels.map(|[r, g, b, _]| (f32::from(r) + f32::from(g) + f32::from(b)) / 3.0).sum::<f32>()
        / 25.0
}

#[test]
fn a_blink_draws_skin_over_both_kinds_of_eyes() {
    let f = fixture();
    let mut options = PrepareOptions::default();
    options.eyes = EyeStyle::Soft;
    let soft = EmbeddedEngine::new().unwrap().build_rig(&f.portrait, &options, &()).unwrap().0;
    let irises = f.face.eyes.each_ref().map(|eye| eye.iris_center);
    for rig in [&f.rig, &soft] {
        let greys = |blinks| {
            let frame = draw(rig, &Pose::default().with_blinks(blinks));
            irises.map(|iris| grey_around(&frame, iris))
        };
        let open = greys([0.0; 2]);
        for (left, right) in [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let shut = greys([left, right]);
            for (side, blink) in [left, right].into_iter().enumerate() {
                // Irises are dark, lids are not.
                let lighter = shut[side] - open[side];
                assert_eq!(lighter > 25.0, blink > 0.0, "eye {side} is {lighter} lighter");
                assert_eq!(lighter == 0.0, blink == 0.0, "eye {side} is {lighter} lighter");
            }
        }
    }
}

#[test]
fn directions_stay_those_of_the_screen_in_turned_pictures() {
    let upright = &fixture().portrait;
    let Size { width, height } = upright.size();
    let engine = EmbeddedEngine::new().unwrap();
    let models = FaceModels::embedded().unwrap();
    for quarter in 1..4 {
        let size = if quarter == 2 {
            Size { width, height }
        } else {
            Size { width: height, height: width }
        };
        let mut turned = Frame::new(size);
        for y in 0..height {
            for x in 0..width {
                let (tx, ty) = match quarter {
                    1 => (height - 1 - y, x),
                    2 => (width - 1 - x, height - 1 - y),
                    _ => (y, width - 1 - x),
                };
                let at = ((ty * size.width + tx) * 4) as usize;
                turned.pixels_mut()[at..at + 4].copy_from_slice(&upright.frame().pixel(x, y));
            }
        }
        let portrait = Portrait::from_frame(turned).unwrap();
        let (rig, _) = engine.build_rig(&portrait, &PrepareOptions::default(), &()).unwrap();
        let nose = |pose: Pose| {
            let frame = Portrait::from_frame(draw(&rig, &pose)).unwrap();
            mean(&models.find_faces(&frame).unwrap()[0], &MESH.nose_tip)
        };
        let (left, right, down) = (nose(at(-15.0, 0.0)), nose(at(15.0, 0.0)), nose(at(0.0, 15.0)));
        assert!(right[0] > left[0] + 5.0, "{quarter} quarters: {left:?} to {right:?}");
        assert!(down[1] > (left[1] + right[1]) / 2.0 + 3.0, "{quarter} quarters: {down:?}");
    }
}

#[test]
fn only_the_chosen_one_of_two_is_cut_out_and_moves() {
    // Her and her mirror image, shoulder over shoulder.
    let one = head_and_shoulders();
    let Size { width, height } = one.size();
    let apart = 200;
    let mut both = Frame::new(Size { width: apart + width, height });
    let wide = (apart + width) as usize;
    for (y, line) in both.pixels_mut().chunks_exact_mut(4 * wide).enumerate() {
        for (x, pixel) in line.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let from = if x < width as usize { x } else { wide - 1 - x };
            *pixel = one.frame().pixel(from as u32, y as u32);
        }
    }
    let portrait = Portrait::from_frame(both).unwrap();
    let engine = EmbeddedEngine::new().unwrap();
    let faces = engine.models().find_faces(&portrait).unwrap();
    assert_eq!(faces.len(), 2);
    for (chosen, other) in [(0, 1), (1, 0)] {
        let [own, others] = [chosen, other].map(|index| {
            let [left, top, right, bottom] = faces[index].bounds().map(|v| v as u32);
            (top..bottom).flat_map(move |y| (left..right).map(move |x| (x, y)))
        });
        let options = PrepareOptions::default().with_face(FaceChoice::Index(chosen));
        let alone = options.with_background_removed(true);
        let (cut, warnings) = engine.build_rig(&portrait, &alone, &()).unwrap();
        assert!(warnings.is_empty(), "who has chosen is told nothing: {warnings:?}");
        let (rig, _) = engine.build_rig(&portrait, &options, &()).unwrap();
        for pose in [at(0.0, 0.0), at(15.0, -15.0), at(-15.0, 15.0)] {
            let frame = draw(&cut, &pose);
            assert!(others.clone().all(|(x, y)| frame.pixel(x, y)[3] == 0), "{chosen}");
            let solid = own.clone().filter(|&(x, y)| frame.pixel(x, y)[3] == 255).count();
            assert!(solid * 10 > own.clone().count() * 8, "{chosen}: {solid}");
            let frame = draw(&rig, &pose);
            let rests = |(x, y)| frame.pixel(x, y) == portrait.frame().pixel(x, y);
            assert!(others.clone().all(rests), "{chosen} takes the other along");
        }
    }
}

//! Faces whose eyes somebody has named: of a cat, of drawings, of a person.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::sync::LazyLock;

use gaze_face::embedded::EmbeddedEngine;
use gaze_face::faces::{EyeKind, HeadKind, choose_face, warnings};
use gaze_face::{ErrorKind, EyeStyle, FaceChoice, Frame, Portrait, Pose, PrepareOptions, Size};
use gaze_rig::Hint;
use gaze_rig::rig::{PictureFormat, Rig, StoredPicture};

static ENGINE: LazyLock<EmbeddedEngine> = LazyLock::new(|| EmbeddedEngine::new().unwrap());

/// Where Chelsea's eyes are.
const CHELSEA: [[f32; 2]; 2] = [[172.0, 115.0], [318.0, 135.0]];

fn example(name: &str) -> Portrait {
    Portrait::open(format!("{}/../examples/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn options(eyes: [[f32; 2]; 2]) -> PrepareOptions {
    PrepareOptions::default().with_face(FaceChoice::Eyes(eyes))
}

fn rig_of(portrait: &Portrait, options: &PrepareOptions) -> Rig {
    let (rig, warnings) = ENGINE.build_rig(portrait, options, &()).unwrap();
    assert!(warnings.is_empty(), "who names the eyes has decided: {warnings:?}");
    rig
}

fn draw(rig: &Rig, pose: &Pose) -> Frame {
    let mut frame = Frame::new(rig.frame_size());
    rig.draw(pose, &mut frame).unwrap();
    frame
}

fn luma(frame: &Frame, x: u32, y: u32) -> f32 {
    let [r, g, b, _] = frame.pixel(x, y).map(f32::from);
    0.299 * r + 0.587 * g + 0.114 * b
}

/// Middle of what is darker than `limit` around a point.
fn dark_middle(frame: &Frame, [x, y]: [f32; 2], reach: f32, limit: f32) -> [f32; 2] {
    let (mut sum, mut count) = ([0.0; 2], 0.0);
    let span = |at: f32| (at - reach) as u32..(at + reach) as u32;
    for (px, py) in span(y).flat_map(|py| span(x).map(move |px| (px, py))) {
        if luma(frame, px, py) < limit {
            sum = [sum[0] + px as f32, sum[1] + py as f32];
            count += 1.0;
        }
    }
    assert!(count > 0.0, "nothing dark around {x}, {y}");
    sum.map(|sum| sum / count)
}

/// A drawing on white, by the colour of each pixel.
fn drawing(color: impl Fn(f32, f32) -> [u8; 3]) -> Portrait {
    let size = Size { width: 240, height: 220 };
    let pixels = (0..size.area()).flat_map(|i| {
        let (x, y) = ((i % 240) as f32, (i / 240) as f32);
        let [r, g, b] = color(x, y);
        [r, g, b, 255]
    });
    Portrait::from_frame(Frame::from_pixels(size, pixels.collect()).unwrap()).unwrap()
}

const DRAWN: [[f32; 2]; 2] = [[90.0, 95.0], [150.0, 95.0]];

fn from_eye(x: f32, y: f32) -> f32 {
    DRAWN.iter().map(|eye| (x - eye[0]).hypot(y - eye[1])).fold(f32::MAX, f32::min)
}

/// A yellow disc with two spots.
fn smiley() -> Portrait {
    drawing(|x, y| match (x - 120.0).hypot(y - 110.0) {
        _ if from_eye(x, y) < 8.0 => [40, 25, 10],
        d if d < 90.0 => [255, 205, 40],
        _ => [235, 240, 250],
    })
}

#[test]
fn a_cat_looks_round() {
    let portrait = example("cat.png");
    let faces = ENGINE.models().find_faces(&portrait).unwrap();
    let error = choose_face(&faces, FaceChoice::Largest, &portrait).unwrap_err();
    assert_eq!((error.kind(), error.hints()), (ErrorKind::NoFace, &[Hint::NameEyes][..]));

    let named = ENGINE.models().named_face(&portrait, CHELSEA).unwrap();
    assert_eq!(named.head, HeadKind::Generic);
    assert!(named.eyes.iter().all(|eye| eye.kind == EyeKind::Filled), "{:?}", named.eyes);
    let near = &named.eyes[0];
    assert!((26.0..40.0).contains(&near.half[0]), "the iris fills its opening: {near:?}");

    let rig = rig_of(&portrait, &options(CHELSEA));
    assert!(rig.has_layered_eyes());
    // Eyes alone: a quarter of the eye's width from end to end, and nothing else moves.
    let [left, right] = [-15.0, 15.0].map(|x| draw(&rig, &Pose::default().with_pupils(x, 0.0)));
    let pupil = |frame| dark_middle(frame, CHELSEA[0], 22.0, 40.0);
    let travel = pupil(&right)[0] - pupil(&left)[0];
    assert!(travel > 0.2 * 2.0 * near.half[0], "the pupil moves by {travel} px");
    let rest = draw(&rig, &Pose::default());
    assert_eq!(rest.pixels(), portrait.frame().pixels(), "at rest it is the picture");
    for (x, y) in [(250, 240), (20, 150), (240, 60)] {
        assert_eq!(right.pixel(x, y), rest.pixel(x, y), "the eyes' motion stays with the eyes");
    }
    // The head alone: the nose, which is nearest, moves most, the corner of the picture not at all.
    let turned = draw(&rig, &Pose::default().with_head_yaw_deg(-7.5));
    let nose = |frame| dark_middle(frame, [262.0, 250.0], 14.0, 60.0)[0];
    assert!((nose(&turned) - nose(&rest)).abs() > 8.0);
    assert_eq!(turned.pixel(450, 299), rest.pixel(450, 299));
}

#[test]
fn the_order_of_the_eyes_is_free() {
    let portrait = example("cat.png");
    let [a, b] = CHELSEA;
    let pose = Pose::default().with_pupils(10.0, -5.0).with_head_yaw_deg(5.0);
    let [one, other] = [[a, b], [b, a]].map(|eyes| draw(&rig_of(&portrait, &options(eyes)), &pose));
    assert_eq!(one.pixels(), other.pixels());
}

#[test]
fn points_count_in_pixels_of_the_picture_as_it_was_read() {
    let portrait = example("cat.png");
    let whole = ENGINE.models().named_face(&portrait, CHELSEA).unwrap();
    let half = ENGINE.models().named_face(&portrait.resized(226), CHELSEA).unwrap();
    for (whole, half) in whole.eyes.iter().zip(half.eyes) {
        assert!((whole.center[0] / 2.0 - half.center[0]).abs() < 2.0, "{whole:?} {half:?}");
        assert!((whole.half[0] / 2.0 - half.half[0]).abs() < 2.5, "{whole:?} {half:?}");
    }
}

#[test]
fn a_person_whose_eyes_are_named_is_the_person_that_is_found() {
    let portrait = example("astronaut.png");
    let found = ENGINE.models().find_faces(&portrait).unwrap().remove(0);
    let irises = found.eyes.each_ref().map(|eye| eye.iris_center);
    let named = ENGINE.models().named_face(&portrait, irises).unwrap();
    assert_eq!(named.head, HeadKind::Human);
    assert!(warnings(&named.face, &[], FaceChoice::Largest).is_empty());
    for (a, b) in found.mesh.iter().zip(&named.face.mesh) {
        assert!((a[0] - b[0]).hypot(a[1] - b[1]) < 3.0, "{a:?} {b:?}");
    }
    rig_of(&portrait, &options(irises));
}

#[test]
fn spots_move_over_the_face() {
    let portrait = smiley();
    let named = ENGINE.models().named_face(&portrait, DRAWN).unwrap();
    assert_eq!(named.eyes.map(|eye| eye.kind), [EyeKind::Spot; 2]);
    let rig = rig_of(&portrait, &options(DRAWN));
    assert!(!rig.has_layered_eyes());
    let spot = |x: f32, y: f32| {
        dark_middle(&draw(&rig, &Pose::default().with_pupils(x, y)), DRAWN[1], 20.0, 90.0)
    };
    assert!(spot(15.0, 0.0)[0] - spot(-15.0, 0.0)[0] > 8.0, "as wide as its radius");
    assert!(spot(0.0, -15.0)[1] - spot(0.0, 15.0)[1] > 4.0, "down is negative");
}

#[test]
fn discs_in_white_move_within_it() {
    let portrait = drawing(|x, y| match from_eye(x, y) {
        d if d < 9.0 => [30, 60, 120],
        d if d < 17.0 => [252, 252, 252],
        d if d < 19.0 => [60, 30, 20],
        _ if (x - 120.0).hypot(y - 110.0) < 90.0 => [250, 214, 180],
        _ => [120, 150, 130],
    });
    let named = ENGINE.models().named_face(&portrait, [[91.0, 94.0], [150.0, 96.0]]).unwrap();
    for (eye, middle) in named.eyes.iter().zip(DRAWN) {
        assert_eq!(eye.kind, EyeKind::White, "{eye:?}");
        assert!((eye.center[0] - middle[0]).hypot(eye.center[1] - middle[1]) < 1.5, "{eye:?}");
        assert!((eye.radius - 9.0).abs() < 1.2 && (eye.half[0] - 17.0).abs() < 2.5, "{eye:?}");
    }
    let rig = rig_of(&portrait, &options(DRAWN));
    let iris = |x: f32| {
        dark_middle(&draw(&rig, &Pose::default().with_pupils(x, 0.0)), DRAWN[0], 15.0, 110.0)[0]
    };
    assert!(iris(15.0) - iris(-15.0) > 8.0);
}

#[test]
fn what_stands_on_a_plain_ground_is_cut_out() {
    let portrait = smiley();
    let rig = rig_of(&portrait, &options(DRAWN).with_background_removed(true));
    let rest = draw(&rig, &Pose::default());
    let alpha = |x, y| rest.pixel(x, y)[3];
    assert_eq!([alpha(2, 2), alpha(237, 100), alpha(120, 215)], [0; 3]);
    assert_eq!([alpha(120, 110), alpha(120, 190), alpha(40, 110)], [255; 3]);
}

#[test]
fn soft_eyes_may_be_asked_for() {
    let soft = options(CHELSEA).with_eyes(EyeStyle::Soft);
    assert!(!rig_of(&example("cat.png"), &soft).has_layered_eyes());
}

#[test]
fn points_that_are_no_eyes_are_refused() {
    let portrait = example("cat.png");
    for (eyes, says) in [
        ([[f32::NAN, 1.0], [100.0, 100.0]], "no number"),
        ([[100.0, 100.0], [100.0, f32::INFINITY]], "no number"),
        ([[-1.0, 100.0], [100.0, 100.0]], "outside of the picture of 451 x 300 px"),
        ([[100.0, 100.0], [100.0, 301.0]], "outside of the picture of 451 x 300 px"),
        ([[100.0, 100.0], [104.0, 103.0]], "5 px apart"),
    ] {
        let error = ENGINE.build_rig(&portrait, &options(eyes), &()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn any_two_points_make_a_face() {
    // Nothing is there to be seen: on a plain ground, in noise, at the border, on its side, upside down.
    let noise = drawing(|x, y| [((x * 31.0 + y * 17.0) as u32 % 256) as u8; 3]);
    let grey = drawing(|_, _| [128; 3]);
    for portrait in [noise, grey] {
        for eyes in [
            [[80.0, 100.0], [140.0, 100.0]],
            [[0.0, 0.0], [239.0, 0.0]],
            [[0.0, 0.0], [239.0, 219.0]],
            [[120.0, 20.0], [120.0, 200.0]],
            [[230.0, 210.0], [239.0, 219.0]],
        ] {
            {
                let options = options(eyes).with_background_removed(eyes[0][0] > 100.0);
                let rig = rig_of(&portrait, &options);
                draw(&rig, &Pose::default().with_pupils(15.0, 15.0).with_head_yaw_deg(7.5));
                let picture = StoredPicture { format: PictureFormat::Webp, bytes: vec![7; 9] };
                rig.to_bytes(&picture).unwrap();
            }
        }
    }
}

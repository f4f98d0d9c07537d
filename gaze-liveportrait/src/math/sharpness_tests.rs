//! Whether small frames show as much detail as large ones that are shrunk.

use std::sync::LazyLock;

use gaze_face::Portrait;
use gaze_rig::{Frame, Rect, Size};

use super::affine::{Affine, Rgb};
use super::crop::Crop;
use super::paste::Paste;

/// The picture that LivePortrait pastes into.
const SOURCE: Size = Size { width: 1280, height: 1024 };

/// A square of `side` pixels around (`x`, `y`), turned by seven degrees.
fn square(x: f64, y: f64, side: f64) -> Crop {
    turned_square(x, y, side, 7.0)
}

fn turned_square(x: f64, y: f64, side: f64, angle_deg: f64) -> Crop {
    let (sin, cos) = angle_deg.to_radians().sin_cos();
    let (a, b) = (side / 512.0 * cos, side / 512.0 * sin);
    let from_crop = Affine([[a, -b, x - 256.0 * (a - b)], [b, a, y - 256.0 * (a + b)]]);
    Crop { to_crop: from_crop.inverse(), from_crop }
}

/// A natural picture, cut as faces are: shrunk a little, so that it is full of detail.
static NATURAL_CROP: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/astronaut.png");
    let picture = Rgb::from_frame(Portrait::open(path).unwrap().frame());
    square(250.0, 230.0, 590.0).cut(&picture).pixels
});

fn grey(size: Size) -> Portrait {
    let pixels = [128, 128, 128, 255].repeat(size.area());
    Portrait::from_frame(Frame::from_pixels(size, pixels).unwrap()).unwrap()
}

fn pasted(portrait: &Portrait, to_frame: &Affine, crop: &Crop, decoded: &[u8]) -> Frame {
    let paste = Paste::new(portrait.frame().clone(), to_frame, crop);
    let mut frame = Frame::new(portrait.size());
    paste.paste(decoded, &mut frame);
    frame
}

/// Standard deviation of the Laplacian of the green channel within a square around the middle.
fn detail(frame: &Frame, side: u32) -> f64 {
    let Size { width, height } = frame.size();
    let side = side.min(height - 4);
    let at = |x: u32, y: u32| f64::from(frame.pixel(x, y)[1]);
    let laplacian =
        |x: u32, y: u32| at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4.0 * at(x, y);
    let (left, top) = ((width - side) / 2, (height - side) / 2);
    let values: Vec<f64> = (top..top + side)
        .flat_map(|y| (left..left + side).map(move |x| (x, y)))
        .map(|(x, y)| laplacian(x, y))
        .collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

/// Mean difference of the colours within a rectangle.
fn difference(a: &Frame, b: &Frame, rect: Rect) -> f64 {
    let part = |frame: &Frame| frame.view().part(rect).unwrap().to_frame();
    let (a, b) = (part(a), part(b));
    let sum: u64 = a.pixels().iter().zip(b.pixels()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / (rect.size().area() * 3) as f64
}

#[test]
fn frames_are_as_sharp_as_larger_ones_that_are_shrunk() {
    // Frame pixels a crop pixel: in the picture, and in frames.
    for in_picture in [0.8, 1.0, 1.3, 1.9, 2.5] {
        let in_frames =
            [0.3, 0.4, 0.55, 0.7, 0.75, 0.85, 0.97, 1.0, 1.2, 1.6, 2.0, 2.5].into_iter();
        for in_frame in in_frames.filter(|in_frame| *in_frame <= in_picture) {
            let crop = square(640.0, 512.0, 512.0 * in_picture);
            compare(&crop, in_picture, in_frame);
        }
    }
}

#[test]
fn upright_faces_are_as_sharp_wherever_they_lie() {
    for in_frame in [0.3, 0.5, 0.7, 0.9] {
        for at in [0.0, 0.5] {
            let (x, y) = (640.0 + at / in_frame * 1.9, 512.0 + at / in_frame * 1.9);
            compare(&turned_square(x, y, 512.0 * 1.9, 0.0), 1.9, in_frame);
        }
    }
}

/// Checks a frame against one that is shrunk from a picture with the crop in its middle.
#[track_caller]
fn compare(crop: &Crop, in_picture: f64, in_frame: f64) {
    let reference = pasted(&grey(SOURCE), &Affine::resizing(SOURCE, SOURCE), crop, &NATURAL_CROP);
    let max_side = (1280.0 * in_frame / in_picture).round() as u32;
    let expected = Portrait::from_frame(reference).unwrap().resized(max_side);
    let portrait = grey(expected.size());
    let actual = pasted(&portrait, &Affine::resizing(SOURCE, portrait.size()), crop, &NATURAL_CROP);
    let ratio = detail(&actual, (256.0 * in_frame) as u32)
        / detail(expected.frame(), (256.0 * in_frame) as u32);
    let Size { width, height } = portrait.size();
    let within = Rect { x: width / 4, y: height / 4, width: width / 2, height: height / 2 };
    let apart = difference(&actual, expected.frame(), within);
    assert!((ratio - 1.0).abs() < 0.05, "{in_picture} {in_frame}: detail {ratio:.3}");
    assert!(apart < 1.5, "{in_picture} {in_frame}: {apart:.2} levels apart");
}

#[test]
fn where_the_picture_would_lose_pixels_frames_do_not() {
    for scale in [0.3, 0.5, 0.7] {
        let large = square(640.0, 512.0, 512.0);
        let reference =
            pasted(&grey(SOURCE), &Affine::resizing(SOURCE, SOURCE), &large, &NATURAL_CROP);
        let expected = Portrait::from_frame(reference).unwrap().resized((1280.0 * scale) as u32);
        // In a picture that is as small as the frames.
        let size = expected.size();
        let middle = Affine::resizing(SOURCE, size).apply([640.0, 512.0]);
        let crop = square(middle[0], middle[1], 512.0 * scale);
        let actual = pasted(&grey(size), &Affine::resizing(size, size), &crop, &NATURAL_CROP);
        let side = (256.0 * scale) as u32;
        let ratio = detail(&actual, side) / detail(expected.frame(), side);
        assert!((ratio - 1.0).abs() < 0.05, "{scale}: detail {ratio:.3}");
    }
}

#[test]
fn the_fade_rises_and_falls_and_nothing_shines_around_it() {
    let white = vec![255; 512 * 512 * 3];
    for in_frame in [0.31, 0.5, 0.72, 0.9, 1.1] {
        let size = Size { width: 640, height: 512 };
        let scale = 640.0 / 1280.0;
        let crop = square(640.0, 512.0, 512.0 * in_frame / scale);
        for level in [0, 200] {
            let pixels = [level, level, level, 255].repeat(size.area());
            let portrait = Portrait::from_frame(Frame::from_pixels(size, pixels).unwrap()).unwrap();
            let frame = pasted(&portrait, &Affine::resizing(SOURCE, size), &crop, &white);
            let row: Vec<u8> = (0..640).map(|x| frame.pixel(x, 256)[0]).collect();
            assert!(row[..320].is_sorted(), "{in_frame}: {row:?}");
            assert!(row[320..].iter().rev().is_sorted(), "{in_frame}: {row:?}");
            assert_eq!((row[0], row[320], row[639]), (level, 255, level));
        }
    }
}

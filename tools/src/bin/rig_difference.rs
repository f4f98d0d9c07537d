//! How far a rig that was made in a page is from one that is made here, of the same portrait; and a picture of it to look at.
//!
//! `cargo run --release -p gaze-tools --bin rig_difference -- FILE.gaze PORTRAIT [soft] [alpha] [OUT.png]`
//!
//! Both are drawn with the picture of the file, so that its compression does not count. Printed are the mean and the
//! largest difference of a channel, in grey levels, over 5 x 5 poses.

use gaze_core::embedded::EmbeddedEngine;
use gaze_core::rig::{Rig, StoredPicture, StoredRig};
use gaze_core::{EyeStyle, Frame, Portrait, PrepareOptions, Size, Sweep};

type AnyError = Box<dyn std::error::Error>;

/// Where the axes are looked at.
const PLACES: [f32; 5] = [-15.0, -7.5, 0.0, 7.5, 15.0];

fn main() -> Result<(), AnyError> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, portrait, words @ ..] = args.as_slice() else {
        return Err("usage: rig_difference FILE.gaze PORTRAIT [soft] [alpha] [OUT.png]".into());
    };
    let has = |word: &str| words.iter().any(|w| w == word);
    let options = PrepareOptions::default()
        .with_background_removed(has("alpha"))
        .with_eyes(if has("soft") { EyeStyle::Soft } else { EyeStyle::Auto });

    let stored = StoredRig::from_bytes(&std::fs::read(file)?)?;
    let picture = stored.picture().clone();
    let size = stored.frame_size();
    let made = opened(stored)?;

    let portrait = Portrait::open(portrait)?.resized(size.width.max(size.height));
    let (rig, warnings) = EmbeddedEngine::new()?.build_rig(&portrait, &options, &())?;
    for warning in warnings {
        println!("warning: {}", warning.message);
    }
    let native = opened(StoredRig::from_bytes(&rig.to_bytes(&picture)?)?)?;

    let (mut sum, mut most, mut count) = (0u64, 0u8, 0u64);
    let mut grid = image::RgbaImage::new(size.width * 5, size.height * 5);
    let mut frames = [Frame::new(size), Frame::new(size)];
    for (row, y) in (0..).zip(PLACES) {
        for (column, x) in (0..).zip(PLACES) {
            let pose = Sweep::default().pose_at(x, y);
            made.draw(&pose, &mut frames[0])?;
            native.draw(&pose, &mut frames[1])?;
            let [ours, theirs] = frames.each_ref().map(|frame| frame.pixels().as_chunks::<4>().0);
            for (a, b) in ours.iter().zip(theirs) {
                for (a, b) in over_black(*a).into_iter().zip(over_black(*b)) {
                    sum += u64::from(a.abs_diff(b));
                    most = most.max(a.abs_diff(b));
                    count += 1;
                }
            }
            let drawn = rgba(&frames[0])?;
            let (left, top) = (column * size.width, row * size.height);
            image::imageops::replace(&mut grid, &drawn, i64::from(left), i64::from(top));
        }
    }
    println!("mean {:.5} max {most}", sum as f64 / count as f64);
    if let Some(out) = words.iter().find(|word| word.ends_with(".png")) {
        grid.save(out)?;
    }
    Ok(())
}

/// As it is seen: the colour of what is transparent does not count.
fn over_black([r, g, b, alpha]: [u8; 4]) -> [u8; 4] {
    let seen = |value: u8| ((u16::from(value) * u16::from(alpha) + 127) / 255) as u8;
    [seen(r), seen(g), seen(b), alpha]
}

/// The rig with its picture decoded.
fn opened(stored: StoredRig) -> Result<Rig, AnyError> {
    let StoredPicture { bytes, .. } = stored.picture();
    let picture = image::load_from_memory(bytes)?.into_rgba8();
    let size = Size { width: picture.width(), height: picture.height() };
    Ok(stored.open(Frame::from_pixels(size, picture.into_raw())?)?)
}

fn rgba(frame: &Frame) -> Result<image::RgbaImage, AnyError> {
    let Size { width, height } = frame.size();
    image::RgbaImage::from_raw(width, height, frame.pixels().to_vec())
        .ok_or_else(|| "a frame is not whole".into())
}

//! A portrait that is transparent itself.

use std::io::Cursor;
use std::path::Path;

use image::imageops::{FilterType, resize};
use image::{ImageFormat, Rgba};

/// A PNG of a face in a disk, 160 px wide, and what is hidden in its corners.
pub(crate) fn round_portrait() -> Vec<u8> {
    const SIDE: u32 = 160;
    let photo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/astronaut.png");
    let photo = image::open(photo).unwrap().into_rgba8();
    let mut picture = resize(&photo, SIDE, SIDE, FilterType::CatmullRom);
    let middle = SIDE as f32 / 2.0;
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if (x as f32 - middle).hypot(y as f32 - middle) > middle - 2.0 {
            *pixel = Rgba([0, 255, 0, 0]);
        }
    }
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).unwrap();
    png.into_inner()
}

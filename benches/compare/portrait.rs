//! The picture that everything is measured on.

use std::error::Error;
use std::path::{Path, PathBuf};

use gaze_core::Size;
use image::imageops::FilterType;

/// The frame size of the numbers in the README.
pub(crate) const SIZE: Size = Size { width: 410, height: 512 };
/// A larger one of nearly the same shape, for peak memory.
pub(crate) const LARGE: Size = Size { width: 512, height: 640 };
/// The first column of the crop: puts the face in its middle.
const CROP_LEFT: u32 = 20;

/// Writes the example portrait, cut to [`SIZE`] and brought to `size`, as a PNG in `dir`.
pub(crate) fn write_portrait(dir: &Path, size: Size) -> Result<PathBuf, Box<dyn Error>> {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/astronaut.png");
    let crop = image::open(fixture)?.crop_imm(CROP_LEFT, 0, SIZE.width, SIZE.height);
    let path = dir.join(format!("portrait-{}x{}.png", size.width, size.height));
    crop.resize_exact(size.width, size.height, FilterType::CatmullRom).to_rgb8().save(&path)?;
    Ok(path)
}

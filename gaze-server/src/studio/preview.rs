//! The picture that a chat shows beside a link: the portrait on its wall.

use std::path::Path;

use gaze_core::{Error, ErrorKind, Frame, Portrait, Result, Size};
use image::imageops::{self, FilterType};
use image::{Rgba, RgbaImage};

use crate::picture::to_jpeg;

/// What previews are made for: the size that Open Graph's readers show whole.
pub(crate) const SIZE: Size = Size { width: 1200, height: 630 };
/// Height of the portrait in it.
const HUNG: u32 = 510;
/// Between the portrait and its frame, and the frame's width, in pixels.
const MOUNT: i64 = 12;
const LINE: i64 = 2;
/// How much lighter than the portrait's rim the wall is, of 255.
const WALL_LIGHT: f32 = 0.78;

/// Draws the preview of a portrait.
pub(crate) fn of(portrait: &Path) -> Result<Vec<u8>> {
    let portrait = Portrait::open(portrait)?.resized(HUNG * 2);
    let frame = portrait.flattened();
    let Size { width, height } = frame.size();
    let invalid = || Error::new(ErrorKind::InvalidInput, "the portrait has no pixels");
    let picture =
        RgbaImage::from_raw(width, height, frame.pixels().to_vec()).ok_or_else(invalid)?;
    let (hung_width, hung_height) = fitted(width, height);
    let hung = imageops::resize(&picture, hung_width, hung_height, FilterType::CatmullRom);
    let wall = wall_of(&hung);
    let mut preview = RgbaImage::from_pixel(SIZE.width, SIZE.height, wall);
    let x = i64::from(SIZE.width - hung_width) / 2;
    let y = i64::from(SIZE.height - hung_height) / 2;
    let line = Rgba([wall[0] / 2, wall[1] / 2, wall[2] / 2, 255]);
    let outer = MOUNT + LINE;
    fill(&mut preview, x - outer, y - outer, hung_width, hung_height, outer, line);
    fill(&mut preview, x - MOUNT, y - MOUNT, hung_width, hung_height, MOUNT, wall);
    imageops::overlay(&mut preview, &hung, x, y);
    to_jpeg(&Frame::from_pixels(SIZE, preview.into_raw())?)
}

/// As large as there is room, whatever its shape.
fn fitted(width: u32, height: u32) -> (u32, u32) {
    let most_wide = SIZE.width - (SIZE.height - HUNG);
    let scale = (f64::from(HUNG) / f64::from(height)).min(f64::from(most_wide) / f64::from(width));
    let scaled = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    (scaled(width), scaled(height))
}

/// The wall takes the colour of the portrait's upper rim, made light.
fn wall_of(picture: &RgbaImage) -> Rgba<u8> {
    let rim: Vec<&Rgba<u8>> =
        picture.enumerate_pixels().filter(|(_, y, _)| *y < 12).map(|(_, _, pixel)| pixel).collect();
    let median = |channel: usize| {
        let mut values: Vec<u8> = rim.iter().map(|pixel| pixel[channel]).collect();
        values.sort_unstable();
        let middle = f32::from(values.get(values.len() / 2).copied().unwrap_or(128));
        // Between two of 0 to 255.
        (middle * (1.0 - WALL_LIGHT) + 245.0 * WALL_LIGHT) as u8
    };
    Rgba([median(0), median(1), median(2), 255])
}

/// Fills a rectangle of this size, wider by `more` on each side.
fn fill(
    picture: &mut RgbaImage,
    x: i64,
    y: i64,
    width: u32,
    height: u32,
    more: i64,
    colour: Rgba<u8>,
) {
    let grown = |side: u32| i64::from(side) + 2 * more;
    for row in y.max(0)..(y + grown(height)).min(i64::from(SIZE.height)) {
        for column in x.max(0)..(x + grown(width)).min(i64::from(SIZE.width)) {
            // In range by the bounds above.
            picture.put_pixel(column as u32, row as u32, colour);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portrait_hangs_in_the_middle() {
        let jpeg = of(Path::new("../examples/astronaut.png")).unwrap();
        let preview = image::load_from_memory(&jpeg).unwrap().into_rgb8();
        assert_eq!(preview.dimensions(), (SIZE.width, SIZE.height));
        // The wall in both corners; something else in the middle.
        assert_eq!(preview.get_pixel(5, 5), preview.get_pixel(1190, 620));
        assert_ne!(preview.get_pixel(600, 315), preview.get_pixel(5, 5));
    }

    #[test]
    fn every_shape_has_room() {
        for (width, height) in [(512, 100), (100, 512), (512, 512), (1, 512)] {
            let (w, h) = fitted(width, height);
            assert!(w <= SIZE.width - 100 && h <= HUNG && w > 0, "{w} x {h}");
        }
    }
}

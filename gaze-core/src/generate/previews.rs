//! The pictures beside the sheets: the portrait itself, an overview and a moving preview.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use crate::canvas::Canvas;
use crate::codecs::codec_of;
use crate::frame_source::FrameSource;
use crate::webp;
use gaze_face::portrait::flatten_over;
use gaze_face::resample::{shrink, shrink_to_side};
use gaze_rig::{AXIS_EXTENT, Error, ErrorKind, Frame, Observer, Result, SheetFormat};

/// Quality of `input.jpg`.
const JPEG_QUALITY: u8 = 90;
/// Cells a side of the overview.
pub(crate) const CONTACT_SIDE: u32 = 5;
/// Longer side of the overview, in pixels.
const CONTACT_MAX: u32 = 1280;
/// Longer side of the preview, in pixels.
const PREVIEW_MAX: u32 = 320;
pub(crate) const PREVIEW_FRAMES: u32 = 44;
const PREVIEW_FRAME_MILLIS: u32 = 60;
const PREVIEW_QUALITY: u8 = 70;
/// How far the preview looks round, as a share of the sweep.
const PREVIEW_REACH: f32 = 0.9;
/// Share of the loop in which the gaze leaves its rest, and in which it returns.
const PREVIEW_EASE: f32 = 0.22;

/// The portrait as a JPEG, over white where it is transparent.
pub(crate) fn portrait_jpeg(portrait: &Frame) -> Result<Vec<u8>> {
    let mut flat = portrait.clone();
    flatten_over(&mut flat, [255; 3]);
    let rgb: Vec<u8> = flat.pixels().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let mut jpeg = Vec::new();
    let size = portrait.size();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)
        .write_image(&rgb, size.width, size.height, ExtendedColorType::Rgb8)
        .map_err(|e| failed("input.jpg", e))?;
    Ok(jpeg)
}

/// The face at rest as a WebP with its transparency, for where frames have one.
pub(crate) fn clear_webp(rest: &Frame, quality: u8) -> Result<Vec<u8>> {
    codec_of(SheetFormat::WebP).encode_frame(&mut Canvas::of_frame(rest, true), quality)
}

/// A PNG of 5 x 5 evenly spaced poses, those at the ends and the rest pose among them.
pub(crate) fn contact_png(frames: &FrameSource<'_>, observer: &dyn Observer) -> Result<Vec<u8>> {
    let mut frame = Frame::new(frames.frame_size());
    let cell = shrink_to_side(&frame, CONTACT_MAX / CONTACT_SIDE).size();
    let width = cell.width * CONTACT_SIDE;
    let channels = if frames.has_alpha() { 4 } else { 3 };
    let mut sheet = vec![0; width as usize * (cell.height * CONTACT_SIDE) as usize * channels];
    let stride = width as usize * channels;
    let axis = |i: u32| AXIS_EXTENT * (2.0 * i as f32 / (CONTACT_SIDE - 1) as f32 - 1.0);
    for row in 0..CONTACT_SIDE {
        for col in 0..CONTACT_SIDE {
            observer.check_cancelled()?;
            frames.render_at(axis(col), axis(row), &mut frame)?;
            let small = shrink(&frame, cell);
            for (y, line) in small.pixels().chunks_exact(cell.width as usize * 4).enumerate() {
                let top = (row * cell.height) as usize + y;
                let at = top * stride + (col * cell.width) as usize * channels;
                let target = &mut sheet[at..at + cell.width as usize * channels];
                for (to, from) in target.chunks_exact_mut(channels).zip(line.chunks_exact(4)) {
                    to.copy_from_slice(&from[..channels]);
                }
            }
        }
    }
    let color = if channels == 4 { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 };
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive)
        .write_image(&sheet, width, cell.height * CONTACT_SIDE, color)
        .map_err(|e| failed("contact.png", e))?;
    Ok(png)
}

/// A WebP loop of the face looking once round, from rest to rest.
pub(crate) fn preview_webp(frames: &FrameSource<'_>, observer: &dyn Observer) -> Result<Vec<u8>> {
    let mut frame = Frame::new(frames.frame_size());
    let mut loop_frames = Vec::new();
    for index in 0..PREVIEW_FRAMES {
        observer.check_cancelled()?;
        let (x, y) = look_round(index as f32 / PREVIEW_FRAMES as f32);
        frames.render_at(x * AXIS_EXTENT, y * AXIS_EXTENT, &mut frame)?;
        loop_frames.push(shrink_to_side(&frame, PREVIEW_MAX));
    }
    webp::encode_animation(&loop_frames, PREVIEW_FRAME_MILLIS, PREVIEW_QUALITY)
}

/// Where the preview looks at time 0 to 1, each axis from -1 to 1: out from the centre, once round,
/// and back, with no jump in place or speed at the seam.
fn look_round(time: f32) -> (f32, f32) {
    let ease = |t: f32| {
        let t = t.clamp(0.0, 1.0);
        t * t * (3.0 - 2.0 * t)
    };
    let reach = PREVIEW_REACH * ease(time / PREVIEW_EASE) * ease((1.0 - time) / PREVIEW_EASE);
    let angle = std::f32::consts::TAU * time;
    (-reach * angle.cos(), -reach * angle.sin())
}

fn failed(name: &str, source: image::ImageError) -> Error {
    Error::new(ErrorKind::Output, format!("{name} cannot be encoded: {source}")).with_source(source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_rig::Size;

    #[test]
    fn the_preview_starts_and_ends_at_rest_without_a_jump() {
        assert_eq!(look_round(0.0).0.abs(), 0.0);
        let steps: Vec<(f32, f32)> =
            (0..=PREVIEW_FRAMES).map(|i| look_round(i as f32 / PREVIEW_FRAMES as f32)).collect();
        for pair in steps.windows(2) {
            assert!((pair[0].0 - pair[1].0).hypot(pair[0].1 - pair[1].1) < 0.2, "{pair:?}");
        }
        assert!(steps.iter().any(|s| s.0 > 0.8) && steps.iter().any(|s| s.1 < -0.8));
    }

    #[test]
    fn transparent_portraits_lie_on_white() {
        let jpeg = portrait_jpeg(&Frame::new(Size { width: 16, height: 16 })).unwrap();
        let picture = image::load_from_memory(&jpeg).unwrap().to_rgb8();
        assert!(picture.pixels().all(|p| p.0 == [255; 3]));
    }
}

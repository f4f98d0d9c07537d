//! Bytes to pixels, within limits that are checked before anything large is allocated.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::{color, format, jpeg, webp};
use crate::portrait::limits::{MAX_FILE_BYTES, check_size, invalid};
use gaze_rig::{Error, ErrorKind, Frame, Result, Size};

/// What a decoder may allocate: `MAX_PIXELS` of four 8-bit channels, with some room to work.
const MAX_DECODER_BYTES: u64 = 640 << 20;

/// Reads the file at `path`, if it is not too large.
pub(in crate::portrait) fn read_file(path: &Path) -> Result<Vec<u8>> {
    let unreadable = |error: std::io::Error| {
        Error::new(
            ErrorKind::InvalidInput,
            "the portrait cannot be read: check its path and permissions",
        )
        .with_source(error)
    };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(invalid("this is a folder: name a picture in it"));
    }
    let mut bytes = Vec::new();
    // Not by the length in the metadata: devices and pipes have none.
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Decodes, orients and converts to 8-bit sRGB.
pub(in crate::portrait) fn decode(bytes: &[u8]) -> Result<Frame> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(invalid(format!(
            "the file is larger than {} MiB: save the picture smaller",
            MAX_FILE_BYTES >> 20
        )));
    }
    let format = format::recognise(bytes)?;
    let is_sound = match format {
        ImageFormat::Jpeg => jpeg::is_complete(bytes),
        ImageFormat::WebP => webp::is_sound(bytes),
        // The decoders of the others notice.
        _ => true,
    };
    if !is_sound {
        return Err(invalid(CUT_SHORT));
    }
    // Decoders are others' code: should one panic, the file is at fault, not the caller.
    std::panic::catch_unwind(|| decode_as(format, bytes))
        .unwrap_or_else(|_| Err(invalid(CUT_SHORT)))
}

fn decode_as(format: ImageFormat, bytes: &[u8]) -> Result<Frame> {
    let mut decoder =
        ImageReader::with_format(Cursor::new(bytes), format).into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    check_size(Size { width, height })?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    limits.reserve(decoder.total_bytes()).map_err(unreadable)?;
    decoder.set_limits(limits).map_err(unreadable)?;

    // Both are extras: a broken one must not cost the picture.
    let orientation = decoder.orientation().ok();
    let profile = decoder.icc_profile().ok().flatten();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    let is_grey = !picture.color().has_color();
    let mut frame = to_frame(picture);
    if let Some(profile) = profile {
        color::convert_to_srgb(frame.pixels_mut(), &profile, is_grey);
    }
    Ok(frame)
}

/// To 8-bit RGBA. The common kinds go straight into the frame: a large picture is held twice, not
/// three times.
fn to_frame(picture: DynamicImage) -> Frame {
    let mut frame = Frame::new(Size { width: picture.width(), height: picture.height() });
    let pixels = frame.pixels_mut().chunks_exact_mut(4);
    match picture {
        DynamicImage::ImageRgb8(rgb) => {
            for (pixel, rgb) in pixels.zip(rgb.pixels()) {
                pixel.copy_from_slice(&[rgb[0], rgb[1], rgb[2], 255]);
            }
        }
        DynamicImage::ImageLuma8(grey) => {
            for (pixel, grey) in pixels.zip(grey.pixels()) {
                pixel.copy_from_slice(&[grey[0], grey[0], grey[0], 255]);
            }
        }
        other => frame.pixels_mut().copy_from_slice(&other.into_rgba8()),
    }
    frame
}

const CUT_SHORT: &str =
    "the picture is damaged or cut short: get it again, or save it as a new JPEG or PNG";

fn unreadable(error: image::ImageError) -> Error {
    let message = match &error {
        image::ImageError::Limits(_) => {
            "the picture needs too much memory: save it smaller or with 8 bits a channel"
        }
        image::ImageError::Unsupported(_) => {
            "the picture uses a variant of its format that is not supported: save it again as an \
             ordinary JPEG or PNG"
        }
        _ => CUT_SHORT,
    };
    invalid(message).with_source(error)
}

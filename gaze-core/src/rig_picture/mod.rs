//! The picture of a stored rig: compressed and decoded.

mod jpeg;

use std::io::Cursor;
use std::panic::catch_unwind;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::webp;
use gaze_rig::rig::{PictureFormat, RIG_MAX_AREA, Rig, StoredPicture};
use gaze_rig::{Error, ErrorKind, Frame, Result, Size};

/// How many times as large as a WebP the portrait's own JPEG may be: it shows the picture exactly.
const JPEG_MOST_BYTES: [usize; 2] = [3, 2];
/// Largest difference of a channel and mean one that a picture shown exactly may have: what a profile for sRGB that was
/// applied to it leaves.
const EXACT: (u8, f64) = (2, 0.2);
/// Bytes that decoding a JPEG may take a pixel: coefficients of three components and what they become.
const JPEG_BYTES_A_PIXEL: u64 = 32;

/// The picture of a rig, compressed with a WebP quality of 0 to 100; `original`, the portrait's own JPEG, where that is given,
/// shows it exactly and is small.
///
/// # Errors
/// [`ErrorKind::Output`] where the encoder fails.
pub(crate) fn encode_picture(
    rig: &Rig,
    quality: u8,
    original: Option<&[u8]>,
) -> Result<StoredPicture> {
    let picture = rig.picture_to_store();
    let bytes = webp::encode_photo(&picture, quality)?;
    let original = original.and_then(jpeg::without_metadata);
    let fits = |jpeg: &Vec<u8>| {
        jpeg.len() * JPEG_MOST_BYTES[1] <= bytes.len() * JPEG_MOST_BYTES[0]
            && decode_jpeg(jpeg, picture.size()).is_some_and(|shown| is_exact(&shown, &picture))
    };
    Ok(match original.filter(fits) {
        Some(bytes) => StoredPicture { format: PictureFormat::Jpeg, bytes },
        None => StoredPicture { format: PictureFormat::Webp, bytes },
    })
}

fn is_exact(shown: &Frame, picture: &Frame) -> bool {
    let each = || shown.pixels().iter().zip(picture.pixels()).map(|(a, b)| a.abs_diff(*b));
    let sum: u64 = each().map(u64::from).sum();
    each().all(|off| off <= EXACT.0) && sum as f64 <= EXACT.1 * picture.pixels().len() as f64
}

/// Decodes the picture of a stored rig whose frames have this size. No memory is given to one that claims another.
///
/// ```
/// use gaze_core::rig::StoredRig;
/// use gaze_core::{Result, Size, rig::Rig, rig_file::decode_picture};
///
/// /// A rig that was made for a large element, drawn in a small one.
/// fn open_thumbnail(file: &[u8]) -> Result<Rig> {
///     let stored = StoredRig::from_bytes(file)?;
///     let picture = decode_picture(stored.picture(), stored.frame_size())?;
///     stored.open_resized(picture, Size { width: 82, height: 102 })
/// }
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidFormat`] where it has another size, or is damaged or of another format than it says.
pub fn decode_picture(picture: &StoredPicture, size: Size) -> Result<Frame> {
    let decoded = match picture.format {
        _ if size.area() > RIG_MAX_AREA => None,
        PictureFormat::Webp => webp::decode(&picture.bytes, size),
        PictureFormat::Jpeg => decode_jpeg(&picture.bytes, size),
        _ => None,
    };
    decoded.ok_or_else(|| {
        let Size { width, height } = size;
        let message = format!(
            "the file is damaged, make it again: the picture of its rig is no {} of {width} x {height} px",
            picture.format.mime_type()
        );
        Error::new(ErrorKind::InvalidFormat, message)
    })
}

/// A JPEG of exactly `size` pixels; none where it has another size or is damaged.
fn decode_jpeg(bytes: &[u8], size: Size) -> Option<Frame> {
    // Decoders are others' code: should one panic, the file is at fault, not the caller.
    catch_unwind(|| {
        let reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
        let mut decoder = reader.into_decoder().ok()?;
        if decoder.dimensions() != (size.width, size.height) {
            return None;
        }
        let mut limits = Limits::default();
        limits.max_alloc = Some(size.area() as u64 * JPEG_BYTES_A_PIXEL);
        decoder.set_limits(limits).ok()?;
        let rgba = DynamicImage::from_decoder(decoder).ok()?.into_rgba8();
        Frame::from_pixels(size, rgba.into_raw()).ok()
    })
    .ok()
    .flatten()
}

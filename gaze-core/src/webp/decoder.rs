//! The border to libwebp's decoder.

use std::ffi::c_int;

use libwebp_sys as sys;

use crate::codec::PictureHeader;
use gaze_rig::{Frame, Size};

/// Reads the header of a WebP file, if it is one.
pub(super) fn read_header(webp: &[u8]) -> Option<PictureHeader> {
    let mut features = std::mem::MaybeUninit::<sys::WebPBitstreamFeatures>::zeroed();
    // SAFETY: pointer and length are those of a slice; the struct of numbers may be all zero.
    let features = unsafe {
        let status = sys::WebPGetFeatures(webp.as_ptr(), webp.len(), features.as_mut_ptr());
        (status == sys::VP8StatusCode::VP8_STATUS_OK).then(|| features.assume_init())
    }?;
    Some(PictureHeader {
        size: Size { width: features.width as u32, height: features.height as u32 },
        has_alpha: features.has_alpha != 0,
        is_animated: features.has_animation != 0,
        is_lossy: features.format == 1,
    })
}

/// Decodes a lossy WebP file to its end without keeping more than a few rows of it (its alpha plane
/// apart) and says whether that works. libwebp finds files cut short and broken headers; a wrong
/// byte within the pixels only looks wrong.
pub(super) fn decodes(webp: &[u8]) -> bool {
    let Ok(mut config) = sys::WebPDecoderConfig::new() else { return false };
    config.options.use_scaling = 1;
    config.options.scaled_width = 16;
    config.options.scaled_height = 16;
    config.output.colorspace = sys::WEBP_CSP_MODE::MODE_RGBA;
    // SAFETY: pointer and length are those of a slice; the config was initialised by libwebp, which
    // allocates the output and frees it again.
    unsafe {
        let status = sys::WebPDecode(webp.as_ptr(), webp.len(), &mut config);
        sys::WebPFreeDecBuffer(&mut config.output);
        status == sys::VP8StatusCode::VP8_STATUS_OK
    }
}

/// Decodes a WebP file of exactly `size` pixels; none where it has another size or is damaged.
pub(crate) fn decode(webp: &[u8], size: Size) -> Option<Frame> {
    if read_header(webp)?.size != size {
        return None;
    }
    let mut frame = Frame::new(size);
    let pixels = frame.pixels_mut();
    // SAFETY: pointers and lengths are those of slices; libwebp refuses an output that is too small.
    let done = unsafe {
        sys::WebPDecodeRGBAInto(
            webp.as_ptr(),
            webp.len(),
            pixels.as_mut_ptr(),
            pixels.len(),
            size.width as c_int * 4,
        )
    };
    (!done.is_null()).then_some(frame)
}

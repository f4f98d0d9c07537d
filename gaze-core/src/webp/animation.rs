//! The border to libwebp's encoder for animations.

use std::ffi::{CStr, c_int};
use std::slice;

use libwebp_sys as sys;

use super::encoder::{OwnedPicture, config, failed};
use gaze_rig::{Error, Frame, Result, Size};

/// How hard libwebp tries for the small preview.
const PREVIEW_METHOD: c_int = 2;

/// A loop of frames shown for `millis` milliseconds each.
///
/// # Errors
/// [`ErrorKind::Output`] where libwebp fails, or there is no frame.
pub(crate) fn encode_animation(frames: &[Frame], millis: u32, quality: u8) -> Result<Vec<u8>> {
    let Some(first) = frames.first() else {
        return Err(failed("an animation needs a frame"));
    };
    let mut encoder = Animation::new(first.size())?;
    let config = config(quality, PREVIEW_METHOD)?;
    for (index, frame) in frames.iter().enumerate() {
        encoder.add(frame, index as u32 * millis, &config)?;
    }
    encoder.finish(frames.len() as u32 * millis)
}

/// Owner of libwebp's animation encoder.
struct Animation {
    encoder: *mut sys::WebPAnimEncoder,
    size: Size,
}

impl Animation {
    fn new(size: Size) -> Result<Self> {
        let (width, height) = (size.width as c_int, size.height as c_int);
        let version = sys::WEBP_MUX_ABI_VERSION as c_int;
        // SAFETY: the options are plain numbers, initialised by libwebp before they are used.
        let encoder = unsafe {
            let mut options: sys::WebPAnimEncoderOptions = std::mem::zeroed();
            if sys::WebPAnimEncoderOptionsInitInternal(&mut options, version) == 0 {
                return Err(failed("libwebp has another version"));
            }
            sys::WebPAnimEncoderNewInternal(width, height, &options, version)
        };
        if encoder.is_null() {
            return Err(failed("no memory for the preview"));
        }
        Ok(Self { encoder, size })
    }

    fn add(&mut self, frame: &Frame, at_millis: u32, config: &sys::WebPConfig) -> Result<()> {
        if frame.size() != self.size {
            return Err(failed("frames of different sizes"));
        }
        let mut picture = OwnedPicture::of_frame(frame)?;
        // SAFETY: the picture is whole, and the encoder lives until `self` is dropped.
        let added = unsafe {
            sys::WebPAnimEncoderAdd(self.encoder, &mut picture.0, at_millis as c_int, config) != 0
        };
        if added { Ok(()) } else { Err(self.error()) }
    }

    fn finish(self, end_millis: u32) -> Result<Vec<u8>> {
        let mut data = sys::WebPData::default();
        // SAFETY: a null picture marks the end; `data` is filled by libwebp, copied and freed once.
        unsafe {
            let none = std::ptr::null_mut();
            let done =
                sys::WebPAnimEncoderAdd(self.encoder, none, end_millis as c_int, std::ptr::null())
                    != 0
                    && sys::WebPAnimEncoderAssemble(self.encoder, &mut data) != 0;
            if !done || data.bytes.is_null() {
                return Err(self.error());
            }
            let webp = slice::from_raw_parts(data.bytes, data.size).to_vec();
            sys::WebPDataClear(&mut data);
            Ok(webp)
        }
    }

    fn error(&self) -> Error {
        // SAFETY: libwebp answers with a C string that lives as long as the encoder.
        let text = unsafe { CStr::from_ptr(sys::WebPAnimEncoderGetError(self.encoder)) };
        failed(text.to_string_lossy())
    }
}

impl Drop for Animation {
    fn drop(&mut self) {
        // SAFETY: created by libwebp and deleted only here.
        unsafe { sys::WebPAnimEncoderDelete(self.encoder) };
    }
}

//! How large a portrait may be.

use gaze_rig::{Error, ErrorKind, Result, Size};

/// Shortest side of a portrait, in pixels: below it there is no eye to move.
pub const MIN_SIDE: u32 = 64;
/// Longest side of a portrait, in pixels.
pub const MAX_SIDE: u32 = 16_384;
/// Most pixels of a portrait: a 108-megapixel telephone picture still passes.
pub const MAX_PIXELS: u64 = 120_000_000;
/// Largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 128 << 20;

/// Refuses pictures that are too small to show a face or too large to decode safely.
pub(super) fn check_size(size: Size) -> Result<()> {
    let Size { width, height } = size;
    if width.min(height) < MIN_SIDE {
        return Err(invalid(format!(
            "the picture has {width} x {height} pixels: use one with at least {MIN_SIDE} on each side"
        )));
    }
    let area = u64::from(width) * u64::from(height);
    if width.max(height) > MAX_SIDE || area > MAX_PIXELS {
        return Err(invalid(format!(
            "the picture has {width} x {height} pixels: shrink it to at most {MAX_SIDE} on each \
             side and {} million in all",
            MAX_PIXELS / 1_000_000
        )));
    }
    Ok(())
}

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

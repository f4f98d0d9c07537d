//! Portraits: pictures read, oriented, converted to sRGB and bounded in size.
//!
//! Reading goes through one file a step: `format` says what the bytes are, `decode` turns them into
//! pixels within the limits, `color` converts a colour profile to sRGB; `resize` shrinks.

mod color;
mod decode;
mod format;
mod jpeg;
mod picture;
mod resize;
mod webp;

pub use decode::{MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE, MIN_SIDE};
pub use picture::Portrait;

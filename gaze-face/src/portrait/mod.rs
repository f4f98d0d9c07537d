//! Portraits: pictures read, oriented, converted to sRGB and bounded in size.

mod limits;
mod picture;
#[cfg(feature = "picture-files")]
mod read;
mod read_options;
mod transparency;

pub use limits::{MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE, MIN_SIDE};
pub use picture::{Portrait, flatten_over};
pub use read_options::ReadOptions;

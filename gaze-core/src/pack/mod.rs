//! `frames.gaze`: every frame of a sweep as a small image of its own, in an order that makes the face
//! usable early.
//!
//! A player reads the [`PackHead`], shows the still image and then decodes only the frames that are looked
//! at. `docs/pack-format.md` specifies the file. Reading the head needs no feature; with `generate`,
//! `PackFile` checks a pack and reads its frames, and `pack_sheets` makes one from existing sheets.

#[cfg(feature = "generate")]
mod convert;
#[cfg(feature = "generate")]
mod crop;
#[cfg(feature = "generate")]
pub(crate) mod draft;
#[cfg(feature = "generate")]
mod file;
mod head;
#[cfg(feature = "generate")]
mod motion;
mod order;
mod picture;

#[cfg(feature = "generate")]
pub use convert::{PackOptions, pack_sheets};
#[cfg(feature = "generate")]
pub use file::PackFile;
pub use head::{PACK_MAX_BYTES, PACK_PREFIX_BYTES, PackHead, Span, StoredFrame};
pub use order::coarse_to_fine;
pub use picture::{WEBP_HEADER_BYTES, webp_size};

/// Name of the pack in a folder of results.
pub const PACK_FILE: &str = "frames.gaze";

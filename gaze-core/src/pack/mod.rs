//! `frames.gaze`: every frame of a sweep as a small image of its own, in an order that makes the face
//! usable early.
//!
//! A player reads the [`PackHeader`], shows the still image and then decodes only the frames that are looked
//! at. `docs/pack-format.md` specifies the file. [`PackFile`] checks a pack and reads its frames, and
//! [`pack_sheets`] makes one from existing sheets.

pub(crate) mod blink;
mod convert;
mod motion;
mod moving_part;
mod reader;
pub(crate) mod writer;

pub use convert::{PackOptions, pack_sheets};
pub use gaze_rig::pack::{
    BlinkLayout, BlinkPatch, PACK_FILE, PACK_MAX_BYTES, PACK_PREFIX_BYTES, PackHead, PackHeader,
    Span, StoredFrame, WEBP_HEADER_BYTES, coarse_to_fine, webp_size,
};
pub use reader::PackFile;

//! `frames.gaze`: every frame of a sweep as a small image of its own, in an order that makes the face
//! usable early.
//!
//! A player reads the [`PackHeader`], shows the still image and then decodes only the frames that are looked
//! at. `docs/pack-format.md` specifies the file.

mod blink;
mod header;
mod storage_order;
mod webp_header;

pub use blink::{BlinkLayout, BlinkPatch};
pub use header::{PACK_MAX_BYTES, PACK_PREFIX_BYTES, PackHeader, RIG_MAX_BYTES, Span, StoredFrame};
pub use storage_order::coarse_to_fine;
pub use webp_header::{WEBP_HEADER_BYTES, webp_size};

/// Former name of [`PackHeader`].
#[doc(hidden)]
pub type PackHead = PackHeader;

/// Name of the pack that holds nothing but a live rig.
pub const RIG_FILE: &str = "portrait.gaze";
/// Name of the pack in a folder of results.
pub const PACK_FILE: &str = "frames.gaze";

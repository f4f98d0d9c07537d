//! `frames.gaze`: every frame of a sweep as a small image of its own, in an order that makes the face
//! usable early.
//!
//! A player reads the [`PackHead`], shows the still image and then decodes only the frames that are looked
//! at. `docs/pack-format.md` specifies the file; nothing here needs a feature.

mod head;
mod order;
mod picture;

pub use head::{PACK_MAX_BYTES, PACK_PREFIX_BYTES, PackHead, Span, StoredFrame};
pub use order::coarse_to_fine;
pub use picture::{WEBP_HEADER_BYTES, webp_size};

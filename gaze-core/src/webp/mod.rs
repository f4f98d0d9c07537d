//! Lossy WebP: [`encoder`] and [`decoder`] are the border to libwebp and hold the crate's `unsafe`, with
//! [`animation`] and the memory of sheets; [`alpha`], [`prefix_codes`] and [`container`] write alpha planes in a small part of the memory that
//! libwebp takes for it. [`reading_order`] knows what libwebp reads when, for sheets that are still being filled.

mod alpha;
mod animation;
mod codec;
mod container;
mod decoder;
mod encoder;
mod prefix_codes;
mod reading_order;

pub(crate) use animation::encode_animation;
pub(crate) use codec::WebP;
pub(crate) use container::with_xmp;
pub(crate) use decoder::decode;
pub(crate) use encoder::{encode_photo, version};

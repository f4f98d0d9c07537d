//! From rendered frames to encoded sheets.
//!
//! [`planes`] turns a frame into luma and chroma, [`canvas`] collects frames on a sheet, [`webp`]
//! encodes it, [`webp_decode`] reads it back, and [`packer`] does all of it on several threads within a bound of memory.

mod alpha;
pub(crate) mod canvas;
mod container;
pub(crate) mod packer;
pub(crate) mod planes;
mod prefix_code;
pub(crate) mod schedule;
pub(crate) mod webp;
pub(crate) mod webp_decode;

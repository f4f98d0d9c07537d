//! From rendered frames to encoded sheets, and back.
//!
//! `planes` turns a frame into luma and chroma, `canvas` collects frames on a sheet, a [`SheetCodec`] encodes it, and
//! `worker_pool` does all of it on several threads, in the order of `scheduler`, within a bound of memory. `reading`
//! checks sheets that are there.

mod canvas;
mod codec;
mod planes;
pub(crate) mod reading;
mod scheduler;
mod worker_pool;

pub(crate) use canvas::Canvas;
pub(crate) use codec::{PictureHeader, SheetCodec, codec_of};
#[cfg(feature = "kernels")]
pub(crate) use planes::{FramePlanes, Parity};
pub(crate) use scheduler::cell_order;
pub(crate) use worker_pool::{Extra, FrameSink, Sink, WorkerPool};

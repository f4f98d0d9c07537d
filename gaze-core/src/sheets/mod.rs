//! From rendered frames to encoded sheets, and back.
//!
//! `worker_pool` renders, places and encodes on several threads, in the order of `scheduler`, within a bound of memory.
//! `groups` says which sheets are filled together. `growing_sheet` takes frames while it is encoded. `reading` checks sheets that are there.

mod groups;
mod growing_sheet;
pub(crate) mod reading;
mod scheduler;
#[cfg(feature = "kernels")]
pub(crate) mod simulation;
mod worker_pool;

pub(crate) use groups::cell_order;
pub(crate) use worker_pool::{Extra, FrameSink, WorkerPool, first_rows};

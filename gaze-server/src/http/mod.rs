//! What both servers need of HTTP: listening and ending, bodies, files, zips.

mod byte_counter;
mod listening;
pub(crate) mod stored_file;
pub(crate) mod zip_stream;

pub(crate) use byte_counter::ByteCounter;

pub(crate) use listening::{Listeners, serve, stop_signal};

//! What both servers need of HTTP: listening and ending, bodies, files, zips.

pub(crate) mod body;
mod byte_counter;
mod hear_out;
mod listening;
pub(crate) mod stored_file;
mod written_body;
pub(crate) mod zip_stream;

pub(crate) use byte_counter::ByteCounter;
pub(crate) use hear_out::hear_out;
pub(crate) use listening::{Listeners, serve, stop_signal};
pub(crate) use written_body::written_body;

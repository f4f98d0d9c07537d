//! Ways to run the decoder that were measured on this machine, kept beside the models: written by
//! [`measure`](crate::measure()), used by the engine where its caller leaves a thing open.

mod combination;
mod place;
mod settle;
mod tuning_file;

pub(crate) use combination::KeptCombination;
pub use combination::{Arithmetic, Combination};
pub(crate) use place::Place;
pub(crate) use settle::{Settled, settle};
pub(crate) use tuning_file::TuningFile;

//! A run: from a portrait to a folder of results, and checking such a folder.

mod frame_source;
mod generator;
mod inspect;
mod originals;
mod previews;

pub(crate) use frame_source::FrameSource;
pub use generator::{GazeGenerator, GenerateOptions, Outcome};
pub use inspect::{Problem, Report, inspect};
pub use originals::gaze_files;

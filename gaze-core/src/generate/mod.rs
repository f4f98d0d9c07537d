//! A run: from a portrait to a folder of results, and checking such a folder.

mod folder_run;
mod frames;
mod from_rig;
mod generator;
mod inspect;
mod options;
mod originals;
mod outcome;
pub(crate) mod previews;
mod rig_target;

pub use frames::Frames;
pub use from_rig::generate_from_rig;
pub use generator::GazeGenerator;
pub use inspect::{Problem, Report, RigReport, inspect};
pub use options::GenerateOptions;
pub use originals::gaze_files;
pub use outcome::{Outcome, RigInMemory, RigOutcome};

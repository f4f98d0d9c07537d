//! The LivePortrait engine: ONNX models through ONNX Runtime.
//!
//! Guo et al., "LivePortrait: Efficient Portrait Animation with Stitching and Retargeting Control" (2024), in the public
//! ONNX export. The networks' files and the library are not part of this crate; [`MODEL_FILES`] names the
//! former, [`RuntimeLibrary`] finds the latter.
//!
//! ```no_run
//! use gaze_liveportrait::{Device, LivePortraitEngine, LivePortraitOptions};
//!
//! # fn main() -> gaze_rig::Result<()> {
//! let mut options = LivePortraitOptions::default();
//! options.models = Some("models".into());
//! options.device = Device::Cuda(0);
//! let engine = LivePortraitEngine::open(&options)?;
//! println!("{engine}");
//! # Ok(())
//! # }
//! ```
//!
//! Never run on a GPU or with the published weights by those who wrote it: checked on the CPU with stand-ins, and against
//! numbers of LivePortrait's own program.

// Pixels and numbers, without any model.
mod affine;
mod crop;
#[cfg(test)]
mod golden;
mod keypoints;
mod paste;
mod placement;
#[cfg(test)]
mod reference_tests;
mod texture;

// Model files and their graphs.
mod adapt;
mod catalog;
mod model_file;
mod signature;
mod wire;

// The library that runs them.
mod device;
mod gpu_memory;
mod runtime;

// A run.
mod cutout;
mod decoder;
mod detections;
mod engine;
mod fixed_memory;
mod insightface;
mod models;
mod networks;
mod options;
mod seal;
mod sequence;
mod sessions;
mod store;
mod survey;

pub use adapt::{
    BatchForm, GridSampleForm, adapt_decoder, adapt_decoder_bytes, adapt_grid_samples,
};
pub use catalog::{MODEL_FILES, ModelFile, TensorSpec};
pub use device::Device;
pub use engine::LivePortraitEngine;
pub use models::cache_adapted_decoder;
pub use options::{Landmarks, LivePortraitOptions};
pub use runtime::{LibraryOrigin, RuntimeLibrary};
pub use signature::{ModelReport, Precision, verify_model, verify_model_bytes};
pub use survey::{Survey, survey};

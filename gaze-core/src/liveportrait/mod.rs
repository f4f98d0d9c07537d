//! The LivePortrait engine: ONNX models through ONNX Runtime.

// Pixels and numbers, without any model.
mod affine;
mod crop;
#[cfg(test)]
mod golden;
mod keypoints;
mod paste;
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
mod decoder;
mod engine;
mod models;
mod networks;
mod options;
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
pub use options::LivePortraitOptions;
pub use runtime::{LibraryOrigin, RuntimeLibrary};
pub use signature::{ModelReport, Precision, verify_model, verify_model_bytes};
pub(crate) use survey::survey;

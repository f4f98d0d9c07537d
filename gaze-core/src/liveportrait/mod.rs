//! The LivePortrait engine: ONNX models through ONNX Runtime.

// Pixels and numbers, without any model.
mod affine;
mod crop;
mod keypoints;
mod paste;

// Model files and their graphs.
mod adapt;
mod catalog;
mod model_file;
mod signature;
mod wire;

// The library that runs them.
mod device;
mod runtime;

// A run.
mod decoder;
mod engine;
mod networks;
mod sequence;
mod store;

pub use adapt::{
    BatchForm, GridSampleForm, adapt_decoder, adapt_decoder_bytes, adapt_grid_samples,
};
pub use catalog::{MODEL_FILES, ModelFile, TensorSpec};
pub use signature::{ModelReport, Precision, verify_model, verify_model_bytes};

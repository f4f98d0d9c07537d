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
//! let options = LivePortraitOptions::default().with_models("models").with_device(Device::Cuda(0));
//! let engine = LivePortraitEngine::open(&options)?;
//! println!("{engine}");
//! # Ok(())
//! # }
//! ```
//!
//! Never run on a GPU or with the published weights by those who wrote it: checked on the CPU with stand-ins, and against
//! numbers of LivePortrait's own program.

mod diagnostics;
#[cfg(feature = "kernels")]
#[doc(hidden)]
pub mod kernels;
mod lids;
mod math;
mod measure;
mod onnx;
#[cfg(test)]
#[path = "../tests/onnxruntime/mod.rs"]
mod onnxruntime;
mod options;
mod run;
mod runtime;
mod tuning;

pub use diagnostics::{Diagnostics, diagnose, diagnose_observed};
pub use lids::Lids;
pub use measure::{
    Comparison, Difference, MeasureObserver, MeasureOptions, Measurement, Outcome, Timed, Trial,
    measure,
};
pub use onnx::adapt::{
    BatchForm, DecoderForm, GridSampleForm, adapt_decoder, adapt_decoder_bytes, adapt_grid_samples,
    adapt_stitching_bytes,
};
pub use onnx::catalog::{MODEL_FILES, ModelFile, TensorSpec};
pub use onnx::signature::{ModelReport, Precision, verify_model, verify_model_bytes};
pub use options::{Landmarks, LivePortraitOptions};
pub use run::adapted_files::{
    AdaptedFile, AdaptedForRun, AdaptedState, adapt_for_run, adapted_files, adapted_precision,
    cache_adapted_decoder,
};
pub use run::liveportrait_engine::LivePortraitEngine;
pub use run::misplaced_models::misplaced_models;
pub use runtime::device::Device;
pub use runtime::gpu_memory::used_device_memory;
pub use runtime::library::{LibraryOrigin, RuntimeLibrary};
pub use runtime::precision::PrecisionChoice;
pub use runtime::provider::{ArenaGrowth, ConvSearch};
pub use tuning::{Arithmetic, Combination};

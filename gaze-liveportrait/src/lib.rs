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
mod math;
mod onnx;
#[cfg(test)]
#[path = "../tests/onnxruntime/mod.rs"]
mod onnxruntime;
mod options;
mod run;
mod runtime;

pub use diagnostics::{Diagnostics, diagnose};
pub use onnx::adapt::{
    BatchForm, DecoderForm, GridSampleForm, adapt_decoder, adapt_decoder_bytes, adapt_grid_samples,
};
pub use onnx::catalog::{MODEL_FILES, ModelFile, TensorSpec};
pub use onnx::signature::{ModelReport, Precision, verify_model, verify_model_bytes};
pub use options::{Landmarks, LivePortraitOptions};
pub use run::liveportrait_engine::LivePortraitEngine;
pub use run::model_folder::cache_adapted_decoder;
pub use runtime::device::Device;
pub use runtime::library::{LibraryOrigin, RuntimeLibrary};

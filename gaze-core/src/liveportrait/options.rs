//! What a caller chooses.

use std::path::PathBuf;

use super::device::Device;

/// How the LivePortrait engine is opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LivePortraitOptions {
    /// Folder with the model files. Default: none, which is an error; the command line has a default of its own.
    pub models: Option<PathBuf>,
    /// The library of ONNX Runtime, or its folder. Default: looked for, see [`RuntimeLibrary`](super::RuntimeLibrary).
    pub library: Option<PathBuf>,
    /// Where the networks run. Default: CUDA where it starts, else the CPU.
    pub device: Device,
    /// Frames decoded at a time, at most 64. Default: as many as the device's free memory is thought to hold, up to
    /// 8; on the CPU 1.
    pub batch: Option<usize>,
    /// Threads that compute networks on the CPU, 0 for one a core. Default: 0.
    pub threads: usize,
    /// Multiply with ten bits of mantissa on GPUs that can, which is faster. Default: false.
    pub tf32: bool,
    /// Let CUDA or TensorRT record the decoder's launches once and replay them. Default: false.
    pub cuda_graph: bool,
}

/// Most frames decoded at a time.
pub(super) const MAX_BATCH: usize = 64;

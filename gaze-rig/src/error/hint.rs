//! What can be done about an error, for front ends to word.

use std::fmt;

/// A way out of an error that each front end offers under another name: an option on a command line, an argument in
/// Python, a button in a page.
///
/// [`Display`](fmt::Display) words it for programmers; front ends word it themselves by
/// [`Error::worded`](super::Error::worded).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hint {
    /// Allow that what is there is replaced.
    AllowReplacing,
    /// Fetch the model files that the engine needs.
    FetchModels,
    /// Fetch the model files that are not for commercial use, where their licence allows the use.
    FetchNonCommercialModels,
    /// Compare the model files with what the engine needs.
    VerifyModels,
    /// Say which folder holds the model files.
    NameModels,
    /// Install ONNX Runtime.
    InstallRuntime,
    /// Install a newer ONNX Runtime.
    UpdateRuntime,
    /// Install the newest ONNX Runtime that is built for NVIDIA's GPUs.
    InstallGpuRuntime,
    /// Install the ONNX Runtime that is built for DirectML.
    InstallDirectMlRuntime,
    /// Say which library of ONNX Runtime to load.
    NameRuntime,
    /// Look at what the machine has for each engine.
    Diagnose,
    /// Run the networks on the processor.
    UseCpu,
    /// Compute with 32-bit floats.
    UseFullPrecision,
    /// Run the networks by CUDA.
    UseCuda,
    /// Place the crop by gaze's own landmarks.
    UseOwnLandmarks,
    /// Render with the embedded engine.
    UseEmbedded,
    /// Say where the eyes are: of a face that is not found, also no human one.
    NameEyes,
    /// Keep only the part of the portrait around the face.
    CropCloser,
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Hint::AllowReplacing => "allow replacing it",
            Hint::FetchModels => "fetch the model files",
            Hint::FetchNonCommercialModels => {
                "fetch InsightFace's model files, if your use is not commercial"
            }
            Hint::VerifyModels => "verify the model files",
            Hint::NameModels => "name the folder of the model files",
            Hint::InstallRuntime => "install ONNX Runtime",
            Hint::UpdateRuntime => "install a newer ONNX Runtime",
            Hint::InstallGpuRuntime => "install the newest ONNX Runtime for NVIDIA's GPUs",
            Hint::InstallDirectMlRuntime => "install ONNX Runtime for DirectML on Windows",
            Hint::NameRuntime => "name ONNX Runtime's library",
            Hint::Diagnose => "survey the engines",
            Hint::UseCpu => "use the CPU",
            Hint::UseFullPrecision => "use 32-bit floats",
            Hint::UseCuda => "use CUDA",
            Hint::UseOwnLandmarks => "use the embedded landmarks",
            Hint::UseEmbedded => "use the embedded engine",
            Hint::NameEyes => "say where both eyes are",
            Hint::CropCloser => "crop closer to the face",
        })
    }
}

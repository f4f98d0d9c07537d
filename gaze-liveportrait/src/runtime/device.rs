//! Where networks run: the execution providers of ONNX Runtime.

use std::fmt;
use std::str::FromStr;

use gaze_rig::{Error, ErrorKind, Hint, Result};
use ort::ep::{self, ExecutionProvider, ExecutionProviderDispatch};

use crate::onnx::adapt::GridSampleForm;
use crate::runtime::gpu_memory;
use crate::runtime::library::{OLDEST_FOR_CUDA, Runtime};
use crate::runtime::provider::ProviderOptions;

/// Where the networks run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Device {
    /// CUDA where the library has it and it starts, else the CPU. The default.
    #[default]
    Auto,
    /// An NVIDIA GPU by its number.
    Cuda(u32),
    /// The same through TensorRT.
    TensorRt(u32),
    /// Apple's Core ML.
    CoreMl,
    /// Microsoft's DirectML.
    DirectMl,
    /// The processor.
    Cpu,
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Auto => f.write_str("auto"),
            Device::Cuda(index) => write!(f, "cuda:{index}"),
            Device::TensorRt(index) => write!(f, "tensorrt:{index}"),
            Device::CoreMl => f.write_str("coreml"),
            Device::DirectMl => f.write_str("directml"),
            Device::Cpu => f.write_str("cpu"),
        }
    }
}

impl FromStr for Device {
    type Err = Error;

    /// Reads `auto`, `cuda`, `cuda:1`, `tensorrt`, `tensorrt:1`, `coreml`, `directml` or `cpu`.
    fn from_str(text: &str) -> Result<Self> {
        let (name, index) = match text.split_once(':') {
            Some((name, index)) => (name, index.parse().ok()),
            None => (text, Some(0)),
        };
        let device = match (name, index) {
            ("cuda", Some(index)) => Some(Device::Cuda(index)),
            ("tensorrt", Some(index)) => Some(Device::TensorRt(index)),
            _ => [Device::Auto, Device::CoreMl, Device::DirectMl, Device::Cpu]
                .into_iter()
                .find(|device| device.to_string() == text),
        };
        device.ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidOption,
                format!(
                    "there is no device {text:?}: use auto, cuda, cuda:N, tensorrt, tensorrt:N, coreml, directml or cpu"
                ),
            )
        })
    }
}

impl Device {
    /// How the decoder's graph samples volumes here.
    pub fn grid_sample_form(self) -> GridSampleForm {
        match self {
            Device::Auto | Device::Cuda(_) | Device::Cpu => GridSampleForm::Opset20,
            Device::TensorRt(_) | Device::CoreMl | Device::DirectMl => GridSampleForm::TwoSlices,
        }
    }

    /// The providers to register, in order; none for the CPU, which is always there.
    pub(crate) fn providers(self, options: ProviderOptions) -> Vec<ExecutionProviderDispatch> {
        let providers = match self {
            Device::Auto | Device::Cpu => Vec::new(),
            Device::Cuda(index) => vec![options.cuda(index).build()],
            Device::TensorRt(index) => {
                vec![options.tensorrt(index).build(), options.cuda(index).build()]
            }
            Device::CoreMl => vec![ep::CoreML::default().build()],
            Device::DirectMl => vec![ep::DirectML::default().build()],
        };
        // Left to itself ONNX Runtime goes on with the CPU.
        providers.into_iter().map(ExecutionProviderDispatch::error_on_failure).collect()
    }

    /// Whether the library that is loaded was built with CUDA.
    pub(crate) fn has_cuda() -> bool {
        ep::CUDA::is_available().unwrap_or(false)
    }

    /// The number of the NVIDIA GPU, where it is one.
    pub(crate) fn gpu_index(self) -> Option<u32> {
        match self {
            Device::Cuda(index) | Device::TensorRt(index) => Some(index),
            _ => None,
        }
    }

    /// The same as ONNX Runtime counts.
    pub(crate) fn cuda_index(self) -> Option<i32> {
        self.gpu_index().map(|index| index as i32)
    }

    /// Frames at a time where nobody says.
    pub(crate) fn default_batch(self) -> usize {
        // More at a time are not faster on the CPU; the rest was never tried.
        let memory = self.gpu_index().and_then(gpu_memory::query);
        memory.map_or(1, |memory| gpu_memory::batch_for(memory.free))
    }

    /// Checks that the library has the provider and is recent enough for it.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] with what to install in its hints.
    pub(crate) fn check(self, runtime: &Runtime) -> Result<()> {
        let lacking = |what: &str| runtime.library.refused(&format!("has no {what}"));
        let has = |available: ort::Result<bool>| available.unwrap_or(false);
        match self {
            Device::Cuda(_) | Device::TensorRt(_) => {
                if !Device::has_cuda() {
                    return Err(lacking("CUDA")
                        .with_hint(Hint::InstallGpuRuntime)
                        .with_hint(Hint::UseCpu));
                }
                if runtime.library.number() < OLDEST_FOR_CUDA {
                    let (major, minor) = OLDEST_FOR_CUDA;
                    let why = format!(
                        "cannot sample volumes with CUDA, as {major}.{minor} and later can"
                    );
                    return Err(runtime
                        .library
                        .refused(&why)
                        .with_hint(Hint::InstallGpuRuntime)
                        .with_hint(Hint::UseCpu));
                }
                if matches!(self, Device::TensorRt(_)) && !has(ep::TensorRT::is_available()) {
                    return Err(lacking("TensorRT")
                        .with_hint(Hint::UseCuda)
                        .with_hint(Hint::UseCpu));
                }
                Ok(())
            }
            Device::CoreMl if !has(ep::CoreML::is_available()) => {
                let what = "Core ML: use a library that Apple's systems have";
                Err(lacking(what).with_hint(Hint::UseCpu))
            }
            Device::DirectMl if !has(ep::DirectML::is_available()) => Err(lacking("DirectML")
                .with_hint(Hint::InstallDirectMlRuntime)
                .with_hint(Hint::UseCpu)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_as_they_are_written() {
        for device in [
            Device::Auto,
            Device::Cuda(0),
            Device::Cuda(3),
            Device::TensorRt(1),
            Device::CoreMl,
            Device::DirectMl,
            Device::Cpu,
        ] {
            assert_eq!(device.to_string().parse::<Device>().unwrap(), device);
        }
        assert_eq!("cuda".parse::<Device>().unwrap(), Device::Cuda(0));
        for wrong in ["", "gpu", "cuda:", "cuda:-1", "cpu:0", "cuda:x", "auto:1"] {
            let error = wrong.parse::<Device>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidOption, "{wrong}");
        }
    }
}

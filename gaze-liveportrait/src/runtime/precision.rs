//! Which floats the decoder computes with on a device.

use std::str::FromStr;

use gaze_rig::{Error, ErrorKind, Hint, Result};
use nvml_wrapper::Nvml;

use crate::onnx::catalog::DECODER;
use crate::onnx::signature::Precision;
use crate::runtime::device::Device;

/// The first generation of NVIDIA's GPUs whose tensor cores multiply 16-bit floats: Volta, compute capability 7.0.
/// (GeForce GTX 16 has 7.5 and none, but twice the speed in 16 bits all the same.)
const FIRST_WITH_TENSOR_CORES: i32 = 7;

/// Which floats the decoder computes with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PrecisionChoice {
    /// 16 bits on GPUs of NVIDIA with tensor cores, else what the file has. The default.
    #[default]
    Auto,
    /// 32 bits.
    Float32,
    /// 16 bits where that costs no picture: convolutions and what lies between them. On the CPU that is no faster.
    Float16,
}

impl PrecisionChoice {
    /// Name on the command line: `auto`, `fp32` or `fp16`.
    pub fn name(self) -> &'static str {
        match self {
            PrecisionChoice::Auto => "auto",
            PrecisionChoice::Float32 => "fp32",
            PrecisionChoice::Float16 => "fp16",
        }
    }
}

impl FromStr for PrecisionChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = [PrecisionChoice::Auto, PrecisionChoice::Float32, PrecisionChoice::Float16];
        known.into_iter().find(|choice| choice.name() == text).ok_or_else(|| {
            let message = format!("there is no precision {text:?}: use auto, fp32 or fp16");
            Error::new(ErrorKind::InvalidOption, message)
        })
    }
}

impl PrecisionChoice {
    /// What a decoder whose file has `of_file` computes with on a device; with [`Device::Auto`] as on the first NVIDIA
    /// GPU, where there is one.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where 32 bits are wanted of a file that has 16.
    pub fn on(self, device: Device, of_file: Precision) -> Result<Precision> {
        resolve(of_file, self, || has_tensor_cores(device))
    }
}

fn resolve(
    of_file: Precision,
    choice: PrecisionChoice,
    has_tensor_cores: impl FnOnce() -> bool,
) -> Result<Precision> {
    match (of_file, choice) {
        (Precision::Float16, PrecisionChoice::Float32) => Err(Error::new(
            ErrorKind::Engine,
            format!(
                "32-bit floats are asked for, but {DECODER} is a file in 16-bit floats: put the 32-bit one in its \
                 place, or leave the precision to gaze"
            ),
        )
        .with_hint(Hint::FetchModels)),
        (Precision::Float16, _) | (_, PrecisionChoice::Float16) => Ok(Precision::Float16),
        (_, PrecisionChoice::Float32) => Ok(Precision::Float32),
        (_, PrecisionChoice::Auto) if has_tensor_cores() => Ok(Precision::Float16),
        (_, PrecisionChoice::Auto) => Ok(Precision::Float32),
    }
}

/// Whether a device multiplies 16-bit floats much faster than others, as far as the driver tells. Only NVIDIA's do
/// for certain; what Core ML and DirectML make of casts was never tried.
fn has_tensor_cores(device: Device) -> bool {
    let index = match device {
        Device::Auto => 0,
        Device::Cuda(index) | Device::TensorRt(index) => index,
        Device::CoreMl | Device::DirectMl | Device::Cpu => return false,
    };
    let generation = || {
        let nvml = Nvml::init().ok()?;
        Some(nvml.device_by_index(index).ok()?.cuda_compute_capability().ok()?.major)
    };
    generation().is_some_and(|major| major >= FIRST_WITH_TENSOR_CORES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precision_follows_from_file_wish_and_card() {
        use Precision::{Float16, Float32};
        let on = |of_file, choice, cores: bool| resolve(of_file, choice, || cores).ok();
        for cores in [false, true] {
            assert_eq!(on(Float32, PrecisionChoice::Float32, cores), Some(Float32));
            assert_eq!(on(Float32, PrecisionChoice::Float16, cores), Some(Float16));
            assert_eq!(on(Float16, PrecisionChoice::Float16, cores), Some(Float16));
            assert_eq!(on(Float16, PrecisionChoice::Auto, cores), Some(Float16));
            assert_eq!(on(Float16, PrecisionChoice::Float32, cores), None);
        }
        assert_eq!(on(Float32, PrecisionChoice::Auto, true), Some(Float16));
        assert_eq!(on(Float32, PrecisionChoice::Auto, false), Some(Float32));
        // No driver is asked for these.
        for device in [Device::Cpu, Device::CoreMl, Device::DirectMl] {
            let precision = PrecisionChoice::Auto.on(device, Float32).unwrap();
            assert_eq!(precision, Float32, "{device}");
        }
    }
}

//! Where something was measured: on another card, by another driver, library or decoder it may be otherwise.

use std::fs;

use serde::{Deserialize, Serialize};

use crate::runtime::device::Device;
use crate::runtime::gpu_memory;
use crate::runtime::library::RuntimeLibrary;

/// What kept measurements hold for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// `cuda`, `tensorrt`, `coreml`, `directml` or `cpu`.
    pub(crate) provider: String,
    /// The card, or the processor and how many cores of it there are.
    pub(crate) device: String,
    /// Version of the card's driver.
    pub(crate) driver: Option<String>,
    /// Version of ONNX Runtime.
    pub(crate) library: String,
    /// SHA-256 of the decoder's file.
    pub(crate) decoder: String,
}

impl Place {
    /// For a decoder of that digest; none where the driver does not say which card it is.
    pub(crate) fn of(device: Device, library: &RuntimeLibrary, decoder: &[u8; 32]) -> Option<Self> {
        let (name, driver) = match device.gpu_index() {
            Some(index) => {
                let gpu = gpu_memory::query(index)?;
                (gpu.name, gpu.driver)
            }
            None => (processor(), None),
        };
        Some(Self {
            provider: device.to_string().split(':').next().unwrap_or_default().to_owned(),
            device: name,
            driver,
            library: library.version.clone(),
            decoder: hex::encode(decoder),
        })
    }
}

/// The processor's name, where Linux tells it, and how many cores there are.
fn processor() -> String {
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{}, {cores} cores", model_name(&told).unwrap_or(std::env::consts::ARCH))
}

fn model_name(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_named() {
        let told = "processor\t: 0\nmodel name\t: Some CPU @ 2.00GHz\nmodel\t\t: 1\n";
        assert_eq!(model_name(told), Some("Some CPU @ 2.00GHz"));
        assert_eq!(model_name("processor\t: 0\n"), None);
        assert!(processor().ends_with("cores"));
    }
}

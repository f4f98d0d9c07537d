//! Free memory of an NVIDIA GPU, and how many frames it holds.

use nvml_wrapper::Nvml;

use crate::runtime::device::Device;

/// What the networks need besides frames, in bytes: weights, workspaces, the CUDA context. An estimate from the sizes
/// of the public files, never measured.
const RESERVED: u64 = 3 << 30;
/// What one more frame in a batch needs, in bytes: its largest activations, 64 channels of 512 x 512 in single
/// precision, some eight of them alive. An estimate, never measured.
const FRAME: u64 = 512 << 20;
/// More frames at a time bring little: one keeps a GPU busy for milliseconds already.
const LARGEST_BATCH: u64 = 8;

/// Free and total bytes, and the name, where the driver tells.
pub(crate) fn query(index: u32) -> Option<GpuMemory> {
    let nvml = Nvml::init().ok()?;
    let device = nvml.device_by_index(index).ok()?;
    let memory = device.memory_info().ok()?;
    let name = device.name().unwrap_or_else(|_| "a GPU".to_owned());
    let driver = nvml.sys_driver_version().ok();
    Some(GpuMemory { name, driver, free: memory.free, total: memory.total, used: memory.used })
}

/// Bytes of a GPU's memory in use, by all programs; none where the device is no NVIDIA GPU or its driver does not answer.
pub fn used_device_memory(device: Device) -> Option<u64> {
    device.gpu_index().and_then(query).map(|memory| memory.used)
}

/// A GPU's memory, in bytes, its name and its driver's version.
pub(crate) struct GpuMemory {
    pub(crate) name: String,
    pub(crate) driver: Option<String>,
    pub(crate) free: u64,
    pub(crate) total: u64,
    /// By all programs.
    pub(crate) used: u64,
}

/// Frames at a time for so much free memory. Too many is no harm: the batch is halved where memory lacks.
pub(crate) fn batch_for(free: u64) -> usize {
    (free.saturating_sub(RESERVED) / FRAME).clamp(1, LARGEST_BATCH) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_follow_free_memory() {
        let gib = |n: u64| n << 30;
        assert_eq!(batch_for(0), 1);
        assert_eq!(batch_for(gib(4)), 2);
        assert_eq!(batch_for(gib(6)), 6);
        assert_eq!(batch_for(gib(24)), 8);
    }
}

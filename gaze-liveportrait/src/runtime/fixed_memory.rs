//! Device memory that stays where it is: recorded launches (CUDA graphs) read and write the addresses of the run that
//! was recorded.

use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, NoSelectedOutputs, RunOptions, Session};
use ort::value::Tensor;

use crate::math::crop::CROP_SIDE;
use crate::math::keypoints::KEY_POINTS;
use crate::onnx::catalog::VOLUME_SHAPE;

/// Inputs and outputs of the decoder in the device's memory, for one session and all of its portraits.
pub(crate) struct FixedMemory {
    binding: IoBinding,
    volume: Tensor<f32>,
    source: Tensor<f32>,
    driving: Tensor<f32>,
    pixels: Tensor<u8>,
    not_finite: Tensor<u8>,
    /// The portrait whose volume and key points are there.
    holds: Option<u64>,
}

/// What differs from portrait to portrait, in the processor's memory.
pub(crate) struct PortraitTensors {
    /// No two portraits of a process share it.
    pub(crate) id: u64,
    pub(crate) volume: Tensor<f32>,
    pub(crate) source: Tensor<f32>,
}

impl FixedMemory {
    /// Takes memory for `rows` frames at a time.
    pub(crate) fn new(
        session: &Session,
        device: AllocationDevice<'static>,
        index: i32,
        rows: usize,
    ) -> ort::Result<Self> {
        let info = MemoryInfo::new(device, index, AllocatorType::Device, MemoryType::Default)?;
        let allocator = Allocator::new(session, info)?;
        let side = CROP_SIDE as usize;
        let mut memory = Self {
            binding: session.create_binding()?,
            volume: Tensor::new(&allocator, VOLUME_SHAPE)?,
            source: Tensor::new(&allocator, [1, KEY_POINTS, 3])?,
            driving: Tensor::new(&allocator, [rows, KEY_POINTS, 3])?,
            pixels: Tensor::new(&allocator, [rows, side, side, 3])?,
            not_finite: Tensor::new(&allocator, [rows])?,
            holds: None,
        };
        memory.binding.bind_input("feature_3d", &memory.volume)?;
        memory.binding.bind_input("kp_source", &memory.source)?;
        memory.binding.bind_input("kp_driving", &memory.driving)?;
        memory.binding.bind_output("pixels", &mut memory.pixels)?;
        memory.binding.bind_output("not_finite", &mut memory.not_finite)?;
        Ok(memory)
    }

    /// Decodes `driving`, as many as there is memory for. Returns `pixels` and `not_finite` in the processor's memory.
    pub(crate) fn run(
        &mut self,
        session: &mut Session,
        options: &RunOptions<NoSelectedOutputs>,
        portrait: &PortraitTensors,
        driving: &Tensor<f32>,
    ) -> ort::Result<(Tensor<u8>, Tensor<u8>)> {
        if self.holds != Some(portrait.id) {
            self.holds = None;
            portrait.volume.copy_into(&mut self.volume)?;
            portrait.source.copy_into(&mut self.source)?;
            self.holds = Some(portrait.id);
        }
        driving.copy_into(&mut self.driving)?;
        session.run_binding_with_options(&self.binding, options)?;
        Ok((
            self.pixels.to(AllocationDevice::CPU, 0)?,
            self.not_finite.to(AllocationDevice::CPU, 0)?,
        ))
    }
}

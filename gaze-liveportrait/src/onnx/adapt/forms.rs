//! Which form an adapted graph has.

use crate::onnx::signature::Precision;

/// The form of an adapted decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DecoderForm {
    /// How it samples volumes.
    pub grid_sample: GridSampleForm,
    /// How many frames it takes at a time.
    pub batch: BatchForm,
    /// What it computes with. [`Precision::Float16`] makes a mixed graph of one in 32-bit floats: 16 bits for
    /// convolutions and what lies between them, 32 for coordinates, sums and pixels. Default: [`Precision::Float32`],
    /// which keeps what the file has.
    pub precision: Precision,
}

impl DecoderForm {
    /// The form that samples and takes frames like this, in the file's own precision.
    pub fn new(grid_sample: GridSampleForm, batch: BatchForm) -> Self {
        Self { grid_sample, batch, precision: Precision::Float32 }
    }

    /// Sets what it computes with.
    #[must_use]
    pub fn with_precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }
}

/// How the adapted graph samples volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GridSampleForm {
    /// By the volumetric GridSample of opset 20: ONNX Runtime's CPU provider, and its CUDA provider from 1.25 on.
    Opset20,
    /// By two GridSamples of pictures, which every provider has; differs by rounding of the coordinates only.
    TwoSlices,
}

/// How many frames the adapted graph takes at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchForm {
    /// One, as exported.
    One,
    /// Any number.
    Dynamic,
}

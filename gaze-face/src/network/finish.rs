//! What follows a convolution, done to each stretch of its pixels while they are still in the nearest cache.

use rten_simd::Isa;
use rten_simd::ops::{BitOps, NumOps};
use wide::f32x4;

/// What becomes of each number.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Activation {
    None,
    /// 0 where it is negative.
    Relu,
    /// Times its channel's slope where it is negative; a slope for each number of a pixel.
    Prelu(Vec<f32>),
    /// Times a sixth of itself plus 3, which is held between 0 and 6.
    HardSwish,
    /// One through one plus the exponential of its negative.
    Sigmoid,
}

/// The picture that is added before the activation.
#[derive(Clone, Copy)]
pub(super) struct Residual<'a> {
    pub(super) values: &'a [f32],
    /// Numbers a pixel, at most as many as there are in what they are added to.
    pub(super) stride: usize,
}

impl<'a> Residual<'a> {
    /// From a pixel on.
    #[inline(always)]
    pub(super) fn from(self, pixel: usize) -> Self {
        Self { values: &self.values[pixel * self.stride..], ..self }
    }
}

/// Adds and activates whole pixels, `stride` numbers each, a multiple of the machine's vectors.
#[inline(always)]
pub(super) fn finish<I: Isa>(
    isa: I,
    pixels: &mut [f32],
    stride: usize,
    residual: Option<Residual<'_>>,
    activation: &Activation,
) {
    let ops = isa.f32();
    if let Some(residual) = residual {
        let others = residual.values.chunks_exact(residual.stride);
        for (pixel, other) in pixels.chunks_exact_mut(stride).zip(others) {
            let sums = pixel.chunks_exact_mut(ops.len()).zip(other.chunks_exact(ops.len()));
            for (sum, other) in sums {
                ops.store(ops.add(ops.load(sum), ops.load(other)), sum);
            }
        }
    }
    let zero = ops.zero();
    match activation {
        Activation::None => {}
        Activation::Relu => {
            for values in pixels.chunks_exact_mut(ops.len()) {
                ops.store(ops.max(ops.load(values), zero), values);
            }
        }
        Activation::Prelu(slopes) => {
            for pixel in pixels.chunks_exact_mut(stride) {
                let slopes = slopes.chunks_exact(ops.len());
                for (values, slope) in pixel.chunks_exact_mut(ops.len()).zip(slopes) {
                    let value = ops.load(values);
                    let negative = ops.mul(ops.min(value, zero), ops.load(slope));
                    ops.store(ops.add(ops.max(value, zero), negative), values);
                }
            }
        }
        Activation::HardSwish => {
            let (half, sixth, one) = (ops.splat(0.5), ops.splat(1.0 / 6.0), ops.splat(1.0));
            for values in pixels.chunks_exact_mut(ops.len()) {
                let value = ops.load(values);
                let gate = ops.min(ops.max(ops.mul_add(value, sixth, half), zero), one);
                ops.store(ops.mul(value, gate), values);
            }
        }
        Activation::Sigmoid => {
            for values in pixels.as_chunks_mut::<4>().0 {
                *values = (f32x4::ONE / (f32x4::ONE + (-f32x4::from(*values)).exp())).to_array();
            }
        }
    }
}

//! Convolutions in which each channel keeps to itself.

use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};

use super::finish::{Activation, Residual, finish};
use super::tensor::{Image, Window};

/// The weights of a depthwise convolution.
#[derive(Debug)]
pub(super) struct Depthwise {
    /// A pixel of weights for each tap, row after row.
    pub(super) taps: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

/// A depthwise convolution of one picture.
pub(super) struct ConvolveDepthwise<'a> {
    pub(super) weights: &'a Depthwise,
    /// 3 or 5 rows and as many columns.
    pub(super) window: Window,
    pub(super) input: &'a [f32],
    pub(super) from: Image,
    pub(super) residual: Option<Residual<'a>>,
    pub(super) activation: &'a Activation,
    pub(super) output: &'a mut [f32],
    pub(super) to: Image,
}

/// Sizes of windows that there is code for.
pub(super) const SIZES: [[usize; 2]; 2] = [[3, 3], [5, 5]];

impl SimdOp for ConvolveDepthwise<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        if self.window.size == SIZES[0] {
            self.convolve::<I, 3, 9>(isa);
        } else {
            self.convolve::<I, 5, 25>(isa);
        }
    }
}

impl ConvolveDepthwise<'_> {
    #[inline(always)]
    fn convolve<I: Isa, const SIDE: usize, const TAPS: usize>(self, isa: I) {
        let Self { weights, window, input, from, residual, activation, output, to } = self;
        let stride = to.stride;
        // What lies outside of the picture.
        let zeros = vec![0.0; stride];
        let mut taps: [&[f32]; TAPS] = [&zeros; TAPS];
        for (tap, weights) in taps.iter_mut().zip(weights.taps.chunks_exact(stride)) {
            *tap = weights;
        }
        let bias = &weights.bias[..stride];
        for (y, row) in output[..to.numbers()].chunks_exact_mut(to.width * stride).enumerate() {
            let mut lines: [&[f32]; SIDE] = [&[]; SIDE];
            for (down, line) in lines.iter_mut().enumerate() {
                if let Some(y) = window.source(0, y, down, from.height) {
                    *line = &input[y * from.width * stride..][..from.width * stride];
                }
            }
            for (x, pixel) in row.chunks_exact_mut(stride).enumerate() {
                let mut seen: [&[f32]; TAPS] = [&zeros; TAPS];
                for (seen, line) in seen.chunks_exact_mut(SIDE).zip(lines) {
                    for (across, seen) in seen.iter_mut().enumerate() {
                        let at = window.source(1, x, across, from.width);
                        let source = at.and_then(|x| line.get(x * stride..(x + 1) * stride));
                        *seen = source.unwrap_or(&zeros);
                    }
                }
                weigh(isa, seen, taps, bias, pixel);
            }
            let residual = residual.map(|residual| residual.from(y * to.width));
            finish(isa, row, stride, residual, activation);
        }
    }
}

/// One pixel: the sum of all taps, times their weights.
#[inline(always)]
fn weigh<I: Isa, const TAPS: usize>(
    isa: I,
    seen: [&[f32]; TAPS],
    taps: [&[f32]; TAPS],
    bias: &[f32],
    pixel: &mut [f32],
) {
    let ops = isa.f32();
    let lanes = ops.len();
    // All are as long: one check does for all.
    let length = pixel.len();
    let (mut seen, mut taps) = (seen, taps);
    for i in 0..TAPS {
        (seen[i], taps[i]) = (&seen[i][..length], &taps[i][..length]);
    }
    let bias = &bias[..length];
    let mut at = 0;
    while at + lanes <= length {
        let mut sum = ops.load(&bias[at..at + lanes]);
        for i in 0..TAPS {
            let (value, weight) = (&seen[i][at..at + lanes], &taps[i][at..at + lanes]);
            sum = ops.mul_add(ops.load(value), ops.load(weight), sum);
        }
        ops.store(sum, &mut pixel[at..at + lanes]);
        at += lanes;
    }
}

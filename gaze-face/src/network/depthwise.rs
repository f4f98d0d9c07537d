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
        let (stride, lanes) = (to.stride, isa.f32().len());
        // Rows above and below the picture.
        let zeros = vec![0.0; from.width * stride];
        // Columns whose windows lie within it.
        let first = window.before[1].div_ceil(window.step[1]).min(to.width);
        let room = (from.width + window.before[1]).checked_sub(SIDE);
        let end = room.map_or(first, |room| room / window.step[1] + 1).clamp(first, to.width);
        for (y, row) in output[..to.numbers()].chunks_exact_mut(to.width * stride).enumerate() {
            let mut lines: [&[f32]; SIDE] = [&zeros; SIDE];
            for (down, line) in lines.iter_mut().enumerate() {
                if let Some(y) = window.source(0, y, down, from.height) {
                    *line = &input[y * from.width * stride..][..from.width * stride];
                }
            }
            for channel in (0..stride).step_by(lanes) {
                let mut taps = [isa.f32().zero(); TAPS];
                for (tap, weights) in taps.iter_mut().zip(weights.taps.chunks_exact(stride)) {
                    *tap = isa.f32().load(&weights[channel..channel + lanes]);
                }
                let bias = isa.f32().load(&weights.bias[channel..channel + lanes]);
                let pass = Pass { isa, lines, taps, bias, channel, stride, step: window.step[1] };
                for x in (0..first).chain(end..to.width) {
                    pass.at_border(row, x, window.before[1]);
                }
                if first < end {
                    let seen = first * window.step[1] - window.before[1];
                    pass.within(&mut row[first * stride..end * stride], seen);
                }
            }
            let residual = residual.map(|residual| residual.from(y * to.width));
            finish(isa, row, stride, residual, activation);
        }
    }
}

/// One vector of channels along one row.
struct Pass<'a, I: Isa, const SIDE: usize, const TAPS: usize> {
    isa: I,
    lines: [&'a [f32]; SIDE],
    taps: [I::F32; TAPS],
    bias: I::F32,
    channel: usize,
    stride: usize,
    step: usize,
}

impl<I: Isa, const SIDE: usize, const TAPS: usize> Pass<'_, I, SIDE, TAPS> {
    /// Pixels of which the first one's window begins in column `seen` of the picture, and none leaves it.
    #[inline(always)]
    fn within(&self, pixels: &mut [f32], seen: usize) {
        let ops = self.isa.f32();
        let lanes = ops.len();
        let count = pixels.len() / self.stride;
        // What each tap sees, from the first pixel on: all as long, so that one check does for all.
        let length = (count - 1) * self.step * self.stride + lanes;
        let mut sources: [&[f32]; TAPS] = [&[]; TAPS];
        for (i, source) in sources.iter_mut().enumerate() {
            let at = (seen + i % SIDE) * self.stride + self.channel;
            *source = &self.lines[i / SIDE][at..][..length];
        }
        let mut at = 0;
        for pixel in pixels.chunks_exact_mut(self.stride) {
            let mut sum = self.bias;
            for (source, tap) in sources.iter().zip(self.taps) {
                sum = ops.mul_add(ops.load(&source[at..at + lanes]), tap, sum);
            }
            ops.store(sum, &mut pixel[self.channel..self.channel + lanes]);
            at += self.step * self.stride;
        }
    }

    /// A pixel whose window leaves the picture, which begins after `before` columns of zeros.
    #[inline(always)]
    fn at_border(&self, row: &mut [f32], x: usize, before: usize) {
        let ops = self.isa.f32();
        let lanes = ops.len();
        let mut sum = self.bias;
        for (i, tap) in self.taps.iter().enumerate() {
            let Some(x) = (x * self.step + i % SIDE).checked_sub(before) else { continue };
            let at = x * self.stride + self.channel;
            if let Some(source) = self.lines[i / SIDE].get(at..at + lanes) {
                sum = ops.mul_add(ops.load(source), *tap, sum);
            }
        }
        let at = x * self.stride + self.channel;
        ops.store(sum, &mut row[at..at + lanes]);
    }
}

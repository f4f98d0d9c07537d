//! Convolutions in which each channel takes part in every other: products of matrices.

use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};

use super::finish::{Activation, Residual, finish};
use super::tensor::{Image, Window, lanes};

/// Pixels that are worked on at once, few enough for their sums to stay in registers.
const ROWS: usize = 6;
/// Vectors of channels that are worked on at once; the last one of a pixel by itself where their number is odd.
const VECTORS: usize = 2;
/// Pixels after which what follows the convolution is done to them.
const STRETCH: usize = 48;

/// The weights of a convolution as a matrix, a row for each number that a window sees.
#[derive(Debug)]
pub(super) struct Dense {
    /// Numbers that a window sees.
    depth: usize,
    /// Panels of [`VECTORS`] vectors of channels each, the last perhaps narrower; row after row in each.
    panels: Vec<f32>,
    bias: Vec<f32>,
}

impl Dense {
    /// `weight` gives that of an output channel for a tap of the window and a channel that it sees there: `sees` are how
    /// many of both there are. The bias has a number for each number of an output's pixel, at least `channels`.
    pub(super) fn new(
        channels: usize,
        sees: [usize; 2],
        bias: Vec<f32>,
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        let panel = VECTORS * lanes();
        let depth = sees[0] * sees[1];
        let mut panels = Vec::with_capacity(bias.len() * depth);
        for first in (0..bias.len()).step_by(panel) {
            let width = panel.min(bias.len() - first);
            let used = width.min(channels.saturating_sub(first));
            for (tap, seen) in (0..sees[0]).flat_map(|tap| (0..sees[1]).map(move |c| (tap, c))) {
                let end = panels.len() + width;
                panels.extend((first..first + used).map(|column| weight(column, tap, seen)));
                panels.resize(end, 0.0);
            }
        }
        Self { depth, panels, bias }
    }
}

/// A dense convolution of one picture.
pub(super) struct ConvolveDense<'a> {
    pub(super) weights: &'a Dense,
    pub(super) window: Window,
    pub(super) input: &'a [f32],
    pub(super) from: Image,
    pub(super) residual: Option<Residual<'a>>,
    pub(super) activation: &'a Activation,
    pub(super) output: &'a mut [f32],
    pub(super) to: Image,
}

impl SimdOp for ConvolveDense<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let Self { weights, window, input, from, residual, activation, output, to } = self;
        let stretch = STRETCH * to.stride;
        let is_plain = window.taps() == 1 && window.step == [1, 1] && window.before == [0, 0];
        let mut seen = vec![0.0; if is_plain { 0 } else { STRETCH * weights.depth }];
        for (i, pixels) in output[..to.numbers()].chunks_mut(stretch).enumerate() {
            let first = i * STRETCH;
            let rows = if is_plain {
                Rows { values: &input[first * from.stride..], stride: from.stride }
            } else {
                let count = pixels.len() / to.stride;
                let rows = seen.chunks_exact_mut(weights.depth).take(count);
                for (row, place) in rows.zip(first..) {
                    gather(input, from, &window, [place / to.width, place % to.width], row);
                }
                Rows { values: &seen, stride: weights.depth }
            };
            multiply(isa, rows, weights, pixels, to.stride);
            let residual = residual.map(|residual| residual.from(first));
            finish(isa, pixels, to.stride, residual, activation);
        }
    }
}

/// Rows of numbers, one a pixel.
#[derive(Clone, Copy)]
struct Rows<'a> {
    values: &'a [f32],
    stride: usize,
}

/// The numbers that a window sees from a place, zeros outside of the picture.
#[inline(always)]
fn gather(input: &[f32], from: Image, window: &Window, [y, x]: [usize; 2], row: &mut [f32]) {
    let wide = window.size[1] * from.channels;
    let left = (x * window.step[1]).checked_sub(window.before[1]);
    // Where pixels follow each other without gaps a whole row of the window is copied at once.
    let left =
        left.filter(|left| from.stride == from.channels && left + window.size[1] <= from.width);
    for (down, taps) in row.chunks_exact_mut(wide).enumerate() {
        let Some(y) = window.source(0, y, down, from.height) else {
            taps.fill(0.0);
            continue;
        };
        let line = &input[y * from.width * from.stride..][..from.width * from.stride];
        if let Some(left) = left {
            taps.copy_from_slice(&line[left * from.stride..][..wide]);
            continue;
        }
        for (across, tap) in taps.chunks_exact_mut(from.channels).enumerate() {
            match window.source(1, x, across, from.width) {
                Some(x) => tap.copy_from_slice(&line[x * from.stride..][..from.channels]),
                None => tap.fill(0.0),
            }
        }
    }
}

/// Products of rows and weights, and the bias.
#[inline(always)]
fn multiply<I: Isa>(isa: I, rows: Rows<'_>, weights: &Dense, pixels: &mut [f32], stride: usize) {
    let lanes = isa.f32().len();
    let panel = VECTORS * lanes;
    let (mut column, mut panels) = (0, &weights.panels[..]);
    while column < stride {
        let width = panel.min(stride - column);
        let (this, rest) = panels.split_at(width * weights.depth);
        let bias = &weights.bias[column..column + width];
        let mut at = 0;
        for pixels in pixels.chunks_mut(ROWS * stride) {
            let rows = Rows { values: &rows.values[at * rows.stride..], ..rows };
            let columns = Columns { depth: weights.depth, panel: this, bias, stride, column };
            let is_whole = pixels.len() == ROWS * stride;
            match (is_whole, width == panel) {
                (true, true) => tile::<I, ROWS, VECTORS>(isa, rows, columns, pixels),
                (true, false) => tile::<I, ROWS, 1>(isa, rows, columns, pixels),
                (false, is_wide) => {
                    for (i, pixel) in pixels.chunks_exact_mut(stride).enumerate() {
                        let rows = Rows { values: &rows.values[i * rows.stride..], ..rows };
                        if is_wide {
                            tile::<I, 1, VECTORS>(isa, rows, columns, pixel);
                        } else {
                            tile::<I, 1, 1>(isa, rows, columns, pixel);
                        }
                    }
                }
            }
            at += ROWS;
        }
        (column, panels) = (column + width, rest);
    }
}

/// Some columns of the weights.
#[derive(Clone, Copy)]
struct Columns<'a> {
    depth: usize,
    panel: &'a [f32],
    bias: &'a [f32],
    /// Numbers of an output pixel, and the first that these columns give.
    stride: usize,
    column: usize,
}

/// Some pixels times some columns.
#[inline(always)]
fn tile<I: Isa, const PIXELS: usize, const WIDE: usize>(
    isa: I,
    rows: Rows<'_>,
    Columns { depth, panel, bias, stride, column }: Columns<'_>,
    pixels: &mut [f32],
) {
    let ops = isa.f32();
    let lanes = ops.len();
    let bias: [I::F32; WIDE] = ops.load_many(bias);
    let mut sums = [bias; PIXELS];
    let mut seen: [&[f32]; PIXELS] = [&[]; PIXELS];
    for (i, seen) in seen.iter_mut().enumerate() {
        *seen = &rows.values[i * rows.stride..][..depth];
    }
    for (k, weights) in (0..depth).zip(panel.chunks_exact(WIDE * lanes)) {
        let weights: [I::F32; WIDE] = ops.load_many(weights);
        for (sums, seen) in sums.iter_mut().zip(seen) {
            let value = ops.splat(seen[k]);
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum = ops.mul_add(value, weight, *sum);
            }
        }
    }
    for (pixel, sums) in pixels.chunks_exact_mut(stride).zip(sums) {
        for (target, sum) in pixel[column..].chunks_exact_mut(lanes).zip(sums) {
            ops.store(sum, target);
        }
    }
}

//! Shrinking: separable Lanczos3 whose support grows with the reduction.

use std::f32::consts::PI;

use crate::{Frame, Size};

/// Lobes of the kernel on each side.
const LOBES: f32 = 3.0;

/// `size` in proportion, with its longer side at most `max_side`; never larger than it is.
pub(super) fn fitted(size: Size, max_side: u32) -> Size {
    let max_side = max_side.max(1);
    let longer = size.width.max(size.height);
    if longer <= max_side {
        return size;
    }
    let scale = |side: u32| {
        let scaled = f64::from(side) * f64::from(max_side) / f64::from(longer);
        (scaled.round() as u32).max(1)
    };
    Size { width: scale(size.width), height: scale(size.height) }
}

/// Resamples `source` to `size`. Colours are weighted by alpha, so that what hides under
/// transparent pixels does not show at their edges.
pub(super) fn resize(source: &Frame, size: Size) -> Frame {
    let columns = taps(source.size().width, size.width);
    let rows = taps(source.size().height, size.height);
    let row_len = size.width as usize * 4;
    // Sums of the output, one source row after the other: never holds a full-size float picture.
    let mut sums = vec![0.0f32; row_len * size.height as usize];
    let mut premultiplied = vec![0.0f32; source.size().width as usize * 4];
    let mut narrowed = vec![0.0f32; row_len];
    // Output rows [open, ...) still take part; those before `open` are done.
    let mut open = 0;
    for (y, line) in source.pixels().chunks_exact(source.size().width as usize * 4).enumerate() {
        for (out, pixel) in premultiplied.chunks_exact_mut(4).zip(line.chunks_exact(4)) {
            let alpha = f32::from(pixel[3]);
            let share = alpha / 255.0;
            for (out, value) in out.iter_mut().zip(&pixel[..3]) {
                *out = f32::from(*value) * share;
            }
            out[3] = alpha;
        }
        for (out, tap) in narrowed.chunks_exact_mut(4).zip(&columns) {
            let mut sum = [0.0; 4];
            let inputs = premultiplied[tap.first * 4..].chunks_exact(4);
            for (weight, pixel) in tap.weights.iter().zip(inputs) {
                for (sum, value) in sum.iter_mut().zip(pixel) {
                    *sum += weight * value;
                }
            }
            out.copy_from_slice(&sum);
        }
        while open < rows.len() && rows[open].end() <= y {
            open += 1;
        }
        for (row, tap) in rows.iter().enumerate().skip(open) {
            if tap.first > y {
                break;
            }
            if y >= tap.end() {
                continue;
            }
            let weight = tap.weights[y - tap.first];
            let sums = &mut sums[row * row_len..][..row_len];
            for (sum, value) in sums.iter_mut().zip(&narrowed) {
                *sum += weight * value;
            }
        }
    }
    let mut resized = Frame::new(size);
    for (pixel, sum) in resized.pixels_mut().chunks_exact_mut(4).zip(sums.chunks_exact(4)) {
        let alpha = sum[3].clamp(0.0, 255.0);
        pixel[3] = alpha.round() as u8;
        if pixel[3] > 0 {
            for (value, sum) in pixel.iter_mut().zip(&sum[..3]) {
                *value = (sum * 255.0 / alpha).round().clamp(0.0, 255.0) as u8;
            }
        }
    }
    resized
}

/// What one output pixel takes: `weights` for the inputs from `first` on; they sum to 1.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

impl Taps {
    fn end(&self) -> usize {
        self.first + self.weights.len()
    }
}

fn taps(from: u32, to: u32) -> Vec<Taps> {
    let scale = f64::from(from) / f64::from(to);
    // The kernel stretches when shrinking, which is the prefilter.
    let stretch = scale.max(1.0);
    let support = f64::from(LOBES) * stretch;
    (0..to)
        .map(|i| {
            let center = (f64::from(i) + 0.5) * scale;
            let first = (center - support + 0.5).max(0.0) as usize;
            let end = ((center + support + 0.5) as usize).min(from as usize);
            let mut weights: Vec<f32> = (first..end)
                .map(|j| lanczos(((j as f64 + 0.5 - center) / stretch) as f32))
                .collect();
            let total: f32 = weights.iter().sum();
            weights.iter_mut().for_each(|w| *w /= total);
            Taps { first, weights }
        })
        .collect()
}

fn lanczos(x: f32) -> f32 {
    let sinc = |x: f32| if x.abs() < 1e-6 { 1.0 } else { (PI * x).sin() / (PI * x) };
    if x.abs() < LOBES { sinc(x) * sinc(x / LOBES) } else { 0.0 }
}

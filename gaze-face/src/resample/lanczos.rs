//! Shrinking: separable Lanczos3 whose support grows with the reduction.

use std::f32::consts::PI;

use gaze_rig::{Frame, Size};

/// Lobes of the kernel on each side.
const LOBES: f32 = 3.0;

/// `size` in proportion, with its longer side at most `max_side`; never larger than it is.
pub fn fitted(size: Size, max_side: u32) -> Size {
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
pub fn resize(source: &Frame, size: Size) -> Frame {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Frame {
        let mut frame = Frame::new(Size { width, height });
        for (i, out) in frame.pixels_mut().chunks_exact_mut(4).enumerate() {
            out.copy_from_slice(&pixel(i as u32 % width, i as u32 / width));
        }
        frame
    }

    #[test]
    fn longer_side_is_bounded_and_nothing_grows() {
        let fit = |width, height, side| {
            let size = fitted(Size { width, height }, side);
            (size.width, size.height)
        };
        assert_eq!(fit(1024, 512, 512), (512, 256));
        assert_eq!(fit(720, 1280, 512), (288, 512));
        assert_eq!(fit(300, 200, 512), (300, 200));
        assert_eq!(fit(16_384, 64, 100), (100, 1), "at least one pixel remains");
        assert_eq!(fit(500, 500, 0), (1, 1));
    }

    #[test]
    fn even_colours_stay_and_means_are_kept() {
        let even = filled(200, 130, |_, _| [10, 200, 255, 255]);
        let small = resize(&even, Size { width: 31, height: 20 });
        assert!(small.pixels().chunks_exact(4).all(|p| p == [10, 200, 255, 255]));

        // Stripes of one pixel: without a prefilter they would alias to black or white.
        let stripes = filled(256, 256, |x, _| [255 * (x % 2) as u8, 0, 0, 255]);
        let small = resize(&stripes, Size { width: 60, height: 60 });
        for x in 5..55 {
            let red = small.pixel(x, 30)[0];
            assert!((120..=135).contains(&red), "stripes at {x} became {red}");
        }
    }

    #[test]
    fn a_ramp_keeps_its_place() {
        let ramp = filled(400, 80, |x, _| [(x / 2) as u8, 0, 0, 255]);
        let small = resize(&ramp, Size { width: 100, height: 20 });
        for x in 4..96 {
            // Four source pixels, centred at 4 x + 1.5, of half a step each.
            let expected = (4.0 * x as f32 + 1.5) / 2.0 - 0.25;
            let red = f32::from(small.pixel(x, 10)[0]);
            assert!((red - expected).abs() <= 1.0, "{red} instead of {expected} at {x}");
        }
    }

    #[test]
    fn hidden_colours_do_not_bleed() {
        // Transparent green beside opaque red.
        let edge = filled(100, 100, |x, _| if x < 50 { [0, 255, 0, 0] } else { [255, 0, 0, 255] });
        let small = resize(&edge, Size { width: 33, height: 33 });
        for pixel in small.pixels().chunks_exact(4).filter(|p| p[3] > 8) {
            assert!(pixel[1] <= 1, "green shows in {pixel:?}");
        }
    }
}

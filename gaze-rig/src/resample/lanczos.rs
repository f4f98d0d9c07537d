//! Lanczos3, whose support grows with the reduction: keeps detail, as Pillow and browsers shrink.

use std::f32::consts::PI;
use std::ops::Range;

use super::taps::Taps;
use crate::frame::{Frame, FrameView, Size};
use crate::interpolation::sine;

/// Lobes of the kernel on each side.
const LOBES: f32 = 3.0;

/// Resamples `source` to `size`. Colours are weighted by alpha, so that what hides under
/// transparent pixels does not show at their edges.
pub fn resize(source: &Frame, size: Size) -> Frame {
    resize_view(source.view(), size)
}

/// The same of a part of a picture, which is not copied for it; what lies beside the part has no influence.
pub fn resize_view(source: FrameView<'_>, size: Size) -> Frame {
    let columns = lanczos_taps(source.size().width, size.width, 0..size.width);
    let rows = lanczos_taps(source.size().height, size.height, 0..size.height);
    let (width, stride) = (size.width as usize, source.size().width as usize);
    // Sums of the output, one source row after the other: never holds a full-size float picture.
    let mut sums = vec![[0.0f32; 4]; size.area()];
    let mut premultiplied = vec![[0.0f32; 4]; stride];
    let mut narrowed = vec![[0.0f32; 4]; width];
    // Output rows [open, ...) still take part; those before `open` are done.
    let mut open = 0;
    for (y, line) in source.rows().enumerate() {
        let line = line.as_chunks::<4>().0;
        for (out, [r, g, b, alpha]) in premultiplied.iter_mut().zip(line) {
            let alpha = f32::from(*alpha);
            let share = alpha / 255.0;
            let [r, g, b] = [r, g, b].map(|value| f32::from(*value) * share);
            *out = [r, g, b, alpha];
        }
        for (out, column) in narrowed.iter_mut().zip(&columns) {
            *out = column.gather(&premultiplied);
        }
        while open < rows.len() && rows[open].end() <= y {
            open += 1;
        }
        for (row, taps) in rows.iter().enumerate().skip(open) {
            if taps.first > y {
                break;
            }
            let Some(weight) = taps.weight_of(y) else { continue };
            let sums = sums[row * width..][..width].as_flattened_mut();
            for (sum, value) in sums.iter_mut().zip(narrowed.as_flattened()) {
                *sum += weight * value;
            }
        }
    }
    let mut resized = Frame::new(size);
    for (pixel, sum) in resized.pixels_mut().as_chunks_mut::<4>().0.iter_mut().zip(&sums) {
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

/// Weights of Lanczos3 along one axis, from `from` pixels to `to`, of which those of `part` are given. The weights of each
/// sum to 1.
pub fn lanczos_taps(from: u32, to: u32, part: Range<u32>) -> Vec<Taps> {
    let scale = f64::from(from) / f64::from(to);
    // The kernel stretches when shrinking, which is the prefilter.
    let stretch = scale.max(1.0);
    let support = f64::from(LOBES) * stretch;
    part.map(|i| {
        let center = (f64::from(i) + 0.5) * scale;
        let first = (center - support + 0.5).max(0.0) as usize;
        let end = ((center + support + 0.5) as usize).min(from as usize);
        let mut weights: Vec<f32> =
            (first..end).map(|j| lanczos(((j as f64 + 0.5 - center) / stretch) as f32)).collect();
        let total: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= total);
        Taps { first, weights }
    })
    .collect()
}

fn lanczos(x: f32) -> f32 {
    let sinc = |x: f32| if x.abs() < 1e-6 { 1.0 } else { sine(PI * x) / (PI * x) };
    if x.abs() < LOBES { sinc(x) * sinc(x / LOBES) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Rect;

    fn filled(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Frame {
        let mut frame = Frame::new(Size { width, height });
        for (i, out) in frame.pixels_mut().chunks_exact_mut(4).enumerate() {
            out.copy_from_slice(&pixel(i as u32 % width, i as u32 / width));
        }
        frame
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
    fn a_part_is_resized_as_a_picture_of_its_own() {
        let picture = filled(90, 70, |x, y| [(x * 5) as u8, (y * 7) as u8, (x * y) as u8, 255]);
        let part = picture.view().part(Rect { x: 13, y: 9, width: 60, height: 41 }).unwrap();
        let size = Size { width: 25, height: 17 };
        assert_eq!(resize_view(part, size), resize(&part.to_frame(), size));
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

//! Means of areas: smooth and quick, for overviews and previews.

use super::size::fitted;
use super::taps::Taps;
use crate::frame::{Frame, Size};

/// `frame` with its longer side at most `max_side` pixels, never enlarged.
pub fn shrink_to_side(frame: &Frame, max_side: u32) -> Frame {
    let size = fitted(frame.size(), max_side);
    if size == frame.size() { frame.clone() } else { shrink(frame, size) }
}

/// The share of each source pixel that a target pixel covers.
fn shares(from: u32, to: u32) -> Vec<Taps> {
    let step = f64::from(from) / f64::from(to);
    (0..to)
        .map(|i| {
            let (start, end) = (f64::from(i) * step, f64::from(i + 1) * step);
            let (first, last) = (start.floor() as usize, (end.ceil() as usize).min(from as usize));
            let share = |x: usize| (end.min(x as f64 + 1.0) - start.max(x as f64)).max(0.0) as f32;
            Taps { first, weights: (first..last).map(share).collect() }
        })
        .collect()
}

/// Averages the pixels that each target pixel covers, weighed by their alpha.
pub fn shrink(frame: &Frame, size: Size) -> Frame {
    let stride = frame.size().width as usize;
    let lines = |y: usize| &frame.pixels().as_chunks::<4>().0[y * stride..][..stride];
    let columns = shares(frame.size().width, size.width);
    let mut shrunk = Frame::new(size);
    let targets = shrunk.pixels_mut().as_chunks_mut::<4>().0.chunks_exact_mut(size.width as usize);
    let mut sums = vec![[0f32; 4]; stride];
    for (targets, rows) in targets.zip(shares(frame.size().height, size.height)) {
        sums.fill([0.0; 4]);
        for (y, share) in (rows.first..).zip(&rows.weights) {
            for (sum, [r, g, b, alpha]) in sums.iter_mut().zip(lines(y)) {
                let weight = share * f32::from(*alpha);
                for (sum, value) in sum.iter_mut().zip([r, g, b]) {
                    *sum += weight * f32::from(*value);
                }
                sum[3] += weight;
            }
        }
        let covered_rows: f32 = rows.weights.iter().sum();
        for (target, column) in targets.iter_mut().zip(&columns) {
            let [r, g, b, alpha] = column.gather(&sums);
            let covered = covered_rows * column.weights.iter().sum::<f32>();
            let weight = if alpha > 0.0 { alpha } else { 1.0 };
            let [r, g, b] = [r, g, b].map(|sum| (sum / weight).round() as u8);
            *target = [r, g, b, (alpha / covered).round() as u8];
        }
    }
    shrunk
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkers(size: Size) -> Frame {
        let mut frame = Frame::new(size);
        for (i, pixel) in frame.pixels_mut().chunks_exact_mut(4).enumerate() {
            let odd = (i as u32 % size.width + i as u32 / size.width) % 2 == 1;
            pixel.copy_from_slice(if odd { &[255; 4] } else { &[0, 0, 0, 255] });
        }
        frame
    }

    #[test]
    fn checkers_become_grey() {
        let small = shrink(&checkers(Size { width: 8, height: 6 }), Size { width: 4, height: 3 });
        assert!(small.pixels().chunks_exact(4).all(|p| p == [128, 128, 128, 255]));
    }

    #[test]
    fn transparent_pixels_do_not_tint() {
        let mut frame = Frame::new(Size { width: 2, height: 1 });
        frame.pixels_mut().copy_from_slice(&[200, 10, 10, 255, 0, 255, 0, 0]);
        let small = shrink(&frame, Size { width: 1, height: 1 });
        assert_eq!(small.pixels(), [200, 10, 10, 128]);
    }

    #[test]
    fn sizes_keep_their_shape_and_are_never_enlarged() {
        let size =
            |width, height, side| shrink_to_side(&checkers(Size { width, height }), side).size();
        assert_eq!(size(41, 51, 32), Size { width: 26, height: 32 });
        assert_eq!(size(400, 1, 20), Size { width: 20, height: 1 });
        assert_eq!(size(5, 4, 9), Size { width: 5, height: 4 });
    }
}

//! Smaller copies of frames, for overviews and previews.

use gaze_rig::{Frame, Size};

/// `frame` with its longer side at most `max_side` pixels, never enlarged.
pub fn shrink_to_side(frame: &Frame, max_side: u32) -> Frame {
    let Size { width, height } = frame.size();
    let longer = width.max(height);
    if longer <= max_side {
        return frame.clone();
    }
    let scaled = |side: u32| {
        let exact = f64::from(side) * f64::from(max_side) / f64::from(longer);
        (exact.round() as u32).max(1)
    };
    shrink(frame, Size { width: scaled(width), height: scaled(height) })
}

/// The source pixels that one target pixel covers: the first, and the share of each.
struct Span {
    first: usize,
    shares: Vec<f32>,
}

fn spans(from: u32, to: u32) -> Vec<Span> {
    let step = f64::from(from) / f64::from(to);
    (0..to)
        .map(|i| {
            let (start, end) = (f64::from(i) * step, f64::from(i + 1) * step);
            let (first, last) = (start.floor() as usize, (end.ceil() as usize).min(from as usize));
            let share = |x: usize| (end.min(x as f64 + 1.0) - start.max(x as f64)).max(0.0) as f32;
            Span { first, shares: (first..last).map(share).collect() }
        })
        .collect()
}

/// Averages the pixels that each target pixel covers, weighed by their alpha.
pub fn shrink(frame: &Frame, size: Size) -> Frame {
    let stride = frame.size().width as usize * 4;
    let columns = spans(frame.size().width, size.width);
    let mut shrunk = Frame::new(size);
    let rows = shrunk.pixels_mut().chunks_exact_mut(size.width as usize * 4);
    let mut line = vec![[0f32; 4]; frame.size().width as usize];
    for (row, span) in rows.zip(spans(frame.size().height, size.height)) {
        line.fill([0.0; 4]);
        for (y, share) in (span.first..).zip(&span.shares) {
            let source = &frame.pixels()[y * stride..(y + 1) * stride];
            for (sum, pixel) in line.iter_mut().zip(source.chunks_exact(4)) {
                let weight = share * f32::from(pixel[3]);
                for channel in 0..3 {
                    sum[channel] += weight * f32::from(pixel[channel]);
                }
                sum[3] += weight;
            }
        }
        let area: f32 = span.shares.iter().sum();
        for (target, column) in row.chunks_exact_mut(4).zip(&columns) {
            let mut sum = [0f32; 4];
            for (pixel, share) in line[column.first..].iter().zip(&column.shares) {
                for channel in 0..4 {
                    sum[channel] += share * pixel[channel];
                }
            }
            let covered = area * column.shares.iter().sum::<f32>();
            let weight = if sum[3] > 0.0 { sum[3] } else { 1.0 };
            for channel in 0..3 {
                target[channel] = (sum[channel] / weight).round() as u8;
            }
            target[3] = (sum[3] / covered).round() as u8;
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

//! A picture in halving sizes, regions of which are sampled as input of a network.

use std::borrow::Cow;

use super::region::Region;
use gaze_rig::{Frame, Size};

/// What is sampled outside the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Border {
    /// The nearest pixel of the edge.
    Replicate,
    /// Black, as the detector was trained.
    Black,
}

/// How a region becomes a model's input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sampling {
    /// Width and height in samples.
    pub(super) size: [usize; 2],
    pub(super) border: Border,
    /// Values that black (0) and white (255) become.
    pub(super) range: (f32, f32),
    /// Left and right exchanged.
    pub(super) mirrored: bool,
}

/// A picture and its halves, quarters, ... so that a shrunk crop is never aliased and costs the
/// same whatever the picture's size. Opaque RGBA.
pub(super) struct Pyramid<'a> {
    levels: Vec<Cow<'a, Frame>>,
}

/// Past this side no crop needs a smaller copy: the largest model input is 256.
const SMALLEST_LEVEL: u32 = 64;
/// Bounds the work on needles of pictures, where one axis shrinks far more than the other.
const MAX_SAMPLES_PER_AXIS: usize = 8;

impl<'a> Pyramid<'a> {
    /// Builds every level: a third of the picture's own size in all.
    pub(super) fn new(picture: Cow<'a, Frame>) -> Self {
        let mut levels = vec![picture];
        loop {
            let last = levels.last().expect("starts with one level");
            let Size { width, height } = last.size();
            if width.min(height) < 2 * SMALLEST_LEVEL {
                break;
            }
            levels.push(Cow::Owned(halved(last)));
        }
        Self { levels }
    }

    /// Size of the full picture.
    pub(super) fn size(&self) -> Size {
        self.levels[0].size()
    }

    /// `height * width * 3` values, rows top to bottom.
    pub(super) fn sample(&self, region: Region, how: &Sampling) -> Vec<f32> {
        let [width, height] = how.size;
        let step = [region.size[0] / width as f32, region.size[1] / height as f32];
        let level = (step[0].min(step[1]).max(1.0).log2() as usize).min(self.levels.len() - 1);
        let shrink = (1u32 << level) as f32;
        let frame = &*self.levels[level];
        let per_axis =
            step.map(|s| ((s / shrink).ceil().max(1.0) as usize).min(MAX_SAMPLES_PER_AXIS));
        let samples = (per_axis[0] * per_axis[1]) as f32;
        let scale = (how.range.1 - how.range.0) / (255.0 * samples);

        // Level pixels are centred between the pixels they stand for.
        let to_level = |[x, y]: [f32; 2]| [(x + 0.5) / shrink - 0.5, (y + 0.5) / shrink - 0.5];
        let origin = to_level(region.to_portrait(0.0, 0.0));
        let [right, down] = [(1.0 / width as f32, 0.0), (0.0, 1.0 / height as f32)]
            .map(|(u, v)| to_level(region.to_portrait(u, v)))
            .map(|[x, y]| [x - origin[0], y - origin[1]]);
        let at =
            |column: f32, row: f32| [0, 1].map(|i| origin[i] + column * right[i] + row * down[i]);
        let mut out = Vec::with_capacity(width * height * 3);
        for row in 0..height {
            for column in 0..width {
                let column = if how.mirrored { width - 1 - column } else { column };
                let mut sum = [0.0; 3];
                for j in 0..per_axis[1] {
                    for i in 0..per_axis[0] {
                        let [x, y] = at(
                            column as f32 + (i as f32 + 0.5) / per_axis[0] as f32,
                            row as f32 + (j as f32 + 0.5) / per_axis[1] as f32,
                        );
                        let rgb = bilinear(frame, x, y, how.border);
                        for (sum, value) in sum.iter_mut().zip(rgb) {
                            *sum += value;
                        }
                    }
                }
                out.extend(sum.map(|s| s * scale + how.range.0));
            }
        }
        out
    }
}

fn bilinear(frame: &Frame, x: f32, y: f32, border: Border) -> [f32; 3] {
    let Size { width, height } = frame.size();
    let (right, bottom) = (width as f32 - 1.0, height as f32 - 1.0);
    if border == Border::Black && !(x >= -0.5 && y >= -0.5 && x < right + 0.5 && y < bottom + 0.5) {
        return [0.0; 3];
    }
    let (x, y) = (x.clamp(0.0, right), y.clamp(0.0, bottom));
    let (left, top) = (x as usize, y as usize);
    let (fx, fy) = (x - left as f32, y - top as f32);
    let stride = width as usize * 4;
    let here = top * stride + left * 4;
    let next_x = if left + 1 < width as usize { 4 } else { 0 };
    let next_y = if top + 1 < height as usize { stride } else { 0 };
    let pixels = frame.pixels();
    let channel = |c: usize| {
        let value = |at: usize| f32::from(pixels[at + c]);
        let upper = value(here) + (value(here + next_x) - value(here)) * fx;
        let below = here + next_y;
        let lower = value(below) + (value(below + next_x) - value(below)) * fx;
        upper + (lower - upper) * fy
    };
    [channel(0), channel(1), channel(2)]
}

/// Means of 2 x 2 pixels; an odd last row or column is paired with itself.
fn halved(frame: &Frame) -> Frame {
    let Size { width, height } = frame.size();
    let size = Size { width: width.div_ceil(2), height: height.div_ceil(2) };
    let stride = width as usize * 4;
    let mut half = Frame::new(size);
    let rows = half.pixels_mut().chunks_exact_mut(size.width as usize * 4);
    for (y, row) in rows.enumerate() {
        let upper = 2 * y * stride;
        let lower = (2 * y + 1).min(height as usize - 1) * stride;
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            let (left, right) = (2 * x * 4, (2 * x + 1).min(width as usize - 1) * 4);
            for (c, value) in pixel.iter_mut().enumerate() {
                let sum: u16 = [upper + left, upper + right, lower + left, lower + right]
                    .iter()
                    .map(|at| u16::from(frame.pixels()[at + c]))
                    .sum();
                *value = ((sum + 2) / 4) as u8;
            }
        }
    }
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Frame {
        let mut frame = Frame::new(Size { width, height });
        for (i, out) in frame.pixels_mut().chunks_exact_mut(4).enumerate() {
            let [r, g, b] = pixel(i as u32 % width, i as u32 / width);
            out.copy_from_slice(&[r, g, b, 255]);
        }
        frame
    }

    fn sampling(side: usize) -> Sampling {
        Sampling {
            size: [side; 2],
            border: Border::Replicate,
            range: (0.0, 255.0),
            mirrored: false,
        }
    }

    #[test]
    fn one_to_one_copies_pixels() {
        let frame = picture(70, 70, |x, y| [x as u8, y as u8, 7]);
        let pyramid = Pyramid::new(Cow::Borrowed(&frame));
        let values = pyramid.sample(Region::covering(frame.size()), &sampling(70));
        for (i, rgb) in values.chunks_exact(3).enumerate() {
            let expected = [(i % 70) as f32, (i / 70) as f32, 7.0];
            assert!(rgb.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.01), "{rgb:?} at {i}");
        }
    }

    #[test]
    fn shrinking_keeps_places_and_does_not_alias() {
        // A ramp to the right with a pattern of single pixels on top.
        let frame = picture(1024, 1024, |x, y| [(x / 8) as u8, 255 * ((x + y) % 2) as u8, 0]);
        let pyramid = Pyramid::new(Cow::Borrowed(&frame));
        for side in [50, 128, 300] {
            let values = pyramid.sample(Region::covering(frame.size()), &sampling(side));
            let step = 1024.0 / side as f32;
            for (i, rgb) in values.chunks_exact(3).enumerate() {
                let column = (i % side) as f32;
                let expected = (column + 0.5) * step / 8.0 - 0.5;
                if column > 1.0 && column < side as f32 - 2.0 {
                    assert!((rgb[0] - expected).abs() < 0.6, "{} not {expected}", rgb[0]);
                }
                assert!((rgb[1] - 127.5).abs() < 6.0, "aliased to {}", rgb[1]);
            }
        }
    }

    #[test]
    fn borders_ranges_and_mirrors() {
        let frame = picture(64, 64, |x, _| [if x < 32 { 0 } else { 255 }, 255, 255]);
        let pyramid = Pyramid::new(Cow::Borrowed(&frame));
        let wide = Region::square([31.5, 31.5], 128.0, 0.0);
        let corner = |how: &Sampling| pyramid.sample(wide, how)[..3].to_vec();
        let signed = Sampling { range: (-1.0, 1.0), ..sampling(32) };
        assert_eq!(corner(&signed), [-1.0, 1.0, 1.0], "the edge goes on");
        assert_eq!(corner(&Sampling { mirrored: true, ..signed }), [1.0, 1.0, 1.0]);
        assert_eq!(corner(&Sampling { border: Border::Black, ..signed }), [-1.0; 3]);
    }

    #[test]
    fn extreme_regions_are_sampled_without_panic() {
        let frame = picture(65, 3000, |_, y| [y as u8; 3]);
        let pyramid = Pyramid::new(Cow::Borrowed(&frame));
        for size in [[1e-3, 1e-3], [1e6, 1e6], [1e9, 1.0]] {
            let region = Region { center: [-1e5, 2e5], size, angle: 1.0 };
            let values = pyramid.sample(region, &sampling(8));
            assert!(values.iter().all(|v| v.is_finite()));
        }
    }
}

//! A picture in halving sizes, regions of which are sampled as input of a network.

use std::borrow::Cow;

use wide::f32x4;

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
        let per_axis =
            step.map(|s| ((s / shrink).ceil().max(1.0) as usize).min(MAX_SAMPLES_PER_AXIS));
        // Level pixels are centred between the pixels they stand for.
        let to_level = |[x, y]: [f32; 2]| [(x + 0.5) / shrink - 0.5, (y + 0.5) / shrink - 0.5];
        let origin = to_level(region.to_portrait(0.0, 0.0));
        let [right, down] = [(1.0 / width as f32, 0.0), (0.0, 1.0 / height as f32)]
            .map(|(u, v)| to_level(region.to_portrait(u, v)))
            .map(|[x, y]| [x - origin[0], y - origin[1]]);
        let raster = Raster { frame: &self.levels[level], how, per_axis, origin, right, down };
        if right[1] == 0.0 && down[0] == 0.0 { raster.sample_upright() } else { raster.sample() }
    }
}

/// Where the samples of a region lie in one level.
struct Raster<'a> {
    frame: &'a Frame,
    how: &'a Sampling,
    /// Samples of which each value is the mean.
    per_axis: [usize; 2],
    origin: [f32; 2],
    /// From one column and from one row to the next.
    right: [f32; 2],
    down: [f32; 2],
}

impl Raster<'_> {
    /// One sample after the other.
    fn sample(&self) -> Vec<f32> {
        let [width, height] = self.how.size;
        let mut out = Vec::with_capacity(width * height * 3);
        // Where the samples of a value lie, seen from its corner.
        let part = |axis: usize, i: usize| (i as f32 + 0.5) / self.per_axis[axis] as f32;
        let offsets: Vec<[f32; 2]> = (0..self.per_axis[1])
            .flat_map(|j| (0..self.per_axis[0]).map(move |i| (part(0, i), part(1, j))))
            .map(|(right, down)| self.shifted([0.0; 2], right, down))
            .collect();
        for row in 0..height {
            let start = self.shifted(self.origin, 0.0, row as f32);
            for column in 0..width {
                let corner = self.shifted(start, self.column(column) as f32, 0.0);
                let mut sum = f32x4::ZERO;
                for [x, y] in &offsets {
                    sum += bilinear(self.frame, corner[0] + x, corner[1] + y, self.how.border);
                }
                self.put(sum, &mut out);
            }
        }
        out
    }

    #[inline]
    fn shifted(&self, [x, y]: [f32; 2], right: f32, down: f32) -> [f32; 2] {
        let [to_right, to_down] = [self.right, self.down];
        [x + right * to_right[0] + down * to_down[0], y + right * to_right[1] + down * to_down[1]]
    }

    /// The same where columns and rows run along those of the level: each is interpolated by itself.
    fn sample_upright(&self) -> Vec<f32> {
        let Size { width, height } = self.frame.size();
        let [columns, rows] =
            [(0, self.right[0], width), (1, self.down[1], height)].map(|(axis, step, length)| {
                let samples = self.per_axis[axis];
                let taps = |i: usize| {
                    let part = |k: usize| i as f32 + (k as f32 + 0.5) / samples as f32;
                    let at = (0..samples).map(|k| self.origin[axis] + step * part(k));
                    at.filter_map(|at| Tap::at(at, length, self.how.border)).collect::<Vec<_>>()
                };
                (0..self.how.size[axis]).map(taps).collect::<Vec<_>>()
            });
        let all = || columns.iter().flatten();
        let first = all().map(|tap| tap.pixel).min().unwrap_or(0);
        let end = all().map(|tap| tap.next + 1).max().unwrap_or(0);
        let mut line = vec![f32x4::ZERO; end - first];
        let mut out = Vec::with_capacity(columns.len() * rows.len() * 3);
        for row in &rows {
            line.fill(f32x4::ZERO);
            for tap in row {
                for (y, weight) in [(tap.pixel, 1.0 - tap.share), (tap.next, tap.share)] {
                    let from = y * width as usize;
                    let pixels = &self.frame.pixels().as_chunks::<4>().0[from..][first..end];
                    let weight = f32x4::splat(weight);
                    for (sum, pixel) in line.iter_mut().zip(pixels) {
                        *sum += weight * f32x4::from(pixel.map(f32::from));
                    }
                }
            }
            for column in 0..columns.len() {
                let mut sum = f32x4::ZERO;
                for tap in &columns[self.column(column)] {
                    let (here, next) = (line[tap.pixel - first], line[tap.next - first]);
                    sum += here + (next - here) * f32x4::splat(tap.share);
                }
                self.put(sum, &mut out);
            }
        }
        out
    }

    fn column(&self, column: usize) -> usize {
        if self.how.mirrored { self.how.size[0] - 1 - column } else { column }
    }

    fn put(&self, sum: f32x4, out: &mut Vec<f32>) {
        let (low, high) = self.how.range;
        let samples = (self.per_axis[0] * self.per_axis[1]) as f32;
        let scale = (high - low) / (255.0 * samples);
        let [r, g, b, _] = (sum * f32x4::splat(scale) + f32x4::splat(low)).to_array();
        out.extend([r, g, b]);
    }
}

/// Two neighbouring pixels along an axis, and how far a sample lies towards the second.
struct Tap {
    pixel: usize,
    next: usize,
    share: f32,
}

impl Tap {
    /// Nothing where there is only black.
    #[inline]
    fn at(at: f32, length: u32, border: Border) -> Option<Self> {
        let last = length as f32 - 1.0;
        if border == Border::Black && !(at >= -0.5 && at < last + 0.5) {
            return None;
        }
        let at = at.clamp(0.0, last);
        // Through i32, which machines turn numbers into and back at once.
        let pixel = at as i32;
        let next = (pixel + 1).min(length as i32 - 1);
        Some(Self { pixel: pixel as usize, next: next as usize, share: at - pixel as f32 })
    }
}

#[inline]
fn bilinear(frame: &Frame, x: f32, y: f32, border: Border) -> f32x4 {
    let Size { width, height } = frame.size();
    let (Some(x), Some(y)) = (Tap::at(x, width, border), Tap::at(y, height, border)) else {
        return f32x4::ZERO;
    };
    let pixels = frame.pixels().as_chunks::<4>().0;
    let value = |x: usize, y: usize| f32x4::from(pixels[y * width as usize + x].map(f32::from));
    let across = |row: usize| {
        let (left, right) = (value(x.pixel, row), value(x.next, row));
        left + (right - left) * f32x4::splat(x.share)
    };
    let (upper, lower) = (across(y.pixel), across(y.next));
    upper + (lower - upper) * f32x4::splat(y.share)
}

/// Means of 2 x 2 pixels; an odd last row or column is paired with itself.
fn halved(frame: &Frame) -> Frame {
    let Size { width, height } = frame.size();
    let size = Size { width: width.div_ceil(2), height: height.div_ceil(2) };
    let mut half = Frame::new(size);
    let pairs = frame.pixels().chunks(2 * width as usize * 4);
    let rows = half.pixels_mut().as_chunks_mut::<4>().0.chunks_exact_mut(size.width as usize);
    for (row, pair) in rows.zip(pairs) {
        let (upper, lower) = pair.split_at(width as usize * 4);
        let upper = upper.as_chunks::<4>().0;
        let lower = if lower.is_empty() { upper } else { lower.as_chunks::<4>().0 };
        for ((pixel, upper), lower) in row.iter_mut().zip(upper.chunks(2)).zip(lower.chunks(2)) {
            let last = upper.len() - 1;
            *pixel = std::array::from_fn(|c| {
                let sum = [upper[0], upper[last], lower[0], lower[last]].map(|p| u16::from(p[c]));
                ((sum.iter().sum::<u16>() + 2) / 4) as u8
            });
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
    fn both_ways_of_sampling_agree() {
        let frame = picture(83, 131, |x, y| [(x * 37 + y * 3) as u8, (y * y) as u8, (x ^ y) as u8]);
        for (i, size) in [[40.0, 40.0], [83.0, 131.0], [150.0, 90.0]].into_iter().enumerate() {
            let region = Region { center: [30.0 + 20.0 * i as f32, 60.0], size, angle: 0.0 };
            for how in [
                sampling(32),
                Sampling { border: Border::Black, mirrored: true, ..sampling(24) },
                Sampling { size: [40, 7], range: (-1.0, 1.0), ..sampling(1) },
            ] {
                let [origin, right, down] =
                    [(0.0, 0.0), (1.0 / how.size[0] as f32, 0.0), (0.0, 1.0 / how.size[1] as f32)]
                        .map(|(u, v)| region.to_portrait(u, v));
                let raster = Raster {
                    frame: &frame,
                    how: &how,
                    per_axis: [3, 2],
                    origin,
                    right: [right[0] - origin[0], right[1] - origin[1]],
                    down: [down[0] - origin[0], down[1] - origin[1]],
                };
                let (one, other) = (raster.sample_upright(), raster.sample());
                assert_eq!(one.len(), how.size[0] * how.size[1] * 3);
                let off = one.iter().zip(&other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(off < 1e-3 * (how.range.1 - how.range.0), "{off}");
            }
        }
    }

    #[test]
    fn halves_are_means_and_odd_ends_are_paired_with_themselves() {
        let frame = picture(131, 129, |x, y| [(x * 31) as u8, (y * 77) as u8, (x * y) as u8]);
        let half = halved(&frame);
        assert_eq!(half.size(), Size { width: 66, height: 65 });
        for (x, y) in (0..65).flat_map(|y| (0..66).map(move |x| (x, y))) {
            let (right, below) = ((2 * x + 1).min(130), (2 * y + 1).min(128));
            let four = [(2 * x, 2 * y), (right, 2 * y), (2 * x, below), (right, below)];
            for c in 0..4 {
                let sum: u32 = four.iter().map(|(x, y)| u32::from(frame.pixel(*x, *y)[c])).sum();
                assert_eq!(u32::from(half.pixel(x, y)[c]), (sum + 2) / 4);
            }
        }
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

//! A picture at twice its resolution, in fixed point.

use std::collections::VecDeque;
use std::ops::Range;

use wide::{f32x4, i16x8, i32x8};

use super::texture::{COVERED, STEPS};
use crate::frame::{Rect, Size};

/// Lanczos-3 weights half-way between two samples: outermost first, mirrored.
const HALF_WAY: [f32; 3] = [0.024_456_5, -0.135_869_6, 0.611_413_1];
/// Samples that take part in one half-way: two before the one it follows, and three behind.
const TAPS: usize = 6;
const BEFORE: usize = 2;

/// The part `rect` of a picture of `size` with a sample between each two, across and down; four numbers a texel.
///
/// # Panics
/// Where `pixels` has not `size.area()` entries or `rect` is empty or not inside.
pub(super) fn doubled(size: Size, pixels: &[[f32; 4]], rect: Rect) -> Vec<i16> {
    assert_eq!(pixels.len(), size.area());
    let width = 2 * rect.width as usize;
    let mut texels = vec![0i16; 2 * rect.height as usize * width * 4];
    let mut source = Source { pixels, size, rect, line: Vec::new() };
    let mut rows: VecDeque<Row> = (0..TAPS).map(|_| Row::new(width)).collect();
    for (i, row) in rows.iter_mut().enumerate() {
        source.double_row(i as i64 - BEFORE as i64, row);
    }
    for (y, pair) in texels.chunks_exact_mut(2 * width * 4).enumerate() {
        let (whole, between) = pair.split_at_mut(width * 4);
        let still = &rows[BEFORE];
        write(whole, still.used.clone(), |x| still.texels[x]);
        let used = rows.iter().map(|row| row.used.clone()).reduce(joined).unwrap_or_default();
        write(between, used, |x| half_way(std::array::from_fn(|i| rows[i].texels[x])));
        rows.rotate_left(1);
        source.double_row((y + 1 + TAPS - 1 - BEFORE) as i64, &mut rows[TAPS - 1]);
    }
    texels
}

struct Source<'a> {
    pixels: &'a [[f32; 4]],
    size: Size,
    rect: Rect,
    /// A row of the picture as far as it is needed, the border repeated outside.
    line: Vec<f32x4>,
}

/// A row of texels.
struct Row {
    texels: Vec<f32x4>,
    /// Beyond these all are zero.
    used: Range<usize>,
}

impl Row {
    fn new(width: usize) -> Self {
        Self { texels: vec![f32x4::ZERO; width], used: 0..0 }
    }
}

impl Source<'_> {
    /// Doubles a row across; `y` counts from the rectangle's top and may leave the picture.
    fn double_row(&mut self, y: i64, row: &mut Row) {
        row.texels[row.used.clone()].fill(f32x4::ZERO);
        let Rect { x: left, y: top, width, .. } = self.rect;
        let y = (i64::from(top) + y).clamp(0, i64::from(self.size.height) - 1) as usize;
        let stride = self.size.width as usize;
        let pixels = &self.pixels[y * stride..][..stride];
        let width = width as usize;
        let tap = |at: usize| pixels[(left as usize + at).saturating_sub(BEFORE).min(stride - 1)];
        let is_used = |at: &usize| tap(*at) != [0.0; 4];
        let taps = 0..width + TAPS - 1;
        let Some(first) = taps.clone().find(is_used) else {
            row.used = 0..0;
            return;
        };
        let last = taps.rev().find(is_used).unwrap_or(first);
        let (starts, ends) = (first.saturating_sub(TAPS - 1), (last + 1).min(width));
        self.line.clear();
        self.line.extend((starts..ends + TAPS - 1).map(|at| f32x4::from(tap(at))));
        row.used = 2 * starts..2 * ends;
        let pairs = row.texels[row.used.clone()].as_chunks_mut::<2>().0;
        for (pair, taps) in pairs.iter_mut().zip(self.line.windows(TAPS)) {
            *pair = [taps[BEFORE], half_way(std::array::from_fn(|i| taps[i]))];
        }
    }
}

fn joined(a: Range<usize>, b: Range<usize>) -> Range<usize> {
    if a.is_empty() {
        return b;
    }
    if b.is_empty() { a } else { a.start.min(b.start)..a.end.max(b.end) }
}

#[inline]
fn half_way(taps: [f32x4; TAPS]) -> f32x4 {
    f32x4::splat(HALF_WAY[0]) * (taps[0] + taps[5])
        + f32x4::splat(HALF_WAY[1]) * (taps[1] + taps[4])
        + f32x4::splat(HALF_WAY[2]) * (taps[2] + taps[3])
}

/// Puts texels into a row in fixed point; `used` begins and ends at even places.
fn write(row: &mut [i16], used: Range<usize>, texel: impl Fn(usize) -> f32x4) {
    let scale = f32x4::from([STEPS, STEPS, STEPS, COVERED]);
    // Overshoot beyond 16 bits is clipped, which no picture reaches.
    let most = f32x4::splat(f32::from(i16::MAX));
    let fixed = |x: usize| (texel(x) * scale).max(-most).min(most).fast_round_int().to_array();
    let pairs = row[used.start * 4..used.end * 4].as_chunks_mut::<8>().0;
    for (i, pair) in pairs.iter_mut().enumerate() {
        let x = used.start + 2 * i;
        let ([a, b, c, d], [e, f, g, h]) = (fixed(x), fixed(x + 1));
        *pair = i16x8::from_i32x8_saturate(i32x8::from([a, b, c, d, e, f, g, h])).to_array();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_way_weights_keep_constants() {
        let sum: f32 = 2.0 * HALF_WAY.iter().sum::<f32>();
        assert!((sum - 1.0).abs() < 1e-6, "{sum}");
    }

    /// One texel after the other, nothing left out.
    fn brute_force(size: Size, pixels: &[[f32; 4]], rect: Rect) -> Vec<f32> {
        let weights: [f32; 6] = [0, 1, 2, 2, 1, 0].map(|i| HALF_WAY[i]);
        let taps = |at: i64, is_between: bool| -> Vec<(i64, f32)> {
            let between = (-2..=3).zip(weights).map(|(step, weight)| (at + step, weight));
            if is_between { between.collect() } else { vec![(at, 1.0)] }
        };
        let pixel = |x: i64, y: i64| {
            let x = x.clamp(0, i64::from(size.width) - 1);
            let y = y.clamp(0, i64::from(size.height) - 1);
            pixels[(y * i64::from(size.width) + x) as usize]
        };
        let mut texels = Vec::new();
        for y in 0..2 * rect.height {
            for x in 0..2 * rect.width {
                let mut sum = [0.0; 4];
                for (row, down) in taps(i64::from(rect.y + y / 2), y % 2 == 1) {
                    for (col, across) in taps(i64::from(rect.x + x / 2), x % 2 == 1) {
                        let color = pixel(col, row);
                        sum.iter_mut().zip(color).for_each(|(s, v)| *s += down * across * v);
                    }
                }
                texels.extend([sum[0] * STEPS, sum[1] * STEPS, sum[2] * STEPS, sum[3] * COVERED]);
            }
        }
        texels
    }

    #[test]
    fn empty_parts_are_left_out_and_nothing_else() {
        let size = Size { width: 31, height: 23 };
        let rects = [
            Rect::covering(size),
            Rect { x: 4, y: 3, width: 20, height: 15 },
            Rect { x: 30, y: 22, width: 1, height: 1 },
            Rect { x: 1, y: 0, width: 29, height: 23 },
        ];
        // A blob, stripes at each border, single pixels, all and nothing.
        let kinds: [&dyn Fn(usize, usize) -> bool; 7] = [
            &|x, y| x.abs_diff(12).pow(2) + y.abs_diff(9).pow(2) < 30,
            &|x, _| x == 0,
            &|x, y| x >= 29 || y == 22,
            &|_, y| y < 2,
            &|x, y| (x * 5 + y * 11) % 97 == 0,
            &|_, _| true,
            &|_, _| false,
        ];
        for is_used in kinds {
            let pixels: Vec<[f32; 4]> = (0..size.area())
                .map(|i| (i % 31, i / 31))
                .map(|(x, y)| {
                    let value = ((x * 37 + y * 91) % 256) as f32;
                    if is_used(x, y) { [value, 255.0 - value, -value / 2.0, 1.0] } else { [0.0; 4] }
                })
                .collect();
            for rect in rects {
                let found = doubled(size, &pixels, rect);
                let expected = brute_force(size, &pixels, rect);
                assert_eq!(found.len(), expected.len());
                for (value, expected) in found.into_iter().zip(expected) {
                    assert!((f32::from(value) - expected).abs() < 0.51, "{value} {expected}");
                }
            }
        }
    }
}

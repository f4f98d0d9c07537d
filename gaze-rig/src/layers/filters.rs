//! Blurs and means.

use std::ops::Range;

use super::plane::Plane;

impl Plane {
    /// Gaussian blur, the border repeated outside. `sigma` in pixels; below 0.05 nothing changes.
    pub fn blurred(&self, sigma: f32) -> Self {
        if sigma < 0.05 {
            return self.clone();
        }
        let radius = (3.0 * sigma).ceil() as usize;
        let mut kernel: Vec<f32> = (0..=2 * radius)
            .map(|i| (-(i as f32 - radius as f32).powi(2) / (2.0 * sigma * sigma)).exp())
            .collect();
        let sum: f32 = kernel.iter().sum();
        kernel.iter_mut().for_each(|k| *k /= sum);
        let mut down = Self::new(self.width, self.height);
        let Some([cols, rows]) = self.extent() else { return down };
        // Where all is zero it stays so.
        let wide = cols.start.saturating_sub(radius)..(cols.end + radius).min(self.width);
        let mut across = vec![0.0; rows.len() * wide.len()];
        let mut line = vec![0.0; wide.len() + 2 * radius];
        for (y, target) in rows.clone().zip(across.chunks_exact_mut(wide.len())) {
            let source = &self.values[y * self.width..][..self.width];
            for (i, value) in line.iter_mut().enumerate() {
                *value = source[(wide.start + i).saturating_sub(radius).min(self.width - 1)];
            }
            for (i, k) in kernel.iter().enumerate() {
                add_scaled(target, *k, &line[i..]);
            }
        }
        let high = rows.start.saturating_sub(radius)..(rows.end + radius).min(self.height);
        for y in high {
            let target = &mut down.values[y * self.width..][wide.clone()];
            for (i, k) in kernel.iter().enumerate() {
                let line = (y + i).saturating_sub(radius).min(self.height - 1);
                if rows.contains(&line) {
                    add_scaled(target, *k, &across[(line - rows.start) * wide.len()..]);
                }
            }
        }
        down
    }

    /// Columns and rows beyond which all is zero; nothing where all is.
    fn extent(&self) -> Option<[Range<usize>; 2]> {
        let (mut cols, mut rows) = (self.width..0, self.height..0);
        for (y, row) in self.values.chunks_exact(self.width).enumerate() {
            let is_used = |value: &f32| *value != 0.0;
            let Some(first) = row.iter().position(is_used) else { continue };
            let last = row.iter().rposition(is_used).unwrap_or(first);
            cols = cols.start.min(first)..cols.end.max(last + 1);
            rows = rows.start.min(y)..y + 1;
        }
        (!rows.is_empty()).then_some([cols, rows])
    }

    /// Mean over the square of `2 radius + 1` pixels a side, as much of it as lies inside.
    pub fn box_mean(&self, radius: usize) -> Self {
        let mut values = Vec::with_capacity(self.values.len());
        let mut means = BoxMeans::new(self.width, self.height, radius, 1);
        for row in self.values.chunks_exact(self.width) {
            values.extend_from_slice(means.push(|line| line.copy_from_slice(row)).unwrap_or(&[]));
        }
        while let Some(row) = means.finish() {
            values.extend_from_slice(row);
        }
        Self { values, ..*self }
    }
}

/// Means over the square of `2 radius + 1` pixels around each pixel, as much of it as lies inside, of several channels at
/// once. Rows go in and come out one after the other from the top down, each as soon as all that it needs is there.
///
/// Nothing is ever subtracted, so that sums are as exact as their terms: along rows by doubling windows, down columns
/// from blocks as long as the window (van Herk 1992).
pub struct BoxMeans {
    rows: RowMeans,
    height: usize,
    /// Rows that take part above and below.
    radius: usize,
    /// Rows that came, those above the picture among them.
    came: usize,
    /// As many rows as the window has: those of the current block as they came, the rest still with the sums of the
    /// block before, each from its row down to the block's end.
    block: Vec<f32>,
    /// Sums of the current block as far as it came.
    begun: Vec<f32>,
    mean: Vec<f32>,
}

impl BoxMeans {
    /// Means of pictures of `channels` planes of this size.
    pub fn new(width: usize, height: usize, radius: usize, channels: usize) -> Self {
        let line = width * channels;
        let down = radius.min(height.saturating_sub(1));
        Self {
            rows: RowMeans::new(width, radius),
            height,
            radius: down,
            came: down,
            block: vec![0.0; (2 * down + 1) * line],
            begun: vec![0.0; line],
            mean: vec![0.0; line],
        }
    }

    /// Takes the next row, which `fill` writes: all of the first channel, then all of the second and so on. Returns the
    /// means of the row that can be told now, `radius` rows above, in the same order.
    pub fn push(&mut self, fill: impl FnOnce(&mut [f32])) -> Option<&[f32]> {
        let length = self.mean.len();
        let at = self.came % self.window();
        let line = &mut self.block[at * length..][..length];
        fill(line);
        for channel in line.chunks_exact_mut(self.rows.width.max(1)) {
            self.rows.mean(channel);
        }
        add_scaled(&mut self.begun, 1.0, line);
        self.advance()
    }

    /// The means of the next row when all rows went in; none when all came out.
    pub fn finish(&mut self) -> Option<&[f32]> {
        if self.came == self.height + 2 * self.radius {
            return None;
        }
        let length = self.mean.len();
        let at = self.came % self.window();
        self.block[at * length..][..length].fill(0.0);
        self.advance()
    }

    fn window(&self) -> usize {
        2 * self.radius + 1
    }

    /// The means that the row at `came` completes.
    fn advance(&mut self) -> Option<&[f32]> {
        let (window, length) = (self.window(), self.mean.len());
        let at = self.came % window;
        self.came += 1;
        let row = self.came.checked_sub(window);
        if let Some(y) = row {
            let last = self.height - 1;
            let inside = (y + self.radius).min(last) - y.saturating_sub(self.radius) + 1;
            let share = 1.0 / inside as f32;
            // What is left of the block before; nothing where this one is complete.
            let left = self.block.get((at + 1) * length..(at + 2) * length);
            match left {
                Some(left) => {
                    for ((mean, left), begun) in self.mean.iter_mut().zip(left).zip(&self.begun) {
                        *mean = (left + begun) * share;
                    }
                }
                None => {
                    for (mean, begun) in self.mean.iter_mut().zip(&self.begun) {
                        *mean = begun * share;
                    }
                }
            }
        }
        if at + 1 == window {
            for at in (length..self.block.len()).step_by(length.max(1)).rev() {
                let (above, below) = self.block.split_at_mut(at);
                add_scaled(&mut above[at - length..], 1.0, &below[..length]);
            }
            self.begun.fill(0.0);
        }
        row.map(|_| &self.mean[..])
    }
}

fn add_scaled(sums: &mut [f32], scale: f32, line: &[f32]) {
    for (sum, value) in sums.iter_mut().zip(line) {
        *sum += scale * value;
    }
}

/// Means along a row.
struct RowMeans {
    width: usize,
    radius: usize,
    /// One through the number of values in each window.
    shares: Vec<f32>,
    /// The row with zeros on both sides, then sums of 2, 4, 8, ... of its values.
    sums: Vec<f32>,
    doubled: Vec<f32>,
}

impl RowMeans {
    fn new(width: usize, radius: usize) -> Self {
        let last = width.saturating_sub(1);
        let radius = radius.min(last);
        let inside = |x: usize| (x + radius).min(last) - x.saturating_sub(radius) + 1;
        Self {
            width,
            radius,
            shares: (0..width).map(|x| 1.0 / inside(x) as f32).collect(),
            sums: vec![0.0; width + 2 * radius],
            doubled: vec![0.0; width + 2 * radius],
        }
    }

    /// Replaces a row by its means.
    fn mean(&mut self, row: &mut [f32]) {
        let window = 2 * self.radius + 1;
        self.sums.fill(0.0);
        self.sums[self.radius..][..self.width].copy_from_slice(row);
        row.fill(0.0);
        let (mut from, mut length) = (0, 1);
        loop {
            if window & length != 0 {
                add_scaled(row, 1.0, &self.sums[from..]);
                from += length;
            }
            if 2 * length > window {
                break;
            }
            let pairs = self.sums.iter().zip(&self.sums[length..]);
            for (doubled, (a, b)) in self.doubled.iter_mut().zip(pairs) {
                *doubled = a + b;
            }
            std::mem::swap(&mut self.sums, &mut self.doubled);
            length *= 2;
        }
        row.iter_mut().zip(&self.shares).for_each(|(sum, share)| *sum *= share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(width: usize, height: usize) -> Plane {
        Plane::from_fn(width, height, |x, y| ((x * 7919 + y * 104_729) % 251) as f32)
    }

    #[test]
    fn filters_keep_constants() {
        let plane = Plane::new(23, 9).map(|_| 4.25);
        for filtered in [plane.blurred(2.3), plane.box_mean(4)] {
            assert!(filtered.values.iter().all(|v| (v - 4.25).abs() < 1e-4));
        }
    }

    #[test]
    fn box_mean_matches_brute_force() {
        for (width, height) in [(11, 8), (1, 1), (1, 9), (30, 2), (19, 23)] {
            let plane = noise(width, height);
            for radius in [0, 1, 2, 5, 7, 40] {
                let mean = plane.box_mean(radius);
                for (i, mean) in mean.values.into_iter().enumerate() {
                    let (x, y) = (i % width, i / width);
                    let xs = x.saturating_sub(radius)..(x + radius + 1).min(width);
                    let all: Vec<f32> = (y.saturating_sub(radius)..(y + radius + 1).min(height))
                        .flat_map(|y| xs.clone().map(move |x| y * width + x))
                        .map(|i| plane.values[i])
                        .collect();
                    let expected = all.iter().sum::<f32>() / all.len() as f32;
                    assert!((mean - expected).abs() < 1e-3, "{x},{y}, {radius}: {mean} {expected}");
                }
            }
        }
    }

    #[test]
    fn channels_keep_apart_and_rows_come_in_order() {
        let (width, height) = (9, 14);
        let planes = [noise(width, height), Plane::from_fn(width, height, |x, y| (x * y) as f32)];
        for radius in [0, 3, 13, 20] {
            let mut means = BoxMeans::new(width, height, radius, 2);
            let mut rows: Vec<Vec<f32>> = Vec::new();
            for y in 0..height {
                let line = planes.each_ref().map(|plane| &plane.values[y * width..][..width]);
                let done = means.push(|row| row.copy_from_slice(&line.concat()));
                assert_eq!(done.is_some(), y >= radius.min(height - 1));
                rows.extend(done.map(<[f32]>::to_vec));
            }
            while let Some(row) = means.finish() {
                rows.push(row.to_vec());
            }
            assert_eq!(rows.len(), height);
            let apart = planes.each_ref().map(|plane| plane.box_mean(radius));
            for (y, row) in rows.iter().enumerate() {
                let expected = apart.each_ref().map(|plane| &plane.values[y * width..][..width]);
                assert_eq!(*row, expected.concat());
            }
        }
    }

    #[test]
    fn blur_matches_brute_force() {
        let (width, height) = (21, 17);
        let spot = |x: usize, y: usize| if (15..18).contains(&x) && y == 4 { 70.0 } else { 0.0 };
        let planes = [
            noise(width, height),
            Plane::new(width, height),
            Plane::from_fn(width, height, spot),
            Plane::from_fn(width, height, |x, y| if x == 0 && y > 13 { 90.0 } else { 0.0 }),
        ];
        for (plane, sigma) in planes.iter().flat_map(|p| [0.4, 1.3, 4.0].map(|sigma| (p, sigma))) {
            let radius = (3.0f32 * sigma).ceil() as i64;
            let weight = |d: i64| (-(d as f32).powi(2) / (2.0 * sigma * sigma)).exp();
            let total: f32 = (-radius..=radius).map(weight).sum();
            let blurred = plane.blurred(sigma);
            for (i, value) in blurred.values.into_iter().enumerate() {
                let (x, y) = ((i % width) as i64, (i / width) as i64);
                let mut expected = 0.0;
                for (dx, dy) in
                    (-radius..=radius).flat_map(|dy| (-radius..=radius).map(move |dx| (dx, dy)))
                {
                    let col = (x + dx).clamp(0, width as i64 - 1) as usize;
                    let row = (y + dy).clamp(0, height as i64 - 1) as usize;
                    expected += weight(dx) * weight(dy) * plane.values[row * width + col];
                }
                expected /= total * total;
                assert!((value - expected).abs() < 1e-2, "{x},{y}, {sigma}: {value} {expected}");
            }
        }
    }
}

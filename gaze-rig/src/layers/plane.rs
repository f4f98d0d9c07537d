//! One channel of floats, and the few filters that preparation needs.

use crate::frame::{Frame, Size};

/// A picture of one float a pixel, rows top to bottom.
#[derive(Debug, Clone)]
pub struct Plane {
    /// Values a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` of them.
    pub values: Vec<f32>,
}

impl Plane {
    /// All zero.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, values: vec![0.0; width * height] }
    }

    /// All zero, a value a pixel.
    pub fn of_size(size: Size) -> Self {
        Self::new(size.width as usize, size.height as usize)
    }

    /// Values by column and row.
    pub fn from_fn(
        width: usize,
        height: usize,
        mut value: impl FnMut(usize, usize) -> f32,
    ) -> Self {
        let mut plane = Self::new(width, height);
        for y in 0..height {
            for x in 0..width {
                plane.values[y * width + x] = value(x, y);
            }
        }
        plane
    }

    /// The same shape with every value replaced.
    pub fn map(&self, value: impl Fn(f32) -> f32) -> Self {
        Self { values: self.values.iter().map(|&v| value(v)).collect(), ..*self }
    }

    /// Two planes of one shape, combined.
    pub fn zip(&self, other: &Plane, value: impl Fn(f32, f32) -> f32) -> Self {
        let values = self.values.iter().zip(&other.values).map(|(&a, &b)| value(a, b)).collect();
        Self { values, ..*self }
    }

    /// Bilinear sample, the border repeated outside.
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let (col, row) = (x as usize, y as usize);
        let (right, below) = ((col + 1).min(self.width - 1), (row + 1).min(self.height - 1));
        let (fx, fy) = (x - col as f32, y - row as f32);
        let line = |row: usize| {
            let (a, b) =
                (self.values[row * self.width + col], self.values[row * self.width + right]);
            a + (b - a) * fx
        };
        let (upper, lower) = (line(row), line(below));
        upper + (lower - upper) * fy
    }

    /// Gaussian blur, the border repeated outside. `sigma` in pixels; below 0.05 nothing changes.
    pub fn blurred(&self, sigma: f32) -> Self {
        if sigma < 0.05 {
            return self.clone();
        }
        let radius = (3.0 * sigma).ceil() as i64;
        let mut kernel: Vec<f32> = (-radius..=radius)
            .map(|i| (-(i as f32).powi(2) / (2.0 * sigma * sigma)).exp())
            .collect();
        let sum: f32 = kernel.iter().sum();
        kernel.iter_mut().for_each(|k| *k /= sum);
        let mut across = Self::new(self.width, self.height);
        let last = self.width as i64 - 1;
        for (source, target) in
            self.values.chunks_exact(self.width).zip(across.values.chunks_exact_mut(self.width))
        {
            for (x, value) in target.iter_mut().enumerate() {
                *value = (-radius..=radius)
                    .zip(&kernel)
                    .map(|(i, k)| k * source[(x as i64 + i).clamp(0, last) as usize])
                    .sum();
            }
        }
        let mut down = Self::new(self.width, self.height);
        let last = self.height as i64 - 1;
        for (y, target) in down.values.chunks_exact_mut(self.width).enumerate() {
            for (i, k) in (-radius..=radius).zip(&kernel) {
                let line = (y as i64 + i).clamp(0, last) as usize * self.width;
                for (value, source) in target.iter_mut().zip(&across.values[line..]) {
                    *value += k * source;
                }
            }
        }
        down
    }

    /// Mean over the square of `2 radius + 1` pixels a side, as much of it as lies inside.
    pub fn box_mean(&self, radius: usize) -> Self {
        let (width, height) = (self.width, self.height);
        let count = |i: usize, length: usize| {
            ((i + radius).min(length - 1) - i.saturating_sub(radius) + 1) as f64
        };
        // f64 keeps the running sums exact enough over any line.
        let mut across = vec![0.0f32; self.values.len()];
        for (line, means) in self.values.chunks_exact(width).zip(across.chunks_exact_mut(width)) {
            let mut sum: f64 = line[..radius.min(width)].iter().map(|&v| f64::from(v)).sum();
            for (x, mean) in means.iter_mut().enumerate() {
                if x + radius < width {
                    sum += f64::from(line[x + radius]);
                }
                if x > radius {
                    sum -= f64::from(line[x - radius - 1]);
                }
                *mean = (sum / count(x, width)) as f32;
            }
        }
        // All columns at once, a row after the other.
        let mut mean = Self::new(width, height);
        let line = |y: usize| &across[y * width..][..width];
        let mut sums = vec![0.0f64; width];
        let add = |sums: &mut [f64], y: usize, sign: f64| {
            sums.iter_mut().zip(line(y)).for_each(|(sum, &v)| *sum += sign * f64::from(v));
        };
        (0..radius.min(height)).for_each(|y| add(&mut sums, y, 1.0));
        for (y, means) in mean.values.chunks_exact_mut(width).enumerate() {
            if y + radius < height {
                add(&mut sums, y + radius, 1.0);
            }
            if y > radius {
                add(&mut sums, y - radius - 1, -1.0);
            }
            let count = count(y, height);
            means.iter_mut().zip(&sums).for_each(|(mean, sum)| *mean = (sum / count) as f32);
        }
        mean
    }
}

/// The portrait's channels, 0 to 255.
pub fn channels(portrait: &Frame) -> [Plane; 3] {
    let size = portrait.size();
    std::array::from_fn(|c| {
        let values = portrait.pixels().as_chunks::<4>().0.iter().map(|p| f32::from(p[c]));
        Plane { values: values.collect(), ..Plane::of_size(size) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_keep_constants() {
        let plane = Plane::new(23, 9).map(|_| 4.25);
        for filtered in [plane.blurred(2.3), plane.box_mean(4)] {
            assert!(filtered.values.iter().all(|v| (v - 4.25).abs() < 1e-4));
        }
    }

    #[test]
    fn box_mean_matches_brute_force() {
        let plane = Plane::from_fn(11, 8, |x, y| ((x * 7 + y * 13) % 10) as f32);
        let mean = plane.box_mean(2);
        for y in 0..8usize {
            for x in 0..11usize {
                let (xs, ys) =
                    (x.saturating_sub(2)..(x + 3).min(11), y.saturating_sub(2)..(y + 3).min(8));
                let all: Vec<f32> = ys
                    .flat_map(|y| xs.clone().map(move |x| (x, y)))
                    .map(|(x, y)| plane.values[y * 11 + x])
                    .collect();
                let expected = all.iter().sum::<f32>() / all.len() as f32;
                assert!((mean.values[y * 11 + x] - expected).abs() < 1e-4);
            }
        }
    }
}

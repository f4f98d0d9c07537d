//! Blurs and means.

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
        let mut across = Self::new(self.width, self.height);
        let mut line = vec![0.0; self.width + 2 * radius];
        let rows = self.values.chunks_exact(self.width);
        for (source, target) in rows.zip(across.values.chunks_exact_mut(self.width)) {
            let (before, rest) = line.split_at_mut(radius);
            let (middle, after) = rest.split_at_mut(self.width);
            before.fill(source[0]);
            middle.copy_from_slice(source);
            after.fill(source[self.width - 1]);
            for (i, k) in kernel.iter().enumerate() {
                add_scaled(target, *k, &line[i..]);
            }
        }
        let mut down = Self::new(self.width, self.height);
        for (y, target) in down.values.chunks_exact_mut(self.width).enumerate() {
            for (i, k) in kernel.iter().enumerate() {
                let line = (y + i).saturating_sub(radius).min(self.height - 1);
                add_scaled(target, *k, &across.values[line * self.width..]);
            }
        }
        down
    }

    /// Mean over the square of `2 radius + 1` pixels a side, as much of it as lies inside.
    pub fn box_mean(&self, radius: usize) -> Self {
        Self::box_mean_of(self.width, self.height, radius, |y, line| {
            line.copy_from_slice(&self.values[y * self.width..][..self.width]);
        })
    }

    /// [`box_mean`](Self::box_mean) of values that `fill` makes a row at a time, each row once from the top down.
    ///
    /// Nothing is ever subtracted, so that sums are as exact as their terms: along rows by doubling windows, down
    /// columns from blocks as long as the window (van Herk 1992).
    pub fn box_mean_of(
        width: usize,
        height: usize,
        radius: usize,
        mut fill: impl FnMut(usize, &mut [f32]),
    ) -> Self {
        let mut mean = Self::new(width, height);
        if mean.values.is_empty() {
            return mean;
        }
        let mut rows = RowMeans::new(width, radius);
        let radius = radius.min(height - 1);
        let window = 2 * radius + 1;
        // Rows of a block, which become their sums down to its end. Row `y` of the result is what is left of its block
        // from `y - radius` on and what has come of the next: blocks begin `radius` rows above the picture.
        let mut block = vec![0.0; window * width];
        for y in 0..=radius {
            let line = &mut block[(radius + y) * width..][..width];
            fill(y, rows.source());
            rows.mean(line);
        }
        let mut begun = vec![0.0; width];
        for (y, target) in mean.values.chunks_exact_mut(width).enumerate() {
            let at = y % window;
            if at == 0 {
                begun.fill(0.0);
                sum_upwards(&mut block, width);
            }
            let inside = (y + radius).min(height - 1) - y.saturating_sub(radius) + 1;
            let share = 1.0 / inside as f32;
            if at > 0 {
                let line = &mut block[(at - 1) * width..][..width];
                if y + radius < height {
                    fill(y + radius, rows.source());
                    rows.mean(line);
                    add_scaled(&mut begun, 1.0, line);
                } else {
                    line.fill(0.0);
                }
            }
            let left = &block[at * width..][..width];
            for ((target, left), begun) in target.iter_mut().zip(left).zip(&begun) {
                *target = (left + begun) * share;
            }
            if at + 1 == window {
                let line = &mut block[at * width..][..width];
                line.fill(0.0);
                if y + radius + 1 < height {
                    fill(y + radius + 1, rows.source());
                    rows.mean(line);
                }
            }
        }
        mean
    }
}

fn add_scaled(sums: &mut [f32], scale: f32, line: &[f32]) {
    for (sum, value) in sums.iter_mut().zip(line) {
        *sum += scale * value;
    }
}

/// Adds to each row of a block all that are below it.
fn sum_upwards(block: &mut [f32], width: usize) {
    for at in (width..block.len()).step_by(width).rev() {
        let (above, below) = block.split_at_mut(at);
        add_scaled(&mut above[at - width..], 1.0, &below[..width]);
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
        let radius = radius.min(width - 1);
        let inside = |x: usize| (x + radius).min(width - 1) - x.saturating_sub(radius) + 1;
        Self {
            width,
            radius,
            shares: (0..width).map(|x| 1.0 / inside(x) as f32).collect(),
            sums: vec![0.0; width + 2 * radius],
            doubled: vec![0.0; width + 2 * radius],
        }
    }

    /// Where the row is to be put.
    fn source(&mut self) -> &mut [f32] {
        self.sums[..self.radius].fill(0.0);
        self.sums[self.radius + self.width..].fill(0.0);
        &mut self.sums[self.radius..][..self.width]
    }

    fn mean(&mut self, target: &mut [f32]) {
        let window = 2 * self.radius + 1;
        target.fill(0.0);
        let (mut from, mut length) = (0, 1);
        loop {
            if window & length != 0 {
                add_scaled(target, 1.0, &self.sums[from..]);
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
        target.iter_mut().zip(&self.shares).for_each(|(sum, share)| *sum *= share);
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
    fn rows_are_asked_for_once_and_in_order() {
        for (height, radius) in [(9, 2), (10, 1), (3, 8), (7, 0)] {
            let mut asked = Vec::new();
            Plane::box_mean_of(4, height, radius, |y, line| {
                asked.push(y);
                line.fill(1.0);
            });
            assert_eq!(asked, (0..height).collect::<Vec<_>>());
        }
    }

    #[test]
    fn blur_matches_brute_force() {
        let (width, height) = (21, 17);
        let plane = noise(width, height);
        for sigma in [0.4, 1.3, 4.0] {
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

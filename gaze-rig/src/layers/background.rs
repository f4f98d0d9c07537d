//! The picture behind the person.

use wide::f32x4;

use super::plane::Plane;

/// Colour times how far it is known, and how far, from 0 to 1.
pub(super) type Known = [f32; 4];

/// Fills what is not known from around it, smoothly, by a pyramid of weighted means (push and pull,
/// Gortler et al. 1996). `known` from 0 to 1; a pixel known in part is mixed in part.
pub fn fill_unknown(rgb: &[Plane; 3], known: &Plane) -> [Plane; 3] {
    if !known.values.iter().any(|&known| known > 0.0) {
        return rgb.clone();
    }
    let [red, green, blue] = rgb.each_ref().map(|plane| plane.values.iter());
    let colors = red.zip(green).zip(blue).zip(&known.values);
    let pixels = colors.map(|(((r, g), b), k)| [r * k, g * k, b * k, *k]).collect();
    let mut level = Level { width: known.width, height: known.height, pixels };
    level.fill();
    std::array::from_fn(|c| Plane {
        values: level.pixels.iter().map(|pixel| pixel[c]).collect(),
        ..*known
    })
}

/// A picture in which not everything is known.
pub(super) struct Level {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<Known>,
}

impl Level {
    /// [`fill_unknown`] in place: colours become whole, and what is said of how far they are known loses its meaning.
    pub(super) fn fill(&mut self) {
        let mut coarse = Vec::new();
        let mut finer = &*self;
        while finer.width > 1 || finer.height > 1 {
            coarse.push(finer.halved());
            finer = &coarse[coarse.len() - 1];
        }
        while let Some(above) = coarse.pop() {
            coarse.last_mut().unwrap_or(self).fill_from(&above);
        }
    }

    /// Weighted means of 2 x 2 pixels.
    fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut pixels = Vec::with_capacity(width * height);
        // Sums of colours become colours times weights of at most 1.
        let scaled = |sum: f32x4| {
            let [.., total] = sum.to_array();
            (sum * f32x4::splat(total.min(1.0) / total.max(1e-6))).to_array()
        };
        let sum =
            |pixels: &[Known]| pixels.iter().fold(f32x4::ZERO, |sum, p| sum + f32x4::from(*p));
        for rows in self.pixels.chunks(2 * self.width) {
            let (upper, lower) = rows.split_at(self.width);
            if lower.is_empty() {
                pixels.extend(upper.chunks(2).map(|upper| scaled(sum(upper))));
                continue;
            }
            let pairs = upper.chunks(2).zip(lower.chunks(2));
            pixels.extend(pairs.map(|(upper, lower)| scaled(sum(upper) + sum(lower))));
        }
        Self { width, height, pixels }
    }

    /// Takes what is not known from the level above, between whose pixels it interpolates.
    fn fill_from(&mut self, above: &Level) {
        let quarter_way = |near: f32x4, far: f32x4| near + (far - near) * f32x4::splat(0.25);
        for (y, row) in self.pixels.chunks_exact_mut(self.width).enumerate() {
            let [near, far] = neighbours(y, above.height)
                .map(|y| &above.pixels[y * above.width..][..above.width]);
            for (x, pixel) in row.iter_mut().enumerate() {
                let missing = 1.0 - pixel[3];
                if missing <= 0.0 {
                    continue;
                }
                let [beside, beyond] = neighbours(x, above.width);
                let across = |line: &[Known]| {
                    quarter_way(f32x4::from(line[beside]), f32x4::from(line[beyond]))
                };
                let filled = quarter_way(across(near), across(far));
                *pixel = (f32x4::from(*pixel) + filled * f32x4::splat(missing)).to_array();
            }
        }
    }
}

/// The pixel of the level above that a pixel lies in, and the one that it lies towards.
#[inline]
fn neighbours(at: usize, length: usize) -> [usize; 2] {
    let near = at / 2;
    let far =
        if at.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(length - 1) };
    [near, far]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_continued_across_a_hole() {
        let ramp = Plane::from_fn(64, 48, |x, _| 4.0 * x as f32);
        let known = Plane::from_fn(64, 48, |x, y| {
            if (24..36).contains(&x) && (16..28).contains(&y) { 0.0 } else { 1.0 }
        });
        let broken = ramp.zip(&known, |v, k| if k > 0.0 { v } else { 999.0 });
        let filled = fill_unknown(&[broken.clone(), broken.clone(), broken], &known);
        for (i, (value, expected)) in filled[0].values.iter().zip(&ramp.values).enumerate() {
            let tolerance = if known.values[i] > 0.0 { 1e-4 } else { 18.0 };
            assert!((value - expected).abs() <= tolerance, "{i}: {value} for {expected}");
        }
    }

    /// The same with planes and bilinear samples, as it is defined.
    fn defined(rgb: &Plane, known: &Plane) -> Plane {
        if known.width == 1 && known.height == 1 {
            return rgb.clone();
        }
        let size = (known.width.div_ceil(2), known.height.div_ceil(2));
        let inside = |x: usize, y: usize| {
            [(0, 0), (1, 0), (0, 1), (1, 1)]
                .map(|(dx, dy)| (2 * x + dx, 2 * y + dy))
                .into_iter()
                .filter(|(x, y)| *x < known.width && *y < known.height)
                .map(|(x, y)| y * known.width + x)
        };
        let total = |x, y| inside(x, y).map(|i| known.values[i]).sum::<f32>();
        let weight = Plane::from_fn(size.0, size.1, |x, y| total(x, y).min(1.0));
        let color = Plane::from_fn(size.0, size.1, |x, y| {
            inside(x, y).map(|i| known.values[i] * rgb.values[i]).sum::<f32>()
                / total(x, y).max(1e-6)
        });
        let above = defined(&color, &weight);
        Plane::from_fn(known.width, known.height, |x, y| {
            let i = y * known.width + x;
            let filled = above.at((x as f32 - 0.5) / 2.0, (y as f32 - 0.5) / 2.0);
            filled + (rgb.values[i] - filled) * known.values[i]
        })
    }

    #[test]
    fn filling_matches_its_definition() {
        for (width, height) in [(13, 10), (1, 7), (16, 1), (8, 8), (1, 1)] {
            let rgb = [3, 5, 11].map(|seed| {
                Plane::from_fn(width, height, |x, y| ((x * seed + y * 7) % 64) as f32 * 4.0)
            });
            let known = Plane::from_fn(width, height, |x, y| ((x * 5 + y * 3) % 7) as f32 / 4.0)
                .map(|share| (share - 0.5).clamp(0.0, 1.0));
            let is_any_known = known.values.iter().any(|&share| share > 0.0);
            for (filled, plane) in fill_unknown(&rgb, &known).iter().zip(&rgb) {
                let expected = if is_any_known { defined(plane, &known) } else { plane.clone() };
                for (value, expected) in filled.values.iter().zip(&expected.values) {
                    assert!((value - expected).abs() < 1e-3, "{value} for {expected}");
                }
            }
        }
    }
}

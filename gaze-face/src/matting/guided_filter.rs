//! The edge of a soft mask moved onto the edges of its picture, by a guided filter.

use wide::f32x4;

use super::Plane;
use gaze_rig::layers::BoxMeans;

/// Regularisation of the guided filter on colours from 0 to 1: edges weaker than its root blur.
const GUIDE_EPSILON: f32 = 2e-4;

/// Terms that the filter takes the means of: the guide's colours, the mask, the mask with each colour, the colours with
/// each other.
const MOMENTS: usize = 13;

/// A soft mask as a linear function of the colour, another one around every pixel.
///
/// Guided filter with a colour guide (He, Sun and Tang 2013). The functions change slowly, so that those of a
/// shrunk picture serve the whole one (He and Sun 2015).
pub(super) struct LinearMask {
    width: usize,
    height: usize,
    /// Three slopes and the offset of every pixel.
    functions: Vec<[f32; 4]>,
}

impl LinearMask {
    /// Fits the functions within windows of `radius` pixels; `rgb` from 0 to 255.
    pub(super) fn fit(mask: &Plane, rgb: &[Plane; 3], radius: usize) -> Self {
        let (width, height) = (mask.width, mask.height);
        let mut moments = BoxMeans::new(width, height, radius, MOMENTS);
        let mut functions = BoxMeans::new(width, height, radius, 4);
        let mut fitted = Vec::with_capacity(width * height);
        let mut keep = |row: Option<&[f32]>| {
            let Some(row) = row else { return };
            let [red, green, blue, offset] = split(row, width);
            let functions = red.iter().zip(green).zip(blue).zip(offset);
            fitted.extend(functions.map(|(((r, g), b), offset)| [*r, *g, *b, *offset]));
        };
        for y in 0..height {
            let line = |plane: &Plane| y * width..y * width + plane.width;
            let colors = rgb.each_ref().map(|plane| &plane.values[line(plane)]);
            let means = moments.push(|row| multiply(colors, &mask.values[line(mask)], row));
            if let Some(means) = means {
                keep(functions.push(|row| solve(means, width, row)));
            }
        }
        while let Some(means) = moments.finish() {
            keep(functions.push(|row| solve(means, width, row)));
        }
        while let Some(row) = functions.finish() {
            keep(Some(row));
        }
        Self { width, height, functions: fitted }
    }

    /// The mask, 0 to 1, where the picture has this colour at (`x`, `y`) of the planes it was fitted to.
    pub(super) fn value(&self, [x, y]: [f32; 2], color: [f32; 3]) -> f32 {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let (col, row) = (x as usize, y as usize);
        let (right, below) = ((col + 1).min(self.width - 1), (row + 1).min(self.height - 1));
        let function = |col: usize, row: usize| self.functions[row * self.width + col];
        let mixed = |a: [f32; 4], b: [f32; 4], share: f32| {
            std::array::from_fn(|i| a[i] + (b[i] - a[i]) * share)
        };
        let across = |row: usize| mixed(function(col, row), function(right, row), x - col as f32);
        applied(mixed(across(row), across(below), y - row as f32), color)
    }

    /// [`value`](Self::value) at a pixel of the planes.
    pub(super) fn value_of_pixel(&self, index: usize, color: [f32; 3]) -> f32 {
        applied(self.functions[index], color)
    }
}

fn applied([red, green, blue, offset]: [f32; 4], color: [f32; 3]) -> f32 {
    let [r, g, b] = color.map(|v| v / 255.0);
    (offset + red * r + green * g + blue * b).clamp(0.0, 1.0)
}

/// The channels of a row.
fn split<const N: usize>(row: &[f32], width: usize) -> [&[f32]; N] {
    std::array::from_fn(|channel| &row[channel * width..][..width])
}

/// The moments of a row of pixels.
fn multiply(colors: [&[f32]; 3], mask: &[f32], row: &mut [f32]) {
    let width = mask.len();
    for x in (0..width).step_by(4) {
        let color = |c: usize| four(colors[c], x) * f32x4::splat(1.0 / 255.0);
        let (r, g, b) = (color(0), color(1), color(2));
        let m = four(mask, x);
        let moments: [f32x4; MOMENTS] =
            [r, g, b, m, r * m, g * m, b * m, r * r, r * g, r * b, g * g, g * b, b * b];
        for (channel, moment) in row.chunks_exact_mut(width).zip(moments) {
            put_four(channel, x, moment);
        }
    }
}

/// The linear functions that fit a row of means: slopes and offset.
fn solve(means: &[f32], width: usize, row: &mut [f32]) {
    let means: [&[f32]; MOMENTS] = split(means, width);
    for x in (0..width).step_by(4) {
        let mean = |channel: usize| four(means[channel], x);
        let (r, g, b, m) = (mean(0), mean(1), mean(2), mean(3));
        let (rm, gm, bm) = (mean(4), mean(5), mean(6));
        let (rr, rg, rb, gg, gb, bb) = (mean(7), mean(8), mean(9), mean(10), mean(11), mean(12));
        let epsilon = f32x4::splat(GUIDE_EPSILON);
        let with_mask = [rm - r * m, gm - g * m, bm - b * m];
        let [rg, rb, gb] = [rg - r * g, rb - r * b, gb - g * b];
        let rows = [
            [rr - r * r + epsilon, rg, rb],
            [rg, gg - g * g + epsilon, gb],
            [rb, gb, bb - b * b + epsilon],
        ];
        let [red, green, blue] = solve_symmetric(rows, with_mask);
        let offset = m - red * r - green * g - blue * b;
        for (channel, value) in row.chunks_exact_mut(width).zip([red, green, blue, offset]) {
            put_four(channel, x, value);
        }
    }
}

/// Four values from `x` on; zeros beyond the end.
fn four(line: &[f32], x: usize) -> f32x4 {
    let rest = &line[x..];
    f32x4::from(
        rest.first_chunk()
            .copied()
            .unwrap_or_else(|| std::array::from_fn(|i| rest.get(i).copied().unwrap_or(0.0))),
    )
}

/// Writes four values from `x` on, as many as there is room for.
fn put_four(line: &mut [f32], x: usize, values: f32x4) {
    let rest = &mut line[x..];
    match rest.first_chunk_mut() {
        Some(four) => *four = values.to_array(),
        None => rest.iter_mut().zip(values.to_array()).for_each(|(to, value)| *to = value),
    }
}

/// Solves positive definite 3 x 3 systems by cofactors.
fn solve_symmetric(m: [[f32x4; 3]; 3], v: [f32x4; 3]) -> [f32x4; 3] {
    let cofactor = |r: usize, c: usize| {
        let (r0, r1, c0, c1) = ((r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3);
        m[r0][c0] * m[r1][c1] - m[r0][c1] * m[r1][c0]
    };
    let [a, b, c] = [0, 1, 2].map(|c| cofactor(0, c));
    let determinant = m[0][0] * a + m[0][1] * b + m[0][2] * c;
    let scale = f32x4::ONE / determinant;
    [0, 1, 2].map(|i| {
        let [a, b, c] = [0, 1, 2].map(|j| cofactor(j, i) * v[j]);
        (a + b + c) * scale
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_moves_to_the_pictures_edge() {
        // A dark disc on a light ground, and a mask that is blurred and 2 px too small.
        let distance = |x: usize, y: usize| (x as f32 - 40.0).hypot(y as f32 - 40.0);
        let rgb: [Plane; 3] = std::array::from_fn(|c| {
            Plane::from_fn(
                81,
                81,
                |x, y| if distance(x, y) < 25.0 { 40.0 } else { 200.0 + c as f32 },
            )
        });
        let mask = Plane::from_fn(81, 81, |x, y| if distance(x, y) < 23.0 { 1.0 } else { 0.0 });
        let refined = LinearMask::fit(&mask.blurred(2.0), &rgb, 8);
        let color = |x: usize| rgb.each_ref().map(|plane| plane.values[40 * 81 + x]);
        let [inside, outside] = [64, 66].map(|x| refined.value([x as f32, 40.0], color(x)));
        assert!(inside > 0.6 && outside < 0.25, "{inside} {outside}");
    }

    /// One window after the other, in double precision.
    fn brute_force(mask: &Plane, rgb: &[Plane; 3], radius: usize) -> Vec<[f64; 4]> {
        let (width, height) = (mask.width, mask.height);
        let around = |i: usize| {
            let (x, y) = (i % width, i / width);
            let xs = x.saturating_sub(radius)..(x + radius + 1).min(width);
            (y.saturating_sub(radius)..(y + radius + 1).min(height))
                .flat_map(move |y| xs.clone().map(move |x| y * width + x))
        };
        let mean = |i: usize, value: &dyn Fn(usize) -> f64| {
            around(i).map(value).sum::<f64>() / around(i).count() as f64
        };
        let color = |c: usize, i: usize| f64::from(rgb[c].values[i]) / 255.0;
        let certain = |i: usize| f64::from(mask.values[i]);
        let fit = |i: usize| {
            let means = [0, 1, 2].map(|c| mean(i, &|j| color(c, j)));
            let mask_mean = mean(i, &certain);
            let mut rows: Vec<Vec<f64>> = (0..3)
                .map(|a| {
                    let within = |b: usize| {
                        mean(i, &|j| color(a, j) * color(b, j)) - means[a] * means[b]
                            + if a == b { f64::from(GUIDE_EPSILON) } else { 0.0 }
                    };
                    let with_mask = mean(i, &|j| color(a, j) * certain(j)) - means[a] * mask_mean;
                    vec![within(0), within(1), within(2), with_mask]
                })
                .collect();
            // Gauss and Jordan; the matrix is positive definite.
            for pivot in 0..3 {
                for other in (0..3).filter(|other| *other != pivot) {
                    let share = rows[other][pivot] / rows[pivot][pivot];
                    let pivot_row = rows[pivot].clone();
                    let terms = rows[other].iter_mut().zip(pivot_row);
                    terms.for_each(|(value, pivot)| *value -= share * pivot);
                }
            }
            let slopes = [0, 1, 2].map(|c| rows[c][3] / rows[c][c]);
            let offset = mask_mean - (0..3).map(|c| slopes[c] * means[c]).sum::<f64>();
            [slopes[0], slopes[1], slopes[2], offset]
        };
        let fitted: Vec<[f64; 4]> = (0..width * height).map(fit).collect();
        (0..width * height).map(|i| std::array::from_fn(|k| mean(i, &|j| fitted[j][k]))).collect()
    }

    #[test]
    fn functions_match_brute_force() {
        let (width, height) = (22, 15);
        let rgb = [3, 5, 11].map(|seed| {
            Plane::from_fn(width, height, |x, y| ((x * 29 * seed + y * y * 17) % 256) as f32)
        });
        let mask = Plane::from_fn(width, height, |x, y| if x + y > 18 { 1.0 } else { 0.25 });
        for radius in [1, 3, 30] {
            let fitted = LinearMask::fit(&mask, &rgb, radius);
            let expected = brute_force(&mask, &rgb, radius);
            for (i, (found, expected)) in fitted.functions.iter().zip(expected).enumerate() {
                for (found, expected) in found.iter().zip(expected) {
                    assert!((f64::from(*found) - expected).abs() < 2e-3, "{i}: {found} {expected}");
                }
                let color = rgb.each_ref().map(|plane| plane.values[i]);
                let at = [(i % width) as f32, (i / width) as f32];
                assert_eq!(fitted.value(at, color), fitted.value_of_pixel(i, color));
            }
        }
    }
}

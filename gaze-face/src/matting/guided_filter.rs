//! The edge of a soft mask moved onto the edges of its picture, by a guided filter.

use super::Plane;

/// Regularisation of the guided filter on colours from 0 to 1: edges weaker than its root blur.
const GUIDE_EPSILON: f32 = 2e-4;

/// A soft mask as a linear function of the colour, another one around every pixel.
///
/// Guided filter with a colour guide (He, Sun and Tang 2013). The functions change slowly, so that those of a
/// shrunk picture serve the whole one (He and Sun 2015).
pub(super) struct LinearMask {
    slopes: [Plane; 3],
    offset: Plane,
}

impl LinearMask {
    /// Fits the functions within windows of `radius` pixels; `rgb` from 0 to 255.
    pub(super) fn fit(mask: &Plane, rgb: &[Plane; 3], radius: usize) -> Self {
        let guide = rgb.each_ref().map(|channel| channel.map(|v| v / 255.0));
        let mean = guide.each_ref().map(|channel| channel.box_mean(radius));
        let mask_mean = mask.box_mean(radius);
        let covariance = |a: &Plane, b: &Plane, mean_a: &Plane, mean_b: &Plane| {
            let product = a.zip(b, |a, b| a * b).box_mean(radius);
            product.zip(&mean_a.zip(mean_b, |a, b| a * b), |both, apart| both - apart)
        };
        let with_mask: [Plane; 3] =
            std::array::from_fn(|c| covariance(&guide[c], mask, &mean[c], &mask_mean));
        let pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];
        let within = pairs.map(|(a, b)| covariance(&guide[a], &guide[b], &mean[a], &mean[b]));

        let mut slopes: [Plane; 3] = std::array::from_fn(|_| mask.map(|_| 0.0));
        let mut offset = mask_mean.clone();
        for i in 0..mask.values.len() {
            let [rr, rg, rb, gg, gb, bb] = within.each_ref().map(|plane| plane.values[i]);
            let rows = [
                [rr + GUIDE_EPSILON, rg, rb],
                [rg, gg + GUIDE_EPSILON, gb],
                [rb, gb, bb + GUIDE_EPSILON],
            ];
            let slope = solve_symmetric(rows, with_mask.each_ref().map(|plane| plane.values[i]));
            for c in 0..3 {
                slopes[c].values[i] = slope[c];
                offset.values[i] -= slope[c] * mean[c].values[i];
            }
        }
        Self { slopes: slopes.map(|plane| plane.box_mean(radius)), offset: offset.box_mean(radius) }
    }

    /// The mask, 0 to 1, where the picture has this colour at (`x`, `y`) of the planes it was fitted to.
    pub(super) fn value(&self, [x, y]: [f32; 2], color: [f32; 3]) -> f32 {
        let start = self.offset.at(x, y);
        let slopes = self.slopes.iter().zip(color);
        slopes.fold(start, |sum, (slope, v)| sum + slope.at(x, y) * (v / 255.0)).clamp(0.0, 1.0)
    }
}

/// Solves a positive definite 3 x 3 system by cofactors.
fn solve_symmetric(m: [[f32; 3]; 3], v: [f32; 3]) -> [f32; 3] {
    let cofactor = |r: usize, c: usize| {
        let (r0, r1, c0, c1) = ((r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3);
        m[r0][c0] * m[r1][c1] - m[r0][c1] * m[r1][c0]
    };
    let determinant: f32 = (0..3).map(|c| m[0][c] * cofactor(0, c)).sum();
    std::array::from_fn(|i| (0..3).map(|j| cofactor(j, i) * v[j]).sum::<f32>() / determinant)
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
}

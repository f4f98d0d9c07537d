//! Depth of the face between and around its mesh points.

use wide::f32x4;

use crate::matting::Head;

/// Standard deviation of the regression's weights, in IOD.
const REACH: f32 = 0.2;
/// Damping of the regression's slopes: without it depth runs away outside the mesh.
const SLOPE_DAMPING: f32 = 0.2;
/// What every point weighs at least, so that there is a depth far away from all.
const LEAST_WEIGHT: f32 = 1e-9;

/// Depth by the points of a mesh.
pub(super) struct Depth {
    /// x, y, z and the least weight of four points each.
    fours: Vec<[f32x4; 4]>,
}

impl Depth {
    /// The depth of a head's face.
    pub(super) fn of(head: &Head) -> Self {
        let four = |points: &[[f32; 3]]| {
            // Points that are not there lie so far away that they weigh nothing.
            let lanes = |axis: usize, none: f32| {
                f32x4::from(std::array::from_fn(|i| points.get(i).map_or(none, |p| p[axis])))
            };
            let least = std::array::from_fn(|i| if i < points.len() { LEAST_WEIGHT } else { 0.0 });
            [lanes(0, 1e3), lanes(1, 1e3), lanes(2, 0.0), f32x4::from(least)]
        };
        Self { fours: head.mesh.chunks(4).map(four).collect() }
    }

    /// Depth at a point of the head's frame: local-linear regression over the mesh points with Gaussian
    /// weights (Cleveland 1979), in IOD, 0 at the inner corners of the eyes, smaller nearer the viewer.
    pub(super) fn at(&self, p: [f32; 2]) -> f32 {
        // Weighted normal equations for z = c0 + c1 dx + c2 dy, of which only c0 is wanted.
        let mut sums = [f32x4::ZERO; 9];
        let p = p.map(f32x4::splat);
        for [x, y, z, least] in &self.fours {
            let (dx, dy) = (*x - p[0], *y - p[1]);
            let weight =
                exp_of_negative((dx * dx + dy * dy) * f32x4::splat(-0.5 / (REACH * REACH)))
                    + *least;
            let (wx, wy) = (weight * dx, weight * dy);
            let terms = [weight, wx, wy, wx * dx, wx * dy, wy * dy, weight * *z, wx * *z, wy * *z];
            sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
        }
        let [m, mx, my, mxx, mxy, myy, z, xz, yz] =
            sums.map(|sum| sum.to_array().into_iter().map(f64::from).sum::<f64>());
        let damping = f64::from(SLOPE_DAMPING * REACH * REACH) * m;
        let (mxx, myy) = (mxx + damping, myy + damping);
        // Cramer's rule for c0.
        let minor = [mxx * myy - mxy * mxy, mx * myy - mxy * my, mx * mxy - mxx * my];
        let determinant = m * minor[0] - mx * minor[1] + my * minor[2];
        let numerator = z * minor[0] - xz * minor[1] + yz * minor[2];
        (numerator / determinant) as f32
    }
}

/// The exponential of numbers that are 0 or less, to five digits where it is above 1e-37.
#[inline]
fn exp_of_negative(x: f32x4) -> f32x4 {
    /// Of 2 to the power of x around 0, highest power first.
    const SERIES: [f32; 7] = [
        1.540_353e-4,
        1.333_356e-3,
        9.618_129e-3,
        5.550_411e-2,
        2.402_265e-1,
        std::f32::consts::LN_2,
        1.0,
    ];
    // The whole part of the power goes into the exponent's bits.
    let power = (x * f32x4::splat(std::f32::consts::LOG2_E)).max(f32x4::splat(-126.0));
    let whole = power.fast_round_int();
    let part = power - whole.round_float();
    let sum = SERIES.into_iter().fold(f32x4::ZERO, |sum, term| sum * part + f32x4::splat(term));
    let bits = whole.to_array().map(|whole| f32::from_bits(((whole + 127) as u32) << 23));
    sum * f32x4::from(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::fake::face_at;

    #[test]
    fn exponentials_are_nearly_exact() {
        for i in 0..4000 {
            let x = -(i as f32) / 47.0;
            let found = exp_of_negative(f32x4::splat(x)).to_array()[2];
            let expected = f64::from(x).exp();
            let off = (f64::from(found) - expected).abs();
            assert!(off <= expected * 8e-6 + 2e-38, "{x}: {found} {expected}");
        }
    }

    /// The regression in double precision.
    fn defined(head: &Head, p: [f32; 2]) -> f64 {
        let (mut rows, mut sums) = ([[0.0f64; 3]; 3], [0.0f64; 3]);
        for point in &head.mesh {
            let [x, y, z] = point.map(f64::from);
            let terms = [1.0, x - f64::from(p[0]), y - f64::from(p[1])];
            let squared = terms[1] * terms[1] + terms[2] * terms[2];
            let reach = f64::from(REACH);
            let weight = (-squared / (2.0 * reach * reach)).exp() + f64::from(LEAST_WEIGHT);
            for (i, row) in rows.iter_mut().enumerate() {
                row.iter_mut().zip(terms).for_each(|(sum, term)| *sum += weight * terms[i] * term);
                sums[i] += weight * terms[i] * z;
            }
        }
        let damping = f64::from(SLOPE_DAMPING * REACH * REACH) * rows[0][0];
        (rows[1][1], rows[2][2]) = (rows[1][1] + damping, rows[2][2] + damping);
        let determinant = |m: [[f64; 3]; 3]| {
            m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
                - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
                + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
        };
        let replaced = std::array::from_fn(|i| [sums[i], rows[i][1], rows[i][2]]);
        determinant(replaced) / determinant(rows)
    }

    #[test]
    fn depth_matches_its_definition() {
        let mut face = face_at(200.0, 210.0, 90.0);
        for (i, point) in face.mesh.iter_mut().enumerate() {
            let angle = i as f32 * 2.4;
            let out = 100.0 * (i as f32 / 468.0).sqrt();
            *point = [200.0 + out * angle.cos(), 210.0 + out * angle.sin(), 0.004 * out * out];
        }
        let head = Head::of(&face);
        // One point fewer than fills the last four.
        let mut odd = head.clone();
        odd.mesh.pop();
        for head in [head, odd] {
            let depth = Depth::of(&head);
            for p in (0..90).map(|i| [(i % 9) as f32 * 0.3 - 1.2, (i / 9) as f32 * 0.3 - 1.4]) {
                let (found, expected) = (depth.at(p), defined(&head, p));
                assert!((f64::from(found) - expected).abs() < 1e-4, "{p:?}: {found} {expected}");
            }
        }
    }
}

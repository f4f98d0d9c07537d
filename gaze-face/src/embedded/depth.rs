//! Depth of the face between and around its mesh points.

use crate::matting::Head;

/// Standard deviation of the regression's weights, in IOD.
const REACH: f32 = 0.2;
/// Damping of the regression's slopes: without it depth runs away outside the mesh.
const SLOPE_DAMPING: f32 = 0.2;

/// Depth at a point of the head's frame: local-linear regression over the mesh points with Gaussian
/// weights (Cleveland 1979), in IOD, 0 at the inner corners of the eyes, smaller nearer the viewer.
pub(super) fn depth_at(head: &Head, p: [f32; 2]) -> f32 {
    // Weighted normal equations for z = c0 + c1 dx + c2 dy, of which only c0 is wanted.
    let mut moments = [0.0f64; 6];
    let mut sums = [0.0f64; 3];
    for &[x, y, z] in &head.mesh {
        let (dx, dy) = (x - p[0], y - p[1]);
        let weight = f64::from((-(dx * dx + dy * dy) / (2.0 * REACH * REACH)).exp() + 1e-9);
        let (dx, dy, z) = (f64::from(dx), f64::from(dy), f64::from(z));
        let terms = [1.0, dx, dy, dx * dx, dx * dy, dy * dy];
        moments.iter_mut().zip(terms).for_each(|(sum, term)| *sum += weight * term);
        sums.iter_mut().zip([z, dx * z, dy * z]).for_each(|(sum, term)| *sum += weight * term);
    }
    let [m, mx, my, mxx, mxy, myy] = moments;
    let damping = f64::from(SLOPE_DAMPING * REACH * REACH) * m;
    let (mxx, myy) = (mxx + damping, myy + damping);
    // Cramer's rule for c0.
    let minor = [mxx * myy - mxy * mxy, mx * myy - mxy * my, mx * mxy - mxx * my];
    let determinant = m * minor[0] - mx * minor[1] + my * minor[2];
    let numerator = sums[0] * minor[0] - sums[1] * minor[1] + sums[2] * minor[2];
    (numerator / determinant) as f32
}

//! Segments and convex outlines in the plane.

/// Nearest point of a segment, and its distance.
pub(crate) fn nearest_on_segment(p: [f32; 2], a: [f32; 2], b: [f32; 2]) -> ([f32; 2], f32) {
    let (vx, vy) = (b[0] - a[0], b[1] - a[1]);
    let share = ((p[0] - a[0]) * vx + (p[1] - a[1]) * vy) / (vx * vx + vy * vy).max(1e-9);
    let share = share.clamp(0.0, 1.0);
    let foot = [a[0] + share * vx, a[1] + share * vy];
    (foot, (p[0] - foot[0]).hypot(p[1] - foot[1]))
}

/// Convex hull by Andrew's monotone chain, in the order of growing angle (y downwards: clockwise on
/// screen), so that inside points have a negative cross product.
pub(super) fn convex_hull(mut points: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let turns = |a: [f32; 2], b: [f32; 2], c: [f32; 2]| {
        (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    };
    let half = |points: &mut dyn Iterator<Item = [f32; 2]>| {
        let mut chain: Vec<[f32; 2]> = Vec::new();
        for p in points {
            while chain.len() >= 2
                && turns(chain[chain.len() - 2], chain[chain.len() - 1], p) <= 0.0
            {
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        chain
    };
    let mut hull = half(&mut points.iter().copied());
    hull.extend(half(&mut points.iter().rev().copied()));
    hull
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hull_drops_inner_points_and_keeps_order() {
        let hull = convex_hull(vec![[0.0, 0.0], [2.0, 0.0], [1.0, 0.5], [2.0, 2.0], [0.0, 2.0]]);
        assert_eq!(hull, vec![[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]]);
        // The centre is on the negative side of every edge.
        for i in 0..4 {
            let (a, b): ([f32; 2], [f32; 2]) = (hull[i], hull[(i + 1) % 4]);
            assert!((1.0 - a[0]) * (b[1] - a[1]) - (1.0 - a[1]) * (b[0] - a[0]) < 0.0);
        }
    }
}

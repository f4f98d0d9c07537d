//! Segments and convex outlines in the plane.

use wide::f32x4;

/// Segments that are asked for the nearest of their points, four at a time.
#[derive(Debug, Clone)]
pub(crate) struct Segments {
    fours: Vec<FourSegments>,
}

#[derive(Debug, Clone)]
struct FourSegments {
    start: [f32x4; 2],
    along: [f32x4; 2],
    /// One through the square of the length.
    inverse: f32x4,
}

impl Segments {
    /// From each point to the next.
    pub(crate) fn open(points: &[[f32; 2]]) -> Self {
        Self::between(points.windows(2).map(|ends| [ends[0], ends[1]]).collect())
    }

    /// The same, and from the last point to the first.
    pub(crate) fn closed(points: &[[f32; 2]]) -> Self {
        let next = points.iter().cycle().skip(1);
        Self::between(points.iter().zip(next).map(|(a, b)| [*a, *b]).collect())
    }

    fn between(segments: Vec<[[f32; 2]; 2]>) -> Self {
        let four = |segments: &[[[f32; 2]; 2]]| {
            // The last one again where there are fewer.
            let lanes = |value: &dyn Fn([[f32; 2]; 2]) -> f32| {
                f32x4::from(std::array::from_fn(|i| value(segments[i.min(segments.len() - 1)])))
            };
            let along = [0, 1].map(|axis| lanes(&|[a, b]| b[axis] - a[axis]));
            let squared = along[0] * along[0] + along[1] * along[1];
            FourSegments {
                start: [0, 1].map(|axis| lanes(&|[a, _]| a[axis])),
                along,
                inverse: f32x4::ONE / squared.max(f32x4::splat(1e-9)),
            }
        };
        Self { fours: segments.chunks(4).map(four).collect() }
    }

    /// From each segment's nearest point to `p`; the last segment's up to three times more.
    pub(crate) fn offsets(&self, [x, y]: [f32; 2]) -> impl Iterator<Item = [f32x4; 2]> {
        let (x, y) = (f32x4::splat(x), f32x4::splat(y));
        self.fours.iter().map(move |four| {
            let [dx, dy] = [x - four.start[0], y - four.start[1]];
            let share = (dx * four.along[0] + dy * four.along[1]) * four.inverse;
            let share = share.max(f32x4::ZERO).min(f32x4::ONE);
            [dx - share * four.along[0], dy - share * four.along[1]]
        })
    }

    /// From the nearest point of all to `p`.
    pub(crate) fn offset(&self, p: [f32; 2]) -> [f32; 2] {
        let far = f32x4::splat(f32::MAX);
        let (mut least, mut nearest) = (far, [far; 2]);
        for [dx, dy] in self.offsets(p) {
            let squared = dx * dx + dy * dy;
            let is_nearer = squared.simd_lt(least);
            least = is_nearer.select(squared, least);
            nearest = [is_nearer.select(dx, nearest[0]), is_nearer.select(dy, nearest[1])];
        }
        let (squared, [dx, dy]) = (least.to_array(), nearest.map(f32x4::to_array));
        let nearest = (1..4).fold(0, |best, i| if squared[i] < squared[best] { i } else { best });
        [dx[nearest], dy[nearest]]
    }
}

/// Length of a vector. `hypot` guards against overflow at several times the cost.
pub(crate) fn length([x, y]: [f32; 2]) -> f32 {
    (x * x + y * y).sqrt()
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

    /// Nearest point of a segment.
    fn nearest(p: [f32; 2], [a, b]: [[f32; 2]; 2]) -> [f32; 2] {
        let (vx, vy) = (b[0] - a[0], b[1] - a[1]);
        let share = ((p[0] - a[0]) * vx + (p[1] - a[1]) * vy) / (vx * vx + vy * vy).max(1e-9);
        let share = share.clamp(0.0, 1.0);
        [a[0] + share * vx, a[1] + share * vy]
    }

    #[test]
    fn the_nearest_of_any_number_of_segments_is_found() {
        let point = |i: usize| [(i * 37 % 19) as f32, (i * 53 % 23) as f32 * 0.7];
        for count in 2..12 {
            let points: Vec<[f32; 2]> = (0..count).map(point).chain([point(count - 1)]).collect();
            let closed = (0..points.len()).map(|i| [points[i], points[(i + 1) % points.len()]]);
            let open: Vec<_> = points.windows(2).map(|ends| [ends[0], ends[1]]).collect();
            for (segments, ends) in
                [(Segments::closed(&points), closed.collect()), (Segments::open(&points), open)]
            {
                for p in (0..200).map(|i| [(i % 20) as f32 * 1.3 - 3.0, (i / 20) as f32 * 2.1]) {
                    let gap = |a: [f32; 2]| [p[0] - a[0], p[1] - a[1]];
                    let expected = ends
                        .iter()
                        .map(|ends| length(gap(nearest(p, *ends))))
                        .fold(f32::MAX, f32::min);
                    let found = segments.offset(p);
                    assert!((length(found) - expected).abs() < 1e-4, "{p:?}: {found:?} {expected}");
                    let all: Vec<f32> = segments
                        .offsets(p)
                        .flat_map(|[dx, dy]| (dx * dx + dy * dy).sqrt().to_array())
                        .collect();
                    for (found, ends) in all.iter().zip(&ends) {
                        assert!((found - length(gap(nearest(p, *ends)))).abs() < 1e-4);
                    }
                }
            }
        }
    }
}

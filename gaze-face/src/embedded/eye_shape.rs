//! The outline of an eye, from the iris model's contour.

use crate::faces::EyeLandmarks;
use crate::matting::{Segments, length};
use gaze_rig::interpolation::smoothstep;
use gaze_rig::rig::{EyeFrame, LidCurve};

/// Points the smoothed outline has between two of the model's.
const OUTLINE_STEPS: usize = 6;
/// Openness (height / width) at which the iris begins to move and moves in full.
const OPENNESS_GATE: [f32; 2] = [0.13, 0.24];
/// Openness of an eye whose lids move in full.
const WIDE_OPEN: f32 = 0.36;

/// Corners, lids and outline of an eye. Lids are in the eye's frame.
#[derive(Debug, Clone)]
pub(super) struct EyeShape {
    pub(super) frame: EyeFrame,
    pub(super) upper: LidCurve,
    pub(super) lower: LidCurve,
    /// Largest distance between the lids, in eye widths.
    pub(super) openness: f32,
    outline: Vec<[f32; 2]>,
    edges: Segments,
}

impl EyeShape {
    /// Shape of the subject's right (0) or left (1) eye.
    pub(super) fn of(eye: &EyeLandmarks, side: usize) -> Self {
        let [outer, inner] = eye.corners();
        let (corner, end) = if side == 0 { (outer, inner) } else { (inner, outer) };
        let (dx, dy) = (end[0] - corner[0], end[1] - corner[1]);
        let width = dx.hypot(dy).max(1.0);
        let along = [dx / width, dy / width];
        let frame = EyeFrame { corner, along, across: [-along[1], along[0]], width };
        let lid = |points: [[f32; 2]; 9]| LidCurve::through(&points.map(|p| frame.to_frame(p)));
        let (upper, lower) = (lid(eye.upper_lid()), lid(eye.lower_lid()));
        let openness = (5..=45)
            .map(|i| i as f32 / 50.0)
            .map(|t| lower.at(t) - upper.at(t))
            .fold(0.0, f32::max);
        // Along the lower lid, and back along the upper one without its corners.
        let back = eye.upper_lid()[1..8].iter().rev().copied().collect::<Vec<_>>();
        let closed = [&eye.lower_lid()[..], &back].concat();
        let outline = catmull_rom(&closed);
        Self { frame, upper, lower, openness, edges: Segments::closed(&outline), outline }
    }

    /// How far the eye is open for its iris to move, 0 to 1.
    pub(super) fn gate(&self) -> f32 {
        smoothstep(OPENNESS_GATE[0], OPENNESS_GATE[1], self.openness)
    }

    /// Share of a wide open eye's lid travel that this eye makes.
    pub(super) fn lid_share(&self) -> f32 {
        (self.openness / WIDE_OPEN).min(1.0) * self.gate()
    }

    /// Distance of a pixel to the lids' edge, in pixels, positive between the lids.
    pub(super) fn inside_distance(&self, p: [f32; 2]) -> f32 {
        let distance = length(self.edges.offset(p));
        let mut inside = false;
        let ends = self.outline.iter().zip(self.outline.iter().cycle().skip(1));
        for (a, b) in ends {
            if (a[1] > p[1]) != (b[1] > p[1])
                && p[0] < a[0] + (p[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
            {
                inside = !inside;
            }
        }
        if inside { distance } else { -distance }
    }

    /// Left, top, right and bottom of what lies between the lids, in pixels.
    pub(super) fn bounds(&self) -> [f32; 4] {
        self.outline.iter().fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |b, [x, y]| {
            [b[0].min(*x), b[1].min(*y), b[2].max(*x), b[3].max(*y)]
        })
    }
}

/// A smooth closed curve through `points` (Catmull and Rom 1974).
fn catmull_rom(points: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let n = points.len();
    (0..n)
        .flat_map(|i| {
            let [a, b, c, d] = [n - 1, 0, 1, 2].map(|step| points[(i + step) % n]);
            (0..OUTLINE_STEPS).map(move |step| {
                let t = step as f32 / OUTLINE_STEPS as f32;
                std::array::from_fn(|k| {
                    0.5 * (2.0 * b[k]
                        + (c[k] - a[k]) * t
                        + (2.0 * a[k] - 5.0 * b[k] + 4.0 * c[k] - d[k]) * t * t
                        + (3.0 * b[k] - a[k] - 3.0 * c[k] + d[k]) * t * t * t)
                })
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::fake::eye_between;

    #[test]
    fn distances_to_the_lids_match_a_fine_outline() {
        let lid = |height: f32| {
            std::array::from_fn(|i| {
                let t = i as f32 / 8.0;
                [10.0 + 40.0 * t, 20.0 + 3.0 * t + height * (std::f32::consts::PI * t).sin()]
            })
        };
        let eye = EyeShape::of(&eye_between(lid(7.0), lid(-9.0), [30.0, 21.0], 6.0), 0);
        let [left, top, right, bottom] = eye.bounds();
        let fine: Vec<[f32; 2]> = (0..eye.outline.len())
            .flat_map(|i| {
                let (a, b) = (eye.outline[i], eye.outline[(i + 1) % eye.outline.len()]);
                (0..50).map(move |k| {
                    let share = k as f32 / 50.0;
                    [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]
                })
            })
            .collect();
        let mut inside = 0;
        for p in (0..60 * 40).map(|i| [(i % 60) as f32, (i / 60) as f32]) {
            let gap = |q: &[f32; 2]| length([p[0] - q[0], p[1] - q[1]]);
            let expected = fine.iter().map(gap).fold(f32::MAX, f32::min);
            let found = eye.inside_distance(p);
            assert!((found.abs() - expected).abs() < 0.02, "{p:?}: {found} {expected}");
            if found > 0.0 {
                inside += 1;
                assert!(p[0] >= left && p[0] <= right && p[1] >= top && p[1] <= bottom);
                let [t, h] = eye.frame.to_frame(p);
                assert!(h > eye.upper.at(t) - 0.03 && h < eye.lower.at(t) + 0.03);
            }
        }
        assert!(inside > 300, "{inside}");
    }
}

//! The line of a lid.

/// Samples a lid curve is kept at.
pub(super) const LID_SAMPLES: usize = 65;

/// Height of a lid above or below the line from eye corner to eye corner.
///
/// Along the line `t` runs from 0 (the corner on the left of an upright picture) to 1; heights are
/// in eye widths, downwards positive.
#[derive(Debug, Clone)]
pub struct LidCurve {
    heights: [f32; LID_SAMPLES],
}

impl LidCurve {
    /// A smooth curve through points (t, height), in any order; the ends of the curve stay at the
    /// height of the outermost points.
    ///
    /// Monotone cubic interpolation (Fritsch and Carlson 1980): it never swings past its points.
    ///
    /// # Panics
    /// With fewer than two points.
    pub fn through(points: &[[f32; 2]]) -> Self {
        let mut sorted = points.to_vec();
        sorted.sort_by(|a, b| a[0].total_cmp(&b[0]));
        sorted.dedup_by(|b, a| b[0] - a[0] < 1e-3);
        assert!(sorted.len() >= 2, "a lid needs two points");
        let slopes: Vec<f32> =
            sorted.windows(2).map(|p| (p[1][1] - p[0][1]) / (p[1][0] - p[0][0])).collect();
        let tangent = |i: usize| {
            if i == 0 {
                return slopes[0];
            }
            if i == slopes.len() {
                return slopes[i - 1];
            }
            let (a, b) = (slopes[i - 1], slopes[i]);
            if a * b <= 0.0 { 0.0 } else { 2.0 * a * b / (a + b) }
        };
        let heights = std::array::from_fn(|sample| {
            let t = sample as f32 / (LID_SAMPLES - 1) as f32;
            let Some(right) = sorted.iter().position(|p| p[0] >= t) else {
                return sorted[sorted.len() - 1][1];
            };
            if right == 0 {
                return sorted[0][1];
            }
            let ([t0, h0], [t1, h1]) = (sorted[right - 1], sorted[right]);
            let step = t1 - t0;
            let s = (t - t0) / step;
            let (s2, s3) = (s * s, s * s * s);
            h0 * (2.0 * s3 - 3.0 * s2 + 1.0)
                + step * tangent(right - 1) * (s3 - 2.0 * s2 + s)
                + h1 * (3.0 * s2 - 2.0 * s3)
                + step * tangent(right) * (s3 - s2)
        });
        Self { heights }
    }

    /// The curve of these heights, evenly from 0 to 1.
    pub(super) fn of_heights(heights: [f32; LID_SAMPLES]) -> Self {
        Self { heights }
    }

    pub(super) fn heights(&self) -> [f32; LID_SAMPLES] {
        self.heights
    }

    /// Height at `t`; outside 0 to 1 that of the nearer end.
    #[inline]
    pub fn at(&self, t: f32) -> f32 {
        let place = t.clamp(0.0, 1.0) * (LID_SAMPLES - 1) as f32;
        let left = (place as usize).min(LID_SAMPLES - 2);
        let part = place - left as f32;
        self.heights[left] + (self.heights[left + 1] - self.heights[left]) * part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_through_its_points_without_overshoot() {
        let points = [[0.0, 0.0], [0.2, -0.15], [0.5, -0.22], [0.8, -0.12], [1.0, 0.02]];
        let lid = LidCurve::through(&points);
        for [t, height] in points {
            assert!((lid.at(t) - height).abs() < 0.004, "{t}");
        }
        for i in 0..=100 {
            let height = lid.at(i as f32 / 100.0);
            assert!((-0.2201..=0.0201).contains(&height));
        }
    }
}

//! Rectangles of a picture that a model is shown, possibly turned.

use gaze_rig::Size;

/// A rectangle of the portrait, possibly turned and reaching outside.
///
/// In pixels of the portrait, pixel centres at whole numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Region {
    pub(super) center: [f32; 2],
    /// Width and height along the region's own axes.
    pub(super) size: [f32; 2],
    /// Radians, clockwise as seen: the region's x axis points to (cos, sin).
    pub(super) angle: f32,
}

impl Region {
    /// The whole of a picture, upright.
    pub(super) fn covering(size: Size) -> Self {
        let (width, height) = (size.width as f32, size.height as f32);
        Self {
            center: [(width - 1.0) / 2.0, (height - 1.0) / 2.0],
            size: [width, height],
            angle: 0.0,
        }
    }

    /// A square around `center`.
    pub(super) fn square(center: [f32; 2], side: f32, angle: f32) -> Self {
        Self { center, size: [side, side], angle }
    }

    /// Four squares close to this one: a model's points jump by half a percent with its crop, their
    /// mean over these is steadier.
    pub(super) fn nearby(self) -> [Region; 4] {
        /// Share of the side, share of the side, radians.
        const SHIFT: f32 = 0.03;
        const GROWTH: f32 = 0.06;
        const TURN: f32 = 0.07;
        [
            (1.0, 0.0, 1.0, 1.0),
            (-1.0, 0.0, -1.0, 1.0),
            (0.0, 1.0, 1.0, -1.0),
            (0.0, -1.0, -1.0, -1.0),
        ]
        .map(|(right, down, growth, turn)| {
            let [x, y] = self.to_portrait(0.5 + right * SHIFT, 0.5 + down * SHIFT);
            Region {
                center: [x, y],
                size: self.size.map(|side| side * (1.0 + growth * GROWTH)),
                angle: self.angle + turn * TURN,
            }
        })
    }

    /// Where (`u`, `v`) of the region lies in the portrait; (0, 0) is its top left corner, (1, 1)
    /// its bottom right.
    pub(super) fn to_portrait(self, u: f32, v: f32) -> [f32; 2] {
        let (sin, cos) = self.angle.sin_cos();
        let (x, y) = ((u - 0.5) * self.size[0], (v - 0.5) * self.size[1]);
        [self.center[0] + x * cos - y * sin, self.center[1] + x * sin + y * cos]
    }

    /// A map from x and y of the portrait to u and v: undoes [`to_portrait`](Self::to_portrait).
    pub(super) fn inverse(self) -> impl Fn(f32, f32) -> [f32; 2] {
        let (sin, cos) = self.angle.sin_cos();
        move |x, y| {
            let (dx, dy) = (x - self.center[0], y - self.center[1]);
            [(dx * cos + dy * sin) / self.size[0] + 0.5, (dy * cos - dx * sin) / self.size[1] + 0.5]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_map_there_and_back() {
        let region = Region { center: [120.0, 80.5], size: [60.0, 90.0], angle: 2.1 };
        let back = region.inverse();
        for (u, v) in [(0.0, 0.0), (0.5, 0.5), (1.0, 0.2), (-0.3, 1.7)] {
            let [x, y] = region.to_portrait(u, v);
            let [u2, v2] = back(x, y);
            assert!((u - u2).abs() < 1e-5 && (v - v2).abs() < 1e-5);
        }
        assert_eq!(region.to_portrait(0.5, 0.5), region.center);
    }

    #[test]
    fn a_quarter_turn_turns_clockwise() {
        let region = Region::square([0.0, 0.0], 2.0, std::f32::consts::FRAC_PI_2);
        let [x, y] = region.to_portrait(1.0, 0.5);
        assert!(x.abs() < 1e-6 && (y - 1.0).abs() < 1e-6, "right of the region is down");
    }
}

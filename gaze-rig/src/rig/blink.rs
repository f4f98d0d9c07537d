//! A blink: the lids close over the eye.
//!
//! In the eye's frame and the lids' rest, so that head, gaze and lids move beneath it as ever. What a pixel of the closing
//! lids shows is looked up in the person's texture: near its edge a lid moves as it is, with its lashes; the skin above it
//! is stretched, and its fold fades.

use wide::f32x4;

use super::{RigEye, Texture};
use crate::interpolation::smoothstep;

/// Where the lids meet: share of the way from the upper to the lower one.
const MEET: f32 = 0.88;
/// The edge of a lid that moves as it is, with its lashes, in eye widths: of the upper one and of the lower one.
const UPPER_EDGE: f32 = 0.05;
const LOWER_EDGE: f32 = 0.04;
/// What is below the upper lid's line and still moves with it, in eye widths: lashes and shadow.
const LASHES: f32 = 0.04;
/// The skin below the lower lid that is stretched, in eye widths.
const LOWER_SKIN: f32 = 0.3;
/// The part of a blink in which the lashes leave the eyeball that they are drawn over at rest.
const LASHES_LEAVE: f32 = 0.2;
/// Where the plain skin of a lid is looked for, in shares of its height from the top: away from fold and lashes.
const PLAIN_SKIN: [f32; 3] = [0.05, 0.2, 0.35];
/// How far what is darker than the plain skin is lightened: a fold that is no more.
const UNFOLDED: f32 = 0.7;
/// Least thickness of lashes and edges, in pixels.
const LEAST_EDGE: f32 = 1.0;

/// An eye that closes.
pub(super) struct Blink<'a> {
    eye: &'a RigEye,
    /// 0 to 1.
    closed: f32,
    upper_edge: f32,
    lower_edge: f32,
    lashes: f32,
    skin: f32,
    lower_skin: f32,
}

impl<'a> Blink<'a> {
    /// `closed` is above 0, 1 at most. `pixel` is the side of a drawn pixel in pixels of the picture.
    pub(super) fn new(eye: &'a RigEye, closed: f32, pixel: f32) -> Self {
        let least = LEAST_EDGE * pixel.max(1.0) / eye.frame.width;
        let [upper_edge, lower_edge, lashes] =
            [UPPER_EDGE, LOWER_EDGE, LASHES].map(|edge| edge.max(least));
        let skin = eye.lid_skin.max(1.5 * upper_edge);
        let lower_skin = LOWER_SKIN.max(1.5 * lower_edge);
        Self { eye, closed, upper_edge, lower_edge, lashes, skin, lower_skin }
    }

    /// The rectangle of the picture outside of which nothing changes while the head rests: left, top, right, bottom.
    pub(super) fn bounds(&self) -> [f32; 4] {
        let RigEye { frame, upper, lower, .. } = self.eye;
        let corners = (0..=16).flat_map(|i| {
            let t = i as f32 / 16.0;
            [[t, upper.at(t) - self.skin], [t, lower.at(t) + self.lower_skin]]
        });
        corners
            .map(|place| frame.to_pixels(place))
            .fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |b, [x, y]| {
                [b[0].min(x), b[1].min(y), b[2].max(x), b[3].max(y)]
            })
    }

    /// Colour of the lids at `lidded`, a place of the picture with the motion of head and lids undone, and how much of
    /// it they cover.
    pub(super) fn color(&self, lidded: [f32; 2], texture: &Texture) -> Option<(f32x4, f32)> {
        let [t, h] = self.eye.frame.to_frame(lidded);
        if !(0.0..=1.0).contains(&t) {
            return None;
        }
        let (upper, lower) = (self.eye.upper.at(t), self.eye.lower.at(t));
        let gap = (lower - upper).max(0.0);
        let meet = upper + MEET * gap;
        let (down, up) =
            (self.closed * (meet - upper), self.closed * (lower - upper - MEET * gap).max(0.0));
        let from_edge = h - upper - down;
        if from_edge < -self.skin - down || h > lower + self.lower_skin {
            return None;
        }
        if from_edge <= 0.0 {
            let height = source(-from_edge, down, self.upper_edge, self.skin);
            let color = self.at(t, upper - height, texture);
            let unfolded = self.unfolded(t, upper, height, color, texture);
            return Some((unfolded, 1.0));
        }
        let below = lower - up - h;
        let beneath = (below <= 0.0).then(|| {
            let depth = source(-below, up, self.lower_edge, self.lower_skin);
            self.at(t, lower + depth, texture)
        });
        // Lashes lie over the eyeball and, in the end, over the lower lid.
        let lashes = (1.0 - smoothstep(0.3, 1.0, from_edge / self.lashes))
            * smoothstep(0.0, LASHES_LEAVE, self.closed);
        if lashes <= 0.0 {
            return beneath.map(|color| (color, 1.0));
        }
        let over = self.at(t, upper + from_edge.min(gap), texture);
        Some(match beneath {
            Some(color) => (color + (over - color) * f32x4::splat(lashes), 1.0),
            None => (over, lashes),
        })
    }

    /// Skin without the fold's shadow.
    fn unfolded(&self, t: f32, upper: f32, height: f32, color: f32x4, texture: &Texture) -> f32x4 {
        let share = smoothstep(self.upper_edge, 2.0 * self.upper_edge, height)
            * (1.0 - smoothstep(0.7 * self.skin, self.skin, height))
            * UNFOLDED
            * self.closed;
        if share <= 0.0 {
            return color;
        }
        let plain = PLAIN_SKIN
            .iter()
            .map(|from_top| self.at(t, upper - self.skin * (1.0 - from_top), texture))
            .fold(f32x4::ZERO, |sum, color| sum + color)
            * f32x4::splat(1.0 / PLAIN_SKIN.len() as f32);
        color + (plain - color).max(f32x4::ZERO) * f32x4::splat(share)
    }

    fn at(&self, t: f32, h: f32, texture: &Texture) -> f32x4 {
        let [x, y] = self.eye.frame.to_pixels([t, h]);
        texture.at(x, y).to_lanes()
    }
}

/// Where the skin at a distance from a lid's edge comes from, as a distance from the edge at rest: the edge itself moves
/// by `shift`, up to `rigid` as it is; at `skin` from where it was nothing moves any more.
fn source(distance: f32, shift: f32, rigid: f32, skin: f32) -> f32 {
    if distance <= rigid {
        return distance;
    }
    // A cubic (Hermite) from `rigid` to `skin` whose ends go on as skin that is not stretched does, as far as it rises
    // all the way: Fritsch and Carlson 1980.
    let length = skin + shift - rigid;
    let slope = length.min(3.0 * (skin - rigid));
    let s = ((distance - rigid) / length).min(1.0);
    let (s2, s3) = (s * s, s * s * s);
    rigid + (skin - rigid) * (3.0 * s2 - 2.0 * s3) + slope * (2.0 * s3 - 3.0 * s2 + s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skin_is_stretched_and_never_folds() {
        for (shift, skin) in [(0.0, 0.3), (0.1, 0.3), (0.3, 0.3), (0.6, 0.3), (0.4, 0.08)] {
            let at = |i: u32| source(i as f32 * (skin + shift) / 200.0, shift, 0.05, skin);
            for i in 0..200 {
                assert!(at(i) <= at(i + 1) + 1e-6, "{shift}, {i}: {} {}", at(i), at(i + 1));
            }
            assert!((at(200) - skin).abs() < 1e-5 && at(0) == 0.0);
        }
    }
}

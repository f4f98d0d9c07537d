//! One eye: a rigid iris that slides over a sclera, clipped by the lids.

use wide::f32x4;

use super::{LidCurve, Texture};
use crate::interpolation::{mix, smoothstep};

/// Half-width of the rigid disc that carries the iris, in iris radii: the dark rim comes along.
const DISC: f32 = 1.1;
/// Share of the distance from corner to iris that stays in place where the iris leaves room: the corner's own folds and pink.
const CORNER_ZONE: f32 = 0.55;

/// How the surroundings of a moved iris are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct EyeLook {
    /// Share of the distance from corner to iris that stays in place where the iris comes nearer: what is left of the
    /// white is squeezed into the rest.
    pub(super) covered_zone: f32,
    /// Share of synthesised sclera where the iris was; the rest are real pixels, stretched.
    pub(super) fill_share: f32,
}

/// Maps over the surroundings of an eye at `per_pixel` samples a portrait pixel.
#[derive(Debug, Clone)]
pub struct EyePatch {
    /// Portrait pixel of sample (0, 0).
    pub origin: [f32; 2],
    /// Samples a pixel.
    pub per_pixel: f32,
    /// Samples a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// How much of a sample lies between the lids, 0 to 1.
    pub cover: Vec<f32>,
    /// Sclera as it would be without the iris (RGB, 0 to 255), and how much of the sample the iris
    /// covers at rest, 0 to 1.
    pub sclera: Vec<[f32; 4]>,
}

impl EyePatch {
    /// Whether both maps have a value for every sample.
    pub(super) fn is_whole(&self) -> bool {
        let samples = self.width.checked_mul(self.height);
        Some(self.cover.len()) == samples && Some(self.sclera.len()) == samples
    }

    /// The rectangle of the picture that it covers: left, top, right, bottom.
    pub(super) fn bounds(&self) -> [f32; 4] {
        let [left, top] = self.origin;
        let [width, height] = [self.width, self.height].map(|side| side as f32 / self.per_pixel);
        [left, top, left + width, top + height]
    }

    fn place(&self, x: f32, y: f32) -> Option<(usize, f32, f32)> {
        let (px, py) =
            ((x - self.origin[0]) * self.per_pixel, (y - self.origin[1]) * self.per_pixel);
        if !(px >= 0.0 && py >= 0.0) {
            return None;
        }
        let (col, row) = (px as usize, py as usize);
        (col + 1 < self.width && row + 1 < self.height)
            .then(|| (row * self.width + col, px - col as f32, py - row as f32))
    }

    /// How much of a point lies between the lids.
    #[inline]
    fn cover_at(&self, x: f32, y: f32) -> f32 {
        let Some((at, fx, fy)) = self.place(x, y) else { return 0.0 };
        let (top, bottom) = (&self.cover[at..at + 2], &self.cover[at + self.width..][..2]);
        mix(mix(top[0], top[1], fx), mix(bottom[0], bottom[1], fx), fy)
    }

    fn sclera_at(&self, x: f32, y: f32) -> f32x4 {
        let Some((at, fx, fy)) = self.place(x, y) else { return f32x4::ZERO };
        let texel = |i: usize| f32x4::from(self.sclera[i]);
        let upper = texel(at) + (texel(at + 1) - texel(at)) * f32x4::splat(fx);
        let at = at + self.width;
        let lower = texel(at) + (texel(at + 1) - texel(at)) * f32x4::splat(fx);
        upper + (lower - upper) * f32x4::splat(fy)
    }
}

/// The frame of reference of an eye: its origin is the corner on the picture's left, `t` runs along the
/// corners and heights downwards, both in eye widths.
#[derive(Debug, Clone, Copy)]
pub struct EyeFrame {
    /// Corner on the left of an upright picture, in pixels.
    pub corner: [f32; 2],
    /// Unit vector from that corner to the other.
    pub along: [f32; 2],
    /// Unit vector across, downwards.
    pub across: [f32; 2],
    /// Distance between the corners in pixels.
    pub width: f32,
}

impl EyeFrame {
    /// A pixel in the eye's frame.
    #[inline]
    pub fn to_frame(&self, p: [f32; 2]) -> [f32; 2] {
        let (x, y) = (p[0] - self.corner[0], p[1] - self.corner[1]);
        [
            (x * self.along[0] + y * self.along[1]) / self.width,
            (x * self.across[0] + y * self.across[1]) / self.width,
        ]
    }

    /// A point of the eye's frame in pixels.
    #[inline]
    pub fn to_pixels(&self, [t, h]: [f32; 2]) -> [f32; 2] {
        [
            self.corner[0] + (t * self.along[0] + h * self.across[0]) * self.width,
            self.corner[1] + (t * self.along[1] + h * self.across[1]) * self.width,
        ]
    }
}

/// Lengths that eyes may have, in pixels and in their own widths: what is computed of them is a number.
const LENGTHS: std::ops::RangeInclusive<f32> = 1e-7..=1e6;

/// An eye: its outline, which blinks, and what is drawn of its iris.
#[derive(Debug, Clone)]
pub struct RigEye {
    /// Where the eye lies in the picture.
    pub frame: EyeFrame,
    /// Upper lid.
    pub upper: LidCurve,
    /// Lower lid.
    pub lower: LidCurve,
    /// How far the eye is open for its iris to be drawn, 0 (closed) to 1.
    pub strength: f32,
    /// Height of the skin above the upper lid that a blink may draw down, in eye widths: it ends below the brow.
    pub lid_skin: f32,
    /// The iris that moves by itself; none where the eye is soft: moved by fields alone.
    pub iris: Option<IrisLayer>,
}

/// An iris that moves by itself.
#[derive(Debug, Clone)]
pub struct IrisLayer {
    /// Its centre in the eye's frame.
    pub center: [f32; 2],
    /// Its radius in eye widths.
    pub radius: f32,
    /// Maps of the eye's surroundings.
    pub patch: EyePatch,
}

impl IrisLayer {
    fn is_sound(&self) -> bool {
        let places = [self.center, self.patch.origin];
        places.as_flattened().iter().all(|number| number.abs() <= *LENGTHS.end())
            && [self.radius, self.patch.per_pixel].iter().all(|v| LENGTHS.contains(v))
            && self.patch.is_whole()
    }

    /// How much of the picture at `lidded` lies between the lids, 0 to 1.
    #[inline]
    pub(super) fn cover(&self, lidded: [f32; 2]) -> f32 {
        self.patch.cover_at(lidded[0], lidded[1])
    }
}

impl RigEye {
    /// Largest height of a lid's skin, in eye widths.
    pub const MOST_LID_SKIN: f32 = 1.0;

    /// Whether it can be drawn: maps that are whole, places, lids and lengths within reason, no strength beyond 0 to 1.
    pub(super) fn is_sound(&self) -> bool {
        let EyeFrame { corner, along, across, width } = self.frame;
        let places = [corner, along, across];
        let lids = [&self.upper, &self.lower].map(LidCurve::heights);
        let mut numbers = places.as_flattened().iter().chain(lids.as_flattened());
        numbers.all(|number| number.abs() <= *LENGTHS.end())
            && LENGTHS.contains(&width)
            && (0.0..=1.0).contains(&self.strength)
            && (0.0..=Self::MOST_LID_SKIN).contains(&self.lid_skin)
            && self.iris.as_ref().is_none_or(IrisLayer::is_sound)
    }

    /// Colour of the eye with its iris moved by `shift` eye widths.
    ///
    /// `turned` is the pixel with the head's motion undone, `lidded` with the lids' undone as well.
    pub(super) fn color(
        &self,
        layer: &IrisLayer,
        turned: [f32; 2],
        lidded: [f32; 2],
        shift: [f32; 2],
        look: EyeLook,
        texture: &Texture,
    ) -> f32x4 {
        let [t, h] = self.frame.to_frame(lidded);
        let [turned_t, turned_h] = self.frame.to_frame(turned);
        let (upper, lower) = (self.upper.at(t), self.lower.at(t));
        let height = (h - upper) / (lower - upper).max(0.03);
        let center = layer.center[0] + shift[0];

        // The disc is as wide as the iris at its own height and narrows a little above and below.
        let off = (turned_h - layer.center[1] - shift[1]) / layer.radius;
        let disc = DISC * layer.radius * (1.0 - (0.55 * off).powi(2)).clamp(0.15, 1.0).sqrt();
        let from_center = t - center;
        let source_t = if from_center < -disc {
            beside(t, (center - disc).max(0.02), (layer.center[0] - disc).max(0.02), look)
        } else if from_center > disc {
            1.0 - beside(
                1.0 - t,
                (1.0 - center - disc).max(0.02),
                (1.0 - layer.center[0] - disc).max(0.02),
                look,
            )
        } else {
            t - shift[0]
        };

        let from_iris =
            distance(turned_t - center, turned_h - layer.center[1] - shift[1]) / layer.radius;
        let rigid = 1.0 - smoothstep(1.0, 1.7, from_iris);
        let (source_upper, source_lower) = (self.upper.at(source_t), self.lower.at(source_t));
        let with_lids = source_upper + height * (source_lower - source_upper);
        let source_h = mix(with_lids, turned_h - shift[1], rigid);
        let middle = (source_upper + source_lower) / 2.0;
        let source_h =
            source_h.clamp((source_upper + 0.02).min(middle), (source_lower - 0.02).max(middle));

        let source = self.frame.to_pixels([source_t, source_h]);
        let real = texture.at(source[0], source[1]).to_lanes();
        let sclera = layer.patch.sclera_at(lidded[0], lidded[1]);
        let [_, _, _, was_iris] = sclera.to_array();
        let fill = look.fill_share
            * was_iris
            * smoothstep(1.05, 1.3, from_iris)
            * smoothstep(0.02, 0.12, shift[0].abs() + shift[1].abs());
        real + (sclera - real) * f32x4::splat(fill)
    }
}

/// Length of a vector. `hypot` guards against overflow at several times the cost.
fn distance(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

/// Where the strip beside the iris takes its pixels: the zone at the corner keeps its place, what
/// lies between it and the iris is stretched from `rest` to `now` wide.
fn beside(t: f32, now: f32, rest: f32, look: EyeLook) -> f32 {
    let zone = if now < rest { look.covered_zone * now } else { CORNER_ZONE * rest };
    if t < zone { t } else { zone + (t - zone) * (rest - zone) / (now - zone).max(1e-3) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rig::{Rig, RigParts, Warp};
    use crate::{Frame, Pose, Size};

    fn eye() -> RigEye {
        let lid = |height: f32| LidCurve::through(&[[0.0, 0.0], [0.5, height], [1.0, 0.0]]);
        RigEye {
            frame: EyeFrame {
                corner: [2.0, 6.0],
                along: [1.0, 0.0],
                across: [0.0, 1.0],
                width: 10.0,
            },
            upper: lid(-0.2),
            lower: lid(0.2),
            strength: 1.0,
            lid_skin: 0.2,
            iris: Some(IrisLayer {
                center: [0.5, 0.0],
                radius: 0.2,
                patch: EyePatch {
                    origin: [0.0, 0.0],
                    per_pixel: 1.0,
                    width: 16,
                    height: 12,
                    cover: vec![1.0; 16 * 12],
                    sclera: vec![[200.0, 200.0, 200.0, 0.5]; 16 * 12],
                },
            }),
        }
    }

    fn layer(eye: &mut RigEye) -> &mut IrisLayer {
        eye.iris.as_mut().unwrap()
    }

    fn draw(eye: RigEye) -> crate::Result<Frame> {
        let warp = |fields| Warp {
            origin: [0, 0],
            spacing: 8,
            cols: 3,
            rows: 3,
            basis: vec![vec![[0.0; 2]; 9]; fields],
        };
        let picture = Frame::new(Size { width: 16, height: 12 });
        let parts = RigParts::new(picture, warp(2), warp(5)).with_eyes(vec![eye], [-1.0, 1.0]);
        let rig = Rig::from_parts(parts)?;
        let mut frame = Frame::new(rig.frame_size());
        rig.draw(&Pose::default().with_pupils(15.0, -15.0).with_blink(0.7), &mut frame)?;
        Ok(frame)
    }

    #[test]
    fn eyes_of_any_numbers_within_reason_are_drawn() {
        let [least, most] = [*LENGTHS.start(), *LENGTHS.end()];
        let changes: [fn(&mut RigEye, f32); 5] = [
            |eye, length| layer(eye).radius = length,
            |eye, length| eye.frame.width = length,
            |eye, length| layer(eye).patch.per_pixel = length,
            |eye, length| layer(eye).center = [length, -length],
            |eye, length| eye.upper = LidCurve::through(&[[0.0, length], [1.0, -length]]),
        ];
        draw(eye()).unwrap();
        for (i, change) in changes.into_iter().enumerate() {
            for length in [least, most] {
                let mut odd = eye();
                change(&mut odd, length);
                assert!(draw(odd).is_ok(), "change {i} to {length}");
            }
            for length in [f32::NAN, f32::INFINITY, 2.0 * most] {
                let mut odd = eye();
                change(&mut odd, length);
                assert!(draw(odd).is_err(), "change {i} to {length}");
            }
        }
    }
}

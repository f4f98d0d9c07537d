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
/// The part of a blink in which the lids, which have hardly moved, appear over what is drawn there at rest.
const LIDS_APPEAR: f32 = 0.06;
/// How far what is darker than the plain skin is lightened: a fold that is no more.
const UNFOLDED: f32 = 0.85;
/// How much darker the lid is at its edge, where it turns away from the light.
const EDGE_SHADE: f32 = 0.12;
/// Least thickness of lashes and edges, in pixels.
const LEAST_EDGE: f32 = 1.0;
/// Columns that the lids' motion is kept at, from the first `BESIDE` eye widths before one corner to the last as far
/// behind the other: what is beside the corners follows a little, lashes above all.
const COLUMNS: usize = 57;
const BESIDE: f32 = 0.2;
/// Columns on each side that the motion of one is the mean of: no more than `BESIDE`, so that it ends there.
const SMOOTH: usize = 5;
/// Heights at which skin is looked at, between the lid's edge and what is left of it. The second lightest is plain: lighter than
/// fold and lashes, no glint.
const SKIN_SAMPLES: usize = 8;
/// Where the skin below the eye is looked at, in eye widths below the lower lid, and how light the upper lid's skin is of
/// it at least: what shades a deep eye does not lie on its lid.
const BELOW: [f32; 2] = [0.12, 0.2];
const OF_BELOW: f32 = 0.75;

/// The lids over one column of the eye, in eye widths.
#[derive(Debug, Clone, Copy)]
struct Column {
    /// Heights of the lids at rest.
    upper: f32,
    lower: f32,
    /// How far they have moved towards each other.
    down: f32,
    up: f32,
    /// Colour of the skin without fold and lashes.
    plain: f32x4,
}

/// An eye that closes.
pub(super) struct Blink<'a> {
    eye: &'a RigEye,
    texture: &'a Texture,
    /// 0 to 1.
    closed: f32,
    upper_edge: f32,
    lower_edge: f32,
    lashes: f32,
    skin: f32,
    lower_skin: f32,
    columns: Vec<Column>,
}

impl<'a> Blink<'a> {
    /// `closed` is above 0, 1 at most. `pixel` is the side of a drawn pixel in pixels of the picture.
    pub(super) fn new(eye: &'a RigEye, closed: f32, texture: &'a Texture, pixel: f32) -> Self {
        let least = LEAST_EDGE * pixel.max(1.0) / eye.frame.width;
        let [upper_edge, lower_edge, lashes] =
            [UPPER_EDGE, LOWER_EDGE, LASHES].map(|edge| edge.max(least));
        let skin = eye.lid_skin.max(1.5 * upper_edge);
        let lower_skin = LOWER_SKIN.max(1.5 * lower_edge);
        let mut blink = Self {
            eye,
            texture,
            closed,
            upper_edge,
            lower_edge,
            lashes,
            skin,
            lower_skin,
            columns: Vec::new(),
        };
        blink.columns = blink.all_columns();
        blink
    }

    fn all_columns(&self) -> Vec<Column> {
        let RigEye { upper, lower, .. } = self.eye;
        let at = |i: usize| i as f32 / (COLUMNS - 1) as f32 * (1.0 + 2.0 * BESIDE) - BESIDE;
        // Of each column how far the eye is open, and the plain skin.
        let at_rest = |i: usize| {
            let t = at(i);
            let is_eye = (0.0..=1.0).contains(&t);
            let gap = if is_eye { (lower.at(t) - upper.at(t)).max(0.0) } else { 0.0 };
            (gap, self.plain_skin(t))
        };
        let at_rest: Vec<(f32, f32x4)> = (0..COLUMNS).map(at_rest).collect();
        let column = |i: usize| {
            let around = &at_rest[i.saturating_sub(SMOOTH)..(i + SMOOTH + 1).min(COLUMNS)];
            let (mut gaps, mut skins) = (0.0, f32x4::ZERO);
            for (gap, skin) in around {
                gaps += gap;
                skins += *skin;
            }
            let down = MEET * (gaps / (2 * SMOOTH + 1) as f32);
            Column {
                upper: upper.at(at(i)),
                lower: lower.at(at(i)),
                down: self.closed * down,
                up: self.closed * (at_rest[i].0 - down).max(0.0),
                plain: skins * f32x4::splat(1.0 / around.len() as f32),
            }
        };
        (0..COLUMNS).map(column).collect()
    }

    /// Colour of the lid's skin without fold and lashes.
    fn plain_skin(&self, t: f32) -> f32x4 {
        let upper = self.eye.upper.at(t);
        let mut lightest = [(f32::MIN, f32x4::ZERO); 2];
        for i in 0..SKIN_SAMPLES {
            let share = (i as f32 + 0.5) / SKIN_SAMPLES as f32;
            let skin = self.at(t, upper - self.upper_edge - share * (self.skin - self.upper_edge));
            let [r, g, b, _] = skin.to_array();
            let luma = 0.299 * r + 0.587 * g + 0.114 * b;
            if luma > lightest[0].0 {
                lightest = [(luma, skin), lightest[0]];
            } else if luma > lightest[1].0 {
                lightest[1] = (luma, skin);
            }
        }
        let lower = self.eye.lower.at(t);
        let [a, b] = BELOW.map(|below| self.at(t, lower + below));
        lightest[1].1.max((a + b) * f32x4::splat(OF_BELOW / 2.0))
    }

    /// The rectangle of the picture outside of which nothing changes while the head rests: left, top, right, bottom.
    pub(super) fn bounds(&self) -> [f32; 4] {
        let frame = &self.eye.frame;
        let corners = self.columns.iter().enumerate().flat_map(|(i, column)| {
            let t = i as f32 / (COLUMNS - 1) as f32 * (1.0 + 2.0 * BESIDE) - BESIDE;
            [[t, column.upper - self.skin], [t, column.lower + self.lower_skin]]
        });
        corners
            .map(|place| frame.to_pixels(place))
            .fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |b, [x, y]| {
                [b[0].min(x), b[1].min(y), b[2].max(x), b[3].max(y)]
            })
    }

    /// Colour of the lids at `lidded`, a place of the picture with the motion of head and lids undone, and how much of
    /// it they cover; none where that is nothing.
    pub(super) fn color(&self, lidded: [f32; 2]) -> Option<(f32x4, f32)> {
        let (color, cover) = self.lids(lidded)?;
        let [_, _, _, coverage] = color.to_array();
        let whole = color * f32x4::splat(1.0 / coverage.max(0.1));
        Some((whole, cover * smoothstep(0.0, LIDS_APPEAR, self.closed)))
    }

    fn lids(&self, lidded: [f32; 2]) -> Option<(f32x4, f32)> {
        let [t, h] = self.eye.frame.to_frame(lidded);
        let Column { upper, lower, down, up, plain } = self.column(t)?;
        let from_edge = h - upper - down;
        if from_edge < -self.skin - down || h > lower + self.lower_skin || down <= 0.0 {
            return None;
        }
        if from_edge <= 0.0 {
            let height = source(-from_edge, down, self.upper_edge, self.skin);
            return Some((self.unfolded(height, self.at(t, upper - height), plain), 1.0));
        }
        let below = lower - up - h;
        let beneath = (below <= 0.0).then(|| {
            let depth = source(-below, up, self.lower_edge, self.lower_skin);
            self.at(t, lower + depth)
        });
        // Lashes lie over the eyeball and, in the end, over the lower lid.
        let lashes = (1.0 - smoothstep(0.3, 1.0, from_edge / self.lashes))
            * smoothstep(0.0, LASHES_LEAVE, self.closed);
        if lashes <= 0.0 {
            return beneath.map(|color| (color, 1.0));
        }
        // No white of the eye among them.
        let over = self.at(t, upper + from_edge).min(self.at(t, upper));
        Some(match beneath {
            Some(color) => (color + (over - color) * f32x4::splat(lashes), 1.0),
            None => (over, lashes),
        })
    }

    /// The lids at `t`, between two columns; none beyond them.
    #[inline]
    fn column(&self, t: f32) -> Option<Column> {
        let place = (t + BESIDE) / (1.0 + 2.0 * BESIDE) * (COLUMNS - 1) as f32;
        if !(0.0..(COLUMNS - 1) as f32).contains(&place) {
            return None;
        }
        let left = place as usize;
        let (a, b, part) = (&self.columns[left], &self.columns[left + 1], place - left as f32);
        let mix = |a: f32, b: f32| a + (b - a) * part;
        Some(Column {
            upper: mix(a.upper, b.upper),
            lower: mix(a.lower, b.lower),
            down: mix(a.down, b.down),
            up: mix(a.up, b.up),
            plain: a.plain + (b.plain - a.plain) * f32x4::splat(part),
        })
    }

    /// Skin from `height` above the lid's edge without the fold's shadow.
    fn unfolded(&self, height: f32, color: f32x4, plain: f32x4) -> f32x4 {
        let above_edge = smoothstep(0.6 * self.upper_edge, 2.0 * self.upper_edge, height);
        let share = above_edge * (1.0 - smoothstep(0.6 * self.skin, self.skin, height));
        if share <= 0.0 {
            return color;
        }
        let turned = 1.0 - smoothstep(self.upper_edge, 0.6 * self.skin, height);
        let plain = plain * f32x4::splat(1.0 - EDGE_SHADE * turned);
        let share = f32x4::splat(UNFOLDED * self.closed * share);
        color + (plain - color).max(f32x4::ZERO) * share
    }

    /// Not inlined: players would have it ten times.
    #[inline(never)]
    fn at(&self, t: f32, h: f32) -> f32x4 {
        let [x, y] = self.eye.frame.to_pixels([t, h]);
        self.texture.at(x, y).to_lanes()
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

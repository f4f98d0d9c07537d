//! What a rig is made of.

use super::version::Field;
use super::{RigEye, RigVersion, Warp};
use crate::contract::AXIS_EXTENT;
use crate::frame::{Frame, Rect};
use crate::layers::{Filling, Plane};

/// What a rig is made of. See the fields; [`Rig::from_parts`](super::Rig::from_parts) checks that they fit together.
/// All places and lengths are in pixels of the picture.
///
/// ```
/// use gaze_rig::rig::{Rig, RigParts, Warp};
/// use gaze_rig::{Frame, Pose, Size};
///
/// # fn main() -> gaze_rig::Result<()> {
/// // A grey picture whose whole surface moves by 20 px a unit sine of yaw.
/// let size = Size { width: 32, height: 32 };
/// let picture = Frame::from_pixels(size, vec![128; size.area() * 4])?;
/// let grid = |fields: Vec<[f32; 2]>| Warp {
///     origin: [0, 0],
///     spacing: 8,
///     cols: 5,
///     rows: 5,
///     basis: fields.into_iter().map(|shift| vec![shift; 25]).collect(),
/// };
/// let head = grid(vec![[20.0, 0.0], [0.0, 20.0]]);
/// let features = grid(vec![[0.0, 0.0]; 5]);
/// let rig = Rig::from_parts(RigParts::new(picture, head, features))?;
/// let mut frame = Frame::new(rig.frame_size());
/// rig.draw(&Pose::default().with_head_yaw_deg(5.0), &mut frame)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RigParts {
    /// How the rig is stored and drawn.
    pub version: RigVersion,
    /// The frame of the rest pose. Where the background is removed, its alpha is the coverage of the person, else all of
    /// it is opaque.
    pub picture: Frame,
    /// What is behind the person.
    pub backdrop: Backdrop,
    /// The head: two fields, pixels per unit sine of yaw and of pitch, and from version 2 on perhaps a third one, pixels
    /// that a place lies aside of that at both ends of a turn.
    pub head: Warp,
    /// Brows and lids, in the head's rest pose: pixels per unit of brow raise, upper lid, lower lid,
    /// soft eyes to the right, soft eyes down.
    pub features: Warp,
    /// The eyes as far as they are known, that on the left of the upright picture first: both, or of the first version
    /// those that are drawn in layers.
    pub eyes: Vec<RigEye>,
    /// Travel of the irises in eye widths at pupil_x -15 and 15.
    pub iris_travel: [f32; 2],
    /// Quarter turns clockwise that stand the portrait's head upright: 0 to 3. Directions stay those
    /// of the screen.
    pub quarter_turns: u8,
    /// What any pose may change.
    pub moving: Rect,
    /// How much of each pixel of a frame is seen, 0 to 1, in any pose: a round picture stays round. Only where the
    /// background is kept; none where all is seen.
    pub mask: Option<Plane>,
}

/// What is behind the person.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Backdrop {
    /// The picture's own background, filled where the person hides it.
    Kept {
        /// Coverage of the person, 0 to 1, a value a pixel. See [`MATTE_LEVELS`](crate::layers::MATTE_LEVELS).
        matte: Plane,
        /// Room around the person whose background is not trusted, in pixels.
        fringe: f32,
        /// What it is filled with; smoothly where there is none.
        filling: Option<Filling>,
    },
    /// Nothing: frames are transparent there.
    Removed,
}

impl RigParts {
    /// Most that a field moves a pixel per unit of its weight, in pixels: further than any picture is wide.
    pub const MAX_SHIFT: f32 = 1e6;
    /// Most eyes.
    pub const MAX_EYES: usize = 2;

    /// Parts of an opaque rig of the latest version that may move everywhere, all of whose picture is the person, whose
    /// eyes are not known and whose head is upright. `head` has two fields or three, `features` five.
    pub fn new(picture: Frame, head: Warp, features: Warp) -> Self {
        let matte = Plane::of_size(picture.size()).map(|_| 1.0);
        Self {
            version: RigVersion::LATEST,
            backdrop: Backdrop::Kept { matte, fringe: 0.0, filling: None },
            moving: Rect::covering(picture.size()),
            picture,
            head,
            features,
            eyes: Vec::new(),
            iris_travel: [0.0; 2],
            quarter_turns: 0,
            mask: None,
        }
    }

    /// Frames have transparent pixels: the picture's alpha is the person's coverage.
    #[must_use]
    pub fn with_alpha(mut self) -> Self {
        self.backdrop = Backdrop::Removed;
        self
    }

    /// The person moves over the picture's own background. `matte` is their coverage from 0 to 1, `fringe` the room
    /// around them whose background is not trusted, in pixels.
    #[must_use]
    pub fn with_background(mut self, matte: Plane, fringe: f32) -> Self {
        self.backdrop = Backdrop::Kept { matte, fringe, filling: None };
        self
    }

    /// What the background is filled with, where it is kept: see [`with_background`](Self::with_background), which comes
    /// first.
    #[must_use]
    pub fn with_filling(mut self, texture: Filling) -> Self {
        if let Backdrop::Kept { filling, .. } = &mut self.backdrop {
            *filling = Some(texture);
        }
        self
    }

    /// Another version than the latest: how the parts are stored and drawn. Both warps need fields that it has.
    #[must_use]
    pub fn with_version(mut self, version: RigVersion) -> Self {
        self.version = version;
        self
    }

    /// The eyes, that on the left of the upright picture first, and the travel of their irises in eye widths at pupil_x -15 and 15.
    #[must_use]
    pub fn with_eyes(mut self, eyes: Vec<RigEye>, iris_travel: [f32; 2]) -> Self {
        self.eyes = eyes;
        self.iris_travel = iris_travel;
        self
    }

    /// A portrait whose head stands upright after so many quarter turns clockwise.
    #[must_use]
    pub fn with_quarter_turns(mut self, quarter_turns: u8) -> Self {
        self.quarter_turns = quarter_turns;
        self
    }

    /// Poses change nothing outside of this rectangle.
    #[must_use]
    pub fn with_moving(mut self, moving: Rect) -> Self {
        self.moving = moving;
        self
    }

    /// Frames are transparent where the mask is below 1, whatever the pose. `mask` is how much of each pixel is seen,
    /// from 0 to 1.
    #[must_use]
    pub fn with_mask(mut self, mask: Plane) -> Self {
        self.mask = Some(mask);
        self
    }

    /// Whether frames have transparent pixels.
    pub fn has_alpha(&self) -> bool {
        self.is_cut_out() || self.mask.is_some()
    }

    /// Whether nothing is behind the person.
    pub(super) fn is_cut_out(&self) -> bool {
        matches!(self.backdrop, Backdrop::Removed)
    }

    /// What the background is filled with.
    pub(super) fn filling(&self) -> Option<&Filling> {
        match &self.backdrop {
            Backdrop::Kept { filling, .. } => filling.as_ref(),
            Backdrop::Removed => None,
        }
    }

    /// What does not fit together, if anything.
    pub(super) fn misfit(&self) -> Option<&'static str> {
        let size = self.picture.size();
        let is_whole = |warp: &Warp, least: usize, fields: &[Field]| {
            warp.spacing > 0
                && warp.cols > 1
                && warp.rows > 1
                && (least..=fields.len()).contains(&warp.basis.len())
                && warp.basis.iter().all(|field| {
                    Some(field.len()) == warp.cols.checked_mul(warp.rows)
                        && field.iter().flatten().all(|shift| shift.abs() <= Self::MAX_SHIFT)
                })
        };
        let covers = |plane: &Plane| {
            (plane.width, plane.height, plane.values.len())
                == (size.width as usize, size.height as usize, size.area())
                && plane.values.iter().all(|value| (0.0..=1.0).contains(value))
        };
        let backdrop_fits = match &self.backdrop {
            Backdrop::Removed => true,
            Backdrop::Kept { matte, fringe, .. } => covers(matte) && (0.0..=1e4).contains(fringe),
        };
        let sides = [size.width as usize, size.height as usize];
        let filling_fits = self
            .filling()
            .is_none_or(|filling| self.version > RigVersion::V1 && filling.fits(sides));
        let mask_fits = self.mask.as_ref().is_none_or(|mask| covers(mask) && !self.is_cut_out());
        let moving = self.moving;
        let travels = self.iris_travel.iter().all(|travel| travel.abs() <= 1.0);
        let fits = [
            (size.area() > 0, "the picture is empty"),
            (backdrop_fits, "the matte has another size than the picture, or values beyond 0 to 1"),
            (filling_fits, "the filling is one of another picture, or of a later version"),
            (
                mask_fits,
                "the mask has another size than the picture, values beyond 0 to 1, or no background to be seen",
            ),
            (
                moving.width > 0 && moving.height > 0 && moving.is_within(size),
                "the moving rectangle is empty or leaves the picture",
            ),
            (
                is_whole(&self.head, 2, self.version.head_fields()),
                "the head needs all of its fields, whole, and of shifts within reason",
            ),
            (
                is_whole(&self.features, 5, self.version.feature_fields()),
                "the features need all of their fields, whole, and shifts within reason",
            ),
            (self.quarter_turns < 4, "a head has 0 to 3 quarter turns"),
            (self.eyes.len() <= Self::MAX_EYES, "there are more eyes than two"),
            (self.eyes.iter().all(RigEye::is_sound), "an eye is not whole"),
            (
                self.version > RigVersion::V1 || self.eyes.iter().all(|eye| eye.iris.is_some()),
                "rigs of the first version have no soft eyes with outlines",
            ),
            (travels, "an iris travels further than its eye is wide"),
        ];
        fits.into_iter().find_map(|(is_so, misfit)| (!is_so).then_some(misfit))
    }
}

/// A value of one axis as a share of its extent, -1 to 1.
pub(super) fn unit(value: f32) -> f32 {
    (value / AXIS_EXTENT).clamp(-1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::super::Rig;
    use super::*;
    use crate::error::ErrorKind;
    use crate::frame::Size;

    fn parts() -> RigParts {
        let size = Size { width: 16, height: 12 };
        let warp = |fields| Warp {
            origin: [0, 0],
            spacing: 8,
            cols: 3,
            rows: 3,
            basis: vec![vec![[0.0; 2]; 9]; fields],
        };
        RigParts::new(Frame::new(size), warp(2), warp(5))
    }

    #[test]
    fn parts_that_fit_make_a_rig() {
        let moving = Rect { x: 2, y: 3, width: 14, height: 9 };
        let rig = Rig::from_parts(parts().with_alpha().with_moving(moving)).unwrap();
        assert_eq!((rig.has_alpha(), rig.moving_rect()), (true, moving));
    }

    #[test]
    fn the_largest_shifts_are_drawn() {
        let mut far = parts();
        far.head.basis[0][4] = [RigParts::MAX_SHIFT, -RigParts::MAX_SHIFT];
        far.features.basis[0] = vec![[-RigParts::MAX_SHIFT; 2]; 9];
        let rig = Rig::from_parts(far).unwrap();
        let pose = crate::Pose::default().with_head_yaw_deg(7.5).with_eyebrow(15.0);
        for rig in [&rig, &rig.resized(Size { width: 160, height: 3 }).unwrap()] {
            rig.draw(&pose, &mut Frame::new(rig.frame_size())).unwrap();
        }
    }

    #[test]
    fn misfits_are_named() {
        let refusal = |parts: RigParts| {
            let error = Rig::from_parts(parts).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Engine);
            error.to_string()
        };
        let swapped = RigParts { head: parts().features, ..parts() };
        assert!(refusal(swapped).contains("the head"));
        let mut cut = parts();
        cut.features.basis[4].pop();
        assert!(refusal(cut).contains("the features"));
        for shift in [f32::NAN, f32::INFINITY, -f32::MAX, 2.0 * RigParts::MAX_SHIFT] {
            let mut endless = parts();
            endless.head.basis[1][3][0] = shift;
            assert!(refusal(endless).contains("the head"));
        }
        let outside = Rect { x: u32::MAX, y: 0, width: 2, height: 1 };
        assert!(refusal(parts().with_moving(outside)).contains("moving"));
        let small = Plane::new(15, 12);
        assert!(refusal(parts().with_background(small, 2.0)).contains("matte"));
        let beyond = Plane::new(16, 12).map(|_| 1.5);
        assert!(refusal(parts().with_background(beyond, 2.0)).contains("matte"));
        assert!(refusal(parts().with_quarter_turns(4)).contains("quarter"));
    }
}

//! What a rig is made of.

use super::{RigEye, Texture, Warp};
use crate::frame::{Frame, Rect};

/// What a rig is made of. See the fields; [`Rig::from_parts`](super::Rig::from_parts) checks that they fit together.
///
/// ```
/// use gaze_rig::rig::{Rig, RigParts, Texture, Warp};
/// use gaze_rig::{Frame, Pose, Rect, Size};
///
/// # fn main() -> gaze_rig::Result<()> {
/// // A grey picture whose whole surface moves by 20 px a unit sine of yaw.
/// let size = Size { width: 32, height: 32 };
/// let rest = Frame::from_pixels(size, vec![128; size.area() * 4])?;
/// let person = Texture::from_pixels(size, &vec![[128.0, 128.0, 128.0, 1.0]; size.area()], Rect::covering(size));
/// let grid = |fields: Vec<[f32; 2]>| Warp {
///     origin: [0, 0],
///     spacing: 8,
///     cols: 5,
///     rows: 5,
///     basis: fields.into_iter().map(|shift| vec![shift; 25]).collect(),
/// };
/// let head = grid(vec![[20.0, 0.0], [0.0, 20.0]]);
/// let features = grid(vec![[0.0, 0.0]; 5]);
/// let rig = Rig::from_parts(RigParts::new(rest, person, head, features))?;
/// let mut frame = Frame::new(rig.frame_size());
/// rig.draw(&Pose::default().with_head_yaw_deg(5.0), &mut frame)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RigParts {
    /// The frame of the rest pose.
    pub rest: Frame,
    /// Whether frames have transparent pixels.
    pub has_alpha: bool,
    /// The still picture behind the person, RGBA like `rest`; not used with `has_alpha`.
    pub background: Frame,
    /// The person: colour times coverage (for opaque frames: portrait minus the uncovered part of
    /// the background, so that drawing at rest gives the portrait exactly) and coverage.
    pub person: Texture,
    /// The head: two fields, pixels per unit sine of yaw and of pitch.
    pub head: Warp,
    /// Brows and lids, in the head's rest pose: pixels per unit of brow raise, upper lid, lower lid,
    /// soft eyes to the right, soft eyes down.
    pub features: Warp,
    /// The eyes that are drawn in layers: none where soft eyes are used.
    pub eyes: Vec<RigEye>,
    /// Travel of the irises in eye widths at pupil_x -15 and 15.
    pub iris_travel: [f32; 2],
    /// Quarter turns clockwise that stand the portrait's head upright: 0 to 3. Directions stay those
    /// of the screen.
    pub quarter_turns: u8,
    /// What any pose may change.
    pub moving: Rect,
}

impl RigParts {
    /// Parts of an opaque rig that may move everywhere, whose eyes have no layers and whose head is upright; the
    /// picture itself lies behind the person. `head` has two fields, `features` five.
    pub fn new(rest: Frame, person: Texture, head: Warp, features: Warp) -> Self {
        Self {
            has_alpha: false,
            background: rest.clone(),
            moving: Rect::covering(rest.size()),
            rest,
            person,
            head,
            features,
            eyes: Vec::new(),
            iris_travel: [0.0; 2],
            quarter_turns: 0,
        }
    }

    /// Frames have transparent pixels: nothing lies behind the person.
    #[must_use]
    pub fn with_alpha(mut self) -> Self {
        self.has_alpha = true;
        self
    }

    /// Another still picture behind the person.
    #[must_use]
    pub fn with_background(mut self, background: Frame) -> Self {
        self.background = background;
        self
    }

    /// Eyes drawn in layers, and the travel of their irises in eye widths at pupil_x -15 and 15.
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

    /// What does not fit together, if anything.
    pub(super) fn misfit(&self) -> Option<&'static str> {
        let size = self.rest.size();
        let is_whole = |warp: &Warp, fields: usize| {
            warp.spacing > 0
                && warp.basis.len() == fields
                && warp.basis.iter().all(|field| {
                    Some(field.len()) == warp.cols.checked_mul(warp.rows) && !field.is_empty()
                })
        };
        let moving = self.moving;
        let fits = [
            (self.background.size() == size, "the background has another size than the picture"),
            (
                moving.width > 0 && moving.height > 0 && moving.is_within(size),
                "the moving rectangle is empty or leaves the picture",
            ),
            (is_whole(&self.head, 2), "the head needs two whole fields"),
            (is_whole(&self.features, 5), "the features need five whole fields"),
            (self.quarter_turns < 4, "a head has 0 to 3 quarter turns"),
            (self.eyes.iter().all(|eye| eye.patch.is_whole()), "an eye's maps are not whole"),
        ];
        fits.into_iter().find_map(|(is_so, misfit)| (!is_so).then_some(misfit))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rig;
    use super::*;
    use crate::error::ErrorKind;
    use crate::frame::Size;

    fn parts() -> RigParts {
        let size = Size { width: 16, height: 12 };
        let person = Texture::from_pixels(size, &vec![[9.0; 4]; size.area()], Rect::covering(size));
        let warp = |fields| Warp {
            origin: [0, 0],
            spacing: 8,
            cols: 3,
            rows: 3,
            basis: vec![vec![[0.0; 2]; 9]; fields],
        };
        RigParts::new(Frame::new(size), person, warp(2), warp(5))
    }

    #[test]
    fn parts_that_fit_make_a_rig() {
        let moving = Rect { x: 2, y: 3, width: 14, height: 9 };
        let rig = Rig::from_parts(parts().with_alpha().with_moving(moving)).unwrap();
        assert_eq!((rig.has_alpha(), rig.moving_rect()), (true, moving));
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
        let outside = Rect { x: u32::MAX, y: 0, width: 2, height: 1 };
        assert!(refusal(parts().with_moving(outside)).contains("moving"));
        let small = Frame::new(Size { width: 15, height: 12 });
        assert!(refusal(parts().with_background(small)).contains("background"));
        assert!(refusal(parts().with_quarter_turns(4)).contains("quarter"));
    }
}

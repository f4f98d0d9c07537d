//! Drawing one pose.

use std::sync::Arc;

use super::parts::unit;
use super::person::draw_person;
use super::surface::Surface;
use super::{RigEye, RigParts, Shift, WarpMap};
use crate::contract::{AXIS_EXTENT, Pose, PoseAxes, WEBP_MAX_SIDE};
use crate::error::{Error, ErrorKind, Result};
use crate::frame::{Frame, Rect, Size};
use crate::pack::PackHeader;

/// Rise and fall of the lids in eye widths at the ends of the vertical axis: [up, down], downwards
/// positive. The upper lid follows the iris down, as a real one does.
const UPPER_LID: [f32; 2] = [-0.035, 0.095];
const LOWER_LID: [f32; 2] = [-0.01, 0.035];
/// Travel of the iris in eye widths at the ends of the vertical axis: [up, down].
const IRIS_VERTICAL: [f32; 2] = [-0.09, 0.07];
/// Share of the soft eye's horizontal travel that it makes vertically.
const SOFT_VERTICAL: f32 = 0.35;

/// A portrait ready to be drawn in any pose. Cheap to clone but for the pixels of its frame size.
#[derive(Debug, Clone)]
pub struct Rig {
    parts: Arc<RigParts>,
    surface: Surface,
}

/// A pose as weights of the rig's fields.
struct Weights {
    head: [f32; 2],
    features: [f32; 5],
    iris: [f32; 2],
}

impl Rig {
    /// A rig of these parts, whose frames have the picture's size.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where sizes or numbers of fields disagree.
    pub fn from_parts(parts: RigParts) -> Result<Self> {
        let size = parts.picture.size();
        Self::from_parts_resized(parts, size)
    }

    /// A rig of these parts, whose frames have this size: see [`resized`](Self::resized).
    ///
    /// # Errors
    /// As in [`from_parts`](Self::from_parts) and [`resized`](Self::resized).
    pub fn from_parts_resized(mut parts: RigParts, size: Size) -> Result<Self> {
        if let Some(misfit) = parts.misfit() {
            return Err(Error::new(
                ErrorKind::Engine,
                format!("the parts of the rig do not fit together: {misfit}"),
            ));
        }
        if !parts.is_cut_out() {
            let (pixels, _) = parts.picture.pixels_mut().as_chunks_mut::<4>();
            pixels.iter_mut().for_each(|pixel| pixel[3] = 255);
        }
        let surface = Surface::new(&parts, checked(size)?);
        Ok(Self { parts: Arc::new(parts), surface })
    }

    /// The same rig with frames of another size: each pose is drawn at that size, which is sharper than scaling it and
    /// costs as much less as the frames are smaller. Larger ones than the picture are drawn from an enlarged picture.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] where a side is not from 1 to 16383 pixels, or both together have more than
    /// 33,554,432.
    ///
    /// ```
    /// # use gaze_rig::rig::Rig;
    /// # use gaze_rig::{Frame, Pose, Result, Size};
    /// # fn thumbnail(rig: &Rig) -> Result<Frame> {
    /// let small = rig.resized(Size { width: 82, height: 102 })?;
    /// let mut frame = Frame::new(small.frame_size());
    /// small.draw(&Pose::default().with_head_yaw_deg(5.0), &mut frame)?;
    /// # Ok(frame)
    /// # }
    /// ```
    pub fn resized(&self, size: Size) -> Result<Self> {
        let surface = Surface::new(&self.parts, checked(size)?);
        Ok(Self { parts: Arc::clone(&self.parts), surface })
    }

    /// What the rig is made of.
    pub fn parts(&self) -> &RigParts {
        &self.parts
    }

    /// Size of every frame.
    pub fn frame_size(&self) -> Size {
        self.surface.size
    }

    /// Whether frames have transparent pixels.
    pub fn has_alpha(&self) -> bool {
        self.parts.has_alpha()
    }

    /// The part of the frame that poses change.
    pub fn moving_rect(&self) -> Rect {
        self.surface.moving
    }

    /// Whether the eyes are drawn in layers rather than shifted softly.
    pub fn has_layered_eyes(&self) -> bool {
        !self.parts.eyes.is_empty()
    }

    /// Draws a pose into `frame`, every pixel of it.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where `frame` has another size than [`frame_size`](Self::frame_size).
    pub fn draw(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        if frame.size() != self.frame_size() {
            return Err(Error::new(
                ErrorKind::Engine,
                "the frame has another size than the rig draws: make it of frame_size()",
            ));
        }
        let weights = self.weights(pose);
        let Surface { head, features, .. } = &self.surface;
        let head = head.backward(&weights.head);
        let features = features.backward(&weights.features);
        frame.pixels_mut().copy_from_slice(self.surface.rest(&self.parts).pixels());
        draw_person(&self.surface, &head, &features, frame);
        if weights.iris != [0.0; 2] || weights.features != [0.0; 5] {
            for eye in &self.parts.eyes {
                self.draw_eye(eye, &weights, &head, &features, frame);
            }
        }
        self.surface.apply_mask(frame);
        Ok(())
    }

    fn weights(&self, pose: &Pose) -> Weights {
        let PoseAxes { pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow } = pose.axes();
        let sine = |degrees: f32| degrees.clamp(-10.0, 10.0).to_radians().sin();
        // Screen directions in the head's own axes.
        let turn = |[right, down]: [f32; 2]| match self.parts.quarter_turns % 4 {
            0 => [right, down],
            1 => [-down, right],
            2 => [-right, -down],
            _ => [down, -right],
        };
        let head = turn([sine(-head_yaw_deg), sine(head_pitch_deg)]);
        let [right, down] = turn([unit(pupil_x), unit(-pupil_y)]);
        let by_end = |ends: [f32; 2]| if down < 0.0 { -down * ends[0] } else { down * ends[1] };
        let [left_end, right_end] = self.parts.iris_travel;
        // Quadratic through both ends and 0: smooth at rest even where the ends differ.
        let across =
            right * (right_end - left_end) / 2.0 + right * right * (right_end + left_end) / 2.0;
        Weights {
            head,
            features: [
                (eyebrow / AXIS_EXTENT).clamp(0.0, 1.0),
                by_end(UPPER_LID),
                by_end(LOWER_LID),
                right,
                down * SOFT_VERTICAL,
            ],
            iris: [across, by_end(IRIS_VERTICAL)],
        }
    }

    fn draw_eye(
        &self,
        eye: &RigEye,
        weights: &Weights,
        head: &WarpMap,
        features: &WarpMap,
        frame: &mut Frame,
    ) {
        if eye.strength <= 0.0 {
            return;
        }
        let Surface { scale, size, person, .. } = &self.surface;
        let patch = &eye.patch;
        let extent = [patch.width as f32 / patch.per_pixel, patch.height as f32 / patch.per_pixel];
        let center = [patch.origin[0] + extent[0] / 2.0, patch.origin[1] + extent[1] / 2.0];
        let moved = self.parts.head.forward(&weights.head).at(center[0], center[1]);
        let margin = 0.15 * eye.frame.width + 2.0;
        let span = |axis: usize, limit: u32| {
            let from = patch.origin[axis] + moved[axis] - margin;
            let to = from + extent[axis] + 2.0 * margin;
            let [from, to] = [from, to].map(|at| scale.to_frame(axis, at).max(0.0));
            (from as u32).min(limit)..(to.ceil() as u32).min(limit)
        };
        for row in span(1, size.height) {
            let y = scale.to_picture(1, row);
            for col in span(0, size.width) {
                let x = scale.to_picture(0, col);
                let turned = undo(head.at(x, y), x, y);
                let lidded = undo(features.at(turned[0], turned[1]), turned[0], turned[1]);
                let cover = eye.cover(lidded);
                if cover <= 0.0 {
                    continue;
                }
                let color = eye.color(turned, lidded, weights.iris, person);
                let at = (row as usize * size.width as usize + col as usize) * 4;
                let pixel: &mut [u8] = &mut frame.pixels_mut()[at..at + 3];
                for (channel, new) in pixel.iter_mut().zip(color.to_array()) {
                    let old = f32::from(*channel);
                    *channel = (old + (new - old) * cover + 0.5) as u8;
                }
            }
        }
    }
}

/// A size that frames may have.
fn checked(size: Size) -> Result<Size> {
    if PackHeader::holds_frames_of(size) {
        return Ok(size);
    }
    Err(Error::new(
        ErrorKind::InvalidOption,
        format!(
            "frames of {} x {} px cannot be drawn: use sides from 1 to {WEBP_MAX_SIDE} px",
            size.width, size.height
        ),
    ))
}

fn undo(backward: Shift, x: f32, y: f32) -> [f32; 2] {
    [x + backward[0], y + backward[1]]
}

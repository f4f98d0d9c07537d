//! Drawing one pose.

use super::reach::Reach;
use super::{RigEye, RigParts, Sample, Shift, WarpMap};
use crate::contract::{AXIS_EXTENT, Pose, PoseAxes};
use crate::error::{Error, ErrorKind, Result};
use crate::frame::{Frame, Rect, Size};

/// Rise and fall of the lids in eye widths at the ends of the vertical axis: [up, down], downwards
/// positive. The upper lid follows the iris down, as a real one does.
const UPPER_LID: [f32; 2] = [-0.035, 0.095];
const LOWER_LID: [f32; 2] = [-0.01, 0.035];
/// Travel of the iris in eye widths at the ends of the vertical axis: [up, down].
const IRIS_VERTICAL: [f32; 2] = [-0.09, 0.07];
/// Share of the soft eye's horizontal travel that it makes vertically.
const SOFT_VERTICAL: f32 = 0.35;

/// A portrait ready to be drawn in any pose.
#[derive(Debug, Clone)]
pub struct Rig {
    parts: RigParts,
    reach: Reach,
}

/// A pose as weights of the rig's fields.
struct Weights {
    head: [f32; 2],
    features: [f32; 5],
    iris: [f32; 2],
}

impl Rig {
    /// A rig of these parts.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where sizes or numbers of fields disagree.
    pub fn from_parts(parts: RigParts) -> Result<Self> {
        if let Some(misfit) = parts.misfit() {
            return Err(Error::new(
                ErrorKind::Engine,
                format!("the parts of the rig do not fit together: {misfit}"),
            ));
        }
        let reach = Reach::of(&parts);
        Ok(Self { parts, reach })
    }

    /// Size of every frame.
    pub fn frame_size(&self) -> Size {
        self.parts.rest.size()
    }

    /// Whether frames have transparent pixels.
    pub fn has_alpha(&self) -> bool {
        self.parts.has_alpha
    }

    /// The part of the frame that poses change.
    pub fn moving_rect(&self) -> Rect {
        self.parts.moving
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
                format!("the frame is {:?}, the portrait {:?}", frame.size(), self.frame_size()),
            ));
        }
        let weights = self.weights(pose);
        let head = self.parts.head.backward(&weights.head);
        let features = self.parts.features.backward(&weights.features);
        frame.pixels_mut().copy_from_slice(self.parts.rest.pixels());
        self.draw_person(&head, &features, frame);
        if weights.iris != [0.0; 2] || weights.features != [0.0; 5] {
            for eye in &self.parts.eyes {
                self.draw_eye(eye, &weights, &head, &features, frame);
            }
        }
        Ok(())
    }

    fn weights(&self, pose: &Pose) -> Weights {
        let PoseAxes { pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow } = pose.axes();
        let unit = |value: f32| (value / AXIS_EXTENT).clamp(-1.0, 1.0);
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

    fn draw_person(&self, head: &WarpMap, features: &WarpMap, frame: &mut Frame) {
        let Rect { x: x0, y: y0, width, height } = self.parts.moving;
        let stride = self.frame_size().width as usize * 4;
        let mut turned = vec![[0.0; 2]; width as usize];
        for y in y0..y0 + height {
            head.fill_row(x0, y, &mut turned);
            let line = y as usize * stride + x0 as usize * 4;
            let behind = &self.parts.background.pixels()[line..][..width as usize * 4];
            let pixels = &mut frame.pixels_mut()[line..][..width as usize * 4];
            let (pixels, _) = pixels.as_chunks_mut::<4>();
            let (behind, _) = behind.as_chunks::<4>();
            for (i, (pixel, behind)) in pixels.iter_mut().zip(behind).enumerate() {
                if !self.reach.has(i, (y - y0) as usize) {
                    continue;
                }
                let [x, y] = undo(turned[i], (x0 as usize + i) as f32, y as f32);
                let lids = features.at(x, y);
                if turned[i] == [0.0; 2] && lids == [0.0; 2] {
                    continue;
                }
                let color = self.parts.person.at(x + lids[0], y + lids[1]);
                *pixel =
                    if self.parts.has_alpha { straight_alpha(color) } else { over(color, behind) };
            }
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
        let size = self.frame_size();
        let patch = &eye.patch;
        let extent = [patch.width as f32 / patch.per_pixel, patch.height as f32 / patch.per_pixel];
        let center = [patch.origin[0] + extent[0] / 2.0, patch.origin[1] + extent[1] / 2.0];
        let moved = self.parts.head.forward(&weights.head).at(center[0], center[1]);
        let margin = 0.15 * eye.frame.width + 2.0;
        let span = |axis: usize, limit: u32| {
            let from = patch.origin[axis] + moved[axis] - margin;
            let to = from + extent[axis] + 2.0 * margin;
            (from.max(0.0) as u32).min(limit)..(to.max(0.0).ceil() as u32).min(limit)
        };
        for y in span(1, size.height) {
            for x in span(0, size.width) {
                let turned = undo(head.at(x as f32, y as f32), x as f32, y as f32);
                let lidded = undo(features.at(turned[0], turned[1]), turned[0], turned[1]);
                let cover = eye.cover(lidded);
                if cover <= 0.0 {
                    continue;
                }
                let color = eye.color(turned, lidded, weights.iris, &self.parts.person);
                let at = (y as usize * size.width as usize + x as usize) * 4;
                let pixel: &mut [u8] = &mut frame.pixels_mut()[at..at + 3];
                for (channel, new) in pixel.iter_mut().zip(color.to_array()) {
                    let old = f32::from(*channel);
                    *channel = (old + (new - old) * cover + 0.5) as u8;
                }
            }
        }
    }
}

fn undo(backward: Shift, x: f32, y: f32) -> [f32; 2] {
    [x + backward[0], y + backward[1]]
}

/// The person over the background: both terms are in grey levels.
#[inline]
fn over(person: Sample, behind: &[u8; 4]) -> [u8; 4] {
    if person.is_opaque() {
        let [r, g, b, _] = person.to_bytes();
        return [r, g, b, 255];
    }
    let [r, g, b, coverage] = person.to_floats();
    let mix = |color: f32, behind: u8| to_byte(color + f32::from(behind) * (1.0 - coverage));
    [mix(r, behind[0]), mix(g, behind[1]), mix(b, behind[2]), 255]
}

/// Premultiplied colour and coverage as straight RGBA.
#[inline]
fn straight_alpha(person: Sample) -> [u8; 4] {
    if person.is_opaque() {
        let [r, g, b, _] = person.to_bytes();
        return [r, g, b, 255];
    }
    let [r, g, b, coverage] = person.to_floats();
    if coverage < 1.0 / 510.0 {
        return [0; 4];
    }
    let scale = 1.0 / coverage;
    [to_byte(r * scale), to_byte(g * scale), to_byte(b * scale), to_byte(coverage * 255.0)]
}

#[inline]
fn to_byte(value: f32) -> u8 {
    // Float to integer casts saturate, so overshoot clips.
    (value + 0.5) as u8
}

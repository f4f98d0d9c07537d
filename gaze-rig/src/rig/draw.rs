//! Drawing one pose.

use std::ops::Range;
use std::sync::Arc;

use super::blink::Blink;
use super::person::draw_person;
use super::surface::Surface;
use super::version::Weights;
use super::{IrisLayer, RigEye, RigParts, Shift, WarpMap};
use crate::contract::{Pose, WEBP_MAX_SIDE};
use crate::error::{Error, ErrorKind, Result};
use crate::frame::{Frame, Rect, Size};
use crate::pack::PackHeader;

/// A portrait ready to be drawn in any pose. Cheap to clone but for the pixels of its frame size.
#[derive(Debug, Clone)]
pub struct Rig {
    parts: Arc<RigParts>,
    surface: Surface,
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
        if !parts.has_alpha() {
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

    /// Whether any eye is drawn in layers rather than shifted softly.
    pub fn has_layered_eyes(&self) -> bool {
        self.parts.eyes.iter().any(|eye| eye.iris.is_some())
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
        let RigParts { version, quarter_turns, iris_travel, .. } = *self.parts;
        let weights = version.weights(pose.axes(), quarter_turns, iris_travel);
        let Surface { head, features, .. } = &self.surface;
        let head = head.backward(&weights.head);
        let features = features.backward(&weights.features);
        frame.pixels_mut().copy_from_slice(self.surface.rest(&self.parts).pixels());
        draw_person(&self.surface, &head, &features, frame);
        if weights.iris != [0.0; 2] || weights.features.iter().any(|weight| *weight != 0.0) {
            for eye in &self.parts.eyes {
                if let Some(layer) = &eye.iris {
                    self.draw_iris(eye, layer, &weights, [&head, &features], frame);
                }
            }
        }
        for (eye, &closed) in self.parts.eyes.iter().zip(&weights.blink) {
            if closed > 0.0 {
                self.draw_blink(eye, closed, &weights, [&head, &features], frame);
            }
        }
        Ok(())
    }

    fn draw_iris(
        &self,
        eye: &RigEye,
        layer: &IrisLayer,
        weights: &Weights,
        [head, features]: [&WarpMap; 2],
        frame: &mut Frame,
    ) {
        if eye.strength <= 0.0 {
            return;
        }
        let Surface { scale, size, person, .. } = &self.surface;
        let patch = &layer.patch;
        let [left, top] = patch.origin;
        let [width, height] = [patch.width, patch.height].map(|side| side as f32 / patch.per_pixel);
        let bounds = [left, top, left + width, top + height];
        let [cols, rows] = self.drawn(bounds, 0.15 * eye.frame.width + 2.0, weights);
        for row in rows {
            let y = scale.to_picture(1, row);
            for col in cols.clone() {
                let x = scale.to_picture(0, col);
                let turned = undo(head.at(x, y), x, y);
                let lidded = undo(features.at(turned[0], turned[1]), turned[0], turned[1]);
                let cover = layer.cover(lidded) * eye.strength;
                if cover <= 0.0 {
                    continue;
                }
                let color = eye.color(layer, turned, lidded, weights.iris, person);
                let at = (row as usize * size.width as usize + col as usize) * 4;
                let pixel: &mut [u8] = &mut frame.pixels_mut()[at..at + 3];
                for (channel, new) in pixel.iter_mut().zip(color.to_array()) {
                    let old = f32::from(*channel);
                    *channel = (old + (new - old) * cover + 0.5) as u8;
                }
            }
        }
    }

    fn draw_blink(
        &self,
        eye: &RigEye,
        closed: f32,
        weights: &Weights,
        [head, features]: [&WarpMap; 2],
        frame: &mut Frame,
    ) {
        let Surface { scale, size, person, moving, .. } = &self.surface;
        let pixel = scale.step(0).min(scale.step(1));
        let blink = Blink::new(eye, closed, person, pixel);
        let [cols, rows] = self.drawn(blink.bounds(), 0.15 * eye.frame.width + 2.0, weights);
        // Nothing else may change, wherever an eye claims to be.
        let within = |range: Range<u32>, from: u32, length: u32| {
            range.start.max(from)..range.end.min(from + length)
        };
        let cols = within(cols, moving.x, moving.width);
        for row in within(rows, moving.y, moving.height) {
            let y = scale.to_picture(1, row);
            for col in cols.clone() {
                let x = scale.to_picture(0, col);
                let turned = undo(head.at(x, y), x, y);
                let lidded = undo(features.at(turned[0], turned[1]), turned[0], turned[1]);
                let Some((color, cover)) = blink.color(lidded) else { continue };
                let at = (row as usize * size.width as usize + col as usize) * 4;
                let [r, g, b, coverage] = color.to_array();
                let whole = 1.0 / coverage.max(0.1);
                let pixel: &mut [u8] = &mut frame.pixels_mut()[at..at + 3];
                for (channel, new) in pixel.iter_mut().zip([r, g, b]) {
                    let old = f32::from(*channel);
                    *channel = (old + (new * whole - old) * cover + 0.5) as u8;
                }
            }
        }
    }

    /// Columns and rows of the frame that a rectangle of the picture can come to in a pose: left, top, right and bottom,
    /// and how much further lids and brows may move it, in pixels of the picture.
    fn drawn(&self, bounds: [f32; 4], margin: f32, weights: &Weights) -> [Range<u32>; 2] {
        let Surface { scale, size, .. } = &self.surface;
        let center = [0, 1].map(|axis| (bounds[axis] + bounds[axis + 2]) / 2.0);
        let moved = self.parts.head.forward(&weights.head).at(center[0], center[1]);
        let span = |axis: usize, limit: u32| {
            let ends = [bounds[axis] - margin, bounds[axis + 2] + margin];
            let [from, to] = ends.map(|at| scale.to_frame(axis, at + moved[axis]).max(0.0));
            (from as u32).min(limit)..(to.ceil() as u32).min(limit)
        };
        [span(0, size.width), span(1, size.height)]
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

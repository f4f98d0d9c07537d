//! Drawing one pose.

use std::ops::Range;
use std::sync::Arc;

use wide::f32x4;

use super::blink::Blink;
use super::person::draw_person;
use super::surface::Surface;
use super::version::Weights;
use super::{RigEye, RigParts, WarpMap};
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
        let Surface { head, features, person, scale, .. } = &self.surface;
        let head = head.backward(&weights.head);
        let features = features.backward(&weights.features);
        frame.pixels_mut().copy_from_slice(self.surface.rest(&self.parts).pixels());
        draw_person(&self.surface, &head, &features, frame);
        let posed = Posed { weights: &weights, head: &head, features: &features };
        if weights.iris != [0.0; 2] || weights.features != [0.0; 5] {
            let look = version.eye_look();
            for eye in &self.parts.eyes {
                let Some(layer) = eye.iris.as_ref().filter(|_| eye.strength > 0.0) else {
                    continue;
                };
                self.draw_over(layer.patch.bounds(), eye, &posed, frame, &|turned, lidded| {
                    let cover = layer.cover(lidded) * eye.strength;
                    (cover > 0.0).then(|| {
                        let color = eye.color(layer, turned, lidded, weights.iris, look, person);
                        (color, cover)
                    })
                });
            }
        }
        for (eye, &closed) in self.parts.eyes.iter().zip(&weights.blink) {
            if closed > 0.0 {
                let pixel = scale.step(0).min(scale.step(1));
                let blink = Blink::new(eye, closed, person, pixel);
                let color = |_, lidded| blink.color(lidded);
                self.draw_over(blink.bounds(), eye, &posed, frame, &color);
            }
        }
        self.surface.apply_mask(frame);
        Ok(())
    }

    /// Draws over the part of the frame that a rectangle of the picture (left, top, right, bottom) around an eye can come
    /// to in a pose. `color` gives colour and cover of a place of the picture: with the head's motion undone, and with
    /// that of lids and brows undone as well.
    fn draw_over(
        &self,
        bounds: [f32; 4],
        eye: &RigEye,
        posed: &Posed<'_>,
        frame: &mut Frame,
        color: &dyn Fn([f32; 2], [f32; 2]) -> Option<(f32x4, f32)>,
    ) {
        let Surface { scale, size, .. } = &self.surface;
        // Lids and brows may move it so much further.
        let [cols, rows] = self.drawn(bounds, 0.15 * eye.frame.width + 2.0, posed.weights);
        for row in rows {
            let y = scale.to_picture(1, row);
            for col in cols.clone() {
                let x = scale.to_picture(0, col);
                let turned = undo(posed.head, [x, y]);
                let lidded = undo(posed.features, turned);
                let Some((color, cover)) = color(turned, lidded) else { continue };
                let at = (row as usize * size.width as usize + col as usize) * 4;
                let pixel: &mut [u8] = &mut frame.pixels_mut()[at..at + 3];
                for (channel, new) in pixel.iter_mut().zip(color.to_array()) {
                    let old = f32::from(*channel);
                    *channel = (old + (new - old) * cover + 0.5) as u8;
                }
            }
        }
    }

    /// Columns and rows of the frame that a rectangle of the picture can come to in a pose, `margin` more on each side, in
    /// pixels of the picture. Nothing else may change than what moves, wherever an eye claims to be.
    fn drawn(&self, bounds: [f32; 4], margin: f32, weights: &Weights) -> [Range<u32>; 2] {
        let Surface { scale, moving, .. } = &self.surface;
        let center = [0, 1].map(|axis| (bounds[axis] + bounds[axis + 2]) / 2.0);
        let moved = self.parts.head.forward(&weights.head).at(center[0], center[1]);
        let span = |axis: usize, first: u32, length: u32| {
            let ends = [bounds[axis] - margin, bounds[axis + 2] + margin];
            let [from, to] = ends.map(|at| scale.to_frame(axis, at + moved[axis]));
            let within = |at: f32| (at as u32).clamp(first, first + length);
            within(from)..within(to.ceil())
        };
        [span(0, moving.x, moving.width), span(1, moving.y, moving.height)]
    }
}

/// A pose: its weights, and the backward fields that they make.
struct Posed<'a> {
    weights: &'a Weights,
    head: &'a WarpMap,
    features: &'a WarpMap,
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

fn undo(backward: &WarpMap, [x, y]: [f32; 2]) -> [f32; 2] {
    let [right, down] = backward.at(x, y);
    [x + right, y + down]
}

//! A closer look at a face that is small in the frame, where the picture was larger before.

use super::Face;
use super::iris::{self, Side};
use super::mesh::{self, Mesh};
use super::region::Region;
use crate::portrait::MIN_SIDE;
use gaze_rig::{Rect, Size};

/// Pixels of the close-up for each that a model is shown: with fewer than one it would be shown less than there is, and
/// regions move a little when they are found anew.
const DENSITY: f32 = 1.5;
/// A source must have this many pixels for one of the frame's to show more.
const WORTH: f32 = 1.1;
/// Room around all that the models may be shown, as a share of its side.
const MARGIN: f32 = 0.08;

/// The part of a source picture that shows the details of a face which a frame shows too small for the models.
///
/// Frames are pictures made smaller; the models take squares of fixed size. Where a face is so small in the frame that its
/// square would have to be enlarged, they are shown the picture as it was before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CloseUp {
    /// In pixels of the source picture.
    pub part: Rect,
    /// Longer side of the part at most that the models can make use of, in pixels.
    pub max_side: u32,
    frame: Size,
    source: Size,
}

impl CloseUp {
    /// What to look at for a face in pixels of a frame, which shows all of a source of this size; none where the frame
    /// serves as well.
    pub fn of(face: &Face, frame: Size, source: Size) -> Option<Self> {
        if (source.width as f32) < frame.width as f32 * WORTH {
            return None;
        }
        let mesh = Mesh::of(face);
        let whole = mesh.face_region();
        let eyes = [Side::Right, Side::Left].map(|side| iris::eye_region(&mesh, side));
        let enlarged = |region: &Region, input: f32| input / region.size[0];
        let most = eyes.iter().map(|eye| enlarged(eye, iris::INPUT_SIDE));
        let most = most.fold(enlarged(&whole, mesh::INPUT_SIDE), f32::max);
        if most <= 1.0 {
            return None;
        }
        let regions = std::iter::once(whole).chain(eyes).flat_map(Region::nearby);
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for region in regions {
            for (u, v) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
                for (axis, at) in region.to_portrait(u, v).into_iter().enumerate() {
                    low[axis] = low[axis].min(at);
                    high[axis] = high[axis].max(at);
                }
            }
        }
        let margin = MARGIN * (high[0] - low[0]).max(high[1] - low[1]);
        let place = |axis: usize, frame: u32, source: u32| {
            let scale = source as f32 / frame as f32;
            let start = ((low[axis] + 0.5 - margin) * scale).max(0.0) as u32;
            let end = ((high[axis] + 0.5 + margin) * scale).ceil().max(0.0) as u32;
            // No less than can be read as a picture.
            let side = end.saturating_sub(start).max(MIN_SIDE).min(source);
            (start.min(source - side), side)
        };
        let ((x, width), (y, height)) =
            (place(0, frame.width, source.width), place(1, frame.height, source.height));
        let shown = width.max(height) as f32 * frame.width as f32 / source.width as f32;
        Some(Self {
            part: Rect { x, y, width, height },
            max_side: (shown * most * DENSITY).ceil() as u32,
            frame,
            source,
        })
    }

    /// A face of the frame in pixels of a picture of this size, which shows the part.
    pub(super) fn to_part(self, face: &Face, size: Size) -> Face {
        face.resized(self.frame, self.source).in_part(self.part, size)
    }

    /// Undoes [`to_part`](Self::to_part).
    pub(super) fn to_frame(self, face: &Face, size: Size) -> Face {
        face.out_of_part(self.part, size).resized(self.source, self.frame)
    }
}

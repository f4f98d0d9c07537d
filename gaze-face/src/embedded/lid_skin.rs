//! How much skin there is between an eye and its brow.

use super::eye_shape::EyeShape;
use crate::matting::Head;
use gaze_rig::rig::RigEye;

/// Share of the way from lid to brow that is skin alone: the model's brow is narrower than hair is.
const BARE_SHARE: f32 = 0.55;
/// Bounds of what is believed, in eye widths.
const LEAST: f32 = 0.06;
const MOST: f32 = 0.5;
/// The part of the eye's width above which a brow is measured.
const ABOVE_EYE: std::ops::RangeInclusive<f32> = 0.0..=1.0;

/// Height of the bare skin above the upper lid of the subject's right (0) or left (1) eye, in eye widths.
pub(super) fn lid_skin(head: &Head, shape: &EyeShape, side: usize) -> f32 {
    let brow = head.topology.brows[side].lower_edge.iter().map(|point| {
        let [x, y] = head.mesh_xy(*point);
        let along = |axis: usize| {
            head.origin[axis] + head.iod * (x * head.right[axis] + y * head.down[axis])
        };
        shape.frame.to_frame([along(0), along(1)])
    });
    let above = brow.filter(|[t, _]| ABOVE_EYE.contains(t)).map(|[t, h]| shape.upper.at(t) - h);
    let nearest = above.fold(f32::MAX, f32::min);
    (BARE_SHARE * nearest).clamp(LEAST, MOST).min(RigEye::MOST_LID_SKIN)
}

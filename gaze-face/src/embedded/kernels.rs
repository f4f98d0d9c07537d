//! Inner steps of preparation for this repository's benches; no part of the public interface.

use super::feature_motion::feature_warp;
use super::iris_fit::fit_irises;
use super::rig_builder;
use crate::faces::Face;
use crate::matting::{Head, Plane};
use gaze_rig::Size;
use gaze_rig::rig::{IrisLayer, Warp};

/// How the head of a portrait of `size` moves, by the person's coverage.
pub fn head_fields(head: &Head, size: Size, matte: &Plane) -> Warp {
    rig_builder::head_fields(head, size, matte)
}

/// How brows and lids move.
pub fn feature_fields(head: &Head, face: &Face) -> Warp {
    feature_warp(head, &rig_builder::eye_shapes(face), None)
}

/// Both irises, fitted; `rgb` are the portrait's channels.
pub fn eyes(face: &Face, rgb: &[Plane; 3]) -> [IrisLayer; 2] {
    let shapes = rig_builder::eye_shapes(face);
    let irises = fit_irises(&shapes, face, rgb);
    std::array::from_fn(|side| rig_builder::iris_layer(&shapes[side], &irises[side], rgb))
}

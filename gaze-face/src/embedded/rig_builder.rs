//! A rig from a portrait, its face and its mask.

use super::eye_shape::EyeShape;
use super::feature_motion::feature_warp;
use super::head_motion::head_warp;
use super::iris_fit::{Iris, fit_irises};
use super::lid_skin::lid_skin;
use super::sclera::eye_patch;
use crate::engine::{EyeStyle, PrepareOptions};
use crate::faces::{Face, PersonMask};
use crate::matting::{Head, OwnPart, Plane, channels, cut_out, person_matte};
use gaze_rig::interpolation::smoothstep;
use gaze_rig::layers::distance_within;
use gaze_rig::rig::{IrisLayer, Rig, RigEye, RigParts, Warp};
use gaze_rig::{Frame, Rect, Result, Size};

/// Travel of the irises in eye widths to the left and to the right end. Lopsided as LivePortrait's
/// is: its sweep was measured by a face mesh, which sees about three quarters of it.
const IRIS_TRAVEL: [f32; 2] = [-0.16, 0.20];
/// Below these the layered eye has too little to work with and the soft one is drawn.
const LEAST_FRONTAL: f32 = 0.88;
const LEAST_CONTRAST: f32 = 12.0;
const LEAST_EYE_WIDTH: f32 = 9.0;
/// Above this the fitted circle is only a part of the iris.
const MOST_SECOND_EDGE: f32 = 18.0;
/// Above this an iris (radius / eye width) is no human one.
const LARGEST_IRIS: f32 = 0.29;
/// Room around the person whose background is not trusted: stray hair and blur, in IOD.
const FRINGE: f32 = 0.07;
/// Distance around the silhouette over which motion ends, in IOD.
const BEYOND: [f32; 2] = [0.15, 0.6];

/// Builds the rig of a face. `mask` may show the `others` too.
pub(super) fn build_rig(
    portrait: &Frame,
    face: &Face,
    others: &[Face],
    mut mask: PersonMask,
    options: &PrepareOptions,
) -> Result<Rig> {
    let size = portrait.size();
    let head = Head::of(face);
    let rgb = channels(portrait);
    OwnPart::find(face, others, &mask, &rgb).keep(&mut mask);
    let matte = person_matte(&head, &mask, &rgb);
    let head_fields = head_fields(&head, size, &matte);
    let shapes = eye_shapes(face);
    let irises = fit_irises(&shapes, face, &rgb);
    let soft = options.eyes == EyeStyle::Soft || needs_soft_eyes(&head, &shapes, &irises);
    let features = feature_warp(&head, &shapes, soft.then_some(&irises));
    let eyes = (0..2).map(|side| {
        let shape = &shapes[side];
        let iris = (!soft).then(|| iris_layer(shape, &irises[side], &rgb));
        RigEye { iris, ..rig_eye(shape, lid_skin(&head, shape, side)) }
    });
    let eyes = eyes.collect();

    let cut = Cut { portrait, rgb: &rgb, head: &head, matte };
    cut.rig([head_fields, features], eyes, IRIS_TRAVEL, options.remove_background)
}

/// A person in a picture, told from what is behind.
pub(super) struct Cut<'a> {
    pub(super) portrait: &'a Frame,
    /// The same, 0 to 255.
    pub(super) rgb: &'a [Plane; 3],
    pub(super) head: &'a Head,
    /// Coverage of the person, 0 to 1.
    pub(super) matte: Plane,
}

impl Cut<'_> {
    /// The rig of a person whose head and features move by these fields, and whose irises travel so many eye widths to
    /// the left and to the right.
    pub(super) fn rig(
        self,
        [head_fields, features]: [Warp; 2],
        eyes: Vec<RigEye>,
        iris_travel: [f32; 2],
        remove_background: bool,
    ) -> Result<Rig> {
        let Self { portrait, rgb, head, matte } = self;
        let moving = moving_rect(portrait.size(), &head_fields, &features);
        let picture =
            if remove_background { cut_out(portrait, rgb, &matte, head) } else { portrait.clone() };
        let parts = RigParts::new(picture, head_fields, features)
            .with_eyes(eyes, iris_travel)
            .with_quarter_turns(head.quarter_turns())
            .with_moving(moving);
        Rig::from_parts(if remove_background {
            parts.with_alpha()
        } else {
            parts.with_background(matte, (FRINGE * head.iod).max(2.0))
        })
    }
}

/// How the head moves, as far as it is the person's.
pub(super) fn head_fields(head: &Head, size: Size, matte: &Plane) -> Warp {
    let far = BEYOND[1] * head.iod + 2.0;
    let outside = distance_within(matte.width, matte.height, far, |i| matte.values[i] > 0.5);
    head_warp(head, size, |p| {
        1.0 - smoothstep(BEYOND[0], BEYOND[1], outside.at(p[0], p[1]) / head.iod)
    })
}

pub(super) fn eye_shapes(face: &Face) -> [EyeShape; 2] {
    std::array::from_fn(|side| EyeShape::of(&face.eyes[side], side))
}

fn needs_soft_eyes(head: &Head, shapes: &[EyeShape; 2], irises: &[Iris; 2]) -> bool {
    head.frontal < LEAST_FRONTAL
        || shapes.iter().zip(irises).any(|(shape, iris)| {
            iris.contrast < LEAST_CONTRAST
                || iris.second_edge > MOST_SECOND_EDGE
                || iris.radius / shape.frame.width > LARGEST_IRIS
                || shape.frame.width < LEAST_EYE_WIDTH
        })
}

/// An eye by its outline.
pub(super) fn rig_eye(shape: &EyeShape, lid_skin: f32) -> RigEye {
    RigEye {
        frame: shape.frame,
        upper: shape.upper.clone(),
        lower: shape.lower.clone(),
        strength: shape.gate(),
        lid_skin,
        iris: None,
    }
}

pub(super) fn iris_layer(shape: &EyeShape, iris: &Iris, rgb: &[Plane; 3]) -> IrisLayer {
    IrisLayer {
        center: shape.frame.to_frame(iris.center),
        radius: iris.radius / shape.frame.width,
        patch: eye_patch(shape, iris, rgb),
    }
}

/// Pixels that any field reaches.
fn moving_rect(size: Size, head: &Warp, features: &Warp) -> Rect {
    let (mut from, mut to) = ([f32::MAX; 2], [f32::MIN; 2]);
    for warp in [head, features] {
        for node in 0..warp.cols * warp.rows {
            if warp.basis.iter().all(|field| field[node] == [0.0; 2]) {
                continue;
            }
            let place = [node % warp.cols, node / warp.cols];
            for axis in 0..2 {
                let spacing = warp.spacing as f32;
                let at = warp.origin[axis] as f32 + place[axis] as f32 * spacing;
                from[axis] = from[axis].min(at - spacing);
                to[axis] = to[axis].max(at + spacing);
            }
        }
    }
    let clip = |value: f32, limit: u32| value.clamp(0.0, limit as f32) as u32;
    let (x, y) = (clip(from[0].floor(), size.width - 1), clip(from[1].floor(), size.height - 1));
    Rect {
        x,
        y,
        width: (clip(to[0].ceil(), size.width) - x).max(1),
        height: (clip(to[1].ceil(), size.height) - y).max(1),
    }
}

//! A rig from a portrait, its face and its mask.

use super::eye_outline::with_seen_outline;
use super::eye_shape::EyeShape;
use super::feature_motion::{feature_warp, soft_travel};
use super::head_motion::head_warp;
use super::iris_fit::{Iris, MOST_SECOND_EDGE, fit_irises};
use super::lid_skin::lid_skin;
use super::sclera::eye_patch;
use crate::engine::{EyeStyle, PrepareOptions};
use crate::faces::{Face, PersonMask};
use crate::matting::{
    Head, OwnAlpha, OwnPart, Plane, alpha_of, channels, cut_out, find_filling, length, person_matte,
};
use crate::portrait::flatten_over;
use gaze_rig::interpolation::smoothstep;
use gaze_rig::layers::distance_within;
use gaze_rig::rig::{IrisLayer, Rig, RigEye, RigParts, Warp};
use gaze_rig::{Frame, Rect, Result, Size};

/// Travel of the irises in eye widths to either end for a portrait that looks straight on: with LivePortrait's whole
/// range, of which a face mesh sees about three quarters.
const IRIS_TRAVEL: f32 = 0.18;
/// Irises that look to a side at rest move less there and more to the other: by this share of how far they are off,
/// and so much at most.
const OFF_SHARE: f32 = 0.8;
const MOST_OFF: f32 = 0.07;
/// How much further than a soft eye a layered one beside it moves at most: more, and the two look apart.
const BESIDE_SOFT: f32 = 1.1;
/// Below these a layered eye has too little to work with and a soft one is drawn. The far eye of a turned head is
/// narrow, and its iris no circle.
const LEAST_FRONTAL: f32 = 0.88;
const LEAST_FRONTAL_NEAR: f32 = 0.75;
const LEAST_EYE_WIDTH: f32 = 9.0;
/// Mean of both sides, and the weaker: an eye that looks to one side has hardly any sclera there.
const LEAST_CONTRAST: f32 = 14.0;
const LEAST_SIDE: f32 = 0.0;
/// Above this an iris is larger than people's, and perhaps a shadow.
const LARGEST_SCALE: f32 = 1.25;
/// Room around the person whose background is not trusted: stray hair and blur, in IOD.
const FRINGE: f32 = 0.07;
/// Sine of the farthest turn of the head in a sweep, for both axes together.
const FARTHEST_SINE: f32 = 0.14;
/// Distance around the silhouette over which motion ends, in IOD.
const BEYOND: [f32; 2] = [0.15, 0.6];

/// Builds the rig of a face in a portrait, which is taken apart in `own`. `mask` may show the `others` too.
pub(super) fn build_rig(
    portrait: &Frame,
    own: &OwnAlpha<'_>,
    face: &Face,
    others: &[Face],
    mut mask: PersonMask,
    options: &PrepareOptions,
) -> Result<Rig> {
    let size = portrait.size();
    let head = Head::of(face);
    let rgb = channels(&own.colors);
    let is_cut_out = own.is_cut_out(&head, &mask);
    OwnPart::find(face, others, &mask, &rgb).keep(&mut mask);
    let matte = match own.person(&head, &mask).filter(|_| is_cut_out) {
        Some(person) => person,
        None => person_matte(&head, &mask, &rgb),
    };
    let head_fields = head_fields(&head, size, &matte);
    let shapes = eye_shapes(face);
    let irises = fit_irises(&shapes, face, head.iod, &rgb);
    let soft = [0, 1].map(|side| {
        let is_soft =
            options.eyes == EyeStyle::Soft || needs_soft_eye(&head, &shapes, &irises, side);
        is_soft.then_some(irises[side])
    });
    let features = feature_warp(&head, &shapes, soft);
    let eyes = (0..2).map(|side| {
        let shape = &shapes[side];
        let iris = soft[side].is_none().then(|| iris_layer(shape, &irises[side], &rgb));
        let eye = rig_eye(shape, lid_skin(&head, shape, side));
        match iris {
            Some(_) => RigEye { iris, ..eye },
            None => with_seen_outline(eye, shape, &rgb),
        }
    });
    let eyes = eyes.collect();

    let cut = Cut { portrait, own, is_cut_out, rgb: &rgb, head: &head, matte };
    cut.rig([head_fields, features], eyes, iris_travel(&shapes, &irises, soft), options)
}

/// A person in a picture, told from what is behind.
pub(super) struct Cut<'a> {
    pub(super) portrait: &'a Frame,
    /// The same taken apart.
    pub(super) own: &'a OwnAlpha<'a>,
    /// Whether the portrait's own alpha is the person's.
    pub(super) is_cut_out: bool,
    /// Its colours, 0 to 255.
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
        options: &PrepareOptions,
    ) -> Result<Rig> {
        let Self { portrait, own, is_cut_out, rgb, head, matte } = self;
        let moving = moving_rect(portrait.size(), &head_fields, &features);
        // The person alone, in a frame that is otherwise transparent.
        let alone = match &own.alpha {
            Some(_) if is_cut_out && options.remove_background => Some(own.with_alpha(&matte)),
            Some(alpha) if is_cut_out => Some(own.with_alpha(alpha)),
            _ => options.remove_background.then(|| cut_out(portrait, rgb, &matte, head)),
        };
        let fringe = (FRINGE * head.iod).max(2.0);
        let moved = head_fields.forward(&[FARTHEST_SINE, FARTHEST_SINE, 0.0]);
        let over_ground = |parts: RigParts, matte: Plane| {
            let shift = |[x, y]: [f32; 2]| length(moved.at(x, y));
            let filling = find_filling(rgb, &matte, fringe, (head.origin, head.iod), shift);
            let parts = parts.with_background(matte, fringe);
            match filling {
                Some(filling) => parts.with_filling(filling),
                None => parts,
            }
        };
        let parts = |picture| {
            RigParts::new(picture, head_fields, features)
                .with_eyes(eyes, iris_travel)
                .with_quarter_turns(head.quarter_turns())
                .with_moving(moving)
        };
        Rig::from_parts(match (alone, options.background, &own.alpha) {
            (Some(alone), None, _) => parts(alone).with_alpha(),
            (Some(mut alone), Some(color), _) => {
                let matte = alpha_of(&alone);
                flatten_over(&mut alone, color);
                parts(alone).with_background(matte, fringe)
            }
            (None, _, None) => over_ground(parts(portrait.clone()), matte),
            (None, None, Some(alpha)) => {
                over_ground(parts(own.colors.clone().into_owned()), matte).with_mask(alpha.clone())
            }
            (None, Some(color), Some(alpha)) => {
                let mut picture = portrait.clone();
                flatten_over(&mut picture, color);
                let matte = matte.zip(alpha, |person, alpha| person.min(alpha));
                parts(picture).with_background(matte, fringe)
            }
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

/// Travel of both irises in eye widths to the left and to the right end. Eyes that squint inwards cancel each other; an eye
/// that is layered stays with one that is not.
fn iris_travel(shapes: &[EyeShape; 2], irises: &[Iris; 2], soft: [Option<Iris>; 2]) -> [f32; 2] {
    let places =
        shapes.iter().zip(irises).map(|(shape, iris)| shape.frame.to_frame(iris.center)[0]);
    let off = OFF_SHARE * (places.sum::<f32>() / 2.0 - 0.5);
    let off = off.clamp(-MOST_OFF, MOST_OFF);
    let beside = (0..2)
        .filter(|side| soft[1 - side].is_none())
        .filter_map(|side| soft[side].map(|iris| BESIDE_SOFT * soft_travel(&shapes[side], &iris)));
    let most = beside.fold(f32::MAX, f32::min);
    [-IRIS_TRAVEL - off, IRIS_TRAVEL - off].map(|travel| travel.clamp(-most, most))
}

/// Whether the iris of one eye cannot be told well enough from what is around it to move by itself.
fn needs_soft_eye(head: &Head, shapes: &[EyeShape; 2], irises: &[Iris; 2], side: usize) -> bool {
    let (shape, other, iris) = (&shapes[side], &shapes[1 - side], &irises[side]);
    let is_far = shape.frame.width < other.frame.width;
    let [left, right] = iris.contrast;
    head.frontal < if is_far { LEAST_FRONTAL } else { LEAST_FRONTAL_NEAR }
        || (left + right) / 2.0 < LEAST_CONTRAST
        || left.min(right) < LEAST_SIDE
        || iris.second_edge > MOST_SECOND_EDGE
        || iris.scale > LARGEST_SCALE
        || shape.frame.width < LEAST_EYE_WIDTH
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::fake::face_at;

    #[test]
    fn irises_that_look_aside_have_the_same_range_about_the_middle() {
        let face = face_at(200.0, 220.0, 90.0);
        let shapes = eye_shapes(&face);
        let at = |places: [f32; 2]| {
            let irises = std::array::from_fn(|side| {
                let frame = &shapes[side].frame;
                Iris {
                    center: frame.to_pixels([places[side], 0.0]),
                    radius: 0.22 * frame.width,
                    whole_radius: 0.22 * frame.width,
                    is_spot: false,
                    scale: 1.0,
                    contrast: [40.0; 2],
                    second_edge: 0.0,
                }
            });
            iris_travel(&shapes, &irises, [None; 2])
        };
        let near =
            |[a, b]: [f32; 2], [c, d]: [f32; 2]| (a - c).abs() < 1e-3 && (b - d).abs() < 1e-3;
        assert!(near(at([0.5, 0.5]), [-0.18, 0.18]));
        assert!(near(at([0.45, 0.55]), [-0.18, 0.18]));
        assert!(near(at([0.5, 0.6]), [-0.22, 0.14]));
        assert!(near(at([0.1, 0.2]), [-0.11, 0.25]));
    }

    #[test]
    fn a_layered_eye_stays_with_a_soft_one() {
        let face = face_at(200.0, 220.0, 90.0);
        let shapes = eye_shapes(&face);
        let irises: [Iris; 2] = std::array::from_fn(|side| {
            let frame = &shapes[side].frame;
            Iris {
                center: frame.to_pixels([0.62, 0.0]),
                radius: 0.2 * frame.width,
                whole_radius: 0.2 * frame.width,
                is_spot: false,
                scale: 1.0,
                contrast: [40.0; 2],
                second_edge: 0.0,
            }
        });
        let alone = iris_travel(&shapes, &irises, [None; 2]);
        let beside = iris_travel(&shapes, &irises, [None, Some(irises[1])]);
        let soft = soft_travel(&shapes[1], &irises[1]);
        assert!(alone[0] < -0.2 && soft < 0.16, "{alone:?} {soft}");
        assert!(beside.iter().all(|travel| travel.abs() <= BESIDE_SOFT * soft), "{beside:?}");
        assert!(beside[0] < -0.08 && beside[1] > 0.08, "{beside:?}");
        // Two soft eyes have no layer to hold back.
        assert_eq!(iris_travel(&shapes, &irises, irises.map(Some)), alone);
    }
}

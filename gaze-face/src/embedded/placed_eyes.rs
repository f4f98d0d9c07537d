//! A rig from a face whose eyes were named: of any creature.

use super::eye_shape::EyeShape;
use super::feature_motion::feature_warp;
use super::iris_fit::Iris;
use super::lid_skin::lid_skin;
use super::rig_builder::{Cut, eye_shapes, head_fields, iris_layer, rig_eye};
use crate::engine::{EyeStyle, PrepareOptions};
use crate::faces::{EyeKind, NamedEye, NamedFace};
use crate::matting::{Creature, Head, OwnAlpha, Plane, channels, person_matte};
use gaze_rig::rig::{IrisLayer, Rig, RigEye, Shift, Warp};
use gaze_rig::{Frame, Result, Size};

/// Travel of irises in white in eye widths to the left and to the right end.
const WHITE_TRAVEL: f32 = 0.18;
/// Room that a pupil leaves to the corner of its eye, in eye widths.
const PUPIL_ROOM: f32 = 0.10;
/// Travel of pupils in eye widths at most.
const PUPIL_TRAVEL: f32 = 0.2;
/// Radius of what moves with a pupil, in eye widths: a slit takes some of its iris along.
const PUPIL_RADII: [f32; 2] = [0.22, 0.30];
/// Radius of what moves around a spot at least, in distances between the eyes: how far spots move goes by it.
const LEAST_SPOT: f32 = 0.15;
/// How much further spots move than soft eyes of people do, across and down.
const SPOT_GAIN: [f32; 2] = [1.15, 1.7];

/// Builds the rig of a face whose eyes were named in a portrait, which is taken apart in `own`.
pub(super) fn build_named_rig(
    portrait: &Frame,
    own: &OwnAlpha<'_>,
    named: NamedFace,
    creature: &Creature,
    options: &PrepareOptions,
) -> Result<Rig> {
    let named = match creature.has_outline {
        true => {
            let extent = named.extent_in(&creature.mask.values, creature.mask.size);
            named.with_extent(extent)
        }
        false => named,
    };
    let head = Head::of(&named.face);
    let rgb = channels(&own.colors);
    let is_cut_out = own.is_cut_out(&head, &creature.mask);
    let matte = if let Some(person) = own.person(&head, &creature.mask).filter(|_| is_cut_out) {
        person
    } else if creature.has_outline || options.remove_background {
        person_matte(&head, &creature.mask, &rgb)
    } else {
        // Nothing is known to be behind: all of it gives way a little.
        rgb[0].map(|_| 1.0)
    };
    let kind = if options.eyes == EyeStyle::Soft { EyeKind::Spot } else { named.eyes[0].kind };
    let shapes = eye_shapes(&named.face);
    let movers: [Iris; 2] =
        std::array::from_fn(|side| mover(&named.eyes[side], kind, &shapes[side], &head));
    let soft = kind == EyeKind::Spot;
    let mut features = feature_warp(&head, &shapes, movers.map(|mover| soft.then_some(mover)));
    if soft {
        look_further(&mut features);
    }
    let eyes: Vec<RigEye> = (0..2)
        .map(|side| {
            let (shape, mover) = (&shapes[side], &movers[side]);
            let iris = match kind {
                EyeKind::Spot => None,
                EyeKind::White => Some(iris_layer(shape, mover, &rgb)),
                EyeKind::Filled => Some(pupil_layer(shape, mover, &rgb)),
            };
            RigEye { iris, ..rig_eye(shape, lid_skin(&head, shape, side)) }
        })
        .collect();
    let travel = match kind {
        EyeKind::Filled => {
            shapes.iter().zip(&movers).fold(PUPIL_TRAVEL, |least, (shape, pupil)| {
                least.min(0.5 - PUPIL_ROOM - pupil.radius / shape.frame.width)
            })
        }
        _ => WHITE_TRAVEL,
    };
    let features = within(&features, portrait.size());
    let head_fields = head_fields(&head, portrait.size(), &matte);
    let cut = Cut { portrait, own, is_cut_out, rgb: &rgb, head: &head, matte };
    cut.rig([head_fields, features], eyes, [-travel, travel], options)
}

/// What moves in an eye.
fn mover(eye: &NamedEye, kind: EyeKind, shape: &EyeShape, head: &Head) -> Iris {
    let radius = match kind {
        EyeKind::White => eye.radius,
        EyeKind::Filled => {
            let [least, most] = PUPIL_RADII.map(|share| share * shape.frame.width);
            (1.15 * eye.radius).clamp(least, most)
        }
        EyeKind::Spot => eye.half[0].max(eye.half[1]).max(LEAST_SPOT * head.iod),
    };
    Iris {
        center: eye.center,
        radius,
        whole_radius: radius,
        is_spot: kind == EyeKind::Spot,
        scale: 1.0,
        contrast: [100.0; 2],
        second_edge: 0.0,
    }
}

/// The part of a warp that lies in a picture: eyes may be anywhere in it, and what is around them outside.
fn within(warp: &Warp, size: Size) -> Warp {
    let spacing = warp.spacing as i32;
    let nodes = |axis: usize, count: usize, length: u32| {
        let first = (-warp.origin[axis] / spacing - 1).clamp(0, count as i32 - 2);
        let end = (length as i32 - warp.origin[axis]) / spacing + 2;
        first as usize..(end.clamp(first + 2, count as i32) as usize)
    };
    let (cols, rows) = (nodes(0, warp.cols, size.width), nodes(1, warp.rows, size.height));
    let origin = [cols.start, rows.start].map(|first| first as i32 * spacing);
    let kept = |field: &Vec<Shift>| {
        let row = |row: usize| &field[row * warp.cols..][cols.clone()];
        rows.clone().flat_map(row).copied().collect()
    };
    Warp {
        origin: [warp.origin[0] + origin[0], warp.origin[1] + origin[1]],
        spacing: warp.spacing,
        cols: cols.len(),
        rows: rows.len(),
        basis: warp.basis.iter().map(kept).collect(),
    }
}

/// Spots have no lids that hold them back.
fn look_further(features: &mut Warp) {
    for (field, gain) in features.basis[3..].iter_mut().zip(SPOT_GAIN) {
        field.iter_mut().flatten().for_each(|shift| *shift *= gain);
    }
}

/// What moves in an eye whose iris fills it: the pupil moves over the iris as it would be without a pupil.
fn pupil_layer(shape: &EyeShape, pupil: &Iris, rgb: &[Plane; 3]) -> IrisLayer {
    /// Rays, and radii in those of the pupil, on which the iris is looked at.
    const RAYS: usize = 24;
    const RADII: [f32; 3] = [1.25, 1.45, 1.65];
    let mut layer = iris_layer(shape, pupil, rgb);
    // The colour of the iris in each direction, neighbours helping.
    let seen: Vec<[f32; 3]> = (0..RAYS)
        .map(|i| {
            let (sin, cos) = (i as f32 * std::f32::consts::TAU / RAYS as f32).sin_cos();
            let at = |radius: f32| -> [f32; 2] {
                std::array::from_fn(|k| pupil.center[k] + radius * pupil.radius * [cos, sin][k])
            };
            let mut sum = [0.0; 3];
            let mut count = 0.0;
            for p in RADII.map(at) {
                if shape.inside_distance(p) > 0.08 * shape.frame.width || count == 0.0 {
                    count += 1.0;
                    sum.iter_mut().zip(rgb).for_each(|(sum, plane)| *sum += plane.at(p[0], p[1]));
                }
            }
            sum.map(|sum| sum / count)
        })
        .collect();
    let patch = &mut layer.patch;
    for (i, sample) in patch.sclera.iter_mut().enumerate() {
        let x = patch.origin[0] + (i % patch.width) as f32 / patch.per_pixel - pupil.center[0];
        let y = patch.origin[1] + (i / patch.width) as f32 / patch.per_pixel - pupil.center[1];
        let mut color = [0.0; 3];
        let mut total = 0.0;
        for (ray, seen) in seen.iter().enumerate() {
            let (sin, cos) = (ray as f32 * std::f32::consts::TAU / RAYS as f32).sin_cos();
            let r = 1.4 * pupil.radius;
            let far = ((x - r * cos).powi(2) + (y - r * sin).powi(2)) / (r * r);
            let weight = 1.0 / (0.1 + far);
            total += weight;
            color.iter_mut().zip(seen).for_each(|(color, value)| *color += weight * value);
        }
        for (channel, color) in sample.iter_mut().zip(color) {
            *channel = color / total;
        }
    }
    layer
}

//! A face whose eyes somebody has named, where no model need see one.

use super::generic_head::{EyeAxes, HeadExtent, generic_mesh};
use super::mesh::Mesh;
use super::named_eye::{EyeKind, NamedEye, fit_eyes};
use super::region::Region;
use super::topology::Topology;
use super::{EyeLandmarks, Face};
use crate::portrait::Portrait;
use gaze_rig::{Error, ErrorKind, Result, Size};

/// Between the eyes, in pixels of the picture that faces are sought in: less has no eyes to move.
const LEAST_DISTANCE: f32 = 12.0;
/// Square that the mesh model is shown: its side and how far its middle lies below the eyes, in distances between them.
const FACE_SIDE: f32 = 4.1;
const FACE_DROP: f32 = 0.3;
/// How far a human mesh may have its eyes from the named ones, in distances between them.
const SAME_EYE: f32 = 0.35;
/// The same of irises.
const SAME_IRIS: f32 = 0.25;

/// A face by the places of its eyes.
#[derive(Debug, Clone)]
pub struct NamedFace {
    /// The face: a human one where the models see one there, else a [generic](HeadKind::Generic) one.
    pub face: Face,
    /// What its mesh is.
    pub head: HeadKind,
    /// The eyes as they were found around the named points without any model, the one on the left of an upright
    /// picture first.
    pub eyes: [NamedEye; 2],
}

/// What the mesh of a [`NamedFace`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadKind {
    /// A human face, eyes and all, as the models see it.
    Human,
    /// A human face with eyes that are none: of some drawings and dolls. The mesh is the models', the eyes are not.
    HumanWithOtherEyes,
    /// An egg with a snout: of animals and most drawings.
    Generic,
}

/// The eyes in pixels of a portrait that may be resized, the one on the left of an upright picture first. `eyes` counts in
/// pixels of the picture as it was read and oriented, pixel centres at whole numbers.
///
/// # Errors
/// [`InvalidOption`](ErrorKind::InvalidOption) where a point is no number or outside of the picture, or both are so near to
/// each other that there is nothing to move.
pub fn named_eyes(eyes: [[f32; 2]; 2], portrait: &Portrait) -> Result<[[f32; 2]; 2]> {
    let (size, source) = (portrait.size(), portrait.source_size());
    let wrong = |message: String| Err(Error::new(ErrorKind::InvalidOption, message));
    for [x, y] in eyes {
        if !(x.is_finite() && y.is_finite()) {
            return wrong("an eye's place is no number: name it in pixels of the picture".into());
        }
        // Up to the outer edges, whether pixels are counted by their centres or as shares.
        let is_within = |at: f32, length: u32| at >= -0.5 && at <= length as f32;
        if !is_within(x, source.width) || !is_within(y, source.height) {
            return wrong(format!(
                "the eye at {x}, {y} lies outside of the picture of {} x {} px: name the middle of each eye in pixels",
                source.width, source.height
            ));
        }
    }
    let resized = |at: f32, to: u32, from: u32| (at + 0.5) * to as f32 / from as f32 - 0.5;
    let [a, b] = eyes.map(|[x, y]| {
        [resized(x, size.width, source.width), resized(y, size.height, source.height)]
    });
    let distance = (b[0] - a[0]).hypot(b[1] - a[1]);
    if distance < LEAST_DISTANCE {
        return wrong(format!(
            "the eyes are {distance:.0} px apart in frames of {} x {} px: name the middle of each eye, or crop the picture closer to the face",
            size.width, size.height
        ));
    }
    // On a face that lies on its side the upper one is the right one.
    Ok(if (a[0], a[1]) <= (b[0], b[1]) { [a, b] } else { [b, a] })
}

/// Where the mesh model looks for a human face with these eyes.
pub(super) fn face_square(axes: EyeAxes) -> Region {
    let center = axes.to_pixels([0.0, FACE_DROP]);
    let angle = axes.right[1].atan2(axes.right[0]);
    Region::square(center, FACE_SIDE * axes.distance, angle)
}

/// Whether a human mesh has its eyes where they were named.
pub(super) fn agrees(mesh: &Mesh, eyes: [[f32; 2]; 2], axes: EyeAxes) -> bool {
    mesh.topology.eyes.iter().zip(eyes).all(|(points, named)| {
        let [a, b] = points.corners().map(|i| mesh.points[i]);
        let (x, y) = ((a[0] + b[0]) / 2.0 - named[0], (a[1] + b[1]) / 2.0 - named[1]);
        x.hypot(y) < SAME_EYE * axes.distance
    })
}

/// Whether the eyes are discs in white that can be seen all round, as only drawings and dolls have them: the iris model,
/// which has learned people, sees less of them than there is.
pub(super) fn are_drawn(eyes: &[NamedEye; 2]) -> bool {
    /// In grey levels; photographs of people with their eyes torn open reach two thirds of it.
    const CLEAR: f32 = 60.0;
    eyes.iter().all(|eye| eye.kind == EyeKind::White && eye.clearness >= CLEAR)
}

/// Whether the iris model has found an iris at the place that was named.
pub(super) fn is_at(eye: &EyeLandmarks, named: [f32; 2], axes: EyeAxes) -> bool {
    let (x, y) = (eye.iris_center[0] - named[0], eye.iris_center[1] - named[1]);
    x.hypot(y) < SAME_IRIS * axes.distance
}

impl NamedFace {
    /// A face that no model sees.
    pub(super) fn generic(portrait: &Portrait, named: [[f32; 2]; 2]) -> Self {
        let axes = EyeAxes::of(named);
        let eyes = fit_eyes(&portrait.flattened(), named, axes);
        let landmarks = eyes.each_ref().map(|eye| eye.landmarks(axes));
        let topology = Topology::MEDIAPIPE;
        let mesh = generic_mesh(topology, axes, HeadExtent::TYPICAL, &landmarks);
        let face = Face { mesh, topology, eyes: landmarks, presence: 0.0, detection_score: 0.0 };
        Self { face, head: HeadKind::Generic, eyes }
    }

    /// The same with another outline of its head, where that is no human one.
    #[must_use]
    pub fn with_extent(mut self, extent: HeadExtent) -> Self {
        if self.head == HeadKind::Generic {
            let axes = self.axes();
            self.face.mesh = generic_mesh(self.face.topology, axes, extent, &self.face.eyes);
        }
        self
    }

    /// How far the head reaches by what is known of which pixels are the creature's, 0 to 1, a value a pixel.
    pub fn extent_in(&self, mask: &[f32], size: Size) -> HeadExtent {
        /// Least and most of a head, in distances between the eyes.
        const SIDE: [f32; 2] = [0.95, 2.2];
        const TOP: [f32; 2] = [0.75, 2.0];
        const BOTTOM: [f32; 2] = [1.0, 2.6];
        let axes = self.axes();
        let is_creature = |place: [f32; 2]| {
            let [x, y] = axes.to_pixels(place);
            let (x, y) = (x.round(), y.round());
            let is_inside = x >= 0.0 && y >= 0.0 && x < size.width as f32 && y < size.height as f32;
            is_inside && mask[y as usize * size.width as usize + x as usize] >= 0.5
        };
        // The farthest of a few parallel lines is an ear or a tuft: the middle one counts.
        let reach = |range: [f32; 2], line: &dyn Fn(f32, f32) -> [f32; 2]| {
            let mut ends: Vec<f32> = [-0.3, -0.15, 0.0, 0.15, 0.3]
                .into_iter()
                .map(|beside| {
                    // The mask has holes, where eyes are for instance.
                    let steps = ((range[1] - range[0]) / 0.02).ceil() as usize;
                    let out = (0..=steps).map(|i| (range[0] + i as f32 * 0.02).min(range[1]));
                    out.take_while(|&out| is_creature(line(beside, out))).last().unwrap_or(0.0)
                })
                .collect();
            ends.sort_by(f32::total_cmp);
            ends[2].clamp(range[0], range[1])
        };
        // What goes on and on below the chin is neck and body.
        let below = reach(BOTTOM, &|beside, out| [beside, out]);
        let bottom = if below < BOTTOM[1] { below } else { HeadExtent::TYPICAL.bottom };
        HeadExtent {
            sides: [
                reach(SIDE, &|beside, out| [-out, beside]),
                reach(SIDE, &|beside, out| [out, beside]),
            ],
            top: reach(TOP, &|beside, out| [beside, -out]),
            bottom,
        }
    }

    /// Axes of the head by the middles of the eyes.
    pub(super) fn axes(&self) -> EyeAxes {
        EyeAxes::of(self.eyes.each_ref().map(|eye| eye.named))
    }
}

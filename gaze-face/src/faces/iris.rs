//! Stage three: the lids and the iris of each eye.

use super::EyeLandmarks;
use super::mesh::Mesh;
use super::network::{Network, Signature};
use super::pyramid::{Border, Pyramid, Sampling};
use super::region::Region;
use super::topology::{CONTOUR_POINTS, LOWER_LID, Topology, UPPER_LID};
use crate::network::Memory;
use gaze_rig::Result;

const SIGNATURE: Signature<2> = Signature {
    name: "iris",
    file: "iris_landmark.onnx",
    input: [1, 64, 64, 3],
    outputs: [
        ("output_eyes_contours_and_brows", &[1, CONTOUR_POINTS * 3]),
        ("output_iris", &[1, 5 * 3]),
    ],
};
/// The points count in pixels of the input.
pub(super) const INPUT_SIDE: f32 = 64.0;
/// Side of the region against the distance of the eye's corners. MediaPipe's own graph has 2.3;
/// lids and iris come nearer to those of its refined mesh with some more around the eye.
const EYE_MARGIN: f32 = 2.65;

/// Which eye, and so which corners of the mesh and whether the crop is mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The subject's right, on the left of an upright picture.
    Right,
    /// The subject's left: the model was trained on right eyes, so its picture is mirrored.
    Left,
}

impl Side {
    /// Corners of the eye in the mesh, the one on the left of an upright picture first.
    fn corners(self, topology: &Topology) -> [usize; 2] {
        let [right, left] = &topology.eyes;
        match self {
            Side::Right => [right.outer_corner, right.inner_corner],
            Side::Left => [left.inner_corner, left.outer_corner],
        }
    }
}

pub(super) struct IrisModel {
    network: Network<2>,
}

impl IrisModel {
    pub(super) fn from_onnx(onnx: &[u8], memory: Memory) -> Result<Self> {
        Ok(Self { network: Network::from_onnx(onnx, SIGNATURE, memory)? })
    }

    /// One eye of the face with this mesh: the mean over crops close to each other.
    pub(super) fn run(
        &self,
        pyramid: &Pyramid<'_>,
        mesh: &Mesh,
        side: Side,
    ) -> Result<EyeLandmarks> {
        let regions = eye_region(mesh, side).nearby();
        let share = 1.0 / regions.len() as f32;
        let mut contour = [[0.0; 2]; CONTOUR_POINTS];
        let (mut iris_center, mut iris_radius) = ([0.0; 2], 0.0);
        for region in regions {
            let [lids_and_brow, iris] = self.look(pyramid, region, side)?;
            let add = |sum: &mut [f32; 2], p: [f32; 2]| {
                *sum = [sum[0] + p[0] * share, sum[1] + p[1] * share];
            };
            contour.iter_mut().zip(lids_and_brow).for_each(|(sum, p)| add(sum, p));
            add(&mut iris_center, iris[0]);
            let edges = &iris[1..];
            let radius: f32 = edges.iter().map(|edge| distance(*edge, iris[0])).sum();
            iris_radius += radius / edges.len() as f32 * share;
        }
        let openness = openness(&contour);
        Ok(EyeLandmarks { contour, iris_center, iris_radius, openness })
    }

    /// The points of the contour and the 5 of the iris.
    fn look(
        &self,
        pyramid: &Pyramid<'_>,
        square: Region,
        side: Side,
    ) -> Result<[Vec<[f32; 2]>; 2]> {
        let mirrored = side == Side::Left;
        let input = pyramid.sample(
            square,
            &Sampling {
                size: self.network.input_size(),
                border: Border::Replicate,
                range: (0.0, 1.0),
                mirrored,
            },
        );
        let to_portrait = |p: &[f32]| {
            let u = p[0] / INPUT_SIDE;
            square.to_portrait(if mirrored { 1.0 - u } else { u }, p[1] / INPUT_SIDE)
        };
        let [contour, iris] = self.network.run(input)?;
        Ok([contour, iris].map(|points| points.chunks_exact(3).map(to_portrait).collect()))
    }
}

pub(super) fn eye_region(mesh: &Mesh, side: Side) -> Region {
    let [a, b] = side.corners(mesh.topology).map(|i| [mesh.points[i][0], mesh.points[i][1]]);
    let center = [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
    let angle = (b[1] - a[1]).atan2(b[0] - a[0]);
    // Never empty, whatever the mesh: a region of no size has no inverse.
    Region::square(center, (EYE_MARGIN * distance(a, b)).max(1.0), angle)
}

/// Height of the lid contour across the line between its corners, divided by that line's length.
fn openness(contour: &[[f32; 2]; CONTOUR_POINTS]) -> f32 {
    let (outer, inner) = (contour[LOWER_LID[0]], contour[LOWER_LID[8]]);
    let width = distance(outer, inner).max(f32::MIN_POSITIVE);
    let across = [-(inner[1] - outer[1]) / width, (inner[0] - outer[0]) / width];
    let heights = LOWER_LID
        .into_iter()
        .chain(UPPER_LID)
        .map(|i| contour[i])
        .map(|p| (p[0] - outer[0]) * across[0] + (p[1] - outer[1]) * across[1]);
    let (low, high) = heights.fold((0.0f32, 0.0f32), |(low, high), h| (low.min(h), high.max(h)));
    (high - low) / width
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

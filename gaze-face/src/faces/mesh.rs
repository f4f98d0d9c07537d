//! Stage two: the mesh of one face, and whether there is a face at all.

use super::Face;
use super::network::{Network, Signature};
use super::pyramid::{Border, Pyramid, Sampling};
use super::region::Region;
use super::topology::Topology;
use crate::network::Memory;
use gaze_rig::Result;

const SIGNATURE: Signature<2> = Signature {
    name: "face mesh",
    file: "face_landmark.onnx",
    input: [1, 192, 192, 3],
    outputs: [("conv2d_21", &[1, 1, 1, POINTS * 3]), ("conv2d_31", &[1, 1, 1, 1])],
};
/// What this model's points are.
const TOPOLOGY: &Topology = Topology::MEDIAPIPE;
const POINTS: usize = TOPOLOGY.points;
/// The points count in pixels of the input.
pub(super) const INPUT_SIDE: f32 = 192.0;
/// Presence below which a first look, which may be off centre, has seen no face.
pub(super) const MIN_FIRST_LOGIT: f32 = 0.0;
/// The region of a face against the bounding square of its mesh: gives the same size as the
/// detector's box does.
const FACE_MARGIN: f32 = 1.42;

/// A mesh in pixels of the portrait.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mesh {
    /// x, y, z.
    pub(super) points: Vec<[f32; 3]>,
    pub(super) topology: &'static Topology,
    /// Presence before the sigmoid, which is 1.0 for most faces: above 0 means a face.
    pub(super) logit: f32,
}

impl Mesh {
    /// Of a face that is known: nothing was seen, so that nothing is said for or against its presence.
    pub(super) fn of(face: &Face) -> Self {
        Self { points: face.mesh.clone(), topology: face.topology, logit: 0.0 }
    }

    /// The square to look at again, once a mesh is known: level with the outer corners of the eyes.
    pub(super) fn face_region(&self) -> Region {
        let [right, left] = self.topology.eyes.each_ref().map(|eye| self.points[eye.outer_corner]);
        let angle = (left[1] - right[1]).atan2(left[0] - right[0]);
        let (sin, cos) = angle.sin_cos();
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for [x, y, _] in &self.points {
            for (i, value) in [x * cos + y * sin, y * cos - x * sin].into_iter().enumerate() {
                low[i] = low[i].min(value);
                high[i] = high[i].max(value);
            }
        }
        let [cx, cy] = [0, 1].map(|i| (low[i] + high[i]) / 2.0);
        let side = (high[0] - low[0]).max(high[1] - low[1]) * FACE_MARGIN;
        Region::square([cx * cos - cy * sin, cx * sin + cy * cos], side, angle)
    }

    /// Left, top, right and bottom.
    pub(super) fn bounds(&self) -> [f32; 4] {
        self.points.iter().fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |b, [x, y, _]| {
            [b[0].min(*x), b[1].min(*y), b[2].max(*x), b[3].max(*y)]
        })
    }
}

pub(super) struct MeshModel {
    network: Network<2>,
}

impl MeshModel {
    pub(super) fn from_onnx(onnx: &[u8], memory: Memory) -> Result<Self> {
        Ok(Self { network: Network::from_onnx(onnx, SIGNATURE, memory)? })
    }

    /// The mesh of the face that fills `square`.
    pub(super) fn run(&self, pyramid: &Pyramid<'_>, square: Region) -> Result<Mesh> {
        let input = pyramid.sample(
            square,
            &Sampling {
                size: self.network.input_size(),
                border: Border::Replicate,
                range: (0.0, 1.0),
                mirrored: false,
            },
        );
        let [points, presence] = self.network.run(input)?;
        let points = points
            .chunks_exact(3)
            .map(|p| {
                let [x, y] = square.to_portrait(p[0] / INPUT_SIDE, p[1] / INPUT_SIDE);
                [x, y, p[2] / INPUT_SIDE * square.size[0]]
            })
            .collect();
        Ok(Mesh { points, topology: TOPOLOGY, logit: presence[0] })
    }

    /// The mean of the points over crops close to `square`.
    pub(super) fn run_steadied(
        &self,
        pyramid: &Pyramid<'_>,
        square: Region,
    ) -> Result<Vec<[f32; 3]>> {
        let regions = square.nearby();
        let mut mean = vec![[0.0; 3]; POINTS];
        for region in regions {
            for (sum, point) in mean.iter_mut().zip(self.run(pyramid, region)?.points) {
                for (sum, value) in sum.iter_mut().zip(point) {
                    *sum += value / regions.len() as f32;
                }
            }
        }
        Ok(mean)
    }
}

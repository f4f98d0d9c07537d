//! The head's own frame of reference, and the face within it.

use super::polygon::{convex_hull, nearest_on_segment};
use crate::faces::{Face, Topology};

/// Axes and scale of a head. The unit of length is the distance between the centres of the eyes in
/// space ("IOD"), the origin lies between them, x runs along the eyes to the right of an upright
/// picture, y down the face, z away from the viewer.
#[derive(Debug, Clone)]
pub struct Head {
    /// Between the eyes, in pixels.
    pub origin: [f32; 2],
    /// Unit vector along the eyes, in the picture.
    pub right: [f32; 2],
    /// Unit vector down the face, in the picture.
    pub down: [f32; 2],
    /// Distance between the eyes in space, in pixels.
    pub iod: f32,
    /// How frontal the head is: the eyes' distance in the picture over that in space, 0.5 to 1.
    pub frontal: f32,
    /// The mesh points in this frame.
    pub mesh: Vec<[f32; 3]>,
    /// What the points of the mesh are.
    pub topology: &'static Topology,
    /// Convex hull of the face oval, clockwise on screen.
    hull: Vec<[f32; 2]>,
    /// Left, top, right and bottom of the hull.
    bounds: [f32; 4],
}

/// Where a point lies relative to the face oval.
pub struct Nearest {
    /// The point itself inside the oval, else the nearest point of its edge; in the head's frame.
    pub point: [f32; 2],
    /// Distance to the oval in IOD, 0 inside.
    pub distance: f32,
    /// Distance to the oval's edge in IOD, negative inside.
    pub signed: f32,
    /// Downward part of the unit vector from the oval to the point, -1 to 1; 0 inside.
    pub downward: f32,
}

impl Head {
    /// The head that a face belongs to.
    pub fn of(face: &Face) -> Self {
        let (mesh, topology) = (&face.mesh, face.topology);
        let [right_eye, left_eye] = topology.eyes.each_ref().map(|eye| {
            let [a, b] = eye.corners().map(|i| mesh[i]);
            std::array::from_fn::<f32, 3, _>(|i| (a[i] + b[i]) / 2.0)
        });
        let [dx, dy, dz] = std::array::from_fn(|i| left_eye[i] - right_eye[i]);
        let flat = dx.hypot(dy);
        let iod = flat.hypot(dz).max(1.0);
        let [outer_right, outer_left] = topology.eyes.each_ref().map(|eye| mesh[eye.outer_corner]);
        let across = [outer_left[0] - outer_right[0], outer_left[1] - outer_right[1]];
        let length = across[0].hypot(across[1]).max(1e-3);
        let right = [across[0] / length, across[1] / length];
        let down = [-right[1], right[0]];
        let origin = [(right_eye[0] + left_eye[0]) / 2.0, (right_eye[1] + left_eye[1]) / 2.0];
        let [inner_right, inner_left] = topology.eyes.each_ref().map(|eye| mesh[eye.inner_corner]);
        let depth = (inner_right[2] + inner_left[2]) / 2.0;
        let mut head = Self {
            origin,
            right,
            down,
            iod,
            frontal: (flat / iod).clamp(0.5, 1.0),
            mesh: Vec::new(),
            topology,
            hull: Vec::new(),
            bounds: [0.0; 4],
        };
        head.mesh = mesh
            .iter()
            .map(|&[x, y, z]| {
                let [hx, hy] = head.to_head([x, y]);
                [hx, hy, (z - depth) / iod]
            })
            .collect();
        head.hull = convex_hull(topology.oval.iter().map(|&i| head.mesh_xy(i)).collect());
        head.bounds =
            head.hull.iter().fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |b, [x, y]| {
                [b[0].min(*x), b[1].min(*y), b[2].max(*x), b[3].max(*y)]
            });
        head
    }

    /// A pixel in the head's frame.
    pub fn to_head(&self, p: [f32; 2]) -> [f32; 2] {
        let (x, y) = (p[0] - self.origin[0], p[1] - self.origin[1]);
        [
            (x * self.right[0] + y * self.right[1]) / self.iod,
            (x * self.down[0] + y * self.down[1]) / self.iod,
        ]
    }

    /// x and y of a mesh point in this frame.
    pub fn mesh_xy(&self, index: usize) -> [f32; 2] {
        [self.mesh[index][0], self.mesh[index][1]]
    }

    /// Quarter turns clockwise that would stand the head upright.
    pub fn quarter_turns(&self) -> u8 {
        let turned = self.right[1].atan2(self.right[0]).to_degrees();
        ((-turned / 90.0).round() as i32).rem_euclid(4) as u8
    }

    /// Whether a point in the head's frame lies within the face oval. Much cheaper than
    /// [`nearest_on_oval`](Self::nearest_on_oval).
    pub(super) fn is_on_face(&self, p: [f32; 2]) -> bool {
        let ends = self.hull.iter().zip(self.hull.iter().cycle().skip(1));
        ends.into_iter().all(|(a, b)| is_within_edge(p, *a, *b))
    }

    /// A distance, in IOD, that a point in the head's frame has from the face oval at least.
    pub(crate) fn least_distance(&self, [x, y]: [f32; 2]) -> f32 {
        let [left, top, right, bottom] = self.bounds;
        (left - x).max(x - right).max(top - y).max(y - bottom)
    }

    /// Relation of a point in the head's frame to the face oval.
    pub fn nearest_on_oval(&self, p: [f32; 2]) -> Nearest {
        let mut inside = true;
        let (mut point, mut distance) = (p, f32::MAX);
        for (i, &a) in self.hull.iter().enumerate() {
            let b = self.hull[(i + 1) % self.hull.len()];
            let (foot, gap) = nearest_on_segment(p, a, b);
            if gap < distance {
                (point, distance) = (foot, gap);
            }
            inside &= is_within_edge(p, a, b);
        }
        if inside {
            return Nearest { point: p, distance: 0.0, signed: -distance, downward: 0.0 };
        }
        let downward = (p[1] - point[1]) / distance.max(1e-6);
        Nearest { point, distance, signed: distance, downward }
    }
}

/// Whether a point lies on the inner side of an edge of the hull.
fn is_within_edge(p: [f32; 2], a: [f32; 2], b: [f32; 2]) -> bool {
    (p[0] - a[0]) * (b[1] - a[1]) - (p[1] - a[1]) * (b[0] - a[0]) < 0.0
}

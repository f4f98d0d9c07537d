//! The head's own frame of reference, and the face within it.

use crate::faces::Face;

/// Mesh points around the face, clockwise from the top of the forehead.
const OVAL: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];
/// Corners of the eyes: outer and inner right, inner and outer left.
const CORNERS: [usize; 4] = [33, 133, 362, 263];

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
    /// The 468 mesh points in this frame.
    pub mesh: Vec<[f32; 3]>,
    /// Convex hull of the face oval, counter-clockwise on screen.
    hull: Vec<[f32; 2]>,
}

/// Where a point lies relative to the face oval.
pub struct Nearest {
    /// The point itself inside the oval, else the nearest point of its edge.
    pub point: [f32; 2],
    /// Distance to the oval, 0 inside.
    pub distance: f32,
    /// Distance to the oval's edge, negative inside.
    pub signed: f32,
    /// Downward part of the unit vector from the oval to the point, 0 inside.
    pub downward: f32,
}

impl Head {
    /// The head that a face belongs to.
    pub fn of(face: &Face) -> Self {
        let mesh = &face.mesh;
        let [right_eye, left_eye] = [[CORNERS[0], CORNERS[1]], [CORNERS[2], CORNERS[3]]]
            .map(|[a, b]| std::array::from_fn::<f32, 3, _>(|i| (mesh[a][i] + mesh[b][i]) / 2.0));
        let [dx, dy, dz] = std::array::from_fn(|i| left_eye[i] - right_eye[i]);
        let flat = dx.hypot(dy);
        let iod = flat.hypot(dz).max(1.0);
        let (outer_right, outer_left) = (mesh[CORNERS[0]], mesh[CORNERS[3]]);
        let across = [outer_left[0] - outer_right[0], outer_left[1] - outer_right[1]];
        let length = across[0].hypot(across[1]).max(1e-3);
        let right = [across[0] / length, across[1] / length];
        let down = [-right[1], right[0]];
        let origin = [(right_eye[0] + left_eye[0]) / 2.0, (right_eye[1] + left_eye[1]) / 2.0];
        let depth = (mesh[CORNERS[1]][2] + mesh[CORNERS[2]][2]) / 2.0;
        let mut head = Self {
            origin,
            right,
            down,
            iod,
            frontal: (flat / iod).clamp(0.5, 1.0),
            mesh: Vec::new(),
            hull: Vec::new(),
        };
        head.mesh = mesh
            .iter()
            .map(|&[x, y, z]| {
                let [hx, hy] = head.to_head([x, y]);
                [hx, hy, (z - depth) / iod]
            })
            .collect();
        head.hull = convex_hull(OVAL.map(|i| [head.mesh[i][0], head.mesh[i][1]]).to_vec());
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

    /// Two dimensions of a mesh point.
    pub fn mesh_xy(&self, index: usize) -> [f32; 2] {
        [self.mesh[index][0], self.mesh[index][1]]
    }

    /// Quarter turns clockwise that would stand the head upright.
    pub fn quarter_turns(&self) -> u8 {
        let turned = self.right[1].atan2(self.right[0]).to_degrees();
        ((-turned / 90.0).round() as i32).rem_euclid(4) as u8
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
            let side = (p[0] - a[0]) * (b[1] - a[1]) - (p[1] - a[1]) * (b[0] - a[0]);
            inside &= side < 0.0;
        }
        if inside {
            return Nearest { point: p, distance: 0.0, signed: -distance, downward: 0.0 };
        }
        let downward = (p[1] - point[1]) / distance.max(1e-6);
        Nearest { point, distance, signed: distance, downward }
    }
}

/// Nearest point of a segment, and its distance.
pub(crate) fn nearest_on_segment(p: [f32; 2], a: [f32; 2], b: [f32; 2]) -> ([f32; 2], f32) {
    let (vx, vy) = (b[0] - a[0], b[1] - a[1]);
    let share = ((p[0] - a[0]) * vx + (p[1] - a[1]) * vy) / (vx * vx + vy * vy).max(1e-9);
    let share = share.clamp(0.0, 1.0);
    let foot = [a[0] + share * vx, a[1] + share * vy];
    (foot, (p[0] - foot[0]).hypot(p[1] - foot[1]))
}

/// Convex hull by Andrew's monotone chain, in the order of growing angle (y downwards: clockwise on
/// screen), so that inside points have a negative cross product.
fn convex_hull(mut points: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let turns = |a: [f32; 2], b: [f32; 2], c: [f32; 2]| {
        (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    };
    let half = |points: &mut dyn Iterator<Item = [f32; 2]>| {
        let mut chain: Vec<[f32; 2]> = Vec::new();
        for p in points {
            while chain.len() >= 2
                && turns(chain[chain.len() - 2], chain[chain.len() - 1], p) <= 0.0
            {
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        chain
    };
    let mut hull = half(&mut points.iter().copied());
    hull.extend(half(&mut points.iter().rev().copied()));
    hull
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hull_drops_inner_points_and_keeps_order() {
        let hull = convex_hull(vec![[0.0, 0.0], [2.0, 0.0], [1.0, 0.5], [2.0, 2.0], [0.0, 2.0]]);
        assert_eq!(hull, vec![[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]]);
        // The centre is on the negative side of every edge.
        for i in 0..4 {
            let (a, b): ([f32; 2], [f32; 2]) = (hull[i], hull[(i + 1) % 4]);
            assert!((1.0 - a[0]) * (b[1] - a[1]) - (1.0 - a[1]) * (b[0] - a[0]) < 0.0);
        }
    }
}

//! The head's own frame of reference, and the face within it.

use std::ops::Range;

use super::polygon::{Segments, convex_hull, length};
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
    /// Its edges.
    edges: Segments,
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
            edges: Segments::closed(&[]),
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
        head.edges = Segments::closed(&head.hull);
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

    /// The pixel at a point of the head's frame.
    pub(super) fn to_picture(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        std::array::from_fn(|i| self.origin[i] + (x * self.right[i] + y * self.down[i]) * self.iod)
    }

    /// How far down the face oval reaches, in the head's frame.
    pub(super) fn lowest(&self) -> f32 {
        self.bounds[3]
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
        self.hull_edges().all(|[a, b]| outwards(p, a, b) < 0.0)
    }

    fn hull_edges(&self) -> impl Iterator<Item = [[f32; 2]; 2]> {
        self.hull.iter().zip(self.hull.iter().cycle().skip(1)).map(|(a, b)| [*a, *b])
    }

    /// The part of a row of pixels that lies within the face oval when all of its edges are moved outwards by `grown`
    /// IOD: all that is no farther from it, and a little more at its corners. From and to, empty where it passes by.
    pub(super) fn row_on_face(&self, y: f32, grown: f32) -> Range<f32> {
        let start = self.to_head([0.0, y]);
        let step = [self.right[0] / self.iod, self.down[0] / self.iod];
        let mut row = f32::MIN..f32::MAX;
        for [a, b] in self.hull_edges() {
            // What lies within grows or shrinks evenly along the row.
            let along = [b[0] - a[0], b[1] - a[1]];
            let room = grown * length(along) - outwards(start, a, b);
            let slope = step[0] * along[1] - step[1] * along[0];
            if slope > 0.0 {
                row.end = row.end.min(room / slope);
            } else if slope < 0.0 {
                row.start = row.start.max(room / slope);
            } else if room < 0.0 {
                return 0.0..0.0;
            }
        }
        row
    }

    /// A distance, in IOD, that a point in the head's frame has from the face oval at least.
    pub(crate) fn least_distance(&self, [x, y]: [f32; 2]) -> f32 {
        let [left, top, right, bottom] = self.bounds;
        (left - x).max(x - right).max(top - y).max(y - bottom)
    }

    /// Relation of a point in the head's frame to the face oval.
    pub fn nearest_on_oval(&self, p: [f32; 2]) -> Nearest {
        let offset = self.edges.offset(p);
        let distance = length(offset);
        if self.is_on_face(p) {
            return Nearest { point: p, distance: 0.0, signed: -distance, downward: 0.0 };
        }
        let point = [p[0] - offset[0], p[1] - offset[1]];
        Nearest { point, distance, signed: distance, downward: offset[1] / distance.max(1e-6) }
    }
}

/// How far a point lies on the outer side of an edge of the hull, times the edge's length.
fn outwards(p: [f32; 2], a: [f32; 2], b: [f32; 2]) -> f32 {
    (p[0] - a[0]) * (b[1] - a[1]) - (p[1] - a[1]) * (b[0] - a[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::fake::face_at;

    #[test]
    fn rows_of_the_oval_end_where_its_points_do() {
        let mut face = face_at(40.3, 33.7, 19.0);
        // Tilted, so that no edge lies along a row.
        for point in &mut face.mesh {
            let (x, y) = (point[0] - 40.0, point[1] - 33.0);
            (point[0], point[1]) = (40.0 + 0.9 * x - 0.4 * y, 33.0 + 0.4 * x + 0.9 * y);
        }
        let head = Head::of(&face);
        let mut inside = 0;
        for y in 0..70 {
            let [row, near] = [0.0, 0.2].map(|grown| head.row_on_face(y as f32, grown));
            for x in 0..80 {
                let p = head.to_head([x as f32, y as f32]);
                let nearest = head.nearest_on_oval(p);
                // Rounding aside.
                if nearest.signed.abs() > 1e-3 {
                    assert_eq!(row.contains(&(x as f32)), head.is_on_face(p), "{x}, {y}");
                    assert_eq!(head.is_on_face(p), nearest.signed < 0.0);
                }
                assert!(near.contains(&(x as f32)) || nearest.signed > 0.199, "{x}, {y}");
                inside += usize::from(head.is_on_face(p));
            }
        }
        assert!(inside > 300, "{inside}");
    }
}

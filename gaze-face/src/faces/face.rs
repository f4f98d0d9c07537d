//! A face and its eyes, as the models see them.

use super::topology::{CONTOUR_POINTS, LOWER_LID, Topology, UPPER_LID};
use gaze_rig::{Rect, Size};

/// One eye as the iris model sees it. All in pixels of the portrait, pixel centres at whole numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct EyeLandmarks {
    /// Both lids, then rings around the eye and along the brow.
    pub contour: [[f32; 2]; CONTOUR_POINTS],
    /// Centre of the iris.
    pub iris_center: [f32; 2],
    /// Radius of the iris.
    pub iris_radius: f32,
    /// Height of the contour divided by its width: below 0.18 the eye is nearly closed.
    pub openness: f32,
}

impl EyeLandmarks {
    /// Lower lid from the outer to the inner corner, both included.
    pub fn lower_lid(&self) -> [[f32; 2]; 9] {
        LOWER_LID.map(|i| self.contour[i])
    }

    /// Upper lid from the outer to the inner corner, both included.
    pub fn upper_lid(&self) -> [[f32; 2]; 9] {
        UPPER_LID.map(|i| self.contour[i])
    }

    /// The corner towards the ear and the one towards the nose.
    pub fn corners(&self) -> [[f32; 2]; 2] {
        [LOWER_LID[0], LOWER_LID[8]].map(|i| self.contour[i])
    }

    /// Corner to corner, in pixels.
    pub fn width(&self) -> f32 {
        let [outer, inner] = self.corners();
        (inner[0] - outer[0]).hypot(inner[1] - outer[1])
    }
}

/// A face: mesh, irises and how sure the models are. In pixels of the portrait, pixel centres at
/// whole numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// Points of the face mesh: x, y and z, smaller z nearer to the viewer.
    pub mesh: Vec<[f32; 3]>,
    /// What the points of the mesh are.
    pub topology: &'static Topology,
    /// The subject's right eye (on the left of an upright picture), then the left.
    pub eyes: [EyeLandmarks; 2],
    /// Presence score of the mesh model, 0 to 1; people have 0.99999 and more.
    pub presence: f32,
    /// Score of the detector, 0.5 to 1.
    pub detection_score: f32,
}

impl Face {
    /// Left, top, right and bottom of the mesh.
    pub fn bounds(&self) -> [f32; 4] {
        self.mesh.iter().fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |b, [x, y, _]| {
            [b[0].min(*x), b[1].min(*y), b[2].max(*x), b[3].max(*y)]
        })
    }

    /// The same face in the same picture, resized `from` one size `to` another.
    pub fn resized(&self, from: Size, to: Size) -> Self {
        let scale = [to.width as f32 / from.width as f32, to.height as f32 / from.height as f32];
        // Pixels are resized by their edges, half a pixel before their centres.
        let point = |[x, y]: [f32; 2]| [(x + 0.5) * scale[0] - 0.5, (y + 0.5) * scale[1] - 0.5];
        let eye = |eye: &EyeLandmarks| EyeLandmarks {
            contour: eye.contour.map(point),
            iris_center: point(eye.iris_center),
            iris_radius: eye.iris_radius * scale[0],
            openness: eye.openness,
        };
        let mesh = self.mesh.iter().map(|&[x, y, z]| {
            let [x, y] = point([x, y]);
            [x, y, z * scale[0]]
        });
        Self { mesh: mesh.collect(), eyes: self.eyes.each_ref().map(eye), ..*self }
    }

    /// The same face where it is moved by `shift`: right and down, in pixels.
    pub fn moved(&self, shift: [f32; 2]) -> Self {
        let point = |[x, y]: [f32; 2]| [x + shift[0], y + shift[1]];
        let eye = |eye: &EyeLandmarks| EyeLandmarks {
            contour: eye.contour.map(point),
            iris_center: point(eye.iris_center),
            ..*eye
        };
        let mesh = self.mesh.iter().map(|&[x, y, z]| [x + shift[0], y + shift[1], z]);
        Self { mesh: mesh.collect(), eyes: self.eyes.each_ref().map(eye), ..*self }
    }

    /// A face in pixels of a picture in those of another one of this `size`, that shows a `part` of it. It may lie outside.
    pub fn in_part(&self, part: Rect, size: Size) -> Self {
        self.moved([-(part.x as f32), -(part.y as f32)]).resized(part.size(), size)
    }

    /// Undoes [`in_part`](Self::in_part).
    pub fn out_of_part(&self, part: Rect, size: Size) -> Self {
        self.resized(size, part.size()).moved([part.x as f32, part.y as f32])
    }

    /// How far the face is turned in the picture: degrees, clockwise as seen, -180 to 180.
    pub fn roll_deg(&self) -> f32 {
        let [right, left] = self.eye_centers();
        (left[1] - right[1]).atan2(left[0] - right[0]).to_degrees()
    }

    /// Distance between the eyes as seen divided by the same in depth: 1 frontal, less when the
    /// head is turned away.
    pub fn foreshortening(&self) -> f32 {
        let [a, b] = self.eye_centers();
        let seen = (b[0] - a[0]).hypot(b[1] - a[1]);
        seen / seen.hypot(b[2] - a[2]).max(f32::MIN_POSITIVE)
    }

    /// Width of the subject's right and left eye, corner to corner, in pixels.
    pub fn eye_widths(&self) -> [f32; 2] {
        self.eyes.each_ref().map(EyeLandmarks::width)
    }

    /// Middle between the corners of each eye.
    fn eye_centers(&self) -> [[f32; 3]; 2] {
        self.topology.eyes.each_ref().map(|eye| {
            let [a, b] = eye.corners().map(|i| self.mesh[i]);
            [0, 1, 2].map(|i| (a[i] + b[i]) / 2.0)
        })
    }

    /// How far a point is from the bounds; 0 inside.
    pub(super) fn distance_to(&self, [x, y]: [f32; 2]) -> f32 {
        let [left, top, right, bottom] = self.bounds();
        (left - x).max(x - right).max(0.0).hypot((top - y).max(y - bottom).max(0.0))
    }

    /// How far a point is from the middle of the bounds.
    pub(super) fn distance_to_center(&self, [x, y]: [f32; 2]) -> f32 {
        let [left, top, right, bottom] = self.bounds();
        ((left + right) / 2.0 - x).hypot((top + bottom) / 2.0 - y)
    }
}

/// Faces that no model saw, for tests of what is done with them.
#[cfg(test)]
pub(crate) mod fake {
    use super::{CONTOUR_POINTS, EyeLandmarks, Face, LOWER_LID, Topology, UPPER_LID};

    /// An eye with these lids, both from the outer to the inner corner, which they share.
    pub(crate) fn eye_between(
        lower: [[f32; 2]; 9],
        upper: [[f32; 2]; 9],
        iris_center: [f32; 2],
        iris_radius: f32,
    ) -> EyeLandmarks {
        let mut contour = [iris_center; CONTOUR_POINTS];
        for (i, point) in LOWER_LID.into_iter().zip(lower).chain(UPPER_LID.into_iter().zip(upper)) {
            contour[i] = point;
        }
        EyeLandmarks { contour, iris_center, iris_radius, openness: 0.4 }
    }

    /// An upright frontal face with open eyes: a square of twice `radius`.
    pub(crate) fn face_at(x: f32, y: f32, radius: f32) -> Face {
        let topology = Topology::MEDIAPIPE;
        let mut mesh = vec![[x, y, 0.0]; topology.points];
        mesh[topology.forehead] = [x, y - radius, 0.0];
        mesh[topology.chin] = [x, y + radius, 0.0];
        let [right, left] = topology.temples;
        mesh[right] = [x - radius, y, 0.0];
        mesh[left] = [x + radius, y, 0.0];
        let eye = |outer: f32, inner: f32| {
            let (outer, inner) = (x + outer * radius, x + inner * radius);
            let middle = [(outer + inner) / 2.0, y];
            let mut lid = [middle; 9];
            (lid[0], lid[8]) = ([outer, y], [inner, y]);
            eye_between(lid, lid, middle, (inner - outer).abs() * 0.22)
        };
        let eyes = [eye(-0.6, -0.2), eye(0.6, 0.2)];
        for (eye, points) in eyes.iter().zip(&topology.eyes) {
            for ([x, y], point) in eye.corners().into_iter().zip(points.corners()) {
                mesh[point] = [x, y, 0.0];
            }
        }
        Face { mesh, topology, eyes, presence: 1.0, detection_score: 0.95 }
    }
}

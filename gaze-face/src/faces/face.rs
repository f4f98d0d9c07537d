//! What is known of a face.

use gaze_rig::Size;

/// One eye as the iris model sees it. All in pixels of the portrait, pixel centres at whole numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct EyeLandmarks {
    /// 71 points: 0..=8 lower lid from the outer to the inner corner, 9..=15 upper lid without the
    /// corners, the rest around the eye and along the brow.
    pub contour: [[f32; 2]; 71],
    /// Centre of the iris.
    pub iris_center: [f32; 2],
    /// Radius of the iris.
    pub iris_radius: f32,
    /// Height of the contour divided by its width: below 0.27 the eye is nearly closed.
    pub openness: f32,
}

/// A face: mesh, irises and how sure the models are. In pixels of the portrait, pixel centres at
/// whole numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// 468 points of the MediaPipe face mesh: x, y and z, smaller z nearer to the viewer.
    pub mesh: Vec<[f32; 3]>,
    /// The subject's right eye (on the left of an upright picture), then the left.
    pub eyes: [EyeLandmarks; 2],
    /// Presence score of the mesh model, 0 to 1.
    pub presence: f32,
    /// Score of the detector, 0 to 1.
    pub detection_score: f32,
}

impl Face {
    /// Left, top, right and bottom of the mesh.
    pub fn bounds(&self) -> [f32; 4] {
        self.mesh.iter().fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |b, [x, y, _]| {
            [b[0].min(*x), b[1].min(*y), b[2].max(*x), b[3].max(*y)]
        })
    }

    /// The same face in the same picture resized.
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
        self.eyes.each_ref().map(|eye| {
            let [outer, inner] = [eye.contour[0], eye.contour[8]];
            (inner[0] - outer[0]).hypot(inner[1] - outer[1])
        })
    }

    /// Middle between the corners of each eye.
    fn eye_centers(&self) -> [[f32; 3]; 2] {
        [[33, 133], [263, 362]].map(|[outer, inner]| {
            let (a, b) = (self.mesh[outer], self.mesh[inner]);
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
pub(super) mod fake {
    use super::{EyeLandmarks, Face};

    /// An upright frontal face with open eyes: a square of twice `radius`.
    pub(in crate::faces) fn face_at(x: f32, y: f32, radius: f32) -> Face {
        let mut mesh = vec![[x, y, 0.0]; 468];
        mesh[10] = [x, y - radius, 0.0];
        mesh[152] = [x, y + radius, 0.0];
        mesh[234] = [x - radius, y, 0.0];
        mesh[454] = [x + radius, y, 0.0];
        let eye = |outer: f32, inner: f32| {
            let (outer, inner) = (x + outer * radius, x + inner * radius);
            let mut contour = [[(outer + inner) / 2.0, y]; 71];
            (contour[0], contour[8]) = ([outer, y], [inner, y]);
            let iris_radius = (inner - outer).abs() * 0.22;
            EyeLandmarks { contour, iris_center: contour[20], iris_radius, openness: 0.4 }
        };
        let eyes = [eye(-0.6, -0.2), eye(0.6, 0.2)];
        for (eye, [outer, inner]) in eyes.iter().zip([[33, 133], [263, 362]]) {
            mesh[outer] = [eye.contour[0][0], y, 0.0];
            mesh[inner] = [eye.contour[8][0], y, 0.0];
        }
        Face { mesh, eyes, presence: 1.0, detection_score: 0.95 }
    }
}

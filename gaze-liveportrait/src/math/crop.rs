//! The square of the portrait that the networks see.

use gaze_face::faces::Face;
use gaze_rig::{Error, ErrorKind, Rect, Result, Size};

use crate::math::affine::{Affine, Rgb, warp};

/// Side of the crop that the decoder's pictures fill.
pub(crate) const CROP_SIDE: u32 = 512;
/// Pixels. Less between eyes and mouth says nothing of where up is.
const SHORTEST_FACE: f64 = 1e-3;
/// Pixels. A crop of less holds no face.
const SMALLEST_SIDE: f64 = 4.0;
/// Pixels. No portrait reaches that far.
const FARTHEST: f32 = 1e6;

/// How a crop lies around landmarks.
#[derive(Debug, Clone, Copy)]
struct Framing {
    /// Pixels of the crop.
    side: u32,
    /// Side of the square against the larger extent of the landmarks.
    margin: f64,
    /// How far the square lies above the middle of the landmarks, in shares of its side.
    raise: f64,
}

/// LivePortrait's own for the portrait.
const FRAMING: Framing = Framing { side: CROP_SIDE, margin: 2.3, raise: 0.125 };

/// Where the crop lies in the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Crop {
    /// From pixels of the picture to pixels of the crop.
    pub(crate) to_crop: Affine,
    /// From pixels of the crop to pixels of the picture.
    pub(crate) from_crop: Affine,
}

impl Crop {
    /// The crop around a face with these landmarks, in pixels of the picture.
    ///
    /// 106 points are InsightFace's, 203 LivePortrait's own, 478 MediaPipe's mesh and irises.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] for any other number of points and for points that are no numbers or
    /// far away, [`ErrorKind::NoFace`] where they lie on one spot.
    pub(crate) fn from_landmarks(points: &[[f32; 2]]) -> Result<Self> {
        Ok(Self::of_square(&Square::around(points, eyes_and_lip(points)?, FRAMING)?, FRAMING))
    }

    /// The crop around a face that the embedded models found.
    ///
    /// # Errors
    /// As [`of_landmarks`](Self::from_landmarks).
    pub(crate) fn from_face(face: &Face) -> Result<Self> {
        Self::from_landmarks(&mediapipe_points(face))
    }

    fn of_square(square: &Square, framing: Framing) -> Self {
        let ([cx, cy], (sin, cos)) = (square.center, square.angle.sin_cos());
        let side = f64::from(framing.side);
        let (scale, middle) = (side / square.side, side / 2.0);
        let to_crop = Affine([
            [scale * cos, scale * sin, middle - scale * (cos * cx + sin * cy)],
            [-scale * sin, scale * cos, middle - scale * (cos * cy - sin * cx)],
        ])
        .to_single_precision();
        Self { to_crop, from_crop: to_crop.inverse().to_single_precision() }
    }

    /// The crop's pixels; black outside the picture.
    pub(crate) fn cut(&self, picture: &Rgb) -> Rgb {
        let size = Size { width: CROP_SIDE, height: CROP_SIDE };
        Rgb { size, pixels: warp(&picture.texture(), &self.to_crop, Rect::covering(size)) }
    }
}

/// The 468 points of the mesh and five of each iris: its middle, then its edge on the right, top,
/// left and bottom. The subject's right eye comes first.
fn mediapipe_points(face: &Face) -> Vec<[f32; 2]> {
    let irises = face.eyes.iter().flat_map(|eye| {
        let ([x, y], radius) = (eye.iris_center, eye.iris_radius);
        [[x, y], [x + radius, y], [x, y - radius], [x - radius, y], [x, y + radius]]
    });
    face.mesh.iter().map(|[x, y, _]| [*x, *y]).chain(irises).collect()
}

/// The crop as a turned square of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Square {
    center: [f64; 2],
    side: f64,
    /// Radians, clockwise as seen.
    angle: f64,
}

impl Square {
    fn around(points: &[[f32; 2]], [eyes, lip]: [[f64; 2]; 2], framing: Framing) -> Result<Self> {
        let down = [lip[0] - eyes[0], lip[1] - eyes[1]];
        let length = down[0].hypot(down[1]);
        let down = if length <= SHORTEST_FACE { [0.0, 1.0] } else { down.map(|v| v / length) };
        // The reference goes through single precision here, which shows in small angles.
        let right = [down[1], -down[0]].map(|v| f64::from(v as f32));
        let angle = right[0].acos().copysign(right[1]);

        let indices: Vec<usize> = (0..points.len()).collect();
        let mean = mean(points, &indices);
        let mut low = [f64::MAX; 2];
        let mut high = [f64::MIN; 2];
        for point in points {
            let [x, y] = [0, 1].map(|i| f64::from(point[i]) - mean[i]);
            for (i, axis) in [right, down].iter().enumerate() {
                let along = x * axis[0] + y * axis[1];
                low[i] = low[i].min(along);
                high[i] = high[i].max(along);
            }
        }
        let side = framing.margin * (high[0] - low[0]).max(high[1] - low[1]);
        if side < SMALLEST_SIDE {
            return Err(Error::new(
                ErrorKind::NoFace,
                "the landmarks of the face lie on one spot; use a portrait with a larger face",
            ));
        }
        let [across, along] = [0, 1].map(|i| (low[i] + high[i]) / 2.0);
        let along = along - framing.raise * side;
        let center = [0, 1].map(|i| mean[i] + right[i] * across + down[i] * along);
        Ok(Self { center, side, angle })
    }
}

/// The middle between the eyes and the middle of the lips.
fn eyes_and_lip(points: &[[f32; 2]]) -> Result<[[f64; 2]; 2]> {
    let (eyes, lip): ([&[usize]; 2], &[usize]) = match points.len() {
        106 => ([&[33, 35, 40, 39], &[87, 89, 94, 93]], &[52, 61]),
        203 => ([&[0, 6, 12, 18], &[24, 30, 36, 42]], &[48, 66]),
        478 => ([&[468], &[473]], &[14]),
        count => {
            let message = format!(
                "a landmark model gave {count} points instead of 106, 203 or 478; replace its file"
            );
            return Err(Error::new(ErrorKind::Engine, message));
        }
    };
    // Also turns down what is no number.
    let near = |value: &f32| value.abs() <= FARTHEST;
    if let Some([x, y]) = points.iter().find(|point| !point.iter().all(near)) {
        let message = format!("a landmark model put a point at ({x}, {y}); replace its file");
        return Err(Error::new(ErrorKind::Engine, message));
    }
    Ok(middles(points, eyes, lip))
}

fn middles(points: &[[f32; 2]], eyes: [&[usize]; 2], lip: &[usize]) -> [[f64; 2]; 2] {
    let [a, b] = eyes.map(|indices| mean(points, indices));
    [[(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0], mean(points, lip)]
}

fn mean(points: &[[f32; 2]], indices: &[usize]) -> [f64; 2] {
    [0, 1].map(|axis| {
        let sum: f64 = indices.iter().map(|&i| f64::from(points[i][axis])).sum();
        sum / indices.len() as f64
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::golden::{self, Golden, cut_out, largest_difference};
    use gaze_face::faces::{EyeLandmarks, Topology};

    fn points(golden: &Golden, file: &str, name: &str) -> Vec<[f32; 2]> {
        golden.singles(file, name).as_chunks().0.to_vec()
    }

    /// Checks a crop and its square against arrays of golden data.
    #[track_caller]
    fn check(
        (golden, file): (&Golden, &str),
        square: &Square,
        framing: Framing,
        names: [String; 5],
    ) {
        let [center, size, angle, to_crop, from_crop] = names.map(|name| golden.array(file, &name));
        assert!(largest_difference(&square.center, &center) < 1e-3);
        assert!((square.side - size[0]).abs() < 1e-3);
        assert!((square.angle - angle[0]).abs() < 1e-5);

        let crop = Crop::of_square(square, framing);
        for (Affine(rows), expected) in [(crop.to_crop, to_crop), (crop.from_crop, from_crop)] {
            for (row, expected) in rows.iter().zip(expected.chunks_exact(3)) {
                assert!(largest_difference(&row[..2], &expected[..2]) < 1e-5);
                assert!((row[2] - expected[2]).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn the_sources_crop_is_the_references() {
        for golden in golden::sets() {
            let points = points(&golden, "source.npz", "lmk106");
            let square = Square::around(&points, eyes_and_lip(&points).unwrap(), FRAMING).unwrap();
            let names = ["rect_center", "rect_size", "rect_angle", "M_o2c", "M_c2o"];
            check((&golden, "source.npz"), &square, FRAMING, names.map(String::from));
        }
    }

    #[test]
    fn crops_of_any_landmarks_are_the_references() {
        /// The reference's framing for its landmark model.
        const TIGHT: Framing = Framing { side: 224, margin: 1.5, raise: 0.1 };

        for golden in golden::sets() {
            let cases = if golden.is_whole() { 3 } else { 1 };
            for (count, case, framing) in [106, 203, 478]
                .into_iter()
                .flat_map(|count| (0..cases).map(move |case| (count, case)))
                .flat_map(|(count, case)| [TIGHT, FRAMING].map(|framing| (count, case, framing)))
            {
                let name = |name| format!("n{count}_{case}_{}_{name}", framing.side);
                let points = points(&golden, "crop_cases.npz", &name("pts"));
                assert_eq!(points.len(), count);
                let anchors = if count == 478 {
                    // The reference knows no irises: it takes the first 101 of any larger set as
                    // those of yet another model. All the rest can be compared.
                    let eyes: [&[usize]; 2] = [&[39, 42, 45, 48], &[51, 54, 57, 60]];
                    middles(&points, eyes, &[75, 81])
                } else {
                    eyes_and_lip(&points).unwrap()
                };
                let square = Square::around(&points, anchors, framing).unwrap();
                let names = ["center", "size", "angle", "M_o2c", "M_c2o"].map(name);
                check((&golden, "crop_cases.npz"), &square, framing, names);
            }
        }
    }

    #[test]
    fn pixels_are_the_references() {
        for golden in golden::sets() {
            let matrix = golden.array("source.npz", "M_o2c");
            let to_crop = Affine([0, 1].map(|row| [0, 1, 2].map(|i| matrix[row * 3 + i])));
            let crop = Crop { to_crop, from_crop: to_crop.inverse() };
            let cut = crop.cut(&golden.picture("source.png"));

            let part = golden.part("crop_part", cut.size);
            let expected = |name: &str, size: Size| Rgb {
                size,
                pixels: golden.array("source.npz", name).iter().map(|v| *v as u8).collect(),
            };
            let reference = expected("img_crop_512", cut.size);
            assert!(cut_out(&cut, part) == cut_out(&reference, part), "512 px");

            let half = cut.halved();
            let [x, y, width, height] =
                [part.x, part.y, part.width, part.height].map(|side| side / 2);
            let part = Rect { x, y, width, height };
            let reference = expected("img_crop_256", half.size);
            assert!(cut_out(&half, part) == cut_out(&reference, part), "256 px");
        }
    }

    #[test]
    fn a_face_gives_its_mesh_and_irises() {
        let eye = |x: f32| EyeLandmarks {
            contour: [[0.0; 2]; 71],
            iris_center: [x, 40.0],
            iris_radius: 5.0,
            openness: 0.3,
        };
        let mut mesh = vec![[50.0, 60.0, 0.0]; 468];
        mesh[14] = [50.0, 100.0, 7.0];
        let eyes = [eye(30.0), eye(70.0)];
        let topology = Topology::MEDIAPIPE;
        let face = Face { mesh, topology, eyes, presence: 1.0, detection_score: 1.0 };
        let points = mediapipe_points(&face);
        assert_eq!(points.len(), 478);
        assert_eq!((points[14], points[467]), ([50.0, 100.0], [50.0, 60.0]));
        let iris = [[30.0, 40.0], [35.0, 40.0], [30.0, 35.0], [25.0, 40.0], [30.0, 45.0]];
        assert_eq!(points[468..473], iris);
        assert_eq!(points[473], [70.0, 40.0]);

        // Upright, as wide as it is high: the eyes span 50 px, and so 65 px down to the lip are more.
        let crop = Crop::from_face(&face).unwrap();
        let scale = 512.0 / (2.3 * 65.0);
        let Affine([[a, b, _], [d, e, _]]) = crop.to_crop;
        assert!(largest_difference(&[a, b, d, e], &[scale, 0.0, 0.0, scale]) < 1e-6);
    }

    #[test]
    fn landmarks_that_make_no_crop_are_errors() {
        let kind = |points: &[[f32; 2]]| Crop::from_landmarks(points).unwrap_err().kind();
        assert_eq!(kind(&[]), ErrorKind::Engine);
        assert_eq!(kind(&[[1.0, 2.0]; 68]), ErrorKind::Engine);
        assert_eq!(kind(&[[1.0, 2.0]; 106]), ErrorKind::NoFace);
        for bad in [f32::NAN, f32::INFINITY, -1e30] {
            let mut points: Vec<_> = (0..203).map(|i| [i as f32, 3.0 * i as f32]).collect();
            assert!(Crop::from_landmarks(&points).is_ok());
            points[100][1] = bad;
            assert_eq!(kind(&points), ErrorKind::Engine);
        }
    }

    #[test]
    fn a_face_without_height_is_taken_as_upright() {
        // Lip between the eyes: no direction to go by.
        let mut points = vec![[50.0, 60.0]; 478];
        (points[468], points[473]) = ([30.0, 60.0], [70.0, 60.0]);
        let anchors = eyes_and_lip(&points).unwrap();
        assert_eq!(Square::around(&points, anchors, FRAMING).unwrap().angle, 0.0);
    }
}

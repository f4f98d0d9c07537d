//! What InsightFace's detector says of a picture, decoded.

use gaze_rig::{Error, ErrorKind, Hint, Result};

/// Side of the detector's picture, in pixels.
pub(crate) const DETECTOR_SIDE: usize = 512;
/// Pixels from one cell of anchors to the next.
const STRIDES: [usize; 3] = [8, 16, 32];
/// Anchors in the same cell.
const ANCHORS_PER_CELL: usize = 2;
/// Less is no face.
const MIN_SCORE: f32 = 0.5;
/// Boxes that share more, as intersection over union, are of one face.
const SAME_FACE_IOU: f32 = 0.4;
/// Bounds the work on an output that finds faces everywhere.
const MAX_CANDIDATES: usize = 1000;

/// A face in the detector's picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Detection {
    /// 0.5 to 1.
    pub(crate) score: f32,
    /// Left, top, right and bottom.
    pub(crate) bounds: [f32; 4],
}

/// An output of the detector: its shape and its values.
pub(crate) type Output<'a> = (&'a [i64], &'a [f32]);

/// Faces, the surest first, each once.
///
/// Exports name their outputs in many ways, so shapes tell them apart: each stride has a row an anchor, scores in
/// rows of one and boxes in rows of four. A box is its anchor's distance to the left, top, right and bottom, in
/// strides. Rows of ten, the eyes, nose and mouth, are not needed.
///
/// # Errors
/// [`ErrorKind::Engine`] where an output is missing.
pub(crate) fn decode_detections(outputs: &[Output<'_>]) -> Result<Vec<Detection>> {
    let mut candidates = Vec::new();
    for stride in STRIDES {
        let cells = DETECTOR_SIDE / stride;
        let anchors = cells * cells * ANCHORS_PER_CELL;
        let scores = rows_of(outputs, anchors, 1)?;
        let (boxes, _) = rows_of(outputs, anchors, 4)?.as_chunks::<4>();
        for (anchor, (&score, sides)) in scores.iter().zip(boxes).enumerate() {
            let cell = anchor / ANCHORS_PER_CELL;
            let [x, y] = [cell % cells, cell / cells].map(|place| (place * stride) as f32);
            let [left, top, right, bottom] = sides.map(|side| side * stride as f32);
            let bounds = [x - left, y - top, x + right, y + bottom];
            let detection = Detection { score, bounds };
            if score >= MIN_SCORE && detection.area() > 0.0 && detection.area().is_finite() {
                candidates.push(detection);
            }
        }
    }
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    candidates.truncate(MAX_CANDIDATES);
    let mut faces: Vec<Detection> = Vec::new();
    for candidate in candidates {
        if faces.iter().all(|face| face.overlap(candidate.bounds) <= SAME_FACE_IOU) {
            faces.push(candidate);
        }
    }
    Ok(faces)
}

impl Detection {
    fn area(&self) -> f32 {
        area(self.bounds)
    }

    /// Intersection over union.
    pub(crate) fn overlap(&self, other: [f32; 4]) -> f32 {
        let (a, b) = (self.bounds, other);
        let shared = area([a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]);
        shared / (self.area() + area(other) - shared)
    }
}

fn area([left, top, right, bottom]: [f32; 4]) -> f32 {
    (right - left).max(0.0) * (bottom - top).max(0.0)
}

/// The output with this many rows of this length, whatever its name and however many axes of one it has in front.
fn rows_of<'a>(outputs: &[Output<'a>], rows: usize, length: usize) -> Result<&'a [f32]> {
    let fits = |(shape, values): &&Output<'_>| {
        let bare: Vec<i64> = shape.iter().copied().skip_while(|&dim| dim == 1).collect();
        let is_flat = length == 1 && bare == [rows as i64];
        (is_flat || bare == [rows as i64, length as i64]) && values.len() == rows * length
    };
    outputs.iter().find(fits).map(|(_, values)| *values).ok_or_else(|| {
        Error::new(
            ErrorKind::Engine,
            format!("the face detector has no output of {rows} x {length} values"),
        )
        .with_hint(Hint::VerifyModels)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All nine outputs with nothing in them, named by stride and length.
    struct Outputs(Vec<([i64; 2], Vec<f32>)>);

    impl Outputs {
        fn empty() -> Self {
            let shapes = [10, 1, 4].into_iter().flat_map(|length| {
                STRIDES.map(|stride| [2 * (512 / stride as i64).pow(2), length])
            });
            Self(shapes.map(|[n, m]| ([n, m], vec![0.0; (n * m) as usize])).collect())
        }

        fn put(&mut self, stride: i64, anchor: usize, score: f32, sides: [f32; 4]) {
            let anchors = 2 * (512 / stride).pow(2);
            for (shape, values) in &mut self.0 {
                match *shape {
                    [n, 1] if n == anchors => values[anchor] = score,
                    [n, 4] if n == anchors => {
                        values[4 * anchor..][..4].copy_from_slice(&sides);
                    }
                    _ => {}
                }
            }
        }

        fn decode(&self) -> Result<Vec<Detection>> {
            let outputs: Vec<Output<'_>> =
                self.0.iter().map(|(shape, values)| (&shape[..], &values[..])).collect();
            decode_detections(&outputs)
        }
    }

    #[test]
    fn boxes_lie_around_their_anchors() {
        let mut outputs = Outputs::empty();
        // Second anchor of column 5, row 3 of 16; first of column 63, row 0 of 64.
        outputs.put(32, (3 * 16 + 5) * 2 + 1, 0.9, [1.0, 0.5, 2.0, 1.5]);
        outputs.put(8, 63 * 2, 0.6, [4.0, 0.0, 1.0, 6.0]);
        outputs.put(16, 7, 0.499, [9.0; 4]);
        let expected = [
            Detection { score: 0.9, bounds: [128.0, 80.0, 224.0, 144.0] },
            Detection { score: 0.6, bounds: [472.0, 0.0, 512.0, 48.0] },
        ];
        assert_eq!(outputs.decode().unwrap(), expected);
    }

    #[test]
    fn one_face_is_found_once() {
        let mut outputs = Outputs::empty();
        let anchor = |column: usize, row: usize| (row * 32 + column) * 2;
        outputs.put(16, anchor(10, 10), 0.7, [4.0; 4]);
        outputs.put(16, anchor(11, 10), 0.8, [4.0; 4]);
        // Shares a third of both, less than what makes them one.
        outputs.put(16, anchor(15, 10), 0.6, [4.0; 4]);
        let found = outputs.decode().unwrap();
        let scores: Vec<f32> = found.iter().map(|d| d.score).collect();
        assert_eq!(scores, [0.8, 0.6]);
        assert!((found[0].overlap(found[1].bounds) - 1.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn nonsense_is_no_face() {
        for sides in [[f32::NAN; 4], [f32::INFINITY; 4], [-1.0; 4], [0.0; 4]] {
            let mut outputs = Outputs::empty();
            outputs.put(8, 100, 1.0, sides);
            outputs.put(8, 200, f32::NAN, [3.0; 4]);
            assert_eq!(outputs.decode().unwrap(), [], "{sides:?}");
        }
        let mut outputs = Outputs::empty();
        outputs.0.iter_mut().for_each(|(_, values)| values.fill(1.0));
        let found = outputs.decode().unwrap().len();
        assert!((1..=MAX_CANDIDATES).contains(&found), "{found}");
    }

    #[test]
    fn outputs_are_told_by_their_shapes() {
        let (scores, boxes) = (vec![0.0; 8192], vec![0.0; 8192 * 4]);
        let outputs: Vec<Output<'_>> = vec![(&[1, 8192, 4], &boxes), (&[8192], &scores)];
        assert_eq!(rows_of(&outputs, 8192, 1).unwrap().len(), 8192);
        assert_eq!(rows_of(&outputs, 8192, 4).unwrap().len(), 4 * 8192);
        // As many values in another shape are something else.
        assert!(rows_of(&outputs, 2048, 4).is_err());
        let error = decode_detections(&outputs).unwrap_err();
        assert!(error.message().contains("2048 x 1"), "{error}");
        assert_eq!(error.hints(), [Hint::VerifyModels]);
    }
}

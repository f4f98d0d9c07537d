//! Stage one: boxes and six key points of every face that is large enough in the region looked at.

use super::network::{Network, Signature};
use super::pyramid::{Border, Pyramid, Sampling};
use super::region::Region;
use crate::network::Memory;
use gaze_rig::Result;

pub(super) const SIGNATURE: Signature<2> = Signature {
    name: "face detection",
    file: "face_detection_short_range.onnx",
    input: [1, 128, 128, 3],
    outputs: [("regressors", &[1, ANCHORS, 16]), ("classificators", &[1, ANCHORS, 1])],
};
const ANCHORS: usize = 16 * 16 * 2 + 8 * 8 * 6;
/// The regressors count in pixels of the input.
const INPUT_SIDE: f32 = 128.0;
const MIN_SCORE: f32 = 0.5;
/// Boxes that overlap more than this are the same face.
const SAME_FACE_IOU: f32 = 0.3;
/// The region the mesh model wants, against the box.
const FACE_MARGIN: f32 = 1.5;

/// A face as the detector sees it, in pixels of the portrait.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Detection {
    /// 0.5 to 1.
    pub(super) score: f32,
    pub(super) center: [f32; 2],
    /// Longer side of the box.
    pub(super) side: f32,
    /// The eyes on the left and on the right of the face as it stands upright.
    pub(super) eyes: [[f32; 2]; 2],
}

impl Detection {
    /// Left, top, right and bottom of the box.
    pub(super) fn bounds(&self) -> [f32; 4] {
        let ([x, y], half) = (self.center, self.side / 2.0);
        [x - half, y - half, x + half, y + half]
    }

    /// The square to give the mesh model: turned so that the eyes lie level.
    pub(super) fn face_region(&self) -> Region {
        let [left, right] = self.eyes;
        let angle = (right[1] - left[1]).atan2(right[0] - left[0]);
        Region::square(self.center, self.side * FACE_MARGIN, angle)
    }
}

pub(super) struct Detector {
    network: Network<2>,
    /// Centres, in shares of the input's side.
    anchors: Vec<[f32; 2]>,
}

impl Detector {
    pub(super) fn from_onnx(onnx: &[u8], memory: Memory) -> Result<Self> {
        Ok(Self { network: Network::from_onnx(onnx, SIGNATURE, memory)?, anchors: anchors() })
    }

    /// Faces in a square region, surest first. Faces much below 15 % of its side are missed.
    pub(super) fn detect(&self, pyramid: &Pyramid<'_>, square: Region) -> Result<Vec<Detection>> {
        let input = pyramid.sample(
            square,
            &Sampling {
                size: self.network.input_size(),
                border: Border::Black,
                range: (-1.0, 1.0),
                mirrored: false,
            },
        );
        let [regressors, scores] = self.network.run(input)?;
        let boxes = merge_overlapping(self.decode(&regressors, &scores));
        Ok(boxes
            .into_iter()
            .map(|b| Detection {
                score: b.score,
                center: square.to_portrait(b.values[0], b.values[1]),
                side: b.values[2].max(b.values[3]) * square.size[0],
                eyes: [
                    square.to_portrait(b.values[4], b.values[5]),
                    square.to_portrait(b.values[6], b.values[7]),
                ],
            })
            .collect())
    }

    fn decode(&self, regressors: &[f32], scores: &[f32]) -> Vec<RawBox> {
        let mut boxes = Vec::new();
        for ((anchor, r), &score) in self.anchors.iter().zip(regressors.chunks(16)).zip(scores) {
            let score = sigmoid(score);
            if score < MIN_SCORE {
                continue;
            }
            let mut values = [0.0; 8];
            for (i, value) in values.iter_mut().enumerate() {
                let origin = if matches!(i, 2 | 3) { 0.0 } else { anchor[i % 2] };
                *value = origin + r[i] / INPUT_SIDE;
            }
            if values.iter().all(|v| v.is_finite()) && values[2] > 0.0 && values[3] > 0.0 {
                boxes.push(RawBox { score, values });
            }
        }
        boxes
    }
}

/// Centre x, y, width, height, then the two eyes; in shares of the input's side.
#[derive(Debug, Clone, Copy)]
struct RawBox {
    score: f32,
    values: [f32; 8],
}

/// Anchor centres: a 16 x 16 grid with two a cell, then 8 x 8 with six.
fn anchors() -> Vec<[f32; 2]> {
    let mut anchors = Vec::with_capacity(ANCHORS);
    for (cells, per_cell) in [(16, 2), (8, 6)] {
        for y in 0..cells {
            for x in 0..cells {
                let center = [x, y].map(|i| (i as f32 + 0.5) / cells as f32);
                anchors.extend(std::iter::repeat_n(center, per_cell));
            }
        }
    }
    anchors
}

/// Weighted non-maximum suppression: each group of overlapping boxes becomes its mean, weighted by
/// score, with the score of its best.
fn merge_overlapping(mut boxes: Vec<RawBox>) -> Vec<RawBox> {
    boxes.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut merged = Vec::new();
    while let Some(&best) = boxes.first() {
        let (same, rest): (Vec<RawBox>, Vec<RawBox>) =
            boxes.iter().partition(|b| overlap(&best, b) > SAME_FACE_IOU);
        let total: f32 = same.iter().map(|b| b.score).sum();
        let mut mean = RawBox { score: best.score, values: [0.0; 8] };
        for b in &same {
            for (sum, value) in mean.values.iter_mut().zip(b.values) {
                *sum += value * b.score / total;
            }
        }
        merged.push(if same.is_empty() { best } else { mean });
        // Guards against a box that does not overlap even itself.
        boxes = if same.is_empty() { rest[1..].to_vec() } else { rest };
    }
    merged
}

fn overlap(a: &RawBox, b: &RawBox) -> f32 {
    let shared = |i: usize| {
        let low = (a.values[i] - a.values[i + 2] / 2.0).max(b.values[i] - b.values[i + 2] / 2.0);
        let high = (a.values[i] + a.values[i + 2] / 2.0).min(b.values[i] + b.values[i + 2] / 2.0);
        (high - low).max(0.0)
    };
    let both = shared(0) * shared(1);
    let all = a.values[2] * a.values[3] + b.values[2] * b.values[3] - both;
    if all > 0.0 { both / all } else { 0.0 }
}

/// Clipped as in training, so that the exponential stays finite.
pub(super) fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit.clamp(-100.0, 100.0)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_fill_both_grids() {
        let anchors = anchors();
        assert_eq!(anchors.len(), ANCHORS);
        assert_eq!((anchors[0], anchors[1]), ([1.0 / 32.0; 2], [1.0 / 32.0; 2]));
        assert_eq!(anchors[2], [3.0 / 32.0, 1.0 / 32.0], "columns come before rows");
        assert_eq!(anchors[512], [1.0 / 16.0; 2]);
        assert_eq!(anchors[ANCHORS - 1], [15.0 / 16.0; 2]);
    }

    #[test]
    fn overlapping_boxes_become_their_weighted_mean() {
        let at = |x: f32, score| RawBox { score, values: [x, 0.5, 0.2, 0.2, 0.0, 0.0, 0.0, 0.0] };
        let merged = merge_overlapping(vec![at(0.52, 0.6), at(0.5, 0.9), at(0.9, 0.7)]);
        assert_eq!(merged.len(), 2);
        assert_eq!((merged[0].score, merged[1].score), (0.9, 0.7));
        assert!((merged[0].values[0] - (0.5 * 0.9 + 0.52 * 0.6) / 1.5).abs() < 1e-6);
    }

    #[test]
    fn boxes_without_area_do_not_hang_the_merge() {
        let empty = RawBox { score: 0.8, values: [0.0; 8] };
        assert_eq!(merge_overlapping(vec![empty; 5]).len(), 5);
    }
}

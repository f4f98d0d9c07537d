//! How much of each pixel is person.

use std::sync::Arc;

use rten::ThreadPool;

use super::PersonMask;
use super::crop::{Border, Pyramid, Region, Sampling};
use super::model::{Model, Signature};
use crate::Result;

static ONNX: &[u8] = include_bytes!("../../models/selfie_segmentation.onnx");

const SIGNATURE: Signature = Signature {
    name: "person mask",
    input: [1, 256, 256, 3],
    outputs: &[("activation_10", &[1, SIDE, SIDE, 1])],
};
const SIDE: usize = 256;

pub(super) struct MatteModel {
    model: Model,
}

impl MatteModel {
    pub(super) fn embedded(threads: Arc<ThreadPool>) -> Result<Self> {
        Ok(Self { model: Model::from_onnx(ONNX, SIGNATURE, threads)? })
    }

    /// `SIDE * SIDE` values, 0 to 1.
    fn run(&self, pyramid: &Pyramid<'_>, region: Region) -> Result<Vec<f32>> {
        let input = pyramid.sample(
            region,
            &Sampling {
                size: self.model.input_size(),
                border: Border::Replicate,
                range: (0.0, 1.0),
                mirrored: false,
            },
        );
        Ok(self.model.run(input)?.swap_remove(0))
    }

    /// The mask of the whole picture.
    pub(super) fn person_mask(&self, pyramid: &Pyramid<'_>) -> Result<PersonMask> {
        let size = pyramid.size();
        let region = Region::covering(size);
        let coarse = self.run(pyramid, region)?;
        let mut values = Vec::with_capacity(size.area());
        for y in 0..size.height {
            for x in 0..size.width {
                let [u, v] = region.from_portrait([x as f32, y as f32]);
                values.push(sample_mask(&coarse, u, v));
            }
        }
        Ok(PersonMask { size, values })
    }
}

/// Bilinear, edges replicated; (0, 0) is the top left corner of the mask, (1, 1) the bottom right.
fn sample_mask(mask: &[f32], u: f32, v: f32) -> f32 {
    let last = (SIDE - 1) as f32;
    let [x, y] = [u, v].map(|t| (t * SIDE as f32 - 0.5).clamp(0.0, last));
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) = ((left + 1).min(SIDE - 1), (top + 1).min(SIDE - 1));
    let (fx, fy) = (x - left as f32, y - top as f32);
    let value = |x: usize, y: usize| mask[y * SIDE + x];
    let upper = value(left, top) + (value(right, top) - value(left, top)) * fx;
    let lower = value(left, bottom) + (value(right, bottom) - value(left, bottom)) * fx;
    upper + (lower - upper) * fy
}

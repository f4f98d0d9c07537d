//! The networks that run once for a portrait: features, motion and stitching.

use std::path::Path;
use std::sync::Mutex;

use gaze_rig::{Error, ErrorKind, Hint, Result};
use ort::session::Session;
use ort::value::Tensor;

use crate::math::affine::Rgb;
use crate::math::keypoints::{KeyPoints, MotionOutputs, STITCHING_DELTAS, SourceMotion};
use crate::onnx::catalog::{STITCHING, VOLUME_SHAPE};
use crate::run::stitching::Stitching;
use crate::runtime::sessions::{SessionOptions, engine_error, open_session};
use gaze_face::threads::lock;

/// Side of the crop that the networks see, in pixels.
const INPUT_SIDE: usize = 256;

/// Features, motion and stitching, loaded.
pub(crate) struct Networks {
    features: Mutex<Session>,
    motion: Mutex<Session>,
    stitching: Mutex<Stitching>,
}

impl Networks {
    /// Loads the three of them from `folder`.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where one does not load.
    pub(crate) fn open(folder: &Path, options: &SessionOptions<'_>) -> Result<Self> {
        let open = |name: &str| open_session(&folder.join(name), options).map(Mutex::new);
        Ok(Self {
            features: open("appearance_feature_extractor.onnx")?,
            motion: open("motion_extractor.onnx")?,
            stitching: Mutex::new(Stitching::open(&folder.join(STITCHING), options)?),
        })
    }

    /// The feature volume of a crop, [`VOLUME_SHAPE`] values.
    pub(crate) fn features(&self, crop: &Rgb) -> Result<Vec<f32>> {
        let mut session = lock(&self.features);
        let failed = |e: ort::Error| engine_error("the feature network failed", e);
        let outputs = session.run(ort::inputs![input_of(crop)?]).map_err(failed)?;
        let (_, volume) = outputs[0].try_extract_tensor::<f32>().map_err(failed)?;
        finite("features", volume, VOLUME_SHAPE.iter().product())
    }

    /// How the head in a crop is posed.
    pub(crate) fn motion(&self, crop: &Rgb) -> Result<SourceMotion> {
        let mut session = lock(&self.motion);
        let failed = |e: ort::Error| engine_error("the motion network failed", e);
        let outputs = session.run(ort::inputs![input_of(crop)?]).map_err(failed)?;
        let named = |name: &str| {
            let value = outputs.get(name).ok_or_else(|| {
                let message = format!("the motion network has no output {name}");
                Error::new(ErrorKind::Engine, message).with_hint(Hint::VerifyModels)
            })?;
            value.try_extract_tensor::<f32>().map(|(_, values)| values).map_err(failed)
        };
        SourceMotion::from_outputs(&MotionOutputs {
            pitch: named("pitch")?,
            yaw: named("yaw")?,
            roll: named("roll")?,
            t: named("t")?,
            exp: named("exp")?,
            scale: named("scale")?,
            kp: named("kp")?,
        })
    }

    /// What stitching adds to each of the driving key points.
    pub(crate) fn stitch(
        &self,
        source: &KeyPoints,
        driving: &[KeyPoints],
    ) -> Result<Vec<[f32; STITCHING_DELTAS]>> {
        let rows = driving.iter().flat_map(|points| source.iter().chain(points));
        let rows: Vec<f32> = rows.flatten().copied().collect();
        let deltas = lock(&self.stitching).run(&rows)?;
        let deltas = finite("stitching", &deltas, driving.len() * STITCHING_DELTAS)?;
        let (rows, _) = deltas.as_chunks::<STITCHING_DELTAS>();
        Ok(rows.to_vec())
    }
}

/// A crop as the networks take it: planes of red, green and blue, 0 to 1.
fn input_of(crop: &Rgb) -> Result<Tensor<f32>> {
    let side = INPUT_SIDE as u32;
    debug_assert_eq!((crop.size.width, crop.size.height), (side, side));
    let plane =
        |channel: usize| crop.pixels.iter().skip(channel).step_by(3).map(|v| f32::from(*v) / 255.0);
    let values: Vec<f32> = (0..3).flat_map(plane).collect();
    Tensor::from_array(([1, 3, INPUT_SIDE, INPUT_SIDE], values))
        .map_err(|e| engine_error("the crop cannot be handed over", e))
}

/// The values, if they are as many as they should be and all finite.
fn finite(what: &str, values: &[f32], len: usize) -> Result<Vec<f32>> {
    if values.len() != len {
        return Err(Error::new(
            ErrorKind::Engine,
            format!("the {what} network answers with {} values instead of {len}", values.len()),
        )
        .with_hint(Hint::VerifyModels));
    }
    if !values.iter().all(|value| value.is_finite()) {
        return Err(Error::new(
            ErrorKind::Engine,
            format!(
                "the {what} network answers with values that are no numbers; its file is damaged or its precision too \
                 low: use models in float32"
            ),
        )
        .with_hint(Hint::VerifyModels));
    }
    Ok(values.to_vec())
}

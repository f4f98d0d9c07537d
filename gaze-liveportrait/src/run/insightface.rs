//! Landmarks by InsightFace's two models, which are not for commercial use.

use std::path::Path;
use std::sync::Mutex;

use gaze_rig::{Error, ErrorKind, Hint, Rect, Result, Size};
use ort::session::Session;
use ort::value::Tensor;

use crate::math::affine::{Affine, Rgb, warp};
use crate::onnx::catalog::ModelFile;
use crate::onnx::signature::verify_model;
use crate::run::detections::{DETECTOR_SIDE, Detection, Output, decode_detections};
use crate::runtime::device::Device;
use crate::runtime::sessions::{SessionOptions, engine_error, open_session};
use gaze_face::threads::lock;

/// The files, in the order in which they are used.
const FILES: [&str; 2] = ["retinaface_det_static.onnx", "face_2dpose_106_static.onnx"];
/// Side of the landmark model's picture, in pixels.
const LANDMARK_SIDE: usize = 192;
/// Landmarks of a face.
const LANDMARKS: usize = 106;
/// Side of the landmark model's square against the longer side of the face's box.
const LANDMARK_MARGIN: f64 = 1.5;
/// A box that shares less with the face, as intersection over union, is another face's.
const SAME_FACE_IOU: f32 = 0.2;

/// The detector and the landmark model, loaded. They run on the CPU, once a portrait.
pub(crate) struct InsightFace {
    detector: Mutex<Session>,
    landmarks: Mutex<Session>,
}

impl InsightFace {
    /// Checks that both files are in `folder`, whatever is in them.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] saying how to get them.
    pub(crate) fn look_for(folder: &Path) -> Result<()> {
        let Some(missing) = FILES.iter().find(|name| !folder.join(name).is_file()) else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Engine, format!("there is no {missing} here"))
            .with_hint(Hint::FetchNonCommercialModels)
            .with_hint(Hint::UseOwnLandmarks)
            .with_path(folder))
    }

    /// Loads both from `folder`.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where one is missing, does not load or is not what it should be.
    pub(crate) fn open(folder: &Path, options: &SessionOptions<'_>) -> Result<Self> {
        Self::look_for(folder)?;
        let options = SessionOptions { device: Device::Cpu, ..*options };
        let open = |name: &str| {
            let path = folder.join(name);
            let file = ModelFile::from_name(name).expect("both are in the catalog");
            verify_model(&path, file)?.into_sound().map_err(|e| e.with_path(&path))?;
            open_session(&path, &options).map(Mutex::new)
        };
        let [detector, landmarks] = FILES;
        Ok(Self { detector: open(detector)?, landmarks: open(landmarks)? })
    }

    /// The 106 landmarks of the face within `bounds`: left, top, right and bottom in pixels of the picture.
    ///
    /// # Errors
    /// [`ErrorKind::NoFace`] where the detector sees no face there, [`ErrorKind::Engine`] where a model fails.
    pub(crate) fn face_landmarks(&self, picture: &Rgb, bounds: [f32; 4]) -> Result<Vec<[f32; 2]>> {
        let found = self.detect(picture)?;
        let closest = found
            .iter()
            .max_by(|a, b| a.overlap(bounds).total_cmp(&b.overlap(bounds)))
            .filter(|detection| detection.overlap(bounds) >= SAME_FACE_IOU);
        let Some(face) = closest else {
            return Err(Error::new(
                ErrorKind::NoFace,
                "InsightFace's detector sees no face where gaze's own does",
            )
            .with_hint(Hint::UseOwnLandmarks));
        };
        self.landmarks_in(picture, face.bounds)
    }

    /// All faces, in pixels of the picture.
    fn detect(&self, picture: &Rgb) -> Result<Vec<Detection>> {
        let (side, fitted) = (DETECTOR_SIDE as u32, fitted_size(picture.size));
        let input = warp(
            &picture.texture(),
            &Affine::resizing(picture.size, fitted),
            Rect::covering(Size { width: side, height: side }),
        );
        let input = planes(&input, DETECTOR_SIDE, |v| (f32::from(v) - 127.5) / 128.0)?;
        let failed = |e: ort::Error| engine_error("the face detector failed", e);
        let mut session = lock(&self.detector);
        let outputs = session.run(ort::inputs![input]).map_err(failed)?;
        let tensors: Vec<Output<'_>> = (0..outputs.len())
            .map(|index| {
                let (shape, values) = outputs[index].try_extract_tensor::<f32>()?;
                Ok((&shape[..], values))
            })
            .collect::<ort::Result<_>>()
            .map_err(failed)?;
        // Rounding made the two axes differ by less than a pixel; the reference goes by the height as well.
        let scale = picture.size.height as f32 / fitted.height as f32;
        let mut found = decode_detections(&tensors)?;
        for detection in &mut found {
            detection.bounds = detection.bounds.map(|v| v * scale);
        }
        Ok(found)
    }

    fn landmarks_in(&self, picture: &Rgb, bounds: [f32; 4]) -> Result<Vec<[f32; 2]>> {
        let to_input = landmark_crop(bounds);
        let side = LANDMARK_SIDE as u32;
        let input =
            warp(&picture.texture(), &to_input, Rect::covering(Size { width: side, height: side }));
        let input = planes(&input, LANDMARK_SIDE, f32::from)?;
        let failed = |e: ort::Error| engine_error("the landmark model failed", e);
        let mut session = lock(&self.landmarks);
        let outputs = session.run(ort::inputs![input]).map_err(failed)?;
        let (_, values) = outputs[0].try_extract_tensor::<f32>().map_err(failed)?;
        let (points, _) = values.as_chunks::<2>();
        if points.len() != LANDMARKS {
            let message = format!(
                "the landmark model answers with {} points instead of {LANDMARKS}",
                points.len()
            );
            return Err(Error::new(ErrorKind::Engine, message).with_hint(Hint::VerifyModels));
        }
        let from_input = to_input.inverse();
        // From -1 to 1 in the square.
        let to_picture = |point: &[f32; 2]| {
            let half = LANDMARK_SIDE as f64 / 2.0;
            from_input.apply(point.map(|v| (f64::from(v) + 1.0) * half)).map(|v| v as f32)
        };
        Ok(points.iter().map(to_picture).collect())
    }
}

/// The picture's size where it just fits the detector's square.
fn fitted_size(Size { width, height }: Size) -> Size {
    let (side, longer) = (DETECTOR_SIDE as u64, u64::from(width.max(height)).max(1));
    let fitted = |length: u32| ((u64::from(length) * side / longer) as u32).max(1);
    Size { width: fitted(width), height: fitted(height) }
}

/// From the picture to the landmark model's square, which lies upright around the box.
fn landmark_crop([left, top, right, bottom]: [f32; 4]) -> Affine {
    let longer = f64::from((right - left).max(bottom - top));
    let scale = LANDMARK_SIDE as f64 / (LANDMARK_MARGIN * longer);
    let start =
        |low: f32, high: f32| LANDMARK_SIDE as f64 / 2.0 - scale * f64::from(low + high) / 2.0;
    Affine([[scale, 0.0, start(left, right)], [0.0, scale, start(top, bottom)]])
}

/// Pixels as a model takes them: planes of red, green and blue.
fn planes(pixels: &[u8], side: usize, value: impl Fn(u8) -> f32) -> Result<Tensor<f32>> {
    let plane = |channel: usize| pixels.iter().skip(channel).step_by(3).map(|&v| value(v));
    let values: Vec<f32> = (0..3).flat_map(plane).collect();
    Tensor::from_array(([1, 3, side, side], values))
        .map_err(|e| engine_error("the picture cannot be handed over", e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn pictures_fit_the_detectors_square() {
        assert_eq!(fitted_size(size(1280, 960)), size(512, 384));
        assert_eq!(fitted_size(size(300, 1001)), size(153, 512));
        assert_eq!(fitted_size(size(64, 64)), size(512, 512));
        assert_eq!(fitted_size(size(1280, 1)), size(512, 1));
    }

    #[test]
    fn the_landmark_square_is_half_as_large_again_as_the_box() {
        let crop = landmark_crop([100.0, 50.0, 180.0, 150.0]);
        // 1.5 times 100 px, around (140, 100).
        for (point, expected) in [
            ([65.0, 25.0], [0.0, 0.0]),
            ([215.0, 175.0], [192.0, 192.0]),
            ([140.0, 100.0], [96.0; 2]),
        ] {
            let found = crop.apply(point);
            assert!((0..2).all(|i| (found[i] - expected[i]).abs() < 1e-9), "{found:?}");
        }
    }
}

//! The public model files of LivePortrait, and what each must look like.

/// One file of the public set, as [`crate::verify_model`] expects it.
#[derive(Debug)]
#[non_exhaustive]
pub struct ModelFile {
    /// Name of the file in its folder.
    pub name: &'static str,
    /// What the engine does with it, in a few words.
    pub purpose: &'static str,
    /// Terms it may be used under, with whose they are.
    pub licence: &'static str,
    /// Whether those terms rule out commercial use.
    pub is_non_commercial: bool,
    /// Whether a sweep needs it.
    pub is_required: bool,
    /// What it takes; empty where that isn't known, and so isn't compared.
    pub inputs: &'static [TensorSpec],
    /// What it gives; empty where that isn't known, and so isn't compared.
    pub outputs: &'static [TensorSpec],
    /// Whether an export in 16-bit floats is welcome too.
    pub may_be_half: bool,
}

/// An input or output of a model: a tensor of 32-bit floats.
#[derive(Debug)]
#[non_exhaustive]
pub struct TensorSpec {
    /// Its name; none where exports differ and its shape tells it.
    pub name: Option<&'static str>,
    /// Its size along each axis; none where any will do. A file may leave the first one, the batch, open.
    pub dims: &'static [Option<u64>],
}

/// The public set, what a sweep needs first.
///
/// | file | takes | gives |
/// | --- | --- | --- |
/// | appearance_feature_extractor | the crop, 1 x 3 x 256 x 256, RGB 0 to 1 | the portrait as a volume, 1 x 32 x 16 x 64 x 64 |
/// | motion_extractor | the same | angles (as 66 bins each), translation, expression, scale, key points |
/// | stitching | rows of 63 + 63 coordinates | rows of 65 corrections |
/// | warping_spade | the volume and two sets of key points | the decoded crop, 1 x 3 x 512 x 512, RGB 0 to 1 |
///
/// The two files for landmarks are InsightFace's and not for commercial use; the embedded face models do without.
pub const MODEL_FILES: &[ModelFile] = &[
    ModelFile {
        name: "appearance_feature_extractor.onnx",
        purpose: "turns the portrait into a feature volume, once a portrait",
        licence: LIVEPORTRAIT_LICENCE,
        is_non_commercial: false,
        is_required: true,
        inputs: &[tensor("img", CROP)],
        outputs: &[unnamed(VOLUME)],
        may_be_half: false,
    },
    ModelFile {
        name: "motion_extractor.onnx",
        purpose: "finds the portrait's key points, angles and expression, once a portrait",
        licence: LIVEPORTRAIT_LICENCE,
        is_non_commercial: false,
        is_required: true,
        inputs: &[tensor("img", CROP)],
        outputs: &[
            tensor("pitch", ANGLE_BINS),
            tensor("yaw", ANGLE_BINS),
            tensor("roll", ANGLE_BINS),
            tensor("t", &[Some(1), Some(3)]),
            tensor("exp", POINTS_IN_A_ROW),
            tensor("scale", &[Some(1), Some(1)]),
            tensor("kp", POINTS_IN_A_ROW),
        ],
        may_be_half: false,
    },
    ModelFile {
        name: STITCHING,
        purpose: "corrects key points so that the crop joins the rest of the portrait, once a sweep",
        licence: LIVEPORTRAIT_LICENCE,
        is_non_commercial: false,
        is_required: true,
        inputs: &[tensor("input", &[None, Some(126)])],
        outputs: &[unnamed(&[None, Some(65)])],
        may_be_half: false,
    },
    ModelFile {
        name: DECODER,
        purpose: "warps the volume and decodes the crop, once a frame",
        licence: LIVEPORTRAIT_LICENCE,
        is_non_commercial: false,
        is_required: true,
        inputs: &[
            tensor("feature_3d", VOLUME),
            tensor("kp_driving", POINTS),
            tensor("kp_source", POINTS),
        ],
        outputs: &[tensor("out", &[Some(1), Some(3), Some(512), Some(512)])],
        may_be_half: true,
    },
    ModelFile {
        name: "retinaface_det_static.onnx",
        purpose: "finds faces; only where InsightFace's landmarks are asked for",
        licence: INSIGHTFACE_LICENCE,
        is_non_commercial: true,
        is_required: false,
        inputs: &[unnamed(&[Some(1), Some(3), Some(512), Some(512)])],
        outputs: &[],
        may_be_half: false,
    },
    ModelFile {
        name: "face_2dpose_106_static.onnx",
        purpose: "finds 106 landmarks of a face; only where InsightFace's landmarks are asked for",
        licence: INSIGHTFACE_LICENCE,
        is_non_commercial: true,
        is_required: false,
        inputs: &[unnamed(&[Some(1), Some(3), Some(192), Some(192)])],
        outputs: &[unnamed(&[Some(1), Some(212)])],
        may_be_half: false,
    },
    ModelFile {
        name: "landmark.onnx",
        purpose: "follows landmarks in a video; a sweep does not use it",
        licence: LIVEPORTRAIT_LICENCE,
        is_non_commercial: false,
        is_required: false,
        inputs: &[],
        outputs: &[],
        may_be_half: false,
    },
    ModelFile {
        name: "stitching_eye.onnx",
        purpose: "opens and closes eyes; a sweep does not use it",
        licence: LIVEPORTRAIT_LICENCE,
        is_non_commercial: false,
        is_required: false,
        inputs: &[],
        outputs: &[],
        may_be_half: false,
    },
    ModelFile {
        name: "stitching_lip.onnx",
        purpose: "opens and closes lips; a sweep does not use it",
        licence: LIVEPORTRAIT_LICENCE,
        is_non_commercial: false,
        is_required: false,
        inputs: &[],
        outputs: &[],
        may_be_half: false,
    },
];

impl ModelFile {
    /// The file of that name in [`MODEL_FILES`].
    pub fn from_name(name: &str) -> Option<&'static ModelFile> {
        MODEL_FILES.iter().find(|file| file.name == name)
    }
}

/// Name of the file that [`crate::adapt_decoder`] rewrites.
pub(crate) const DECODER: &str = "warping_spade.onnx";

/// Name of the file that may take one row only.
pub(crate) const STITCHING: &str = "stitching.onnx";

/// Shape of the feature volume: batch, channels, depth, height, width.
pub(crate) const VOLUME_SHAPE: [usize; 5] = [1, 32, 16, 64, 64];

const LIVEPORTRAIT_LICENCE: &str = "MIT (LivePortrait, KwaiVGI and KlingTeam)";
const INSIGHTFACE_LICENCE: &str = "non-commercial research only (InsightFace)";

const CROP: &[Option<u64>] = &[Some(1), Some(3), Some(256), Some(256)];
const VOLUME: &[Option<u64>] = &{
    let [batch, channels, depth, height, width] = VOLUME_SHAPE;
    [
        Some(batch as u64),
        Some(channels as u64),
        Some(depth as u64),
        Some(height as u64),
        Some(width as u64),
    ]
};
const ANGLE_BINS: &[Option<u64>] = &[Some(1), Some(66)];
const POINTS: &[Option<u64>] = &[Some(1), Some(21), Some(3)];
const POINTS_IN_A_ROW: &[Option<u64>] = &[Some(1), Some(63)];

const fn tensor(name: &'static str, dims: &'static [Option<u64>]) -> TensorSpec {
    TensorSpec { name: Some(name), dims }
}

const fn unnamed(dims: &'static [Option<u64>]) -> TensorSpec {
    TensorSpec { name: None, dims }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_name() {
        for file in MODEL_FILES {
            assert_eq!(ModelFile::from_name(file.name).unwrap().purpose, file.purpose);
        }
        assert!(ModelFile::from_name("warping_spade-fix.onnx").is_none());
    }

    #[test]
    fn nothing_that_a_sweep_needs_is_non_commercial() {
        let required: Vec<_> = MODEL_FILES.iter().filter(|file| file.is_required).collect();
        assert_eq!(required.len(), 4);
        assert!(required.iter().all(|file| !file.is_non_commercial && !file.outputs.is_empty()));
    }
}

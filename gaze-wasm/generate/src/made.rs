//! A rig that was made, and its file.

use gaze_face::Warning;
use gaze_rig::rig::{PictureFormat, Rig, StoredPicture};
use wasm_bindgen::prelude::*;

use crate::Failure;
use crate::generator::word;

/// A rig that was made.
#[wasm_bindgen]
pub struct Made {
    rig: Rig,
    warnings: Vec<Warning>,
}

impl Made {
    pub(crate) fn new(rig: Rig, warnings: Vec<Warning>) -> Self {
        Self { rig, warnings }
    }
}

#[wasm_bindgen]
impl Made {
    /// What may look wrong, in kebab case: `closed-eyes` for instance.
    #[wasm_bindgen(getter, js_name = warningKinds)]
    pub fn warning_kinds(&self) -> Vec<String> {
        self.warnings.iter().map(|warning| warning.kind.name().to_owned()).collect()
    }

    /// A sentence for each of them.
    #[wasm_bindgen(getter, js_name = warningMessages)]
    pub fn warning_messages(&self) -> Vec<String> {
        self.warnings.iter().map(|warning| warning.worded(word)).collect()
    }

    /// Width of the frames in pixels.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> u32 {
        self.rig.frame_size().width
    }

    /// Height of the frames in pixels.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> u32 {
        self.rig.frame_size().height
    }
    /// The picture to compress: `width * height * 4` bytes, RGBA, opaque.
    pub fn picture(&self) -> Vec<u8> {
        self.rig.picture_to_store().into_pixels()
    }

    /// The file `portrait.gaze`, with the picture compressed as WebP or else as JPEG; throws when it would be too large.
    #[wasm_bindgen(js_name = toBytes)]
    pub fn to_bytes(&self, is_webp: bool, picture: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let format = if is_webp { PictureFormat::Webp } else { PictureFormat::Jpeg };
        Ok(self.rig.to_bytes(&StoredPicture { format, bytes: picture })?)
    }
}

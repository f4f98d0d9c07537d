//! The models, and what they do.

use gaze_face::embedded::EmbeddedEngine;
use gaze_face::faces::{FaceModelBytes, FaceModels};
use gaze_face::{EyeStyle, FaceChoice, PrepareOptions};
use wasm_bindgen::prelude::*;

use crate::{Failure, Made, Picture};

/// The face models, loaded.
#[wasm_bindgen]
pub struct Generator(EmbeddedEngine);

#[wasm_bindgen]
impl Generator {
    /// Loads the four ONNX files of `gaze-face/models`, of which nothing is kept; throws when one is not the file that it
    /// should be.
    #[wasm_bindgen(constructor)]
    pub fn new(
        detector: &[u8],
        mesh: &[u8],
        iris: &[u8],
        person_mask: &[u8],
    ) -> Result<Generator, Failure> {
        let models = FaceModels::from_onnx(FaceModelBytes { detector, mesh, iris, person_mask })?;
        Ok(Generator(EmbeddedEngine::with_models(models)))
    }

    /// Finds the faces of a picture: `width * height * 4` bytes, RGBA, sRGB, straight alpha, upright, shrunk until its
    /// longer side is at most `max_size`. None is no failure; throws when the picture is too small or too large.
    #[wasm_bindgen(js_name = findFaces)]
    pub fn find_faces(
        &self,
        pixels: Vec<u8>,
        width: u32,
        height: u32,
        max_size: u32,
    ) -> Result<Picture, Failure> {
        Picture::of(self.0.models(), pixels, width, height, max_size)
    }

    /// Builds the rig of the face with this index; throws when there is none. `soft_eyes` draws the eyes softly even
    /// where layers would do. `background`, 0xrrggbb, is put behind whatever is transparent.
    #[wasm_bindgen(js_name = buildRig)]
    pub fn build_rig(
        &self,
        picture: &Picture,
        face: usize,
        remove_background: bool,
        soft_eyes: bool,
        background: Option<u32>,
    ) -> Result<Made, Failure> {
        let options = PrepareOptions::default()
            .with_face(FaceChoice::Index(face))
            .with_background_removed(remove_background)
            .with_background(background.map(|color| {
                let [_, r, g, b] = color.to_be_bytes();
                [r, g, b]
            }))
            .with_eyes(if soft_eyes { EyeStyle::Soft } else { EyeStyle::Auto });
        let (rig, warnings) =
            self.0.build_rig_of(picture.portrait(), picture.found(), &options, &())?;
        Ok(Made::new(rig, warnings))
    }
}

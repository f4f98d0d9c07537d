//! The models, and what they do.

use gaze_face::embedded::EmbeddedEngine;
use gaze_face::faces::{FaceModelBytes, FaceModels, advise_crop};
use gaze_face::{EyeStyle, FaceChoice, PrepareOptions};
use gaze_rig::{Hint, Rect, Size};
use wasm_bindgen::prelude::*;

use crate::{CloseUp, Failure, Made, Picture};

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

    /// Adds the faces that are too small in a picture without any and that its photograph shows, of which these are the pixels.
    #[wasm_bindgen(js_name = lookFurther)]
    pub fn look_further(
        &self,
        picture: &mut Picture,
        pixels: Vec<u8>,
        width: u32,
        height: u32,
    ) -> Result<(), Failure> {
        picture.look_further(self.0.models(), (pixels, width, height))
    }

    /// Adds the face with these eyes to those of a picture, found or not, also no human one, and returns its index: x and y of
    /// the middle of each, in shares of the picture's width and height. Throws when they are no eyes: outside, or on one spot.
    #[wasm_bindgen(js_name = nameEyes)]
    pub fn name_eyes(&self, picture: &mut Picture, eyes: &[f32]) -> Result<usize, Failure> {
        let &[ax, ay, bx, by] = eyes else {
            return Err(Failure::invalid("two eyes have x and y each: give four numbers"));
        };
        picture.name_eyes(self.0.models(), [[ax, ay], [bx, by]])
    }

    /// A part of the photograph as the picture to make a face of, shrunk until its longer side is at most `max_size`: its
    /// pixels, where it lies in the photograph (x, y, width and height), of which `picture` shows all, and the size of that (width
    /// and height). Its only face is the one with this index
    /// of `picture`; throws when there is none.
    #[wasm_bindgen(js_name = cropped)]
    #[expect(clippy::too_many_arguments, reason = "a rectangle, and pixels with their size")]
    pub fn cropped(
        &self,
        picture: &Picture,
        face: usize,
        part: &[u32],
        photo: &[u32],
        pixels: Vec<u8>,
        width: u32,
        height: u32,
        max_size: u32,
    ) -> Result<Picture, Failure> {
        let (part, photo) = (rect_of(part)?, size_of(photo)?);
        picture.cropped(self.0.models(), face, part, photo, (pixels, width, height), max_size)
    }

    /// Finds the details of the face with this index anew in the pixels of its close-up.
    #[wasm_bindgen(js_name = lookCloser)]
    pub fn look_closer(
        &self,
        picture: &mut Picture,
        face: usize,
        close_up: &CloseUp,
        pixels: Vec<u8>,
        width: u32,
        height: u32,
    ) -> Result<(), Failure> {
        picture.look_closer(self.0.models(), face, close_up, (pixels, width, height))
    }

    /// Builds the rig of the face with this index; throws when there is none. `soft_eyes` draws the eyes softly even
    /// where layers would do. `crop_gain` is how many times as large a crop would show it, 1 for a picture that is one.
    /// `background`, 0xrrggbb, is put behind whatever is transparent.
    #[wasm_bindgen(js_name = buildRig)]
    pub fn build_rig(
        &self,
        picture: &Picture,
        face: usize,
        remove_background: bool,
        soft_eyes: bool,
        crop_gain: f32,
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
        let (chosen, others) = (picture.face(face)?, picture.others(face));
        if let Some(named) = picture.named(face) {
            let rig = self.0.build_named_rig(picture.portrait(), named, &options, &())?;
            return Ok(Made::new(rig, advise_crop(Vec::new(), chosen, crop_gain)));
        }
        let (rig, warnings) =
            self.0.build_rig_of(picture.portrait(), chosen, &others, &options, &())?;
        Ok(Made::new(rig, advise_crop(warnings, chosen, crop_gain)))
    }
}

/// x, y, width and height.
fn rect_of(numbers: &[u32]) -> Result<Rect, Failure> {
    match *numbers {
        [x, y, width, height] => Ok(Rect { x, y, width, height }),
        _ => Err(Failure::invalid("a part has x, y, width and height: give four numbers")),
    }
}

/// Width and height.
fn size_of(numbers: &[u32]) -> Result<Size, Failure> {
    match *numbers {
        [width, height] => Ok(Size { width, height }),
        _ => Err(Failure::invalid("a size has width and height: give two numbers")),
    }
}

/// What a page calls the way out.
pub(crate) fn word(hint: &Hint) -> String {
    match hint {
        Hint::CropCloser => "use crop: 'bust' or crop: 'head'".to_owned(),
        Hint::NameEyes => {
            "place the eyes of any face, also no human one, by face: { eyes: [{ x, y }, { x, y }] }"
                .to_owned()
        }
        other => other.to_string(),
    }
}

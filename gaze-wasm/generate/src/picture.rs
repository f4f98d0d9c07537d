//! A photograph and the faces in it.

use gaze_face::faces::{Face, FaceModels, choose_face, warnings};
use gaze_face::{FaceChoice, Portrait, WarningKind};
use gaze_rig::{Frame, Size};
use wasm_bindgen::prelude::*;

use crate::Failure;

/// A photograph and the faces in it.
#[wasm_bindgen]
pub struct Picture {
    portrait: Portrait,
    faces: Vec<Face>,
}

impl Picture {
    pub(crate) fn of(
        models: &FaceModels,
        pixels: Vec<u8>,
        width: u32,
        height: u32,
        max_size: u32,
    ) -> Result<Self, Failure> {
        let frame = Frame::from_pixels(Size { width, height }, pixels)?;
        let portrait = shrunk(Portrait::from_frame(frame)?, max_size);
        let faces = models.find_faces(&portrait)?;
        Ok(Self { portrait, faces })
    }

    pub(crate) fn portrait(&self) -> &Portrait {
        &self.portrait
    }

    pub(crate) fn found(&self) -> &[Face] {
        &self.faces
    }

    fn index_of(&self, choice: FaceChoice) -> Result<usize, Failure> {
        let chosen = choose_face(&self.faces, choice, &self.portrait)?;
        let index = self.faces.iter().position(|face| std::ptr::eq(face, chosen));
        Ok(index.expect("a face that was chosen is one of them"))
    }
}

/// As [`Portrait::resized`], but without a copy of what has the size already.
fn shrunk(portrait: Portrait, max_size: u32) -> Portrait {
    let Size { width, height } = portrait.size();
    if width.max(height) <= max_size { portrait } else { portrait.resized(max_size) }
}

#[wasm_bindgen]
impl Picture {
    /// Width in pixels.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> u32 {
        self.portrait.size().width
    }

    /// Five numbers a face, largest first: left, top, right and bottom of its mesh, brows to chin, in pixels of the
    /// picture, and how far it is turned clockwise, in degrees.
    pub fn faces(&self) -> Vec<f32> {
        let numbers = self.faces.iter().map(|face| {
            let [left, top, right, bottom] = face.bounds();
            [left, top, right, bottom, face.roll_deg()]
        });
        numbers.flatten().collect()
    }

    /// The index of the largest face; throws when there is none.
    #[wasm_bindgen(js_name = largestFace)]
    pub fn largest_face(&self) -> Result<usize, Failure> {
        self.index_of(FaceChoice::Largest)
    }

    /// `index` itself; throws when there are not that many faces.
    #[wasm_bindgen(js_name = faceByIndex)]
    pub fn face_by_index(&self, index: usize) -> Result<usize, Failure> {
        self.index_of(FaceChoice::Index(index))
    }

    /// The index of the face at, or else nearest to, a point, in shares of the picture's width and height; throws when
    /// there is none.
    #[wasm_bindgen(js_name = faceAt)]
    pub fn face_at(&self, across: f32, down: f32) -> Result<usize, Failure> {
        let Size { width, height } = self.portrait.source_size();
        // Pixel centres are at whole numbers.
        let (x, y) = (across * width as f32 - 0.5, down * height as f32 - 0.5);
        self.index_of(FaceChoice::At { x, y })
    }

    /// What is to be said where there are several faces and none was chosen.
    #[wasm_bindgen(js_name = severalFaces)]
    pub fn several_faces(&self) -> Option<String> {
        let all = warnings(self.faces.first()?, &self.faces, FaceChoice::Largest);
        let several = all.into_iter().find(|warning| warning.kind == WarningKind::SeveralFaces);
        several.map(|warning| warning.message)
    }
}

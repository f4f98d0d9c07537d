//! A photograph and the faces in it.

use gaze_face::faces::{
    CloseUp as Look, Face, FaceModels, HeadKind, NamedFace, choose_face, warnings,
};
use gaze_face::{Crop, FaceChoice, Portrait, WarningKind};
use gaze_rig::{Frame, Rect, Size};
use wasm_bindgen::prelude::*;

use crate::{CloseUp, Failure};

/// A photograph and the faces in it.
#[wasm_bindgen]
pub struct Picture {
    portrait: Portrait,
    faces: Vec<Face>,
    /// Those beside the face that it was cropped around: they may lie outside.
    beside: Vec<Face>,
    /// The last of the faces, where that was named.
    named: Option<Named>,
}

/// A face whose eyes were named.
struct Named {
    /// In shares of the picture's width and height.
    eyes: [[f32; 2]; 2],
    found: NamedFace,
}

/// RGBA, and its width and height.
type Pixels = (Vec<u8>, u32, u32);

impl Picture {
    pub(crate) fn of(
        models: &FaceModels,
        pixels: Vec<u8>,
        width: u32,
        height: u32,
        max_size: u32,
    ) -> Result<Self, Failure> {
        let portrait = portrait_of((pixels, width, height), max_size)?;
        let faces = models.find_faces(&portrait)?;
        Ok(Self { portrait, faces, beside: Vec::new(), named: None })
    }

    /// Looks for faces that are too small in the picture in pixels of its photograph, of which it shows all.
    pub(crate) fn look_further(
        &mut self,
        models: &FaceModels,
        pixels: Pixels,
    ) -> Result<(), Failure> {
        let source = portrait_of(pixels, u32::MAX)?;
        self.faces = models.find_distant(self.portrait.size(), &source)?;
        Ok(())
    }

    /// Adds the face with these eyes, in shares of the picture's width and height, and returns its index.
    pub(crate) fn name_eyes(
        &mut self,
        models: &FaceModels,
        eyes: [[f32; 2]; 2],
    ) -> Result<usize, Failure> {
        if self.named.take().is_some() {
            self.faces.pop();
        }
        let Size { width, height } = self.portrait.source_size();
        // Pixel centres are at whole numbers.
        let places = eyes.map(|[x, y]| [x * width as f32 - 0.5, y * height as f32 - 0.5]);
        let found = models.named_face(&self.portrait, places)?;
        self.faces.push(found.face.clone());
        self.named = Some(Named { eyes, found });
        Ok(self.faces.len() - 1)
    }

    /// The face with this index, if it was named, with all that is known of it by now.
    pub(crate) fn named(&self, index: usize) -> Option<NamedFace> {
        let named = self.named.as_ref().filter(|_| index + 1 == self.faces.len())?;
        Some(NamedFace { face: self.faces[index].clone(), ..named.found.clone() })
    }

    pub(crate) fn portrait(&self) -> &Portrait {
        &self.portrait
    }

    /// Everybody but the face with this index.
    pub(crate) fn others(&self, index: usize) -> Vec<Face> {
        let found = self.faces.iter().enumerate().filter(|(i, _)| *i != index);
        found.map(|(_, face)| face).chain(&self.beside).cloned().collect()
    }

    /// The face with this index.
    pub(crate) fn face(&self, index: usize) -> Result<&Face, Failure> {
        Ok(choose_face(&self.faces, FaceChoice::Index(index), &self.portrait)?)
    }

    pub(crate) fn cropped(
        &self,
        models: &FaceModels,
        index: usize,
        part: Rect,
        source: Size,
        pixels: Pixels,
        max_size: u32,
    ) -> Result<Self, Failure> {
        let portrait = portrait_of(pixels, max_size)?;
        let Rect { x, y, width, height } = part;
        if let (Some(_), Some(Named { eyes, .. })) = (self.named(index), &self.named) {
            let share = |at: f32, whole: u32, from: u32, side: u32| {
                (at * whole as f32 - from as f32) / side as f32
            };
            let eyes = eyes.map(|[across, down]| {
                [share(across, source.width, x, width), share(down, source.height, y, height)]
            });
            let mut part = Self { portrait, faces: Vec::new(), beside: Vec::new(), named: None };
            part.name_eyes(models, eyes)?;
            return Ok(part);
        }
        let in_part =
            |face: &Face| face.resized(self.portrait.size(), source).in_part(part, portrait.size());
        let face = models.look_again(&portrait, &in_part(self.face(index)?))?;
        let beside = self.others(index).iter().map(in_part).collect();
        Ok(Self { portrait, faces: vec![face], beside, named: None })
    }

    pub(crate) fn look_closer(
        &mut self,
        models: &FaceModels,
        index: usize,
        CloseUp(close_up): &CloseUp,
        pixels: Pixels,
    ) -> Result<(), Failure> {
        let part = portrait_of(pixels, close_up.max_side)?;
        let face = models.look_closer(*close_up, &part, self.face(index)?)?;
        self.faces[index] = face;
        Ok(())
    }

    fn index_of(&self, choice: FaceChoice) -> Result<usize, Failure> {
        let chosen = choose_face(&self.faces, choice, &self.portrait)?;
        let index = self.faces.iter().position(|face| std::ptr::eq(face, chosen));
        Ok(index.expect("a face that was chosen is one of them"))
    }
}

fn portrait_of((pixels, width, height): Pixels, max_size: u32) -> Result<Portrait, Failure> {
    let frame = Frame::from_pixels(Size { width, height }, pixels)?;
    Ok(shrunk(Portrait::from_frame(frame)?, max_size))
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

    /// Four numbers a face, largest first: left, top, right and bottom of its mesh, brows to chin, in pixels of the picture.
    pub fn faces(&self) -> Vec<f32> {
        self.faces.iter().flat_map(Face::bounds).collect()
    }

    /// What is kept around the face with this index of the photograph, of which this picture shows all: x, y, width and height
    /// in its pixels, none for all of it; throws when there is no such face or crop. `crop` is `bust` or `head`.
    #[wasm_bindgen(js_name = partAround)]
    pub fn part_around(
        &self,
        index: usize,
        crop: &str,
        photo_width: u32,
        photo_height: u32,
    ) -> Result<Option<Vec<u32>>, Failure> {
        let crop = Crop::from_name(crop)
            .ok_or_else(|| Failure::invalid("the crop is unknown: use 'none', 'bust' or 'head'"))?;
        let photo = Size { width: photo_width, height: photo_height };
        let face = self.face(index)?.resized(self.portrait.size(), photo);
        let part = crop.around(&face, photo);
        Ok(part.map(|Rect { x, y, width, height }| vec![x, y, width, height]))
    }

    /// Where the details of the face with this index are seen better than in this picture, in the photograph of which it
    /// shows all; none where nothing more is to be seen.
    #[wasm_bindgen(js_name = closeUp)]
    pub fn close_up(
        &self,
        index: usize,
        photo_width: u32,
        photo_height: u32,
    ) -> Result<Option<CloseUp>, Failure> {
        // The models know details of human faces only.
        if self.named(index).is_some_and(|named| named.head != HeadKind::Human) {
            return Ok(None);
        }
        let photo = Size { width: photo_width, height: photo_height };
        Ok(Look::of(self.face(index)?, self.portrait.size(), photo).map(CloseUp))
    }

    /// How many times as large a crop of the photograph, of which this picture shows all, would show the face with this index.
    #[wasm_bindgen(js_name = cropGain)]
    pub fn crop_gain(
        &self,
        index: usize,
        photo_width: u32,
        photo_height: u32,
        max_size: u32,
    ) -> Result<f32, Failure> {
        let photo = Size { width: photo_width, height: photo_height };
        let face = self.face(index)?;
        Ok(Crop::Bust.magnification(face, self.portrait.size(), photo, max_size))
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
        let all = warnings(self.faces.first()?, &self.faces[1..], FaceChoice::Largest);
        let several = all.into_iter().find(|warning| warning.kind == WarningKind::SeveralFaces);
        several.map(|warning| warning.message)
    }
}

//! The four models together: what the rest of the crate asks.

use super::detector::{Detector, sigmoid};
use super::generic_head::EyeAxes;
use super::iris::{IrisModel, Side};
use super::mesh::{MIN_FIRST_LOGIT, Mesh, MeshModel};
use super::named::{HeadKind, NamedFace, agrees, are_drawn, face_square, is_at, named_eyes};
use super::person_mask::{MaskGrid, PersonMaskModel};
use super::pyramid::Pyramid;
use super::{CloseUp, Face, PersonMask, assess::SURE_PRESENCE, search};
use crate::network::Memory;
use crate::portrait::Portrait;
use crate::resample::fitted;
use gaze_rig::{Frame, Result, Size};
use std::borrow::Cow;

/// The four face models as ONNX files in memory. gaze has them in `gaze-face/models`.
#[derive(Debug, Clone, Copy)]
pub struct FaceModelBytes<'a> {
    /// `face_detection_short_range.onnx`: where faces are.
    pub detector: &'a [u8],
    /// `face_landmark.onnx`: the mesh of a face.
    pub mesh: &'a [u8],
    /// `iris_landmark.onnx`: lids and iris of an eye.
    pub iris: &'a [u8],
    /// `selfie_segmentation.onnx`: which pixels are person.
    pub person_mask: &'a [u8],
}

impl FaceModelBytes<'static> {
    /// The models inside this crate, 3 MB.
    #[cfg(feature = "bundled-models")]
    pub const BUNDLED: Self = Self {
        detector: include_bytes!("../../models/face_detection_short_range.onnx"),
        mesh: include_bytes!("../../models/face_landmark.onnx"),
        iris: include_bytes!("../../models/iris_landmark.onnx"),
        person_mask: include_bytes!("../../models/selfie_segmentation.onnx"),
    };
}

/// Longer side of the picture in which faces are looked for that a frame shows too small.
const SEARCH_SIDE: u32 = 2048;
/// How much larger than the frame it must be to show more.
const SEARCH_WORTH: f32 = 1.5;

/// The face models, loaded: 6 MB of weights, a few milliseconds. Threads may share one.
///
/// ```
/// # #[cfg(all(feature = "bundled-models", feature = "picture-files"))] {
/// use gaze_face::faces::{FaceModels, choose_face, warnings};
/// use gaze_face::{FaceChoice, Portrait};
///
/// let portrait = Portrait::open("../examples/astronaut.png")?.resized(512);
/// let models = FaceModels::embedded()?;
/// let faces = models.find_faces(&portrait)?;
/// let face = choose_face(&faces, FaceChoice::Largest, &portrait)?;
/// assert_eq!(face.mesh.len(), face.topology.points);
/// assert!(warnings(face, &[], FaceChoice::Largest).is_empty());
/// # }
/// # Ok::<(), gaze_face::Error>(())
/// ```
pub struct FaceModels {
    detector: Detector,
    mesh: MeshModel,
    iris: IrisModel,
    person_mask: PersonMaskModel,
    memory: Memory,
}

impl FaceModels {
    /// Loads the models that are part of this crate.
    ///
    /// # Errors
    /// [`Engine`](gaze_rig::ErrorKind::Engine) where they are damaged, which only a broken build does.
    #[cfg(feature = "bundled-models")]
    pub fn embedded() -> Result<Self> {
        Self::from_onnx(FaceModelBytes::BUNDLED)
    }

    /// Loads models that come from elsewhere, a page's own server for instance. Nothing of the bytes is kept.
    ///
    /// ```no_run
    /// use gaze_face::embedded::EmbeddedEngine;
    /// use gaze_face::faces::{FaceModelBytes, FaceModels};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let read = |name| std::fs::read(std::path::Path::new("models").join(name));
    /// let models = FaceModels::from_onnx(FaceModelBytes {
    ///     detector: &read("face_detection_short_range.onnx")?,
    ///     mesh: &read("face_landmark.onnx")?,
    ///     iris: &read("iris_landmark.onnx")?,
    ///     person_mask: &read("selfie_segmentation.onnx")?,
    /// })?;
    /// let engine = EmbeddedEngine::with_models(models);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Engine`](gaze_rig::ErrorKind::Engine), naming the model, where one cannot be loaded or has other inputs
    /// and outputs than it should: damaged, of another version, or in the place of another.
    pub fn from_onnx(models: FaceModelBytes<'_>) -> Result<Self> {
        let memory = Memory::default();
        Ok(Self {
            detector: Detector::from_onnx(models.detector, memory.clone())?,
            mesh: MeshModel::from_onnx(models.mesh, memory.clone())?,
            iris: IrisModel::from_onnx(models.iris, memory.clone())?,
            person_mask: PersonMaskModel::from_onnx(models.person_mask, memory.clone())?,
            memory,
        })
    }

    /// Every face of the portrait, largest first; empty where there is none.
    ///
    /// Faces are found down to 6 % of the picture's longer side, turned any way; at most 32. A
    /// portrait takes some 0.15 s on one core, a picture without a face up to 1 s; the size of the
    /// picture hardly matters.
    ///
    /// # Errors
    /// [`Engine`](gaze_rig::ErrorKind::Engine) where a model fails.
    pub fn find_faces(&self, portrait: &Portrait) -> Result<Vec<Face>> {
        let pyramid = Pyramid::new(portrait.flattened());
        let found = search::find_meshes(&self.detector, &self.mesh, &pyramid)?;
        let faces = found
            .into_iter()
            .map(|search::Found { mesh, detection_score, .. }| {
                let eye = |side| self.iris.run(&pyramid, &mesh, side);
                Ok(Face {
                    eyes: [eye(Side::Right)?, eye(Side::Left)?],
                    presence: sigmoid(mesh.logit),
                    detection_score,
                    topology: mesh.topology,
                    mesh: mesh.points,
                })
            })
            .collect();
        self.memory.release();
        faces
    }

    /// The face with the eyes that somebody has named, in pixels of the picture as it was read and oriented, in either
    /// order: of a person, an animal, a drawing, a doll. Where the models see a human face with eyes there, it is that one.
    ///
    /// # Errors
    /// [`InvalidOption`](gaze_rig::ErrorKind::InvalidOption) where the points are no eyes, see [`named_eyes`];
    /// [`Engine`](gaze_rig::ErrorKind::Engine) where a model fails.
    pub fn named_face(&self, portrait: &Portrait, eyes: [[f32; 2]; 2]) -> Result<NamedFace> {
        let named = named_eyes(eyes, portrait)?;
        let pyramid = Pyramid::new(portrait.flattened());
        let face = self.look_at(&pyramid, NamedFace::generic(portrait, named), named);
        self.memory.release();
        face
    }

    /// The human face at a place, if there is one, else what was known of it.
    fn look_at(
        &self,
        pyramid: &Pyramid<'_>,
        generic: NamedFace,
        named: [[f32; 2]; 2],
    ) -> Result<NamedFace> {
        let axes = EyeAxes::of(named);
        let Some(mut mesh) = search::human_mesh(&self.mesh, pyramid, face_square(axes))? else {
            return Ok(generic);
        };
        if !agrees(&mesh, named, axes) {
            return Ok(generic);
        }
        mesh.points = self.mesh.run_steadied(pyramid, mesh.face_region())?;
        let eye = |side| self.iris.run(pyramid, &mesh, side);
        let eyes = [eye(Side::Right)?, eye(Side::Left)?];
        let are_there = eyes.iter().zip(named).all(|(eye, point)| is_at(eye, point, axes));
        let (head, eyes) = match are_there && !are_drawn(&generic.eyes) {
            true => (HeadKind::Human, eyes),
            false => (HeadKind::HumanWithOtherEyes, generic.face.eyes.clone()),
        };
        let face = Face {
            eyes,
            presence: sigmoid(mesh.logit),
            detection_score: 1.0,
            topology: mesh.topology,
            mesh: mesh.points,
        };
        Ok(NamedFace { face, head, ..generic })
    }

    /// Every face of `frame`, as by [`find_faces`](Self::find_faces); where there is none, those beyond doubt that
    /// are too small in it and that `source` shows, the same picture as it was before it was made smaller: down to 2 % of the longer side. In
    /// pixels of the frame.
    ///
    /// # Errors
    /// As [`find_faces`](Self::find_faces).
    pub fn find_faces_of(&self, frame: &Portrait, source: &Portrait) -> Result<Vec<Face>> {
        let faces = self.find_faces(frame)?;
        if faces.is_empty() { self.find_distant(frame.size(), source) } else { Ok(faces) }
    }

    /// The second half of [`find_faces_of`](Self::find_faces_of), for a frame of this size in which none was found: empty
    /// where `source` shows little more.
    ///
    /// # Errors
    /// As [`find_faces`](Self::find_faces).
    pub fn find_distant(&self, frame: Size, source: &Portrait) -> Result<Vec<Face>> {
        let larger = fitted(source.size(), SEARCH_SIDE);
        if (larger.width as f32) < SEARCH_WORTH * frame.width as f32 {
            return Ok(Vec::new());
        }
        let mut faces = self.find_faces(&source.resized(SEARCH_SIDE))?;
        // So closely looked at, many a thing has something of a face.
        faces.retain(|face| face.presence >= SURE_PRESENCE);
        Ok(faces.iter().map(|face| face.resized(larger, frame)).collect())
    }

    /// The landmarks of a face found anew in `portrait`, where the same face is known to be about there: the picture as it
    /// was before it was made smaller, or a part of that. In pixels of it. As they were where the model sees no face there.
    ///
    /// # Errors
    /// [`Engine`](gaze_rig::ErrorKind::Engine) where a model fails.
    pub fn look_again(&self, portrait: &Portrait, face: &Face) -> Result<Face> {
        let pyramid = Pyramid::new(portrait.flattened());
        let mut mesh = self.mesh.run(&pyramid, Mesh::of(face).face_region())?;
        if mesh.logit < MIN_FIRST_LOGIT {
            return Ok(face.clone());
        }
        mesh.points = self.mesh.run_steadied(&pyramid, mesh.face_region())?;
        let eye = |side| self.iris.run(&pyramid, &mesh, side);
        let eyes = [eye(Side::Right)?, eye(Side::Left)?];
        self.memory.release();
        let presence = face.presence.max(sigmoid(mesh.logit));
        Ok(Face { mesh: mesh.points, eyes, presence, ..*face })
    }

    /// A face of a frame with the details that a close-up of it shows: `part` is that part of the source picture, of any
    /// size. In pixels of the frame, as `face` is.
    ///
    /// # Errors
    /// As [`look_again`](Self::look_again).
    pub fn look_closer(&self, close_up: CloseUp, part: &Portrait, face: &Face) -> Result<Face> {
        let size = part.size();
        let found = self.look_again(part, &close_up.to_part(face, size))?;
        Ok(close_up.to_frame(&found, size))
    }

    /// A face of `frame` with the details that are lost in it and that `source` shows, the same picture as it was before it
    /// was made smaller: the face itself where the frame is as good.
    ///
    /// # Errors
    /// As [`look_again`](Self::look_again).
    pub fn detailed(&self, frame: &Portrait, source: &Portrait, face: &Face) -> Result<Face> {
        match CloseUp::of(face, frame.size(), source.size()) {
            None => Ok(face.clone()),
            Some(close_up) => {
                let part = source.part(close_up.part, close_up.max_side)?;
                self.look_closer(close_up, &part, face)
            }
        }
    }

    /// Which pixels belong to the person with this face, as the model has it: soft, and coarse along hair. It marks
    /// others beside them too: [`OwnPart`](crate::matting::OwnPart) tells whose is what.
    ///
    /// # Errors
    /// [`Engine`](gaze_rig::ErrorKind::Engine) where the model fails.
    pub fn person_mask(&self, portrait: &Portrait, face: &Face) -> Result<PersonMask> {
        self.person_mask_in(&portrait.flattened(), face)
    }

    /// The same of an opaque picture in pixels of which `face` is.
    ///
    /// # Errors
    /// As in [`person_mask`](Self::person_mask).
    pub fn person_mask_in(&self, picture: &Frame, face: &Face) -> Result<PersonMask> {
        let mask = self.person_mask.person_mask(&Pyramid::new(Cow::Borrowed(picture)), face);
        self.memory.release();
        mask
    }

    /// Brings the mask of a person up to date for a picture in which the head has moved a little since `face` was
    /// found: `mask` has a value for each point of `grid`. At its edges it keeps what was there, if the face is
    /// small in the picture.
    ///
    /// # Errors
    /// [`Engine`](gaze_rig::ErrorKind::Engine) where the model fails.
    pub fn repaint_person_mask(
        &self,
        picture: &Frame,
        face: &Face,
        grid: MaskGrid,
        mask: &mut [f32],
    ) -> Result<()> {
        self.person_mask.repaint(&Pyramid::new(Cow::Borrowed(picture)), face, grid, mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_rig::ErrorKind;

    fn file(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/models/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn a_model_in_the_place_of_another_is_named() {
        let [detector, mesh, iris, person_mask] = [
            file("face_detection_short_range.onnx"),
            file("face_landmark.onnx"),
            file("iris_landmark.onnx"),
            file("selfie_segmentation.onnx"),
        ];
        let right = FaceModelBytes {
            detector: &detector,
            mesh: &mesh,
            iris: &iris,
            person_mask: &person_mask,
        };
        assert!(FaceModels::from_onnx(right).is_ok());
        let cut = &iris[..iris.len() / 2];
        for (wrong, name) in [
            (FaceModelBytes { detector: &mesh, ..right }, "the face detection model takes"),
            (FaceModelBytes { mesh: &iris, ..right }, "the face mesh model takes"),
            (FaceModelBytes { iris: cut, ..right }, "the iris model cannot be loaded"),
            (
                FaceModelBytes { person_mask: b"", ..right },
                "the person mask model cannot be loaded",
            ),
        ] {
            let error = FaceModels::from_onnx(wrong).err().expect("a model is wrong");
            assert_eq!(error.kind(), ErrorKind::Engine);
            assert!(error.to_string().starts_with(name), "{error}");
            assert!(error.to_string().contains(".onnx"), "{error}");
        }
    }
}

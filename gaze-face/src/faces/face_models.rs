//! The four models together: what the rest of the crate asks.

use std::borrow::Cow;
use std::sync::Arc;

use rten::ThreadPool;

use super::detector::{Detector, sigmoid};
use super::iris::{IrisModel, Side};
use super::mesh::MeshModel;
use super::person_mask::{MaskGrid, PersonMaskModel};
use super::pyramid::Pyramid;
use super::{Face, PersonMask, search};
use crate::portrait::Portrait;
use gaze_rig::Frame;
use gaze_rig::Result;

/// The embedded face models, loaded: 3 MB of weights, some 15 ms. Threads may share one; it runs
/// one model at a time.
///
/// ```
/// use gaze_face::faces::{FaceModels, choose_face, warnings};
/// use gaze_face::{FaceChoice, Portrait};
///
/// let portrait = Portrait::open("../examples/astronaut.png")?.resized(512);
/// let models = FaceModels::embedded()?;
/// let faces = models.find_faces(&portrait)?;
/// let face = choose_face(&faces, FaceChoice::Largest, &portrait)?;
/// assert_eq!(face.mesh.len(), face.topology.points);
/// assert!(warnings(face, &faces).is_empty());
/// # Ok::<(), gaze_face::Error>(())
/// ```
pub struct FaceModels {
    detector: Detector,
    mesh: MeshModel,
    iris: IrisModel,
    person_mask: PersonMaskModel,
}

impl FaceModels {
    /// Loads the models that are part of this crate.
    ///
    /// # Errors
    /// [`Engine`](gaze_rig::ErrorKind::Engine) where they are damaged, which only a broken build does.
    pub fn embedded() -> Result<Self> {
        // One thread: a model takes milliseconds, and results must not depend on the machine.
        let threads = Arc::new(ThreadPool::with_num_threads(1));
        Ok(Self {
            detector: Detector::embedded(threads.clone())?,
            mesh: MeshModel::embedded(threads.clone())?,
            iris: IrisModel::embedded(threads.clone())?,
            person_mask: PersonMaskModel::embedded(threads)?,
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
        found
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
            .collect()
    }

    /// Which pixels belong to the person with this face, as the model has it: soft, and coarse
    /// along hair.
    ///
    /// # Errors
    /// [`Engine`](gaze_rig::ErrorKind::Engine) where the model fails.
    pub fn person_mask(&self, portrait: &Portrait, face: &Face) -> Result<PersonMask> {
        self.person_mask.person_mask(&Pyramid::new(portrait.flattened()), face)
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

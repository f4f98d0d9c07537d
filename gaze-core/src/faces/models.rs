//! The four models together: what the rest of the crate asks.

use std::sync::Arc;

use rten::ThreadPool;

use super::crop::Pyramid;
use super::detector::{Detector, sigmoid};
use super::iris::{IrisModel, Side};
use super::matte::MatteModel;
use super::mesh::MeshModel;
use super::{Face, PersonMask, search};
use crate::{Portrait, Result};

/// The embedded face models, loaded. Share one between threads.
pub struct FaceModels {
    pub(super) detector: Detector,
    pub(super) mesh: MeshModel,
    iris: IrisModel,
    matte: MatteModel,
}

impl FaceModels {
    /// Loads the models that are part of this crate.
    ///
    /// # Errors
    /// [`Engine`](crate::ErrorKind::Engine) where they are damaged, which only a broken build does.
    pub fn embedded() -> Result<Self> {
        // One thread: a model takes milliseconds, and results must not depend on the machine.
        let threads = Arc::new(ThreadPool::with_num_threads(1));
        Ok(Self {
            detector: Detector::embedded(threads.clone())?,
            mesh: MeshModel::embedded(threads.clone())?,
            iris: IrisModel::embedded(threads.clone())?,
            matte: MatteModel::embedded(threads)?,
        })
    }

    /// Every face of the portrait, largest first; empty where there is none.
    ///
    /// # Errors
    /// [`Engine`](crate::ErrorKind::Engine) where a model fails.
    pub fn find_faces(&self, portrait: &Portrait) -> Result<Vec<Face>> {
        let pyramid = Pyramid::new(portrait.flattened());
        let found = search::find_meshes(self, &pyramid)?;
        found
            .into_iter()
            .map(|search::Found { mesh, detection_score, .. }| {
                let eye = |side| self.iris.run(&pyramid, &mesh.points, side);
                Ok(Face {
                    eyes: [eye(Side::Right)?, eye(Side::Left)?],
                    presence: sigmoid(mesh.logit),
                    detection_score,
                    mesh: mesh.points,
                })
            })
            .collect()
    }

    /// Which pixels belong to the person with this face, as the model has it: soft, and coarse
    /// along hair.
    ///
    /// # Errors
    /// [`Engine`](crate::ErrorKind::Engine) where the model fails.
    pub fn person_mask(&self, portrait: &Portrait, face: &Face) -> Result<PersonMask> {
        self.matte.person_mask(&Pyramid::new(portrait.flattened()), face)
    }
}

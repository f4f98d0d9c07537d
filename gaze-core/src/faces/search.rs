//! Where to look: the whole picture first, then turned and in tiles until a face is found.

use super::crop::{Pyramid, Region};
use super::mesh::{self, Mesh};
use super::models::FaceModels;
use crate::Result;

/// Meshes with a presence score below this are no faces.
const MIN_PRESENCE: f32 = 0.5;

pub(super) fn find_meshes(models: &FaceModels, pyramid: &Pyramid<'_>) -> Result<Vec<(Mesh, f32)>> {
    let whole = Region::covering(pyramid.size());
    let square = Region::square(whole.center, whole.size[0].max(whole.size[1]), 0.0);
    let mut found = Vec::new();
    for detection in models.detector.detect(pyramid, square)? {
        let first = models.mesh.run(pyramid, detection.face_region())?;
        let mesh = models.mesh.run(pyramid, mesh::face_region(&first.points))?;
        if mesh.presence >= MIN_PRESENCE {
            found.push((mesh, detection.score));
        }
    }
    Ok(found)
}

//! The faces of a portrait, as arrays.

use gaze_core::faces::{Face, FaceModels, Topology};
use gaze_core::{Portrait, Result};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::running::detached;

/// Finds faces as generators find them: in the picture at the size of the frames, and their details in the picture as it was
/// read. In pixels of that.
pub(crate) fn find<'py>(
    py: Python<'py>,
    portrait: &Portrait,
    max_size: u32,
) -> PyResult<Bound<'py, PyAny>> {
    let faces = detached(py, || {
        let resized = portrait.resized(max_size);
        let models = FaceModels::embedded()?;
        let faces = models.find_faces_of(&resized, portrait)?;
        let in_source = |face: &Face| -> Result<Face> {
            let face = models.detailed(&resized, portrait, face)?;
            Ok(face.resized(resized.size(), portrait.size()))
        };
        faces.iter().map(in_source).collect::<Result<Vec<Face>>>()
    })?;
    let count = faces.len();
    let points = faces.first().map_or(Topology::MEDIAPIPE.points, |face| face.mesh.len());
    let array = |values: Vec<f32>, shape: &[usize]| {
        numpy::PyArray1::from_vec(py, values).call_method1("reshape", (shape.to_vec(),))
    };
    let boxes = faces.iter().flat_map(Face::bounds).collect();
    let landmarks = faces.iter().flat_map(|face| face.mesh.iter().flatten().copied()).collect();
    let irises = faces.iter().flat_map(|face| &face.eyes);
    let irises = irises.flat_map(|eye| [eye.iris_center[0], eye.iris_center[1], eye.iris_radius]);
    let openness = faces.iter().flat_map(|face| &face.eyes).map(|eye| eye.openness);
    let given = PyDict::new(py);
    given.set_item("boxes", array(boxes, &[count, 4])?)?;
    given.set_item("landmarks", array(landmarks, &[count, points, 3])?)?;
    given.set_item("irises", array(irises.collect(), &[count, 2, 3])?)?;
    given.set_item("openness", array(openness.collect(), &[count, 2])?)?;
    given.set_item(
        "scores",
        array(faces.iter().map(|face| face.detection_score).collect(), &[count])?,
    )?;
    py.import("gaze_generator._result")?.getattr("Faces")?.call((), Some(&given))
}

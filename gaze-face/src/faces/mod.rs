//! Faces: detection, mesh, irises and person mask, by four small models inside the crate.

mod assess;
mod choose;
mod crop;
mod detector;
mod face;
mod iris;
mod matte;
mod mesh;
mod model;
mod models;
mod search;

pub use assess::warnings;
pub use choose::choose_face;
pub use face::{EyeLandmarks, Face, FaceChoice, PersonMask, Warning, WarningKind};
pub use matte::MaskGrid;
pub use models::FaceModels;

//! Faces: detection, mesh, irises and person mask, by four small models inside the crate.

mod face;

pub use face::{EyeLandmarks, Face, FaceChoice, PersonMask, Warning, WarningKind};

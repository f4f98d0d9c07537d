//! Faces: detection, mesh, irises and person mask, by four small models.
//!
//! One file a step, each of which knows only those before it:
//!
//! - `region`, `pyramid`: squares of a picture as input of a network; `network`: one model, its shapes checked;
//! - [`Topology`]: what the points of the landmark models mean;
//! - `detector`, `mesh`, `iris`, `person_mask`: the four models, what goes in and what comes out;
//! - [`NamedFace`]: a face of any creature, whose eyes somebody has named: `named_eye` finds what they are,
//!   `generic_head` what is around them;
//! - `search`: where detector and mesh model look; [`FaceModels`]: all of it together;
//! - [`CloseUp`]: a part of a larger picture, for details of a face that is small in the frame;
//! - [`Face`] is the result, [`choose_face`] picks one of several, [`Crop`] what is kept around it, [`warnings`] tells what may look wrong.

mod assess;
mod choose;
mod close_up;
mod crop;
mod detector;
mod face;
mod face_models;
mod generic_head;
mod iris;
mod mesh;
mod named;
mod named_eye;
mod network;
mod person_mask;
mod pyramid;
mod region;
mod search;
mod topology;

#[cfg(test)]
pub(crate) use face::fake;

pub use crate::warning::{Warning, WarningKind};
pub(crate) use assess::soft_eyes;
pub use assess::{advise_crop, warnings};
pub use choose::{FaceChoice, choose_face};
pub use close_up::CloseUp;
pub use crop::Crop;
pub use face::{EyeLandmarks, Face};
pub use face_models::{FaceModelBytes, FaceModels};
pub use generic_head::HeadExtent;
pub use named::{HeadKind, NamedFace, named_eyes};
pub use named_eye::{EyeKind, NamedEye};
pub use person_mask::{MaskGrid, PersonMask};
pub use topology::{BrowPoints, EyePoints, Topology};

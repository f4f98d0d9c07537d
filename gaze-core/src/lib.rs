//! Turns a portrait into a face that looks where it is told.

mod error;
mod frame;
mod observer;
mod pose;
#[cfg(feature = "rig")]
pub mod rig;
#[cfg(feature = "rig")]
mod smooth;
mod sweep;

#[cfg(feature = "generate")]
pub mod embedded;
#[cfg(feature = "generate")]
mod engine;
#[cfg(feature = "generate")]
pub mod faces;
#[cfg(feature = "generate")]
pub mod portrait;

pub use error::{Error, ErrorKind, Result};
pub use frame::{Frame, Rect, Size};
pub use observer::{Observer, Progress, Stage};
pub use pose::Pose;
pub use sweep::{AXIS_EXTENT, Cell, Grid, Sweep};

#[cfg(feature = "generate")]
pub use engine::{Engine, EyeStyle, PrepareOptions, PreparedPortrait};
#[cfg(feature = "generate")]
pub use faces::{FaceChoice, Warning, WarningKind};
#[cfg(feature = "generate")]
pub use portrait::Portrait;

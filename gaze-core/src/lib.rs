//! Turns a portrait into a face that looks where it is told.

mod error;
mod frame;
mod layout;
mod manifest;
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
mod engines;
#[cfg(feature = "generate")]
pub mod faces;
#[cfg(feature = "generate")]
mod generator;
#[cfg(feature = "generate")]
mod inspect;
#[cfg(feature = "generate")]
mod output;
#[cfg(feature = "generate")]
mod pictures;
#[cfg(feature = "generate")]
pub mod portrait;
#[cfg(feature = "generate")]
mod sheets;
#[cfg(feature = "generate")]
mod shrink;

pub use error::{Error, ErrorKind, Result};
pub use frame::{Frame, Rect, Size};
pub use layout::{MOBILE_SIDE, Placement, SheetLayout, SheetSpec, WEBP_MAX_SIDE};
pub use manifest::{MANIFEST_MAX_BYTES, Manifest};
pub use observer::{Observer, Progress, Stage};
pub use pose::Pose;
pub use sweep::{AXIS_EXTENT, Cell, Grid, Sweep};

#[cfg(feature = "generate")]
pub use engine::{Engine, EyeStyle, PrepareOptions, PreparedPortrait};
#[cfg(feature = "generate")]
pub use engines::{EngineChoice, EngineStatus, libwebp_version, survey_engines};
#[cfg(feature = "generate")]
pub use faces::{FaceChoice, Warning, WarningKind};
#[cfg(feature = "generate")]
pub use generator::{GazeGenerator, GenerateOptions, Outcome};
#[cfg(feature = "generate")]
pub use inspect::{Problem, Report, inspect};
#[cfg(feature = "generate")]
pub use portrait::Portrait;

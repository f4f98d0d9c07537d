//! What existing sheets, players and servers rely on: which cell has which pose, and where its frame lies.

mod format;
mod layout;
mod manifest;
mod pose;
mod provenance;
mod sweep;

pub use format::SheetFormat;
pub use layout::{MOBILE_SIDE, Placement, SheetLayout, SheetSpec, WEBP_MAX_SIDE};
pub use manifest::{CLEAR_PLACEHOLDER, MANIFEST_MAX_BYTES, Manifest, ManifestKeys};
pub use pose::{Pose, PoseAxes};
pub use provenance::{DigitalSourceType, Provenance};
pub use sweep::{AXIS_EXTENT, Cell, Grid, Sweep};

//! What a player of gaze's faces needs: which pose a cell has, where its frame lies, and how a rig is drawn.
//!
//! No C, no files, no threads and no clock: everything here compiles for WebAssembly and gives the same
//! bytes there.
//!
//! ```
//! use gaze_rig::{Cell, Manifest, Sweep};
//!
//! # fn main() -> gaze_rig::Result<()> {
//! let manifest = Manifest::from_json(br#"{"gridSize":30,"imageWidth":410,"imageHeight":512}"#)?;
//! let top_right = Cell { row: 0, col: 29 };
//! let pose = Sweep::default().with_grid(manifest.grid).pose(top_right);
//! assert_eq!((pose.pupil_x, pose.pupil_y, pose.head_yaw_deg), (15.0, 15.0, -7.5));
//! let sheets = manifest.sheets()?;
//! let place = sheets[1].placement_of(top_right).expect("the top right quadrant has it");
//! assert_eq!((sheets[1].file_name(), place.x, place.y), ("q1.webp", 14 * 410, 0));
//! # Ok(())
//! # }
//! ```
//!
//! # Contents
//!
//! - [`Sweep`], [`Grid`], [`Cell`], [`Pose`]: which poses are rendered.
//! - [`SheetLayout`], [`SheetSpec`], [`Manifest`]: where each frame lies, and the file that says so.
//! - [`Provenance`]: what made a result.
//! - [`pack`]: the header of `frames.gaze` and the order in which it stores frames.
//! - [`rig`]: a portrait prepared so that any pose of it can be drawn.
//! - [`Frame`], [`Rect`], [`Size`]: pixels; [`resample`]: making pictures smaller; [`layers`]: taking them apart.
//! - [`Observer`], [`Progress`], [`Stage`]: progress and cancellation, for crates that do more.
//! - [`Error`]: the one error type of all of gaze's crates; branch on its [`ErrorKind`]; a [`Hint`] says what can be done.

mod bytes;
mod contract;
mod error;
mod frame;
pub mod interpolation;
pub mod layers;
mod observer;
pub mod pack;
pub mod resample;
pub mod rig;

pub use contract::{
    AXIS_EXTENT, CLEAR_PLACEHOLDER, Cell, DigitalSourceType, Grid, MANIFEST_MAX_BYTES, MOBILE_SIDE,
    Manifest, ManifestKeys, Placement, Pose, PoseAxes, Provenance, SheetFormat, SheetLayout,
    SheetSpec, Sweep, WEBP_MAX_SIDE,
};
pub use error::{Error, ErrorKind, Finding, Hint, Result};
pub use frame::{Frame, FrameView, Rect, Size};
pub use observer::{Observer, Progress, Stage};

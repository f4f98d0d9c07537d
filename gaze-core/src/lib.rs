//! A portrait goes in, and a face that looks where it is told comes out.
//!
//! gaze re-renders one photograph in a grid of poses, 30 x 30 by default, and packs the frames into
//! WebP sprite sheets that a page can steer with the cursor. Everything it needs is inside the crate:
//! the face models, the engine that renders and the encoder. No GPU, no download, no system library.
//!
//! ```standalone_crate
//! use gaze_core::{GazeGenerator, Grid, Portrait, embedded::EmbeddedEngine};
//!
//! fn main() -> gaze_core::Result<()> {
//! #   let dir = tempfile::tempdir().expect("a temporary folder");
//! #   std::fs::copy("tests/fixtures/astronaut.png", dir.path().join("portrait.png")).expect("the fixture");
//! #   std::env::set_current_dir(dir.path()).expect("it is there");
//!     let portrait = Portrait::open("portrait.png")?;
//!     let generator = GazeGenerator::new(EmbeddedEngine::new()?).with_grid(Grid::from_side(4)?);
//!     let outcome = generator.generate(&portrait, "portrait-gaze", &())?;
//!     for warning in &outcome.warnings {
//!         eprintln!("warning: {}", warning.message);
//!     }
//!     println!("{} frames in {:?}", outcome.manifest.grid.cells(), outcome.total_time);
//! #   assert_eq!(outcome.manifest.grid.cells(), 16);
//! #   assert!(gaze_core::inspect("portrait-gaze")?.is_sound());
//! #   std::env::set_current_dir("/").expect("out of the folder, so that it can be removed");
//!     Ok(())
//! }
//! ```
//!
//! # Contents
//!
//! In the order in which a run uses them:
//!
//! - [`Portrait`]: reads a picture: format, orientation, colour profile, limits ([`portrait`]).
//! - [`faces`]: finds faces, their 468-point mesh, irises and the person; says what may look wrong.
//! - [`Engine`] and [`PreparedPortrait`]: prepare a portrait once, render it in any [`Pose`], from
//!   many threads. [`embedded`] is the one that is always there; [`EngineChoice`] opens one by name.
//! - `liveportrait`, with the feature of that name: the engine that runs LivePortrait's networks.
//! - [`rig`]: what the embedded engine prepares: draws one pose without threads, files or clock.
//! - [`Sweep`], [`Grid`], [`Cell`]: which poses are rendered.
//! - [`SheetLayout`], [`SheetSpec`], [`Manifest`]: where each frame lies, and the file that says so.
//! - [`pack`]: the same frames in one file, for a player: head, order, reading it back, making it from
//!   sheets.
//! - [`GazeGenerator`]: does all of it, to a folder, to a closure sheet by sheet, or frame by frame.
//! - [`Observer`]: hears of progress by [`Stage`] and may cancel.
//! - [`inspect`]: checks a folder of sheets.
//! - [`Error`]: the one error type; branch on its [`ErrorKind`].
//!
//! # The same pose, everywhere
//!
//! A player needs no more than the grid, the poses and the sheets, which need no feature:
//!
//! ```
//! use gaze_core::{Cell, Manifest, Sweep};
//!
//! # fn main() -> gaze_core::Result<()> {
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
//! # Features
//!
//! - `generate` (default): everything that turns a picture into sheets; portraits, face models,
//!   engines, WebP. Compiles libwebp from source with a C compiler. Includes `rig`.
//! - `liveportrait`: the LivePortrait engine, its ONNX models through ONNX Runtime, which is loaded from a
//!   library on the machine when it is first needed.
//! - `rig`: the step that draws one pose from a prepared portrait. Runs in WebAssembly.
//! - none: grid, poses, sheet layout and manifest. Runs in WebAssembly.

mod error;
mod frame;
mod layout;
#[cfg(feature = "liveportrait")]
pub mod liveportrait;
mod manifest;
mod observer;
pub mod pack;
mod pose;
#[cfg(feature = "rig")]
pub mod rig;
#[cfg(feature = "rig")]
mod smooth;
mod sweep;
#[cfg(feature = "generate")]
mod sweep_frames;

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
#[cfg(feature = "kernels")]
#[doc(hidden)]
pub mod kernels;
#[cfg(feature = "generate")]
mod limits;
#[cfg(feature = "generate")]
mod originals;
#[cfg(feature = "generate")]
mod output;
#[cfg(feature = "generate")]
mod output_file;
#[cfg(feature = "generate")]
mod partial;
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
pub use manifest::{MANIFEST_MAX_BYTES, Manifest, ManifestKeys};
pub use observer::{Observer, Progress, Stage};
pub use pose::Pose;
pub use sweep::{AXIS_EXTENT, Cell, Grid, Sweep};

#[cfg(feature = "generate")]
pub use engine::{Engine, EyeStyle, PoseSequence, PrepareOptions, PreparedPortrait};
#[cfg(feature = "generate")]
pub use engines::{
    EngineChoice, EngineOptions, EngineStatus, OpenedEngine, libwebp_version, survey_engines,
};
#[cfg(feature = "generate")]
pub use faces::{FaceChoice, Warning, WarningKind};
#[cfg(feature = "generate")]
pub use generator::{GazeGenerator, GenerateOptions, Outcome};
#[cfg(feature = "generate")]
pub use inspect::{Problem, Report, inspect};
#[cfg(feature = "generate")]
pub use originals::gaze_files;
#[cfg(feature = "generate")]
pub use output_file::OutputFile;
#[cfg(feature = "generate")]
pub use portrait::Portrait;

// The README's example is compiled with the documentation's tests.
#[cfg(all(doctest, feature = "generate"))]
#[doc = include_str!("../../README.md")]
struct Readme;

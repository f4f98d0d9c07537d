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
//! #   std::fs::copy("../examples/astronaut.png", dir.path().join("portrait.png")).expect("the fixture");
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
//! - [`faces`]: finds faces, their landmarks, irises and the person; says what may look wrong.
//! - [`Engine`] and [`PreparedPortrait`]: prepare a portrait once, render it in any [`Pose`], from
//!   many threads. [`embedded`] is the one that is always there; [`EngineChoice`] opens one by name.
//! - `liveportrait`, with the feature of that name: the engine that runs LivePortrait's networks.
//! - [`rig`]: what the embedded engine prepares: draws one pose without threads, files or clock; [`rig_file`]: a rig
//!   as a file of some 50 KB, written and read back.
//! - [`layers`]: the person and the background of a picture, which rigs are made with.
//! - [`Sweep`], [`Grid`], [`Cell`]: which poses are rendered.
//! - [`SheetLayout`], [`SheetSpec`], [`Manifest`]: where each frame lies, and the file that says so.
//! - [`pack`]: the same frames in one file, for a player: header, order, reading it back, making it from
//!   sheets.
//! - [`GazeGenerator`]: does all of it, to a folder, to a closure sheet by sheet, or frame by frame.
//! - [`generate_from_rig`]: the same from a live rig, for players that know none.
//! - [`Observer`]: hears of progress by [`Stage`] and may cancel.
//! - [`Provenance`], [`marking`]: what made a result, and how pictures say so.
//! - [`inspect`]: checks a folder of results, or a pack.
//! - [`Error`]: the one error type; branch on its [`ErrorKind`].
//!
//! Most of it is re-exported from smaller crates, for programs that need only a part: `gaze-rig` for players,
//! `gaze-face` for rendering without sheets, `gaze-output` for results that appear as a whole.
//!
//! # Features
//!
//! - `embedded` (default): the embedded engine with its face models inside the crate, 3 MB.
//! - `liveportrait`: the LivePortrait engine, its ONNX models through ONNX Runtime, which is loaded from a
//!   library on the machine when it is first needed.

mod canvas;
mod codec;
mod codecs;
mod color;
mod engine_choice;
mod frame_source;
mod generate;
#[cfg(feature = "kernels")]
#[doc(hidden)]
pub mod kernels;
pub mod marking;
pub mod pack;
mod quality;
pub mod rig_file;
mod rig_picture;
mod sheets;
mod sync;
mod webp;

pub use color::color_from_css;
pub use engine_choice::{
    EngineChoice, EngineOptions, EngineStatus, OpenedEngine, libwebp_version, survey_engines,
    survey_engines_observed,
};
pub use gaze_face::{
    Crop, Engine, EngineDescription, EyeStyle, FaceChoice, Portrait, PoseSequence, PrepareOptions,
    PrepareRequest, PreparedPortrait, Warning, WarningKind, embedded, faces, portrait,
};
#[cfg(feature = "liveportrait")]
pub use gaze_liveportrait as liveportrait;
pub use gaze_output::OutputFile;
pub use gaze_rig::{
    AXIS_EXTENT, CLEAR_PLACEHOLDER, Cell, DigitalSourceType, Error, ErrorKind, Finding, Frame,
    FrameView, Grid, Hint, MANIFEST_MAX_BYTES, MOBILE_SIDE, Manifest, ManifestKeys, Observer,
    Placement, Pose, Progress, Provenance, Rect, Result, SheetLayout, SheetSpec, Size, Stage,
    Sweep, WEBP_MAX_SIDE, layers, rig,
};
pub use generate::{
    Frames, GazeGenerator, GenerateOptions, Outcome, Problem, Report, RigInMemory, RigOutcome,
    RigReport, gaze_files, generate_from_rig, inspect,
};
pub use quality::{PACK_QUALITY, RIG_QUALITY, SHEET_QUALITY};

// The README's example is compiled with the documentation's tests.
#[cfg(all(doctest, feature = "embedded"))]
#[doc = include_str!("../../README.md")]
struct Readme;

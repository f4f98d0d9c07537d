//! From one picture to a face that can look round: portraits, faces, mattes, engines.
//!
//! No C and no files but the portrait that it is told to read: compiles for WebAssembly with any of its features.
//!
//! ```
//! # #[cfg(all(feature = "bundled-models", feature = "picture-files"))] {
//! use gaze_face::embedded::EmbeddedEngine;
//! use gaze_face::{Frame, Portrait, PrepareOptions, Sweep};
//!
//! let portrait = Portrait::open("../examples/astronaut.png")?.resized(128);
//! let (rig, warnings) = EmbeddedEngine::new()?.build_rig(&portrait, &PrepareOptions::default(), &())?;
//! let mut frame = Frame::new(rig.frame_size());
//! rig.draw(&Sweep::default().pose_at(15.0, -15.0), &mut frame)?;
//! # assert_ne!(&frame, portrait.frame());
//! # }
//! # Ok::<(), gaze_face::Error>(())
//! ```
//!
//! # Contents
//!
//! - [`Portrait`]: a picture within limits, upright, in sRGB ([`portrait`]).
//! - [`faces`]: finds faces, their landmarks, irises and the person; says what may look wrong.
//! - [`matting`]: the person cut out of the picture, and what lies behind.
//! - [`Engine`] and [`PreparedPortrait`]: prepare a portrait once, render it in any [`Pose`].
//! - [`embedded`]: the engine that warps one picture.
//! - What is shared with players is [`gaze_rig`]'s and is re-exported here.
//!
//! # Features
//!
//! - `bundled-models` (default): the four face models inside the crate, 3 MB. Without it they are given as bytes:
//!   [`faces::FaceModels::from_onnx`].
//! - `picture-files` (default): reads JPEG, PNG, WebP, TIFF, BMP and GIF.

pub mod embedded;
mod engine;
pub mod faces;
pub mod matting;
mod network;
pub mod portrait;
pub mod threads;
mod warning;

pub use engine::{
    Engine, EngineDescription, EyeStyle, PoseSequence, PrepareOptions, PrepareRequest,
    PreparedPortrait,
};
pub use faces::{Crop, FaceChoice, Warning, WarningKind};
pub use gaze_rig::resample;
pub use gaze_rig::{
    AXIS_EXTENT, Cell, Error, ErrorKind, Frame, Grid, Observer, Pose, Progress, Rect, Result, Size,
    Stage, Sweep,
};
pub use portrait::Portrait;

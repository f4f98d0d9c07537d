//! The embedded engine: a geometric re-rendering from one picture, with nothing but the small face
//! models inside the crate.
//!
//! Preparation, in this order, one file a step:
//!
//! - `head`: the head's axes and scale from the mesh; `eye_shape`: the outlines of the eyes;
//! - `iris_fit`, `sclera`: where the irises really end, and what lies behind them;
//! - `depth`, `motion`: how the head moves as a solid; `features`: how brows and lids do;
//! - `matte`, `background`, `layers`: the person cut out, and what the moving head uncovers.
//!
//! The result is a [`Rig`](gaze_rig::rig::Rig), which draws poses.

mod build;
mod depth;
mod engine;
mod eye_shape;
mod features;
mod iris_fit;
mod motion;
mod sclera;

pub use engine::EmbeddedEngine;

//! The embedded engine: renders a head in any pose from one picture, by geometry alone. It needs nothing but the four
//! small face models.
//!
//! Preparation, in this order, one file a step:
//!
//! - [`matting`](crate::matting): the head's axes and scale from the mesh, the person cut out, and what the moving
//!   head uncovers;
//! - `eye_shape`, `lid_skin`: the outlines of the eyes, and the skin that their lids have; `iris_fit`, `sclera`: where
//!   the irises really end, and what lies behind them;
//! - `depth`, `head_motion`: how the head moves as a solid; `feature_motion`: how brows and lids do;
//! - `rig_builder`: all of that together; `placed_eyes`: the same for faces whose eyes were named.
//!
//! The result is a [`Rig`](gaze_rig::rig::Rig), which draws poses.

mod depth;
mod embedded_engine;
mod eye_outline;
mod eye_shape;
mod feature_motion;
mod head_motion;
mod iris_fit;
#[cfg(feature = "kernels")]
#[doc(hidden)]
pub mod kernels;
mod lid_skin;
mod placed_eyes;
mod rig_builder;
mod sclera;

pub use embedded_engine::EmbeddedEngine;

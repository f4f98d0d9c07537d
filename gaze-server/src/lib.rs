//! The servers of gaze.
//!
//! - [`pod`]: runs where the GPU is, and makes folders of results of pictures that it is sent.
//! - [`studio`]: the web app that people open: uploads, a queue, live progress, sharing.
//!
//! `docs/studio-api.md` and the pod's own `/openapi.json` say what clients may rely on.

mod http;
mod journal;
mod picture;
pub mod pod;
mod session_id;
pub mod studio;
mod work;

pub use session_id::{NotASessionId, SessionId};
pub use work::{JobProgress, Quadrant, QuadrantStatus, Renderer};

//! What an engine is: something that prepares a portrait once and renders it in any pose.

mod description;
mod interface;
mod prepared;
mod request;

pub use description::EngineDescription;
pub use interface::Engine;
pub use prepared::{PoseSequence, PreparedPortrait};
pub use request::{EyeStyle, PrepareOptions, PrepareRequest};

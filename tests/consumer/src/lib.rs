//! What products on top of gaze-core need of its public interface, as somebody else would write it: a rig of one's own,
//! an engine of one's own, errors in one's own words, and frames in order.

mod engine;
mod rig;
mod wording;

pub use engine::SwatchEngine;
pub use rig::sliding_rig;
pub use wording::in_french;

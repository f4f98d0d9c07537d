//! Making faces: what is asked for, how far it is, and who does it.

mod progress;
mod renderer;

/// The portrait at rest in a folder of results, where it is transparent.
pub(crate) const CLEAR_REST: &str = "input.webp";

pub(crate) use progress::SHEETS;
pub use progress::{JobProgress, Quadrant, QuadrantStatus};
pub use renderer::Renderer;
pub(crate) use renderer::{RenderOrder, render_in_background};

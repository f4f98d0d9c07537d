//! Making faces: what is asked for, how far it is, and who does it.

mod progress;
mod renderer;

pub(crate) use progress::SHEETS;
pub use progress::{JobProgress, Quadrant, QuadrantStatus};
pub use renderer::Renderer;
pub(crate) use renderer::{RenderOrder, render_in_background};

//! Making pictures smaller.

mod resize;
mod shrink;

pub use resize::{fitted, resize};
pub use shrink::{shrink, shrink_to_side};

//! A picture taken apart: the person, and the background behind it.
//!
//! - [`Plane`]: one channel of a picture as numbers; [`distance_to`], [`distance_within`]: distances in it.
//! - [`BoxMeans`]: means of squares, a row at a time.
//! - [`Filling`]: where the background takes its texture from where the person hides it.
//! - [`Layers`]: the person and the background of a picture, by a matte.

mod background;
mod distance;
mod filling;
mod filters;
mod plane;
mod split;

pub use background::fill_unknown;
pub use distance::{distance_to, distance_within};
pub use filling::{FillNode, Filling};
pub use filters::BoxMeans;
pub use plane::{Plane, channels};
pub use split::{Layers, MATTE_LEVELS, round_matte};

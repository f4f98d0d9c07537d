//! The person cut out of the picture, and what lies behind: shared by the engines.
//!
//! - [`Head`]: the head's axes and scale; [`Plane`]: one channel of a picture as numbers.
//! - `matte`: a soft mask moved onto the picture's own edges; `background`: what the person hides.
//! - `layers`: all of that together.

mod background;
mod head;
mod layers;
mod matte;
mod plane;

pub use head::Head;
pub(crate) use head::nearest_on_segment;
pub(crate) use layers::opaque_layers;
pub use layers::{Silhouette, channels, color_radii, face_share, person_matte, transparent_layers};
pub use matte::LocalColors;
pub use plane::{Plane, distance_to};

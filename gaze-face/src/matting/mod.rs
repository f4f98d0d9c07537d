//! The person cut out of the picture, and what lies behind: shared by the engines.
//!
//! - [`Plane`]: one channel of a picture as numbers, [`distance_to`]: distances in it; [`Head`]: the head's axes and
//!   scale.
//! - [`Silhouette`]: where the person ends, by `guided_filter`; [`LocalColors`]: the person's own colours there.
//! - [`opaque_layers`] and [`transparent_layers`]: all of that together, with what the person hides (`background`).

mod background;
mod distance;
mod foreground;
mod guided_filter;
mod head;
mod layers;
mod plane;
mod polygon;
mod silhouette;

pub use distance::distance_to;
pub use foreground::{LocalColors, color_radii};
pub use head::{Head, Nearest};
pub use layers::{Layers, opaque_layers, transparent_layers};
pub use plane::{Plane, channels};
pub(crate) use polygon::nearest_on_segment;
pub use silhouette::{Silhouette, face_share, person_matte};

//! The person cut out of the picture, and what lies behind: shared by the engines.
//!
//! - [`Plane`] and [`distance_to`] of [`gaze_rig::layers`]; [`Head`]: the head's axes and scale.
//! - [`Silhouette`]: where the person ends, by `guided_filter`; [`LocalColors`]: the person's own colours there.
//! - [`Creature`]: what belongs to a face that somebody has named, whatever it is.
//! - [`OwnPart`]: what of a mask is one person's, where it shows several.
//! - [`cut_out`]: the person alone, in its own colours.
//! - [`find_filling`]: what to fill the background with where the person hides it.
//! - [`OwnAlpha`]: what was transparent in the portrait already.

mod creature;
mod cut_out;
mod filling;
mod foreground;
mod guided_filter;
mod head;
mod own_alpha;
mod own_part;
mod polygon;
mod silhouette;

pub use creature::Creature;
pub use cut_out::cut_out;
pub use filling::find_filling;
pub use foreground::{LocalColors, color_radii};
pub use gaze_rig::layers::{Plane, channels, distance_to};
pub use head::{Head, Nearest};
pub use own_alpha::{OwnAlpha, alpha_of};
pub use own_part::OwnPart;
pub(crate) use polygon::{Segments, length};
pub use silhouette::{Silhouette, face_share, person_matte};

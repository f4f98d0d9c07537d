//! The rig: a portrait prepared so that any pose of it can be drawn in a few milliseconds.
//!
//! Drawing uses no threads, no files and no clock, and nothing here depends on the models or
//! libraries that prepare a rig. A frame is drawn in four steps, one file each:
//!
//! 1. [`Warp`] fields say where the head, the brows and the lids move, and are inverted for the pose;
//! 2. the [`Texture`] of the person is sampled through them over the still background;
//! 3. each [`IrisLayer`] draws its moved iris and the sclera that it uncovers;
//! 4. lids that blink close over it.
//!
//! Which fields there are, and what a pose makes of them, is the rig's [version's](RigVersion) business.
//!
//! [`StoredRig`] is a rig in some 50 KB.

mod blink;
mod doubling;
mod draw;
mod eye;
mod lid;
mod parts;
mod person;
mod reach;
mod stored;
mod surface;
mod texture;
mod version;
mod warp;

pub use draw::Rig;
pub use eye::{EyeFrame, EyePatch, IrisLayer, RigEye};
pub use lid::LidCurve;
pub use parts::{Backdrop, RigParts};
pub use stored::{PictureFormat, RIG_MAX_AREA, RIG_MAX_BYTES, StoredPicture, StoredRig};
pub use texture::{Sample, Texture};
pub use version::RigVersion;
pub use warp::{Shift, Warp, WarpMap};

//! Live rigs as files: `portrait.gaze`, a face in some 50 KB.
//!
//! [`rig_to_bytes`] and [`write_rig`] compress a rig's picture and store everything else beside it; [`rig_from_bytes`] and
//! [`read_rig`] give it back, ready to be drawn. What is read may be a stranger's: sizes are checked before memory is
//! given. `docs/pack-format.md` specifies the file.
//!
//! ```
//! use gaze_core::{Frame, GazeGenerator, Portrait, Pose, Size, embedded::EmbeddedEngine, rig_file};
//!
//! # fn main() -> gaze_core::Result<()> {
//! let portrait = Portrait::open("../examples/astronaut.png")?;
//! let prepared = GazeGenerator::new(EmbeddedEngine::new()?).with_max_size(256).prepare(&portrait, &())?;
//! let rig = prepared.rig().expect("the embedded engine makes one");
//! let file = rig_file::rig_to_bytes(rig, &rig_file::RigFileOptions::default())?;
//! assert!(file.len() < 30_000);
//!
//! // Somewhere else, later: any pose, at any size.
//! let rig = rig_file::rig_from_bytes(&file)?.resized(Size { width: 128, height: 128 })?;
//! let mut frame = Frame::new(rig.frame_size());
//! rig.draw(&Pose::default().with_head_yaw_deg(5.0), &mut frame)?;
//! # Ok(())
//! # }
//! ```

mod options;
mod reading;
mod writing;

pub use options::RigFileOptions;
pub use reading::{read_rig, rig_from_bytes};
pub(crate) use writing::encode_section;
pub use writing::{rig_to_bytes, write_rig};

pub use crate::rig_picture::decode_picture;
pub use gaze_rig::pack::RIG_FILE;

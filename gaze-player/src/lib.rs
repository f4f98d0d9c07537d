//! The player and the pages around it, for programs that write or serve them: the command line and the servers.
//!
//! - [`PLAYER`]: one script that defines `<gaze-tracker>`.
//! - [`page`]: one HTML file that shows a folder of results or a live rig.
//! - [`maker_page`]: one HTML file that makes portraits in the browser.
//! - [`STUDIO_FILES`]: the files of the studio's page, which `gaze-server` serves.

mod maker;
pub mod page;

pub use maker::{face_models, maker_page};

/// The player in one file, which defines `<gaze-tracker>`. build.rs says which one it is.
pub const PLAYER: &str = include_str!(env!("GAZE_PLAYER"));

/// The studio's page: `index.html`, and what it asks for under names that hold a digest of their content.
pub const STUDIO_FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/studio_files.rs"));

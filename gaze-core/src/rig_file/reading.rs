//! From a file to a rig.

use std::io::{Cursor, Read, Seek};
use std::path::Path;

use crate::pack::PackFile;
use gaze_rig::rig::Rig;
use gaze_rig::{Error, ErrorKind, Result};

/// The rig of a pack that is in memory as a whole: of `portrait.gaze`, or of any other that has one.
///
/// # Errors
/// [`ErrorKind::InvalidFormat`] where it holds no rig, or is damaged or of a later version.
pub fn rig_from_bytes(file: &[u8]) -> Result<Rig> {
    open_rig(PackFile::from_reader(Cursor::new(file))?)
}

/// Reads the rig of a pack: `portrait.gaze`, or any other that has one. Of large packs no more is read than the rig.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] where the file cannot be read, and as [`rig_from_bytes`]; with the path.
pub fn read_rig(path: impl AsRef<Path>) -> Result<Rig> {
    let path = path.as_ref();
    PackFile::open(path).and_then(open_rig).map_err(|error| error.with_path(path))
}

fn open_rig<R: Read + Seek>(mut pack: PackFile<R>) -> Result<Rig> {
    pack.rig()?.ok_or_else(|| {
        let message =
            "the file holds frames, but no live rig: make it again with the embedded engine";
        Error::new(ErrorKind::InvalidFormat, message)
    })
}

//! From a rig to a file.

use std::io::Write;
use std::path::Path;

use super::RigFileOptions;
use crate::rig_picture::encode_picture;
use gaze_output::{OutputFile, not_written};
use gaze_rig::rig::Rig;
use gaze_rig::{Provenance, Result};

/// A rig as the file `portrait.gaze`.
///
/// # Errors
/// [`ErrorKind::InvalidOption`](gaze_rig::ErrorKind::InvalidOption) for options out of range,
/// [`ErrorKind::Output`](gaze_rig::ErrorKind::Output) where the rig is larger than the format allows: use a smaller picture.
pub fn rig_to_bytes(rig: &Rig, options: &RigFileOptions<'_>) -> Result<Vec<u8>> {
    options.check()?;
    rig.file_of_section(&encode_section(rig, options)?, &Provenance::by_engine(options.engine))
}

/// Writes a rig as the file `target`, which appears whole or not at all. How many bytes it has is returned.
///
/// # Errors
/// As [`rig_to_bytes`], and [`ErrorKind::Output`](gaze_rig::ErrorKind::Output) where `target` is there already or cannot be
/// written.
pub fn write_rig(target: impl AsRef<Path>, rig: &Rig, options: &RigFileOptions<'_>) -> Result<u64> {
    let file = OutputFile::create(target, options.force)?;
    let bytes = rig_to_bytes(rig, options)?;
    file.start()?.write_all(&bytes).map_err(|e| not_written(file.target(), e))?;
    file.commit()?;
    Ok(bytes.len() as u64)
}

/// A rig as the section of a pack.
///
/// # Errors
/// As [`rig_to_bytes`].
pub(crate) fn encode_section(rig: &Rig, options: &RigFileOptions<'_>) -> Result<Vec<u8>> {
    rig.to_section(&encode_picture(rig, options.quality, options.jpeg)?)
}

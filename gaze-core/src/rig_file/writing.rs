//! From a rig to a file.

use std::io::Write;
use std::path::Path;

use super::RigFileOptions;
use crate::rig_picture::encode_picture;
use gaze_output::{OutputFile, not_written};
use gaze_rig::Result;
use gaze_rig::pack::PackHeader;
use gaze_rig::rig::{Rig, RigParts};

/// A rig as the file `portrait.gaze`.
///
/// # Errors
/// [`ErrorKind::InvalidOption`](gaze_rig::ErrorKind::InvalidOption) for options out of range,
/// [`ErrorKind::Output`](gaze_rig::ErrorKind::Output) where the rig is larger than the format allows: use a smaller picture.
pub fn rig_to_bytes(rig: &Rig, options: &RigFileOptions<'_>) -> Result<Vec<u8>> {
    options.check()?;
    file_of_section(rig, &encode_section(rig, options)?)
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

/// The file `portrait.gaze` with the section of this rig.
///
/// # Errors
/// As [`rig_to_bytes`].
pub(crate) fn file_of_section(rig: &Rig, section: &[u8]) -> Result<Vec<u8>> {
    let RigParts { picture, moving, .. } = rig.parts();
    let header =
        PackHeader::of_rig(picture.size(), rig.has_alpha(), *moving, section.len() as u64)?;
    Ok([&header.to_bytes(), section].concat())
}

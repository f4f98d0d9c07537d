//! Reading what lies in a folder of sheets, strictly and within bounds. Errors are the end of a sentence about the file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::codecs::codec_of;
use gaze_rig::{MANIFEST_MAX_BYTES, Manifest, Provenance, SheetSpec};

/// Largest sheet file that is read, in bytes; real ones have about 6 MB.
pub(crate) const SHEET_MAX_BYTES: u64 = 256 << 20;

/// What is said of a sheet whose pixels cannot be read.
pub(crate) const CUT_SHORT: &str = "is damaged or cut short: generate the sheets again";

/// Reads `metadata.json`: what there is, and what made it.
pub(crate) fn read_manifest(path: &Path) -> Result<(Manifest, Provenance), String> {
    let json = read_at_most(path, MANIFEST_MAX_BYTES as u64)?;
    // The name of the file stands before the message already.
    let manifest = Manifest::from_json(&json).map_err(|e| {
        e.to_string().trim_start_matches("metadata.json").trim_start_matches(':').trim().to_owned()
    })?;
    Ok((manifest, Provenance::from_json(&json)))
}

/// Reads a regular file, but not one that is larger than it can be.
pub(crate) fn read_at_most(path: &Path, max: u64) -> Result<Vec<u8>, String> {
    let unreadable = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => "is missing: generate the sheets again".to_owned(),
        _ => format!("cannot be read: {e}"),
    };
    // Looked at before it is opened: a pipe would block.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err("is not a file".to_owned());
    }
    if metadata.len() > max {
        return Err(format!("has {} bytes, more than the {max} that are read", metadata.len()));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(max).read_to_end(&mut bytes)).map_err(unreadable)?;
    Ok(bytes)
}

/// The bytes of a sheet whose header says what the manifest does.
pub(crate) fn read_sheet(
    path: &Path,
    spec: &SheetSpec,
    has_alpha: bool,
) -> Result<Vec<u8>, String> {
    let bytes = read_at_most(path, SHEET_MAX_BYTES)?;
    let Some(header) = codec_of(spec.format()).read_header(&bytes) else {
        return Err(format!(
            "is not a {} file or has a broken header: generate the sheets again",
            spec.format().name()
        ));
    };
    if header.is_animated {
        return Err("is an animation, not a sheet".to_owned());
    }
    if header.size != spec.size() {
        return Err(format!(
            "is {} x {} px, but metadata.json makes it {} x {}",
            header.size.width,
            header.size.height,
            spec.size().width,
            spec.size().height
        ));
    }
    if !header.is_lossy {
        return Err(format!(
            "is lossless {}, sheets are lossy: generate them again",
            spec.format().name()
        ));
    }
    match (header.has_alpha, has_alpha) {
        (true, false) => Err("has alpha, but metadata.json says it has none".to_owned()),
        (false, true) => Err("has no alpha, but metadata.json says it has".to_owned()),
        _ => Ok(bytes),
    }
}

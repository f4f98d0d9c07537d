//! Words for what goes wrong with results.

use std::fs::File;
use std::io;
use std::path::Path;

use gaze_rig::{Error, ErrorKind};

/// Makes a file that is not there yet, to be written and read back.
///
/// # Errors
/// Those of the system; `AlreadyExists` where it is there.
pub fn create_new(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create_new(true).open(path)
}

/// The error of a file that cannot be written. The temporary path would puzzle: `target` is the file that
/// was to be.
pub fn not_written(target: &Path, e: io::Error) -> Error {
    let hint = match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "no space is left for the results: free some or choose another folder"
        }
        _ => "a result cannot be written",
    };
    failed(hint, target, e)
}

/// The error of a place that results may not go to.
pub fn refused(message: &str, path: &Path) -> Error {
    Error::new(ErrorKind::Output, message).with_path(path)
}

/// The error of a step that the system refused.
pub fn failed(message: &str, path: &Path, source: io::Error) -> Error {
    Error::new(ErrorKind::Output, format!("{message}: {source}"))
        .with_path(path)
        .with_source(source)
}

//! No result replaces a file that it is made of, whatever path, link or spelling leads there.

use std::fs;
use std::path::{Path, PathBuf};

use same_file::Handle;

use crate::failure::refused;
use gaze_rig::Result;

/// Fails where the file `target` is one of `inputs`.
///
/// # Errors
/// [`Output`](gaze_rig::ErrorKind::Output) with the path.
pub(crate) fn refuse_to_replace_inputs(target: &Path, inputs: &[PathBuf]) -> Result<()> {
    let Some(replaced) = identity(target) else { return Ok(()) };
    if inputs.iter().any(|input| identity(input).as_ref() == Some(&replaced)) {
        let message = "the output would replace a file that it is made of: name another file";
        return Err(refused(message, target));
    }
    Ok(())
}

/// Whether a file is the same as `original`, or a folder in which that lies, whatever paths and links lead to both.
pub fn is_or_holds(path: &Path, original: &Path) -> bool {
    let (Some(identity_of_path), Ok(original)) = (identity(path), original.canonicalize()) else {
        return false;
    };
    original.ancestors().any(|part| identity(part).as_ref() == Some(&identity_of_path))
}

/// What is the same for all paths and links that lead to a file or folder.
fn identity(path: &Path) -> Option<Handle> {
    // Looked at before it is opened: a pipe would block.
    let metadata = fs::metadata(path).ok()?;
    let can_be_opened = metadata.is_file() || metadata.is_dir();
    can_be_opened.then(|| Handle::from_path(path).ok()).flatten()
}

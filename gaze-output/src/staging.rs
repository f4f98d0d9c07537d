//! Hidden folders of unfinished results, and those that killed runs left.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Name part of folders that hold unfinished results, between a dot and the name of the folder to be:
/// `.gaze-partial-4711-0-face`.
pub const STAGING_PREFIX: &str = ".gaze-partial-";
/// How many names are tried for a folder of ours before giving up.
const NAME_ATTEMPTS: u32 = 100;
/// Longer names of results are left out of those of our folders, which file systems bound.
const MAX_NAME_BYTES: usize = 160;

/// A hidden folder beside the place of the results. It is locked while its run lives, however that ends, so that the
/// next run can tell what nobody needs any more. Dropped, it is removed, unless it was moved away.
#[derive(Debug)]
pub(crate) struct StagingFolder {
    path: PathBuf,
    moved: bool,
    /// None where folders cannot be locked.
    _lock: Option<File>,
}

impl StagingFolder {
    /// Makes the folder for results of this name in `parent`, and removes those that killed runs left for the same.
    pub(crate) fn create(parent: &Path, name: &OsStr) -> io::Result<Self> {
        remove_orphans(parent, name);
        let mut lock = None;
        let path = sibling(parent, STAGING_PREFIX, name, |path| {
            fs::create_dir(path)?;
            lock = match locked(path) {
                // Another run took it for an orphan before it was locked.
                Ok(None) => return Err(io::ErrorKind::AlreadyExists.into()),
                Ok(lock) if path.exists() => lock,
                Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
                Err(_) => None,
            };
            Ok(())
        })?;
        Ok(Self { path, moved: false, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it the name of the results.
    pub(crate) fn move_to(&mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.moved = true;
        Ok(())
    }
}

impl Drop for StagingFolder {
    fn drop(&mut self) {
        // Its name may be another's by now.
        if !self.moved {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// The lock of a folder; none where another process holds it. An error where folders cannot be opened or locked, as on
/// Windows and some network file systems.
fn locked(folder: &Path) -> io::Result<Option<File>> {
    let file = File::open(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

/// Removes what runs that were killed left for results of this name. What cannot be locked, or removed, stays.
fn remove_orphans(parent: &Path, name: &OsStr) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten().filter(|entry| is_staging_of(&entry.file_name(), name)) {
        if entry.file_type().is_ok_and(|kind| kind.is_dir())
            && let Ok(Some(_lock)) = locked(&entry.path())
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether a folder is called as those of unfinished results of `name` are: `.gaze-partial-PROCESS-ATTEMPT-NAME`.
fn is_staging_of(folder: &OsStr, name: &OsStr) -> bool {
    let rest = folder.as_encoded_bytes().strip_prefix(STAGING_PREFIX.as_bytes());
    let mut parts = rest.unwrap_or_default().splitn(3, |byte| *byte == b'-');
    let mut is_number =
        || parts.next().is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit));
    is_number() && is_number() && parts.next() == Some(name.as_encoded_bytes())
}

/// Runs `make` with a name in `parent` that nothing has yet.
pub(crate) fn sibling(
    parent: &Path,
    prefix: &str,
    name: &OsStr,
    mut make: impl FnMut(&Path) -> io::Result<()>,
) -> io::Result<PathBuf> {
    let mut taken = io::Error::from(io::ErrorKind::AlreadyExists);
    for attempt in 0..NAME_ATTEMPTS {
        let mut file = OsString::from(format!("{prefix}{}-{attempt}-", std::process::id()));
        if name.len() <= MAX_NAME_BYTES {
            file.push(name);
        }
        let path = parent.join(file);
        if path.exists() {
            continue;
        }
        match make(&path) {
            Ok(()) => return Ok(path),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => taken = e,
            Err(e) => return Err(e),
        }
    }
    Err(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_whose_results_a_folder_holds() {
        let is_of_face = |folder: &str| is_staging_of(OsStr::new(folder), OsStr::new("face"));
        assert!(is_of_face(".gaze-partial-4711-0-face"));
        for other in [
            ".gaze-partial-4711-0-my-face",
            ".gaze-partial-4711-0-",
            ".gaze-partial--0-face",
            ".gaze-partial-4711-face",
            ".gaze-partial-x-0-face",
            ".gaze-work-4711-0-face",
            "face",
        ] {
            assert!(!is_of_face(other), "{other}");
        }
        assert!(is_staging_of(OsStr::new(".gaze-partial-1-0-a-b"), OsStr::new("a-b")));
    }

    // Windows locks no folders.
    #[cfg(unix)]
    #[test]
    fn folders_of_the_dead_are_removed_and_those_of_the_living_stay() {
        let parent = tempfile::tempdir().unwrap();
        let name = OsStr::new("face");
        // No process has number 0, and none holds these.
        let [dead, others] =
            ["face", "other"].map(|name| parent.path().join(format!(".gaze-partial-0-0-{name}")));
        for folder in [&dead, &others] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("q0.webp"), "sheet").unwrap();
        }
        let first = StagingFolder::create(parent.path(), name).unwrap();
        assert!(!dead.exists());
        assert!(others.exists(), "what belongs to other results is let alone");
        fs::write(first.path().join("q0.webp"), "sheet").unwrap();
        let second = StagingFolder::create(parent.path(), name).unwrap();
        assert!(first.path().join("q0.webp").exists());
        assert_ne!(first.path(), second.path());
        let path = first.path().to_owned();
        drop(first);
        assert!(!path.exists());
    }
}

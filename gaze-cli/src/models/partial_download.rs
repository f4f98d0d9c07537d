//! A file that is not fully downloaded yet: kept beside its place, so that a later run can resume it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use gaze_core::{Error, ErrorKind, Result};

use super::digest::Digest;

/// Digits of the digest in a partial file's name: enough to tell versions of a file apart.
const NAME_DIGITS: usize = 16;

/// What has been downloaded of a file so far. Its name, `NAME.DIGITS.part`, has the first digits of the whole
/// content's digest, so that resuming needs no other record.
pub(crate) struct PartialDownload {
    file: File,
    path: PathBuf,
    target: PathBuf,
    len: u64,
}

impl PartialDownload {
    /// Opens the partial file of `target` with this digest, or creates it, and removes those with other digests.
    ///
    /// # Errors
    /// [`ErrorKind::Output`], also while another process fetches the same file.
    pub(crate) fn open(target: &Path, digest: &Digest, size: u64) -> Result<Self> {
        let path = partial_path(target, digest);
        remove_other_digests(target, &path);
        let opened = OpenOptions::new().append(true).create(true).open(&path);
        let file = opened.map_err(|e| not_written(&path, e))?;
        match file.try_lock() {
            // Where files cannot be locked, on some network drives, nothing better can be done.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => {
                let message = "another gaze is fetching this file: wait for it";
                return Err(Error::new(ErrorKind::Output, message).with_path(target));
            }
        }
        let len = file.metadata().map_err(|e| not_written(&path, e))?.len();
        let mut partial = Self { file, path, target: target.to_owned(), len };
        if partial.len > size {
            partial.clear()?;
        }
        Ok(partial)
    }

    /// Bytes downloaded so far.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Discards what is there, to start over.
    ///
    /// # Errors
    /// [`ErrorKind::Output`].
    pub(crate) fn clear(&mut self) -> Result<()> {
        if self.len == 0 {
            return Ok(());
        }
        self.file.set_len(0).map_err(|e| not_written(&self.path, e))?;
        self.len = 0;
        Ok(())
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Output`], for instance when the disk is full; what is there stays.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| not_written(&self.path, e))?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Checks the digest and moves the file to its place. A file with another digest is removed.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] for another digest, [`ErrorKind::Output`] where it cannot be moved,
    /// [`ErrorKind::Cancelled`].
    pub(crate) fn finish(self, digest: &Digest, is_cancelled: &dyn Fn() -> bool) -> Result<()> {
        self.file.sync_all().map_err(|e| not_written(&self.path, e))?;
        if !has_digest(&self.path, digest, is_cancelled)? {
            // Open files cannot be removed everywhere.
            drop(self.file);
            let _ = fs::remove_file(&self.path);
            let message = format!(
                "what was fetched is damaged: its digest is not the announced {}; it has been removed, run the command again",
                digest.hex()
            );
            return Err(Error::new(ErrorKind::Engine, message).with_path(self.target));
        }
        drop(self.file);
        fs::rename(&self.path, &self.target).map_err(|e| not_written(&self.target, e))
    }
}

/// Whether the file at `path` has that content.
///
/// # Errors
/// [`ErrorKind::Output`] where it cannot be read, [`ErrorKind::Cancelled`].
pub(crate) fn has_digest(
    path: &Path,
    digest: &Digest,
    is_cancelled: &dyn Fn() -> bool,
) -> Result<bool> {
    let unreadable = |e: io::Error| {
        if e.kind() == io::ErrorKind::Interrupted {
            return Error::new(ErrorKind::Cancelled, "cancelled");
        }
        let message = format!("the file cannot be read: {e}");
        Error::new(ErrorKind::Output, message).with_path(path).with_source(e)
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let len = file.metadata().map_err(unreadable)?.len();
    digest.matches(&mut file, len, is_cancelled).map_err(unreadable)
}

/// Bytes downloaded so far of `target`, if it has a partial file.
pub(crate) fn partial_len(target: &Path) -> Option<u64> {
    partial_files_of(target).into_iter().find_map(|path| Some(fs::metadata(path).ok()?.len()))
}

fn partial_path(target: &Path, digest: &Digest) -> PathBuf {
    let digits = &digest.hex()[..NAME_DIGITS];
    target.with_added_extension(digits).with_added_extension("part")
}

fn remove_other_digests(target: &Path, kept: &Path) {
    for path in partial_files_of(target).iter().filter(|path| *path != kept) {
        // Nothing depends on it.
        let _ = fs::remove_file(path);
    }
}

/// The partial files of `target`, whatever content they are of.
fn partial_files_of(target: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
        return Vec::new();
    };
    let is_partial = |path: &PathBuf| {
        let digits = path.file_stem().map(Path::new);
        path.extension().is_some_and(|extension| extension == "part")
            && digits.and_then(Path::file_stem) == Some(name)
            && digits.and_then(Path::extension).is_some_and(|digits| digits.len() == NAME_DIGITS)
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(is_partial).collect()
}

fn not_written(path: &Path, e: io::Error) -> Error {
    let message = match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            format!(
                "there is no room for the file ({e}): make room or choose another folder with --models, then run the command again"
            )
        }
        _ => format!("the file cannot be written: {e}"),
    };
    Error::new(ErrorKind::Output, message).with_path(path).with_source(e)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn abc() -> Digest {
        Digest::from_hub(Some(ABC), None).unwrap()
    }

    #[test]
    fn partial_files_are_resumed_and_moved_into_place_when_complete() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("model.onnx");
        let mut partial = PartialDownload::open(&target, &abc(), 3).unwrap();
        partial.write(b"a").unwrap();
        drop(partial);
        assert_eq!(partial_len(&target), Some(1));
        let mut partial = PartialDownload::open(&target, &abc(), 3).unwrap();
        assert_eq!(partial.len(), 1);
        partial.write(b"bc").unwrap();
        partial.finish(&abc(), &|| false).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"abc");
        assert_eq!(partial_len(&target), None);
    }

    #[test]
    fn damaged_partial_files_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("model.onnx");
        let mut partial = PartialDownload::open(&target, &abc(), 3).unwrap();
        partial.write(b"abd").unwrap();
        let error = partial.finish(&abc(), &|| false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Engine);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn partial_files_of_other_content_and_longer_ones_start_over() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("model.onnx");
        let other = Digest::from_hub(Some(&"1".repeat(64)), None).unwrap();
        PartialDownload::open(&target, &other, 9).unwrap().write(b"other").unwrap();
        fs::write(dir.path().join("other.onnx.0123456789abcdef.part"), "kept").unwrap();
        let mut partial = PartialDownload::open(&target, &abc(), 3).unwrap();
        assert_eq!(partial.len(), 0);
        partial.write(b"abcd").unwrap();
        drop(partial);
        assert_eq!(PartialDownload::open(&target, &abc(), 3).unwrap().len(), 0);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn two_processes_cannot_fetch_the_same_file() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("model.onnx");
        let first = PartialDownload::open(&target, &abc(), 3).unwrap();
        let error = PartialDownload::open(&target, &abc(), 3).err().unwrap();
        assert!(error.to_string().contains("another gaze"), "{error}");
        drop(first);
        assert!(PartialDownload::open(&target, &abc(), 3).is_ok());
    }
}

//! A file in the making: kept beside its place until all of it is there, so that a later run can go on.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use gaze_core::{Error, ErrorKind, Result};

use super::digest::Digest;

/// Digits of the digest in a part's name: enough to tell versions of a file apart.
const NAME_DIGITS: usize = 16;

/// What has been fetched of a file. Its name says by the digest of which content it is the beginning, so that it
/// needs nothing beside it to go on from, wherever it was left.
pub(crate) struct Part {
    file: File,
    path: PathBuf,
    target: PathBuf,
    len: u64,
}

impl Part {
    /// Opens what is there of `target`, or begins it, and removes what is there of other contents.
    ///
    /// # Errors
    /// [`ErrorKind::Output`], also while another process fetches the same file.
    pub(crate) fn open(target: &Path, digest: &Digest, size: u64) -> Result<Self> {
        let path = part_path(target, digest);
        remove_others(target, &path);
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
        let mut part = Self { file, path, target: target.to_owned(), len };
        if part.len > size {
            part.clear()?;
        }
        Ok(part)
    }

    /// Bytes that are there.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Begins again.
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

    /// Adds to it.
    ///
    /// # Errors
    /// [`ErrorKind::Output`], for instance when the disk is full; what is there stays.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| not_written(&self.path, e))?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Checks the content and gives it its place. Content with another digest is removed.
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
    digest.fits(&mut file, len, is_cancelled).map_err(unreadable)
}

/// How much is there of files that begin at `target`, in bytes.
pub(crate) fn part_len(target: &Path) -> Option<u64> {
    parts_of(target).into_iter().find_map(|path| Some(fs::metadata(path).ok()?.len()))
}

fn part_path(target: &Path, digest: &Digest) -> PathBuf {
    let digits = &digest.hex()[..NAME_DIGITS];
    target.with_added_extension(digits).with_added_extension("part")
}

fn remove_others(target: &Path, kept: &Path) {
    for path in parts_of(target).iter().filter(|path| *path != kept) {
        // Nothing depends on it.
        let _ = fs::remove_file(path);
    }
}

/// All parts of whatever content of that file.
fn parts_of(target: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
        return Vec::new();
    };
    let is_part = |path: &PathBuf| {
        let digits = path.file_stem().map(Path::new);
        path.extension().is_some_and(|extension| extension == "part")
            && digits.and_then(Path::file_stem) == Some(name)
            && digits.and_then(Path::extension).is_some_and(|digits| digits.len() == NAME_DIGITS)
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(is_part).collect()
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
        Digest::from_announced(Some(ABC), None).unwrap()
    }

    #[test]
    fn parts_go_on_and_take_their_place_when_they_are_whole() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("model.onnx");
        let mut part = Part::open(&target, &abc(), 3).unwrap();
        part.write(b"a").unwrap();
        drop(part);
        assert_eq!(part_len(&target), Some(1));
        let mut part = Part::open(&target, &abc(), 3).unwrap();
        assert_eq!(part.len(), 1);
        part.write(b"bc").unwrap();
        part.finish(&abc(), &|| false).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"abc");
        assert_eq!(part_len(&target), None);
    }

    #[test]
    fn damaged_parts_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("model.onnx");
        let mut part = Part::open(&target, &abc(), 3).unwrap();
        part.write(b"abd").unwrap();
        let error = part.finish(&abc(), &|| false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Engine);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn parts_of_another_content_and_longer_ones_begin_again() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("model.onnx");
        let other = Digest::from_announced(Some(&"1".repeat(64)), None).unwrap();
        Part::open(&target, &other, 9).unwrap().write(b"other").unwrap();
        fs::write(dir.path().join("other.onnx.0123456789abcdef.part"), "kept").unwrap();
        let mut part = Part::open(&target, &abc(), 3).unwrap();
        assert_eq!(part.len(), 0);
        part.write(b"abcd").unwrap();
        drop(part);
        assert_eq!(Part::open(&target, &abc(), 3).unwrap().len(), 0);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn two_processes_do_not_mix() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("model.onnx");
        let first = Part::open(&target, &abc(), 3).unwrap();
        let error = Part::open(&target, &abc(), 3).err().unwrap();
        assert!(error.to_string().contains("another gaze"), "{error}");
        drop(first);
        assert!(Part::open(&target, &abc(), 3).is_ok());
    }
}

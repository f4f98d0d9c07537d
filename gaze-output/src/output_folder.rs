//! A folder of results that appears as a whole or not at all.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::{failed, not_written, refused};
use crate::staging::{StagingFolder, sibling};
use gaze_rig::{Error, Hint, Result};

/// Name part, as [`STAGING_PREFIX`](crate::STAGING_PREFIX), of a folder that was moved aside while its
/// successor took its place.
const REPLACED_PREFIX: &str = ".gaze-replaced-";
/// The same for a folder of frames that an interrupted run left for the next one: `.gaze-work-1f0c...`.
pub const WORK_PREFIX: &str = ".gaze-work-";

/// Results in the making: a temporary folder beside the place where they go. Dropped before
/// [`commit`](Self::commit), it leaves nothing behind.
#[derive(Debug)]
pub struct OutputFolder {
    staging: StagingFolder,
    target: PathBuf,
    force: bool,
}

impl OutputFolder {
    /// Checks that results can go to `target` and makes the temporary folder. An existing folder must be
    /// empty unless `force` is set. Missing parents are made.
    ///
    /// # Errors
    /// [`Output`](gaze_rig::ErrorKind::Output) with the path.
    pub fn create(target: &Path, force: bool) -> Result<Self> {
        let target = std::path::absolute(target)
            .map_err(|e| failed("use another output folder", target, e))?;
        let target = existing_path(&target)?;
        check_target(&target, force)?;
        let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(refused(
                "a root folder cannot be the output: name a folder in it",
                &target,
            ));
        };
        fs::create_dir_all(parent)
            .map_err(|e| failed("the output folder's parent cannot be made", parent, e))?;
        let staging = StagingFolder::create(parent, name)
            .map_err(|e| failed("the output folder cannot be made here", parent, e))?;
        Ok(Self { staging, target, force })
    }

    /// Writes one file. Safe to call from several threads.
    ///
    /// # Errors
    /// [`Output`](gaze_rig::ErrorKind::Output) with the path, for instance where the disk is full.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        fs::write(self.part(name), bytes).map_err(|e| not_written(&self.target_of(name), e))
    }

    /// Where a file lies until it is committed.
    pub fn part(&self, name: &str) -> PathBuf {
        self.staging.path().join(name)
    }

    /// Where the folder will lie.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// A path beside the folder to be.
    pub fn sibling(&self, name: &str) -> PathBuf {
        self.target.with_file_name(name)
    }

    /// Where it will lie.
    pub fn target_of(&self, name: &str) -> PathBuf {
        self.target.join(name)
    }

    /// Bytes of a file that was written.
    ///
    /// # Errors
    /// [`Output`](gaze_rig::ErrorKind::Output) where it is gone.
    pub fn size_of(&self, name: &str) -> Result<u64> {
        let file = self.staging.path().join(name);
        let metadata = fs::metadata(&file).map_err(|e| failed("a result is gone", &file, e))?;
        Ok(metadata.len())
    }

    /// Moves the folder to its place. With `force` an older one is replaced: files in it that are not
    /// `owned` by this tool are kept. If anything fails, the older folder is back in its place.
    ///
    /// # Errors
    /// [`Output`](gaze_rig::ErrorKind::Output) with the path.
    pub fn commit(mut self, owned: impl Fn(&OsStr) -> bool) -> Result<()> {
        // Someone may have made or filled it meanwhile.
        check_target(&self.target, self.force)?;
        if self.target.exists() {
            self.replace(owned)?;
        } else {
            self.staging.move_to(&self.target).map_err(|e| self.not_moved(e))?;
        }
        Ok(())
    }

    fn replace(&mut self, owned: impl Fn(&OsStr) -> bool) -> Result<()> {
        // An empty folder is simply removed, which works where folders cannot be renamed over others.
        if fs::remove_dir(&self.target).is_ok() {
            return self.staging.move_to(&self.target).map_err(|e| {
                let _ = fs::create_dir(&self.target);
                self.not_moved(e)
            });
        }
        let (Some(parent), Some(name)) = (self.target.parent(), self.target.file_name()) else {
            return Err(refused("a root folder cannot be replaced", &self.target));
        };
        let aside =
            sibling(parent, REPLACED_PREFIX, name, |path| fs::rename(&self.target, path))
                .map_err(|e| failed("the older folder cannot be moved aside", &self.target, e))?;
        if let Err(e) = self.staging.move_to(&self.target) {
            let _ = fs::rename(&aside, &self.target);
            return Err(self.not_moved(e));
        }
        keep_foreign_files(&aside, &self.target, owned)
            .and_then(|()| fs::remove_dir_all(&aside))
            .map_err(|e| {
                failed(
                    "the results are in place, but the older folder remains: remove it",
                    &aside,
                    e,
                )
            })
    }

    fn not_moved(&self, e: io::Error) -> Error {
        failed("the finished results cannot be moved to their place", &self.target, e)
    }
}

/// The path with links and `..` resolved as far as it exists, so that its last part is a plain name.
fn existing_path(target: &Path) -> Result<PathBuf> {
    match target.canonicalize() {
        Ok(path) => Ok(path),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            if target.is_symlink() {
                return Err(refused("the output folder is a link to nowhere: remove it", target));
            }
            Ok(target.to_owned())
        }
        Err(e) => Err(failed("the output folder cannot be reached", target, e)),
    }
}

fn check_target(target: &Path, force: bool) -> Result<()> {
    match fs::read_dir(target).map(|mut entries| entries.next().is_none()) {
        Ok(is_empty) if is_empty || force => Ok(()),
        Ok(_) => Err(refused("the output folder is not empty: choose another", target)
            .with_hint(Hint::AllowReplacing)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => {
            Err(refused("the output is a file, not a folder: choose another", target))
        }
        Err(e) => Err(failed("the output folder cannot be read", target, e)),
    }
}

/// Moves whatever this tool does not own from the older folder to the new one.
fn keep_foreign_files(from: &Path, to: &Path, owned: impl Fn(&OsStr) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let new = to.join(entry.file_name());
        if !owned(&entry.file_name()) && !new.exists() {
            fs::rename(entry.path(), new)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staging::STAGING_PREFIX;
    use gaze_rig::ErrorKind;

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(path)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn webp(name: &OsStr) -> bool {
        Path::new(name).extension() == Some(OsStr::new("webp"))
    }

    #[test]
    fn results_appear_on_commit_only() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("a/b/face");
        let folder = OutputFolder::create(&target, false).unwrap();
        folder.write("q0.webp", b"sheet").unwrap();
        assert!(!target.exists());
        assert!(names(target.parent().unwrap())[0].starts_with(STAGING_PREFIX));
        folder.commit(webp).unwrap();
        assert_eq!(names(&target), ["q0.webp"]);
        assert_eq!(names(target.parent().unwrap()), ["face"]);
    }

    #[test]
    fn a_dropped_folder_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let folder = OutputFolder::create(&parent.path().join("face"), false).unwrap();
        folder.write("q0.webp", b"sheet").unwrap();
        drop(folder);
        assert!(names(parent.path()).is_empty());
    }

    #[test]
    fn an_empty_folder_is_used_and_a_full_one_refused() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("face");
        fs::create_dir(&target).unwrap();
        OutputFolder::create(&target, false).unwrap().commit(webp).unwrap();
        fs::write(target.join("notes.txt"), "mine").unwrap();
        let error = OutputFolder::create(&target, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Output);
        assert!(error.to_string().contains("allow replacing"), "{error}");
    }

    #[test]
    fn a_folder_filled_meanwhile_is_not_lost() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("face");
        let folder = OutputFolder::create(&target, false).unwrap();
        fs::create_dir(&target).unwrap();
        fs::write(target.join("q0.webp"), "other").unwrap();
        assert_eq!(folder.commit(webp).unwrap_err().kind(), ErrorKind::Output);
        assert_eq!(fs::read(target.join("q0.webp")).unwrap(), b"other");
        assert_eq!(names(parent.path()), ["face"]);
    }

    #[test]
    fn force_replaces_sheets_and_keeps_what_is_not_ours() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("face");
        fs::create_dir_all(target.join("deep")).unwrap();
        fs::write(target.join("deep/index.html"), "page").unwrap();
        fs::write(target.join("q0_20.webp"), "stale").unwrap();
        fs::write(target.join("q0.webp"), "old").unwrap();
        let folder = OutputFolder::create(&target, true).unwrap();
        folder.write("q0.webp", b"new").unwrap();
        folder.commit(webp).unwrap();
        assert_eq!(names(&target), ["deep", "q0.webp"]);
        assert_eq!(fs::read(target.join("q0.webp")).unwrap(), b"new");
        assert_eq!(names(parent.path()), ["face"]);
    }

    #[test]
    fn impossible_places_are_output_errors() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        fs::write(&file, "x").unwrap();
        for target in
            [file.clone(), file.join("below"), PathBuf::from("/"), PathBuf::from("/proc/gaze")]
        {
            for force in [false, true] {
                let error = OutputFolder::create(&target, force).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Output, "{error}");
                assert!(error.path().is_some());
            }
        }
        assert_eq!(fs::read(&file).unwrap(), b"x");
    }
}

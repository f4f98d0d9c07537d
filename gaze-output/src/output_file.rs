//! A file that appears as a whole or not at all.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::failure::{create_new, failed, not_written, refused};
use crate::originals::refuse_to_replace_inputs;
use crate::staging::StagingFolder;
use gaze_rig::{Hint, Result};

/// A file in the making, in a hidden temporary folder beside its place. Dropped before
/// [`commit`](Self::commit), it leaves nothing behind.
#[derive(Debug)]
pub struct OutputFile {
    folder: StagingFolder,
    target: PathBuf,
    force: bool,
    /// What it is made of.
    inputs: Vec<PathBuf>,
}

impl OutputFile {
    /// Checks that a file can go to `target`, whose folder must be there, and makes the temporary folder. An
    /// existing file is replaced only with `force`.
    ///
    /// # Errors
    /// [`ErrorKind::Output`](gaze_rig::ErrorKind::Output) with the path.
    pub fn create(target: impl AsRef<Path>, force: bool) -> Result<Self> {
        Self::create_from(target, force, &[])
    }

    /// The same for a file that is made of others: it replaces none of `inputs`, `force` or not, whatever path or link
    /// leads there. Inputs that are missing do no harm.
    ///
    /// # Errors
    /// [`ErrorKind::Output`](gaze_rig::ErrorKind::Output) with the path.
    pub fn create_from(target: impl AsRef<Path>, force: bool, inputs: &[PathBuf]) -> Result<Self> {
        let target = std::path::absolute(target.as_ref())
            .map_err(|e| failed("use another output file", target.as_ref(), e))?;
        refuse_to_replace_inputs(&target, inputs)?;
        check_target(&target, force)?;
        let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(refused("a root folder cannot be the output: name a file", &target));
        };
        let folder = StagingFolder::create(parent, name)
            .map_err(|e| failed("nothing can be written to this folder", parent, e))?;
        Ok(Self { folder, target, force, inputs: inputs.to_owned() })
    }

    /// Where the file will lie.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where it lies until then: the one to write.
    pub fn part(&self) -> PathBuf {
        self.folder.path().join("part")
    }

    /// Makes the file, empty.
    ///
    /// # Errors
    /// [`ErrorKind::Output`](gaze_rig::ErrorKind::Output) with the path.
    pub fn start(&self) -> Result<File> {
        create_new(&self.part()).map_err(|e| not_written(&self.target, e))
    }

    /// A place for another temporary file, removed with the folder.
    pub fn scratch(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.folder.path().join(name.as_ref())
    }

    /// Moves the file to its place, at once.
    ///
    /// # Errors
    /// [`ErrorKind::Output`](gaze_rig::ErrorKind::Output) with the path.
    pub fn commit(self) -> Result<()> {
        // Someone may have made it meanwhile.
        refuse_to_replace_inputs(&self.target, &self.inputs)?;
        check_target(&self.target, self.force)?;
        fs::rename(self.part(), &self.target)
            .map_err(|e| failed("the finished file cannot be moved to its place", &self.target, e))
    }
}

fn check_target(target: &Path, force: bool) -> Result<()> {
    match fs::symlink_metadata(target) {
        Ok(metadata) if metadata.is_dir() => {
            Err(refused("the output is a folder: name a file", target))
        }
        Ok(_) if !force => {
            Err(refused("the file is there already", target).with_hint(Hint::AllowReplacing))
        }
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(failed("the output cannot be reached", target, e))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_rig::ErrorKind;
    use std::io::Write;

    fn write(target: &Path, force: bool, text: &str) -> Result<()> {
        let file = OutputFile::create(target, force)?;
        file.start()?.write_all(text.as_bytes()).unwrap();
        fs::write(file.scratch("spool"), "x").unwrap();
        file.commit()
    }

    #[test]
    fn files_appear_on_commit_and_are_replaced_by_force_only() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("frames.gaze");
        drop(OutputFile::create(&target, false).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        write(&target, false, "one").unwrap();
        assert_eq!(write(&target, false, "two").unwrap_err().kind(), ErrorKind::Output);
        assert_eq!(fs::read(&target).unwrap(), b"one");
        write(&target, true, "three").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"three");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn inputs_are_not_replaced_by_force_either() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("frames.gaze"), "input").unwrap();
        fs::hard_link(at("frames.gaze"), at("linked.html")).unwrap();
        let inputs = [at("frames.gaze"), at("missing.gaze")];
        for target in ["frames.gaze", "linked.html"] {
            for force in [false, true] {
                let error = OutputFile::create_from(at(target), force, &inputs).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Output);
                assert!(error.to_string().contains("name another file"), "{error}");
            }
        }
        // One that takes an input's place meanwhile.
        let file = OutputFile::create_from(at("page.html"), true, &inputs).unwrap();
        file.start().unwrap().write_all(b"page").unwrap();
        fs::rename(at("frames.gaze"), at("page.html")).unwrap();
        fs::hard_link(at("page.html"), at("frames.gaze")).unwrap();
        assert!(file.commit().is_err());
        assert_eq!(fs::read(at("page.html")).unwrap(), b"input");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
    }

    #[test]
    fn folders_and_missing_parents_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(write(dir.path(), true, "").unwrap_err().to_string().contains("folder"));
        assert!(write(&dir.path().join("no/such/file"), true, "").is_err());
    }
}

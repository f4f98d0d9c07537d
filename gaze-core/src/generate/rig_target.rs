//! Where a live rig goes that is generated alone.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::folder_run::is_own_file;
use super::originals::refuse_to_replace;
use crate::rig_file::RIG_FILE;
use gaze_face::Portrait;
use gaze_output::{OutputFile, OutputFolder, not_written};
use gaze_rig::Result;

/// A file in the making, by itself or in a folder of its own.
pub(super) enum RigTarget<'a> {
    File { file: OutputFile, target: &'a Path },
    Folder { folder: OutputFolder, target: &'a Path, portrait: &'a Portrait },
}

impl<'a> RigTarget<'a> {
    /// The file `target` where its name ends in `.gaze` and no folder has it, else [`RIG_FILE`] in the folder `target`.
    ///
    /// # Errors
    /// [`Output`](gaze_rig::ErrorKind::Output) where nothing can be written there without `force`, or the portrait would be
    /// replaced.
    pub(super) fn create(target: &'a Path, portrait: &'a Portrait, force: bool) -> Result<Self> {
        let is_file = target.extension().is_some_and(|end| end.eq_ignore_ascii_case("gaze"));
        if is_file && !target.is_dir() {
            let inputs: Vec<PathBuf> =
                portrait.source_path().map(PathBuf::from).into_iter().collect();
            let file = OutputFile::create_from(target, force, &inputs)?;
            return Ok(Self::File { file, target });
        }
        refuse_to_replace(portrait, target)?;
        Ok(Self::Folder { folder: OutputFolder::create(target, force)?, target, portrait })
    }

    /// Writes the file, moves it to its place and says where that is.
    ///
    /// # Errors
    /// [`Output`](gaze_rig::ErrorKind::Output) with the path.
    pub(super) fn write(self, bytes: &[u8]) -> Result<PathBuf> {
        match self {
            Self::File { file, target } => {
                file.start()?.write_all(bytes).map_err(|e| not_written(target, e))?;
                file.commit()?;
                Ok(target.to_owned())
            }
            Self::Folder { folder, target, portrait } => {
                folder.write(RIG_FILE, bytes)?;
                // The portrait may have been moved there meanwhile.
                refuse_to_replace(portrait, folder.target())?;
                folder.commit(is_own_file)?;
                Ok(target.join(RIG_FILE))
            }
        }
    }
}

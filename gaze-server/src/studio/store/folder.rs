//! Files of sessions in a folder of this machine: `uploads/{id}/`, as the contract says.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use gaze_core::{Error, ErrorKind, Result};
use gaze_output::OutputFile;

use super::{FileStore, path_of};
use crate::SessionId;

/// Files in a folder.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// Uses a folder, or makes it.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where it cannot be made.
    pub fn open(path: &Path) -> Result<Self> {
        fs::create_dir_all(path)
            .map_err(|e| failed("the folder of uploads cannot be made", path, e))?;
        Ok(Self(path.to_owned()))
    }
}

fn failed(message: &str, path: &Path, e: std::io::Error) -> Error {
    Error::new(ErrorKind::Output, format!("{message}: {e}")).with_path(path).with_source(e)
}

/// Does something with files, away from the threads that answer.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| {
        Err(Error::new(ErrorKind::Output, format!("the files cannot be reached: {e}")))
    })
}

#[async_trait]
impl FileStore for Folder {
    async fn put(&self, id: &SessionId, name: &str, bytes: Vec<u8>) -> Result<()> {
        let target = path_of(&self.workplace(id), name);
        apart(move || {
            let folder = target.parent().unwrap_or(&target);
            fs::create_dir_all(folder)
                .map_err(|e| failed("the session's folder cannot be made", folder, e))?;
            let file = OutputFile::create(&target, true)?;
            let mut written = file.start()?;
            let result = written.write_all(&bytes).and_then(|()| written.sync_all());
            result.map_err(|e| failed("the file cannot be written", &target, e))?;
            drop(written);
            file.commit()
        })
        .await
    }

    async fn discard(&self, id: &SessionId, name: &str) -> Result<()> {
        let path = path_of(&self.workplace(id), name);
        apart(move || match fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(failed("the file cannot be removed", &path, e))
            }
            _ => Ok(()),
        })
        .await
    }

    async fn file(&self, id: &SessionId, name: &str) -> Result<Option<PathBuf>> {
        let path = path_of(&self.workplace(id), name);
        // A link to elsewhere is none of ours.
        let metadata = tokio::fs::symlink_metadata(&path).await;
        Ok(metadata.is_ok_and(|metadata| metadata.is_file()).then_some(path))
    }

    fn workplace(&self, id: &SessionId) -> PathBuf {
        self.0.join(id.as_str())
    }

    async fn adopt(&self, _: &SessionId) -> Result<()> {
        Ok(())
    }

    async fn remove(&self, id: &SessionId) -> Result<()> {
        let folder = self.workplace(id);
        apart(move || match fs::remove_dir_all(&folder) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(failed("the session's files cannot be removed", &folder, e))
            }
            _ => Ok(()),
        })
        .await
    }

    async fn sessions(&self) -> Result<Vec<SessionId>> {
        let folder = self.0.clone();
        apart(move || {
            let entries = fs::read_dir(&folder)
                .map_err(|e| failed("the folder of uploads cannot be read", &folder, e))?;
            let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
            Ok(names.filter_map(|name| name.parse().ok()).collect())
        })
        .await
    }
}

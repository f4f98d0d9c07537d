//! What the studio remembers: sessions and their jobs in a [`SessionStore`], their files in a [`FileStore`].

mod folder;
mod record;
mod sqlite;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use gaze_core::Result;

pub use folder::Folder;
pub use record::{JobOrder, JobRecord, JobState, NewSession, Outcome, OwnerKey, Session};
pub use sqlite::Sqlite;

use crate::SessionId;

/// How an upload fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// It waits, behind as many others.
    Waiting,
    /// The line is full: nothing was stored.
    Full,
    /// A session of that name is there already: nothing was stored.
    Taken,
}

/// Sessions and the line of jobs. Whatever a method reports as done is done for good, a killed process or not.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Stores a session without a job: a live rig that was shared. False where the name is taken.
    async fn insert(&self, session: NewSession) -> Result<bool>;

    /// Puts a job into the line, with its session where that is new; at most `limit` wait.
    async fn enqueue(
        &self,
        session: Option<NewSession>,
        id: SessionId,
        order: JobOrder,
        limit: u32,
    ) -> Result<Enqueued>;

    /// A session and its job, as they are now.
    async fn get(&self, id: &SessionId) -> Result<Option<(Session, Option<JobRecord>)>>;

    /// Takes the next of the line: it runs from now on, once more.
    async fn begin_next(&self) -> Result<Option<(SessionId, JobRecord)>>;

    /// A job ended, or goes back to its place in the line.
    async fn finish(&self, id: &SessionId, outcome: Outcome) -> Result<()>;

    /// Who waits, in order.
    async fn line(&self) -> Result<Vec<SessionId>>;

    /// Jobs that were running when the process ended. Called once, before all else.
    async fn interrupted(&self) -> Result<Vec<(SessionId, JobRecord)>>;

    /// Somebody looked at it.
    async fn touch(&self, id: &SessionId) -> Result<()>;

    /// Forgets a session and its job. False where there is none.
    async fn delete(&self, id: &SessionId) -> Result<bool>;

    /// Sessions that nobody looked at since then, in milliseconds since 1970, and that wait for nothing.
    async fn unused_since(&self, time: u64) -> Result<Vec<SessionId>>;

    /// How long the last jobs took, in seconds.
    async fn recent_seconds(&self) -> Result<Vec<f64>>;
}

/// The portrait of a session, over white where it is transparent.
pub(crate) const PORTRAIT: &str = "input.jpg";
/// The same with its transparency, where it has any: what finer versions are made of.
pub(crate) const CLEAR_PORTRAIT: &str = "input.png";

/// The files of sessions: `input.jpg`, `input.png` of transparent portraits, and results in `gaze_output/`.
#[async_trait]
pub trait FileStore: Send + Sync {
    /// Stores a file, whole or not at all.
    async fn put(&self, id: &SessionId, name: &str, bytes: Vec<u8>) -> Result<()>;

    /// Removes a file, where there is one.
    async fn discard(&self, id: &SessionId, name: &str) -> Result<()>;

    /// Where a file can be read on this machine; a store elsewhere fetches it. None where there is none.
    async fn file(&self, id: &SessionId, name: &str) -> Result<Option<PathBuf>>;

    /// The folder of a session on this machine, to work in: results are made there, see [`adopt`](Self::adopt).
    fn workplace(&self, id: &SessionId) -> PathBuf;

    /// Stores the results that lie in the workplace's `gaze_output`.
    async fn adopt(&self, id: &SessionId) -> Result<()>;

    /// Removes all files of a session.
    async fn remove(&self, id: &SessionId) -> Result<()>;

    /// Every session that has files.
    async fn sessions(&self) -> Result<Vec<SessionId>>;
}

/// The folder of results within a session's.
pub const RESULTS: &str = "gaze_output";

/// Whether a path within a session is one of its files: results and pictures, no hidden file, no way out.
pub(crate) fn is_public(name: &str) -> bool {
    let is_plain = |name: &str| {
        !name.starts_with('.')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    match name.split_once('/') {
        None => name == PORTRAIT,
        Some((folder, file)) => folder == RESULTS && !file.is_empty() && is_plain(file),
    }
}

/// The file of a session in its folder.
fn path_of(folder: &Path, name: &str) -> PathBuf {
    name.split('/').fold(folder.to_owned(), |path, part| path.join(part))
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn only_results_and_the_portrait_are_public() {
        for name in [
            "input.jpg",
            "gaze_output/q0.webp",
            "gaze_output/metadata.json",
            "gaze_output/frames.gaze",
        ] {
            assert!(is_public(name), "{name}");
        }
        for name in [
            "",
            "gaze_output",
            "gaze_output/",
            "gaze_output/..",
            "gaze_output/.gaze-partial-1",
            "gaze_output/a/b",
            "../input.jpg",
            "gaze_output/../input.jpg",
            "studio.sqlite",
            "gaze_output\\q0.webp",
            "gaze_output/%2e",
            "/input.jpg",
            "input.jpg/",
            "gaze_output//q0.webp",
            "gaze_output/q0\0.webp",
            "preview.jpg",
            "input.png",
        ] {
            assert!(!is_public(name), "{name}");
        }
    }
}

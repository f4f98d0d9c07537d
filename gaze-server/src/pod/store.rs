//! Sessions on disk, a folder each: the picture, what is asked for, how often it was begun, and what came of it.
//!
//! `{id}/input.jpg` and `{id}/request.json` say what to do; `request.json` comes last, so that a session is there as a
//! whole or not at all. `{id}/gaze_output/` appears whole, `{id}/failed.json` says why it does not.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use gaze_core::{Error, ErrorKind, MANIFEST_MAX_BYTES, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::PodSessionId;
use super::order::{Order, Settings};
use super::refusal::Refusal;
use crate::session_id::milliseconds_now;

const REQUEST: &str = "request.json";
const FAILED: &str = "failed.json";
const ATTEMPTS: &str = "attempts";
const OUTPUT: &str = "gaze_output";
const METADATA: &str = "metadata.json";
/// What names of temporary files begin with.
const PART: &str = ".part-";
/// What names of folders begin with that are being deleted. No session has such a name.
const GONE: &str = ".gone-";
/// Held while a pod uses the folder.
const LOCK: &str = ".lock";

/// The folder of sessions.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    /// As it was named, for `output_dir`.
    named: PathBuf,
    /// Held until this is dropped or released.
    lock: File,
}

/// What is kept of a session's request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Request {
    #[serde(flatten)]
    pub(crate) settings: Settings,
    /// Milliseconds since 1970, and a number that tells those of one millisecond apart.
    pub(crate) accepted: (u64, u64),
}

/// What is known of a session that is neither waiting nor running.
#[derive(Debug)]
pub(crate) enum Stored {
    /// Nothing.
    Unknown,
    /// Its results are there. The request is missing where something else made them.
    Complete { request: Option<Request> },
    /// It came to nothing.
    Failed { request: Request, refusal: Refusal },
    /// It waits to be begun, or begun again.
    Unfinished(Request),
}

impl Store {
    /// Takes the folder for this process, and removes what an earlier one was deleting or had not accepted yet.
    pub(crate) fn open(named: &Path) -> Result<Self> {
        let wrong = |message: &str, e: io::Error| {
            Error::new(ErrorKind::Output, format!("{message}: {e}")).with_path(named).with_source(e)
        };
        fs::create_dir_all(named).map_err(|e| wrong("the folder of jobs cannot be made", e))?;
        let folder =
            named.canonicalize().map_err(|e| wrong("the folder of jobs cannot be reached", e))?;
        let lock = File::create(folder.join(LOCK))
            .map_err(|e| wrong("the folder of jobs cannot be written", e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let message =
                    "another pod uses this folder of jobs: stop it, or name another folder";
                return Err(Error::new(ErrorKind::Output, message).with_path(named));
            }
            Err(TryLockError::Error(e)) => {
                return Err(wrong("the folder of jobs cannot be locked", e));
            }
        }
        let store = Self { folder, named: named.to_owned(), lock };
        store.tidy().map_err(|e| wrong("the folder of jobs cannot be read", e))?;
        Ok(store)
    }

    /// Leaves the folder to others, whoever still holds this.
    pub(crate) fn release(&self) {
        let _ = self.lock.unlock();
    }

    fn tidy(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if name.starts_with(GONE) {
                let _ = fs::remove_dir_all(entry.path());
            } else if let Ok(id) = name.parse()
                && !self.path(&id, REQUEST).exists()
                && !self.path(&id, OUTPUT).exists()
            {
                self.forget_unaccepted(&id);
            }
        }
        Ok(())
    }

    /// Removes what there is of a session that was not accepted, and nothing that someone else put there.
    pub(crate) fn forget_unaccepted(&self, id: &PodSessionId) {
        let Ok(entries) = fs::read_dir(self.folder.join(id.as_str())) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(PART) || name.starts_with("input.") {
                let _ = fs::remove_file(entry.path());
            }
        }
        // Stays where something is in it.
        let _ = fs::remove_dir(self.folder.join(id.as_str()));
    }

    fn path(&self, id: &PodSessionId, name: &str) -> PathBuf {
        self.folder.join(id.as_str()).join(name)
    }

    /// Where a session's results lie.
    pub(crate) fn output(&self, id: &PodSessionId) -> PathBuf {
        self.path(id, OUTPUT)
    }

    /// The same as clients are told.
    pub(crate) fn output_as_named(&self, id: &PodSessionId) -> String {
        self.named.join(id.as_str()).join(OUTPUT).to_string_lossy().into_owned()
    }

    pub(crate) fn picture(&self, id: &PodSessionId, settings: &Settings) -> PathBuf {
        self.path(id, &settings.picture)
    }

    /// Keeps an order; once it is back, nothing short of a broken disk loses it.
    pub(crate) fn accept(&self, order: &Order, sequence: u64) -> io::Result<()> {
        let folder = self.folder.join(order.id.as_str());
        fs::create_dir_all(&folder)?;
        let _ = fs::remove_file(folder.join(FAILED));
        write(&folder, &order.settings.picture, &order.picture)?;
        let request =
            Request { settings: order.settings.clone(), accepted: (milliseconds_now(), sequence) };
        write(&folder, REQUEST, &serde_json::to_vec(&request)?)
    }

    /// What is known of a session.
    pub(crate) fn look_up(&self, id: &PodSessionId) -> Stored {
        let request: Option<Request> = self.read(id, REQUEST);
        if self.metadata(id).is_some() {
            return Stored::Complete { request };
        }
        let Some(request) = request else { return Stored::Unknown };
        match self.read(id, FAILED) {
            Some(refusal) => Stored::Failed { request, refusal },
            None => Stored::Unfinished(request),
        }
    }

    fn read<T: for<'a> Deserialize<'a>>(&self, id: &PodSessionId, name: &str) -> Option<T> {
        serde_json::from_slice(&fs::read(self.path(id, name)).ok()?).ok()
    }

    /// What a finished session's folder says it holds.
    pub(crate) fn metadata(&self, id: &PodSessionId) -> Option<Value> {
        let path = self.output(id).join(METADATA);
        let is_small =
            fs::metadata(&path).is_ok_and(|metadata| metadata.len() <= MANIFEST_MAX_BYTES as u64);
        serde_json::from_slice(&fs::read(path).ok().filter(|_| is_small)?).ok()
    }

    /// Sessions that wait to be begun or begun again, in the order in which they came.
    pub(crate) fn unfinished(&self) -> Vec<(PodSessionId, Settings)> {
        let mut found: Vec<_> = self
            .ids()
            .into_iter()
            .filter_map(|id| match self.look_up(&id) {
                Stored::Unfinished(request) => Some((request.accepted, id, request.settings)),
                _ => None,
            })
            .collect();
        found.sort_by_key(|(accepted, ..)| *accepted);
        found.into_iter().map(|(_, id, settings)| (id, settings)).collect()
    }

    fn ids(&self) -> Vec<PodSessionId> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse().ok()))
            .collect()
    }

    /// How often a session was begun without an end of any kind: how often it took the process with it.
    pub(crate) fn attempts(&self, id: &PodSessionId) -> u32 {
        let text = fs::read_to_string(self.path(id, ATTEMPTS)).unwrap_or_default();
        text.trim().parse().unwrap_or(0)
    }

    /// Counts an attempt, before it begins.
    pub(crate) fn begin(&self, id: &PodSessionId) -> io::Result<()> {
        let attempts = self.attempts(id) + 1;
        write(&self.folder.join(id.as_str()), ATTEMPTS, attempts.to_string().as_bytes())
    }

    /// The attempt came to an end.
    pub(crate) fn end(&self, id: &PodSessionId) {
        let _ = fs::remove_file(self.path(id, ATTEMPTS));
    }

    /// Remembers that a session came to nothing.
    pub(crate) fn fail(&self, id: &PodSessionId, refusal: &Refusal) -> io::Result<()> {
        write(&self.folder.join(id.as_str()), FAILED, &serde_json::to_vec(refusal)?)
    }

    /// Removes all of a session. It is gone at once, however long the rest takes.
    pub(crate) fn delete(&self, id: &PodSessionId) -> io::Result<()> {
        let gone = self.folder.join(format!("{GONE}{id}-{}", milliseconds_now()));
        match fs::rename(self.folder.join(id.as_str()), &gone) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(e),
            Ok(()) => fs::remove_dir_all(gone),
        }
    }

    /// Sessions that came to an end longer ago than `keep`.
    pub(crate) fn outdated(&self, keep: Duration) -> Vec<PodSessionId> {
        let ended = |id: &PodSessionId| -> Option<SystemTime> {
            let file = [self.output(id), self.path(id, FAILED)].into_iter().find(|p| p.exists())?;
            fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
        };
        let is_old = |id: &PodSessionId| {
            ended(id).and_then(|ended| ended.elapsed().ok()).is_some_and(|age| age > keep)
        };
        self.ids().into_iter().filter(is_old).collect()
    }
}

/// Writes a file that appears whole.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let part = folder.join(format!("{PART}{name}"));
    fs::write(&part, bytes)?;
    fs::rename(&part, folder.join(name))
}

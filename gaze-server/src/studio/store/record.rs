//! What is stored of a session.

use std::fmt;
use std::str::FromStr;

use gaze_core::{FaceChoice, Grid, Size};
use rand::RngExt;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::SessionId;

/// Letters of an owner's key: 190 bits by lot.
const KEY_LETTERS: usize = 32;

/// The digest of the key that whoever uploaded a session got.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnerKey([u8; 32]);

impl OwnerKey {
    /// A new key: what its owner gets, and what is stored.
    pub fn new() -> (String, Self) {
        let mut rng = rand::rng();
        let key: String =
            (0..KEY_LETTERS).map(|_| char::from(rng.sample(rand::distr::Alphanumeric))).collect();
        let digest = Self::of(&key);
        (key, digest)
    }

    fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// Whether this is the key.
    pub fn is(&self, key: &str) -> bool {
        self.0.ct_eq(&Self::of(key).0).into()
    }

    pub(super) fn to_bytes(&self) -> [u8; 32] {
        self.0
    }

    pub(super) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for OwnerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnerKey(..)")
    }
}

/// A session to be stored.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its name.
    pub id: SessionId,
    /// Whose it is.
    pub owner: OwnerKey,
    /// Of its picture.
    pub size: Size,
    /// Whether that is transparent anywhere.
    pub has_alpha: bool,
    /// Whether a live rig was shared with it.
    pub has_rig: bool,
}

/// A session as it is stored.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its name.
    pub id: SessionId,
    /// Whose it is.
    pub owner: OwnerKey,
    /// In milliseconds since 1970.
    pub created: u64,
    /// Of its picture.
    pub size: Size,
    /// Whether that is transparent anywhere.
    pub has_alpha: bool,
    /// Whether there is a live rig.
    pub has_rig: bool,
    /// Whether there are frames.
    pub has_frames: bool,
}

/// What a job is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JobOrder {
    /// How many looks.
    pub grid: Grid,
    /// Whether everything but the person is transparent.
    pub remove_background: bool,
    /// Which face, in pixels of the stored picture.
    pub face: FaceChoice,
}

/// A job as it is stored.
#[derive(Debug, Clone)]
pub struct JobRecord {
    /// How far it is.
    pub state: JobState,
    /// What it is asked for.
    pub order: JobOrder,
    /// How many times it was begun.
    pub attempts: u32,
    /// Why it failed.
    pub error: Option<String>,
    /// How long it took, in seconds.
    pub seconds: Option<f64>,
    /// The engine that made it.
    pub engine: Option<String>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It waits in the line.
    Queued,
    /// It is being made.
    Running,
    /// Its frames are there.
    Complete,
    /// It came to nothing.
    Failed,
    /// Its owner did not want it any more.
    Cancelled,
}

impl JobState {
    const ALL: [Self; 5] =
        [Self::Queued, Self::Running, Self::Complete, Self::Failed, Self::Cancelled];

    /// Its name in the database and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more happens to it.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

impl FromStr for JobState {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.name() == name).ok_or(())
    }
}

/// How a run of a job ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Frames are there.
    Complete {
        /// How long it took; 0 where nobody knows.
        seconds: f64,
        /// Which engine drew them.
        engine: Option<String>,
        /// Of a frame.
        size: Size,
        /// Whether frames are transparent anywhere.
        has_alpha: bool,
        /// Whether there is a live rig as well.
        has_rig: bool,
    },
    /// It goes back to its place, and was tried.
    Again,
    /// It goes back to its place as if it had not been begun: the studio was told to end.
    Postponed,
    /// It came to nothing, for this reason.
    Failed(String),
    /// Its owner did not want it any more.
    Cancelled,
}

//! A session that waits or runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use super::id::PodSessionId;
use super::order::Settings;
use super::refusal::Refusal;
use crate::JobProgress;
use crate::journal::Journal;

/// A session that waits or runs.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: PodSessionId,
    pub(crate) settings: Settings,
    pub(crate) journal: Arc<Journal<JobProgress>>,
    /// Stops the rendering.
    pub(crate) cancel: CancellationToken,
    is_running: AtomicBool,
    is_deleted: AtomicBool,
    outcome: watch::Sender<Option<Outcome>>,
}

/// What came of a job.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Complete,
    Failed(Refusal),
    /// It was deleted.
    Cancelled,
    /// The pod ends; the session goes on when it is started again.
    Interrupted,
}

/// Where a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum JobStatus {
    /// In the line.
    Waiting,
    /// It is being made.
    Running,
    /// Its results are there.
    Complete,
    /// It came to nothing.
    Failed,
}

impl Job {
    pub(crate) fn new(id: PodSessionId, settings: Settings) -> Self {
        Self {
            id,
            settings,
            journal: Arc::new(Journal::new(JobProgress::waiting("Waiting"))),
            cancel: CancellationToken::new(),
            is_running: AtomicBool::new(false),
            is_deleted: AtomicBool::new(false),
            outcome: watch::Sender::new(None),
        }
    }

    pub(crate) fn status(&self) -> JobStatus {
        if self.is_running.load(Ordering::SeqCst) { JobStatus::Running } else { JobStatus::Waiting }
    }

    pub(crate) fn set_running(&self) {
        self.is_running.store(true, Ordering::SeqCst);
    }

    /// Whether someone deleted it.
    pub(crate) fn is_deleted(&self) -> bool {
        self.is_deleted.load(Ordering::SeqCst)
    }

    /// Deletes it: its rendering stops, and nothing of it is kept.
    pub(crate) fn set_deleted(&self) {
        self.is_deleted.store(true, Ordering::SeqCst);
        self.cancel.cancel();
    }

    /// Tells those who listen how it ended. What is on disk says the same by now.
    pub(crate) fn end(&self, outcome: Outcome) {
        let last = match &outcome {
            Outcome::Complete => Some(complete()),
            Outcome::Failed(refusal) => Some(JobProgress::at("failed", &refusal.detail)),
            Outcome::Cancelled => Some(JobProgress::at("cancelled", "It was cancelled")),
            Outcome::Interrupted => None,
        };
        self.journal.update(|_| last);
        self.journal.end();
        self.outcome.send_replace(Some(outcome));
    }

    /// Waits for its end.
    pub(crate) async fn ended(&self) -> Outcome {
        let mut outcome = self.outcome.subscribe();
        let ended = outcome.wait_for(Option::is_some).await;
        // The sender lives as long as `self`.
        ended.ok().and_then(|ended| ended.clone()).unwrap_or(Outcome::Interrupted)
    }
}

/// The progress of a session whose results are there.
pub(crate) fn complete() -> JobProgress {
    let mut progress = JobProgress::at("complete", "Complete");
    for quadrant in &mut progress.quadrants {
        quadrant.status = crate::QuadrantStatus::Done;
    }
    progress
}

//! A job for a backend, and what is heard of it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gaze_core::{FaceChoice, Grid};
use gaze_server::studio::backend::{Backend, HttpLimits, Job, JobFailure, Tell};
use gaze_server::{JobProgress, SessionId};
use tokio_util::sync::CancellationToken;

use crate::setup::portrait;

/// A small sweep of a picture in a folder.
pub(crate) fn job(dir: &Path) -> Job {
    let picture = dir.join("input.jpg");
    std::fs::write(&picture, portrait()).unwrap();
    Job {
        id: SessionId::new(),
        picture,
        out: dir.join("session").join("gaze_output"),
        grid: Grid::from_side(4).unwrap(),
        face: FaceChoice::Largest,
        remove_background: false,
    }
}

/// What a backend told.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<JobProgress>>>);

impl Told {
    pub(crate) fn tell(&self) -> Tell {
        let told = self.0.clone();
        Arc::new(move |progress| told.lock().unwrap().push(progress))
    }

    pub(crate) fn all(&self) -> Vec<JobProgress> {
        self.0.lock().unwrap().clone()
    }
}

/// Runs a job to its end.
pub(crate) async fn run_job(backend: &dyn Backend, job: &Job) -> Result<(), JobFailure> {
    backend.run(job, Told::default().tell(), CancellationToken::new()).await
}

/// Limits that a test has the time for.
pub(crate) fn limits() -> HttpLimits {
    let mut limits = HttpLimits::default();
    limits.outage = Duration::from_secs(3);
    limits.silence = Duration::from_secs(3);
    limits.pause = Duration::from_millis(30);
    limits.patience = Duration::from_secs(60);
    limits
}

/// Nothing of a failed job is left where its results would be.
pub(crate) fn nothing_is_left(job: &Job) {
    assert!(!job.out.exists());
    let beside = job.out.parent().unwrap();
    let left: Vec<_> = std::fs::read_dir(beside).into_iter().flatten().collect();
    assert!(left.is_empty(), "{left:?}");
}

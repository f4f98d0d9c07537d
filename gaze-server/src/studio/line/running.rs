//! One run of one job.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use gaze_core::rig_file::RIG_FILE;
use gaze_core::{Error, ErrorKind, Manifest, Result};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::Line;
use crate::studio::backend::{Job, JobFailure, Readiness, Tell};
use crate::studio::store::{CLEAR_PORTRAIT, JobRecord, Outcome, PORTRAIT, RESULTS};
use crate::{JobProgress, SessionId};

/// Between attempts to write down how a job ended.
const RETRY: Duration = Duration::from_secs(1);
const BROKE_OFF: &str = "the machine broke off over this portrait: try another one";
/// How long a run may take to end once it is told to.
const STOP_WAIT: Duration = Duration::from_secs(8);

impl Line {
    /// Runs a job that was just begun, and says in the store and to all who follow how it ended.
    pub(super) async fn work(
        &self,
        id: &SessionId,
        job: &JobRecord,
        stop: &CancellationToken,
    ) -> Result<()> {
        self.forecast.begin();
        self.tell_positions().await?;
        let began = Instant::now();
        let made = self.make(id, job, stop).await;
        let outcome = match made {
            Ok(()) => self.complete(id, job, began).await,
            Err(JobFailure::Refused(message)) => Outcome::Failed(message),
            Err(JobFailure::Cancelled) if stop.is_cancelled() => Outcome::Postponed,
            Err(JobFailure::Cancelled) => Outcome::Cancelled,
            Err(JobFailure::Lost(_)) if stop.is_cancelled() => Outcome::Postponed,
            Err(JobFailure::Lost(message)) => {
                tracing::warn!("{id}, attempt {}: {message}", job.attempts);
                Self::after_loss(job, message)
            }
        };
        let _hands = self.hands.lock().await;
        let is_over = !matches!(outcome, Outcome::Again | Outcome::Postponed);
        tracing::info!("{id}: {}", summary(&outcome));
        while let Err(error) = self.store.finish(id, outcome.clone()).await {
            // A job whose end is not written down would run for ever.
            tracing::error!("{id}: {error}");
            if tokio::time::timeout(RETRY, stop.cancelled()).await.is_ok() {
                return Err(error);
            }
        }
        self.is_running.store(false, Ordering::Relaxed);
        self.forecast.learn(&self.store.recent_seconds().await?);
        if is_over {
            self.end(id).await?;
        }
        self.tell_positions().await
    }

    /// Has the machine do it, within the time limit.
    async fn make(
        &self,
        id: &SessionId,
        job: &JobRecord,
        stop: &CancellationToken,
    ) -> Result<(), JobFailure> {
        let lost = |error: Error| JobFailure::Lost(error.message().to_owned());
        let mut picture = self.files.file(id, CLEAR_PORTRAIT).await.map_err(lost)?;
        if picture.is_none() {
            picture = self.files.file(id, PORTRAIT).await.map_err(lost)?;
        }
        let picture = picture.ok_or_else(|| {
            JobFailure::Refused("the uploaded picture is gone: upload it again".to_owned())
        })?;
        self.keep_shared_rig(id).await.map_err(lost)?;
        let order = Job {
            id: id.clone(),
            picture,
            out: self.files.workplace(id).join(RESULTS),
            grid: job.order.grid,
            face: job.order.face,
            remove_background: job.order.remove_background,
        };
        let cancel = self.live.token(id);
        let (backend, tell, token) =
            (self.backend.clone(), self.teller(id, job.attempts), cancel.clone());
        // A task of its own: what panics there ends there.
        let task = tokio::spawn(async move { backend.run(&order, tell, token).await });
        let task = AbortOnDropHandle::new(task);
        let run =
            async { task.await.unwrap_or_else(|_| Err(JobFailure::Lost(BROKE_OFF.to_owned()))) };
        let waking = self.tell_waking(id);
        tokio::pin!(run, waking);
        let why = tokio::select! {
            ended = &mut run => return ended,
            () = &mut waking => None,
            () = stop.cancelled() => Some(JobFailure::Cancelled),
            () = tokio::time::sleep(self.time_limit) => Some(self.too_long()),
        };
        let Some(why) = why else { return run.await };
        cancel.cancel();
        match tokio::time::timeout(STOP_WAIT, run).await {
            // It was done at that very moment.
            Ok(Ok(())) => Ok(()),
            _ => Err(why),
        }
    }

    fn too_long(&self) -> JobFailure {
        let minutes = self.time_limit.as_secs().div_ceil(60);
        JobFailure::Refused(format!(
            "it took longer than {minutes} minutes and was stopped: try another portrait"
        ))
    }

    /// Who hears of its progress, and passes it on to all who follow.
    fn teller(&self, id: &SessionId, attempt: u32) -> Tell {
        let journal = self.live.journal(id);
        let forecast = self.forecast.clone();
        Arc::new(move |progress: JobProgress| {
            let Some(journal) = &journal else { return };
            let eta = forecast.of_running(progress.percent());
            journal.update(|state| {
                let next = state.running(&progress, eta, attempt);
                (next != *state).then_some(next)
            });
        })
    }

    /// Tells how the machine wakes, as long as nothing else is to be told. Never ends.
    async fn tell_waking(&self, id: &SessionId) {
        let mut machine = self.backend.machine();
        loop {
            let now = machine.borrow_and_update().clone();
            if now.readiness != Readiness::Ready
                && let Some(journal) = self.live.journal(id)
            {
                let eta = self.forecast.usual_seconds().map(|seconds| seconds.ceil() as u32);
                journal.update(|state| {
                    (state.progress == 0).then(|| state.waking(now.status.clone(), eta))
                });
            }
            if machine.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// A rig that was shared would go with the folder that its frames replace.
    async fn keep_shared_rig(&self, id: &SessionId) -> Result<()> {
        let Some(rig) = self.files.file(id, &format!("{RESULTS}/{RIG_FILE}")).await? else {
            return Ok(());
        };
        let bytes = tokio::fs::read(&rig).await.map_err(|e| {
            Error::new(ErrorKind::Output, format!("the shared rig cannot be read: {e}"))
                .with_source(e)
        })?;
        self.files.put(id, RIG_FILE, bytes).await
    }

    async fn complete(&self, id: &SessionId, job: &JobRecord, began: Instant) -> Outcome {
        if let Err(error) = self.files.adopt(id).await {
            return Self::after_loss(
                job,
                format!("the result cannot be stored: {}", error.message()),
            );
        }
        let outcome = self.outcome_of_results(id, job, Some(began.elapsed())).await;
        outcome.unwrap_or_else(|| Self::after_loss(job, "the result cannot be read".to_owned()))
    }

    /// The outcome of a job whose results are there; they appear whole.
    pub(super) async fn outcome_of_results(
        &self,
        id: &SessionId,
        job: &JobRecord,
        took: Option<Duration>,
    ) -> Option<Outcome> {
        let metadata = self.files.file(id, &format!("{RESULTS}/metadata.json")).await.ok()??;
        let manifest = Manifest::from_json(&tokio::fs::read(metadata).await.ok()?).ok()?;
        let has = async |name: String| self.files.file(id, &name).await.ok().flatten().is_some();
        let engine = self.backend.machine().borrow().engine.clone().or_else(|| job.engine.clone());
        Some(Outcome::Complete {
            seconds: took.map_or(0.0, |took| took.as_secs_f64()),
            engine,
            size: manifest.frame_size,
            has_alpha: manifest.has_alpha,
            has_rig: has(format!("{RESULTS}/{RIG_FILE}")).await || has(RIG_FILE.to_owned()).await,
        })
    }
}

fn summary(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Complete { seconds, .. } => format!("complete after {seconds:.1} s"),
        Outcome::Again => "goes back to its place and is tried again".to_owned(),
        Outcome::Postponed => "goes back to its place".to_owned(),
        Outcome::Failed(message) => format!("failed: {message}"),
        Outcome::Cancelled => "cancelled".to_owned(),
    }
}

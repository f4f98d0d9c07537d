//! The line of jobs: what waits, what runs, and who hears of it.

mod forecast;
mod live;
mod running;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use gaze_core::Result;
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;

use self::forecast::Forecast;
use self::live::LiveSessions;
use super::backend::Backend;
use super::state::SessionState;
use super::store::{
    Enqueued, FileStore, JobOrder, JobRecord, JobState, NewSession, Outcome, SessionStore,
};
use crate::SessionId;

/// A job that took the machine down this often is given up.
const MAX_ATTEMPTS: u32 = 2;
/// How long a job that was cancelled may take to end.
const CANCEL_WAIT: Duration = Duration::from_secs(20);

/// The line, and the one job at its head that runs.
pub(crate) struct Line {
    store: Arc<dyn SessionStore>,
    files: Arc<dyn FileStore>,
    backend: Arc<dyn Backend>,
    live: LiveSessions,
    forecast: Forecast,
    limit: u32,
    time_limit: Duration,
    is_running: AtomicBool,
    length: AtomicU32,
    /// Held while a job changes hands: between the line, the machine and whoever cancels it.
    hands: Mutex<()>,
    more: Notify,
}

impl Line {
    pub(crate) fn new(
        store: Arc<dyn SessionStore>,
        files: Arc<dyn FileStore>,
        backend: Arc<dyn Backend>,
        limit: u32,
        time_limit: Duration,
    ) -> Self {
        Self {
            store,
            files,
            backend,
            live: LiveSessions::default(),
            forecast: Forecast::default(),
            limit,
            time_limit,
            is_running: AtomicBool::new(false),
            length: AtomicU32::new(0),
            hands: Mutex::new(()),
            more: Notify::new(),
        }
    }

    /// How many may wait.
    pub(crate) fn limit(&self) -> u32 {
        self.limit
    }

    /// How many wait.
    pub(crate) fn length(&self) -> u32 {
        self.length.load(Ordering::Relaxed)
    }

    /// Whether a job runs.
    pub(crate) fn is_running(&self) -> bool {
        self.is_running.load(Ordering::Relaxed)
    }

    /// How long a job took of late, in seconds.
    pub(crate) fn usual_seconds(&self) -> Option<f64> {
        self.forecast.usual_seconds()
    }

    /// Puts back what was running when the last process ended, or gives it up. Called once, before [`run`](Self::run).
    pub(crate) async fn recover(&self) -> Result<()> {
        for (id, job) in self.store.interrupted().await? {
            let outcome = match self.outcome_of_results(&id, &job, None).await {
                // It ended between its last file and its record.
                Some(complete) => complete,
                None if job.attempts < MAX_ATTEMPTS => Outcome::Again,
                None => Outcome::Failed(GIVEN_UP.to_owned()),
            };
            tracing::info!("{id} was interrupted: {outcome:?}");
            self.store.finish(&id, outcome).await?;
        }
        for id in self.store.line().await? {
            if let Some((session, job)) = self.store.get(&id).await? {
                self.live.add(SessionState::of(&session, job.as_ref()));
            }
        }
        self.forecast.learn(&self.store.recent_seconds().await?);
        self.tell_positions().await
    }

    /// Puts a job into the line.
    pub(crate) async fn enqueue(
        &self,
        session: Option<NewSession>,
        id: SessionId,
        order: JobOrder,
    ) -> Result<Enqueued> {
        let _hands = self.hands.lock().await;
        let enqueued = self.store.enqueue(session, id.clone(), order, self.limit).await?;
        if enqueued == Enqueued::Waiting {
            if let Some((session, job)) = self.store.get(&id).await? {
                self.live.add(SessionState::of(&session, job.as_ref()));
            }
            self.tell_positions().await?;
            self.more.notify_one();
        }
        Ok(enqueued)
    }

    /// How a session is now.
    pub(crate) async fn state(&self, id: &SessionId) -> Result<Option<SessionState>> {
        if let Some(journal) = self.live.journal(id) {
            return Ok(Some(journal.latest()));
        }
        let found = self.store.get(id).await?;
        Ok(found.map(|(session, job)| SessionState::of(&session, job.as_ref())))
    }

    /// How a session is now and becomes, from the entry after that number on; ends when nothing more happens.
    pub(crate) async fn follow(
        &self,
        id: &SessionId,
        after: Option<u64>,
    ) -> Result<Option<impl Stream<Item = (u64, SessionState)> + Send + use<>>> {
        if let Some(journal) = self.live.journal(id) {
            return Ok(Some(journal.follow(after).left_stream()));
        }
        let state = self.state(id).await?;
        Ok(state.map(|state| stream::iter([(0, state)]).right_stream()))
    }

    /// Takes a job out of the line, or stops it. True where there was one.
    pub(crate) async fn cancel(&self, id: &SessionId) -> Result<bool> {
        let hands = self.hands.lock().await;
        let Some((_, Some(job))) = self.store.get(id).await? else { return Ok(false) };
        match job.state {
            JobState::Queued => {
                self.store.finish(id, Outcome::Cancelled).await?;
                self.end(id).await?;
                self.tell_positions().await?;
                Ok(true)
            }
            JobState::Running => {
                let Some(journal) = self.live.cancel(id) else { return Ok(false) };
                drop(hands);
                let is_over = journal.follow(None).for_each(|_| async {});
                if tokio::time::timeout(CANCEL_WAIT, is_over).await.is_err() {
                    tracing::warn!("{id} was cancelled and goes on");
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Runs jobs, one after the other, until it is told to stop; the one that runs then goes back to its place.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let next = {
                let _hands = self.hands.lock().await;
                let next = self.store.begin_next().await;
                if let Ok(Some((id, _))) = &next {
                    self.is_running.store(true, Ordering::Relaxed);
                    self.live.begin(id);
                }
                next
            };
            let done = match next {
                Ok(Some((id, job))) => self.work(&id, &job, &stop).await,
                Ok(None) => {
                    tokio::select! {
                        () = self.more.notified() => {}
                        () = stop.cancelled() => {}
                    }
                    Ok(())
                }
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                tracing::error!("the line stands still for a moment: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }

    /// The last state of a job that is over is told, and nothing after it.
    async fn end(&self, id: &SessionId) -> Result<()> {
        let found = self.store.get(id).await?;
        self.live.end(id, found.map(|(session, job)| SessionState::of(&session, job.as_ref())));
        Ok(())
    }

    /// Tells all who wait where they stand.
    async fn tell_positions(&self) -> Result<()> {
        let line = self.store.line().await?;
        self.length.store(u32::try_from(line.len()).unwrap_or(u32::MAX), Ordering::Relaxed);
        for (position, id) in (0..).zip(line) {
            let Some(journal) = self.live.journal(&id) else { continue };
            let before = position + u32::from(self.is_running());
            let eta = self.forecast.of_waiting(before);
            journal.update(|state| {
                let next = state.waiting(before, eta);
                let has_news = state.state != next.state
                    || state.position != before
                    || state.message.is_empty();
                has_news.then_some(next)
            });
        }
        Ok(())
    }

    /// Whether a job that was lost is tried again.
    fn after_loss(job: &JobRecord, message: String) -> Outcome {
        if job.attempts < MAX_ATTEMPTS { Outcome::Again } else { Outcome::Failed(message) }
    }
}

const GIVEN_UP: &str = "the machine broke off over this portrait twice: try another one";

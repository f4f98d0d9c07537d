//! The line of sessions: who waits, who runs, who joins.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use tokio::sync::Notify;

use super::id::PodSessionId;
use super::job::{Job, JobStatus, Outcome};
use super::order::{Order, Settings};
use super::refusal::Refusal;
use super::store::{Store, Stored};
use crate::JobProgress;

/// How often a session may take the process with it.
pub(crate) const MAX_ATTEMPTS: u32 = 2;

/// The sessions that wait or run. All others are on disk and nowhere else.
#[derive(Debug)]
pub(crate) struct Line {
    inner: Mutex<Inner>,
    /// Told when someone comes.
    came: Notify,
    most: usize,
    sequence: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    known: HashMap<PodSessionId, Arc<Job>>,
    waiting: VecDeque<Arc<Job>>,
    running: usize,
}

/// What a request for a session leads to.
#[derive(Debug)]
pub(crate) enum Submitted {
    /// It waits or runs, of this request or of one before it.
    Job(Arc<Job>),
    /// Its results are there already.
    Complete,
}

impl Line {
    pub(crate) fn new(most: usize) -> Self {
        Self { inner: Mutex::default(), came: Notify::new(), most, sequence: AtomicU64::new(0) }
    }

    /// Puts back what an earlier process did not finish.
    pub(crate) fn restore(&self, store: &Store) {
        let mut inner = self.lock();
        for (id, settings) in store.unfinished() {
            tracing::info!("session {id} goes on");
            let job = Arc::new(Job::new(id.clone(), settings));
            inner.known.insert(id, job.clone());
            inner.waiting.push_back(job);
        }
        inner.tell_places();
        self.came.notify_one();
    }

    /// Takes an order, or joins the session of the same one. Blocks while it is written to disk.
    pub(crate) fn submit(&self, order: &Order, store: &Store) -> Result<Submitted, Refusal> {
        let job = match self.reserve(order, store)? {
            Reserved::New(job) => job,
            Reserved::Known(submitted) => return Ok(submitted),
        };
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        if let Err(e) = store.accept(order, sequence) {
            tracing::error!("session {} cannot be kept: {e}", order.id);
            let refusal = Refusal::internal("the pod cannot keep the picture: look at its disk");
            store.forget_unaccepted(&order.id);
            self.end(&job, Outcome::Failed(refusal.clone()));
            return Err(refusal);
        }
        tracing::info!("session {} waits, {} bytes", order.id, order.picture.len());
        let mut inner = self.lock();
        inner.waiting.push_back(job.clone());
        inner.tell_places();
        drop(inner);
        self.came.notify_one();
        Ok(Submitted::Job(job))
    }

    /// Takes the name for a new job, so that nobody else does.
    fn reserve(&self, order: &Order, store: &Store) -> Result<Reserved, Refusal> {
        let mut inner = self.lock();
        if let Some(job) = inner.known.get(&order.id) {
            if job.is_deleted() {
                return Err(Refusal::new(
                    StatusCode::CONFLICT,
                    "this session is being deleted: ask again in a moment",
                ));
            }
            check_same(&order.settings, Some(&job.settings))?;
            return Ok(Reserved::Known(Submitted::Job(job.clone())));
        }
        match store.look_up(&order.id) {
            Stored::Complete { request } => {
                check_same(&order.settings, request.map(|request| request.settings).as_ref())?;
                return Ok(Reserved::Known(Submitted::Complete));
            }
            Stored::Failed { request, refusal } => {
                check_same(&order.settings, Some(&request.settings))?;
                if refusal.is_final {
                    return Err(refusal);
                }
            }
            Stored::Unfinished(request) => {
                check_same(&order.settings, Some(&request.settings))?;
            }
            Stored::Unknown => {}
        }
        // Those that are being written to disk count as well.
        if inner.known.len() >= self.most + inner.running.max(1) {
            return Err(Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                format!("{} portraits wait already: send this one later", inner.waiting.len()),
            ));
        }
        let job = Arc::new(Job::new(order.id.clone(), order.settings.clone()));
        inner.known.insert(order.id.clone(), job.clone());
        Ok(Reserved::New(job))
    }

    /// The next one, which counts as running from now on.
    pub(crate) async fn next(&self) -> Arc<Job> {
        loop {
            if let Some(job) = self.pop() {
                return job;
            }
            self.came.notified().await;
        }
    }

    fn pop(&self) -> Option<Arc<Job>> {
        let mut inner = self.lock();
        let job = inner.waiting.pop_front()?;
        job.set_running();
        inner.running += 1;
        inner.tell_places();
        // One notification may stand for several who came.
        self.came.notify_one();
        Some(job)
    }

    /// The session, where it waits or runs.
    pub(crate) fn get(&self, id: &PodSessionId) -> Option<Arc<Job>> {
        self.lock().known.get(id).cloned()
    }

    /// How many are before a session that waits.
    pub(crate) fn place_of(&self, id: &PodSessionId) -> usize {
        self.lock().waiting.iter().position(|job| job.id == *id).unwrap_or(0)
    }

    /// Takes a session out of the line; whether it was in it.
    pub(crate) fn take_out(&self, job: &Job) -> bool {
        let mut inner = self.lock();
        let before = inner.waiting.len();
        inner.waiting.retain(|waiting| waiting.id != job.id);
        inner.tell_places();
        inner.waiting.len() < before
    }

    /// A job is over. What is on disk says so by now.
    pub(crate) fn end(&self, job: &Job, outcome: Outcome) {
        job.end(outcome);
        let mut inner = self.lock();
        if job.status() == JobStatus::Running {
            inner.running -= 1;
        }
        inner.known.remove(&job.id);
    }

    /// How many wait, and how many run.
    pub(crate) fn lengths(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.waiting.len(), inner.running)
    }

    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().known.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Whole after every statement.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a name stands for.
enum Reserved {
    New(Arc<Job>),
    Known(Submitted),
}

/// A session's name stands for one picture, rendered in one way.
fn check_same(asked: &Settings, known: Option<&Settings>) -> Result<(), Refusal> {
    if known == Some(asked) {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::CONFLICT,
        "this session has another picture or other options: use a new session_id, or delete the session first",
    ))
}

impl Inner {
    /// Tells each that waits where it is.
    fn tell_places(&self) {
        for (place, job) in self.waiting.iter().enumerate() {
            let message = match place {
                0 => "It is next".to_owned(),
                1 => "One portrait is before it".to_owned(),
                more => format!("{more} portraits are before it"),
            };
            job.journal
                .update(|now| (now.message != message).then(|| JobProgress::waiting(&message)));
        }
    }
}

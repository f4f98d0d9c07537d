//! A pod that nobody needs ends by itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Pod;
use super::engine::EngineState;

/// How often it is looked at: a tenth of the time, within these.
const SHORTEST_LOOK: Duration = Duration::from_millis(50);
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// When someone last wanted something.
#[derive(Debug)]
pub(crate) struct Activity {
    last: Mutex<Instant>,
    open: AtomicUsize,
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Open<'a>(&'a Activity);

impl Activity {
    pub(crate) fn new() -> Self {
        Self { last: Mutex::new(Instant::now()), open: AtomicUsize::new(0) }
    }

    /// Someone wants something, until what is returned is dropped.
    pub(crate) fn begin(&self) -> Open<'_> {
        self.open.fetch_add(1, Ordering::SeqCst);
        self.touch();
        Open(self)
    }

    fn touch(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn idle_for(&self) -> Duration {
        match self.open.load(Ordering::SeqCst) {
            0 => self.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed(),
            _ => Duration::ZERO,
        }
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.touch();
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Ends the pod once it was idle for `limit`.
pub(crate) async fn end_when_idle(pod: Arc<Pod>, limit: Duration) {
    let mut looks = tokio::time::interval((limit / 10).clamp(SHORTEST_LOOK, LONGEST_LOOK));
    loop {
        looks.tick().await;
        let is_loading = matches!(pod.engine(), EngineState::Loading);
        if is_loading || !pod.line.is_empty() {
            pod.activity.touch();
        } else if pod.activity.idle_for() >= limit {
            tracing::info!("nobody wanted anything for {limit:?}: the pod ends");
            pod.stop.cancel();
            return;
        }
    }
}

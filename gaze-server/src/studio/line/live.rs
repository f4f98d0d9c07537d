//! Sessions of which something is yet to be told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::SessionId;
use crate::journal::Journal;
use crate::studio::state::SessionState;

/// The journals of jobs that are not over.
#[derive(Default)]
pub(super) struct LiveSessions(Mutex<HashMap<SessionId, Live>>);

struct Live {
    journal: Arc<Journal<SessionState>>,
    cancel: CancellationToken,
}

impl LiveSessions {
    pub(super) fn add(&self, state: SessionState) {
        let id = state.session_id.clone();
        let live =
            Live { journal: Arc::new(Journal::new(state)), cancel: CancellationToken::new() };
        if let Some(old) = self.lock().insert(id, live) {
            old.journal.end();
        }
    }

    pub(super) fn journal(&self, id: &SessionId) -> Option<Arc<Journal<SessionState>>> {
        self.lock().get(id).map(|live| live.journal.clone())
    }

    /// A job begins: whoever cancelled an earlier run of it is done.
    pub(super) fn begin(&self, id: &SessionId) {
        if let Some(live) = self.lock().get_mut(id) {
            live.cancel = CancellationToken::new();
        }
    }

    pub(super) fn token(&self, id: &SessionId) -> CancellationToken {
        self.lock().get(id).map_or_else(CancellationToken::new, |live| live.cancel.clone())
    }

    /// Cancels what runs. Gives the journal that says when it is over.
    pub(super) fn cancel(&self, id: &SessionId) -> Option<Arc<Journal<SessionState>>> {
        let lives = self.lock();
        let live = lives.get(id)?;
        live.cancel.cancel();
        Some(live.journal.clone())
    }

    /// Tells the last state.
    pub(super) fn end(&self, id: &SessionId, last: Option<SessionState>) {
        let Some(live) = self.lock().remove(id) else { return };
        live.journal.update(|_| last);
        live.journal.end();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Live>> {
        // Whole after every statement.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! What all requests share.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::backend::Backend;
use super::guard::RateLimits;
use super::housekeeping::Used;
use super::line::Line;
use super::options::{Offer, StudioOptions};
use super::site::Site;
use super::store::{FileStore, SessionStore};
use crate::SessionId;

/// Pictures of strangers that are decoded at a time: each may take some 200 MB.
const DECODING: usize = 2;
/// Bodies of uploads that are held at a time.
const RECEIVING: usize = 32;

/// The studio as its requests see it.
pub(crate) struct App {
    pub(crate) options: StudioOptions,
    pub(crate) site: Site,
    pub(crate) store: Arc<dyn SessionStore>,
    pub(crate) files: Arc<dyn FileStore>,
    pub(crate) line: Arc<Line>,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) rates: RateLimits,
    pub(crate) decoding: Semaphore,
    pub(crate) receiving: Semaphore,
    /// Ends what would go on for ever: streams of events.
    pub(crate) stop: CancellationToken,
    pub(crate) used: Used,
    reserved: Mutex<HashSet<SessionId>>,
}

impl App {
    pub(crate) fn new(
        options: StudioOptions,
        site: Site,
        store: Arc<dyn SessionStore>,
        files: Arc<dyn FileStore>,
        backend: Arc<dyn Backend>,
        stop: CancellationToken,
    ) -> Self {
        let line = Line::new(
            store.clone(),
            files.clone(),
            backend.clone(),
            options.queue_limit,
            options.time_limit,
        );
        Self {
            rates: RateLimits::new(options.uploads_per_minute, options.requests_per_minute),
            line: Arc::new(line),
            decoding: Semaphore::new(DECODING),
            receiving: Semaphore::new(RECEIVING),
            reserved: Mutex::default(),
            used: Used::default(),
            options,
            site,
            store,
            files,
            backend,
            stop,
        }
    }

    /// Whether the page offers a finer version. A machine that sleeps does not say which engine it has: nobody rents one for
    /// the embedded engine.
    pub(crate) fn offers_finer(&self) -> bool {
        match self.options.offer {
            Offer::Always => true,
            Offer::Never => false,
            Offer::Neural => {
                let machine = self.backend.machine();
                let machine = machine.borrow();
                machine.engine.is_none() || machine.is_neural()
            }
        }
    }

    /// Keeps a name to one upload, until the guard is dropped. None where another has it.
    pub(crate) fn reserve(self: &Arc<Self>, id: &SessionId) -> Option<Reservation> {
        let mut reserved = self.reserved.lock().unwrap_or_else(PoisonError::into_inner);
        reserved.insert(id.clone()).then(|| Reservation { app: self.clone(), id: id.clone() })
    }
}

/// A name that is kept to one upload.
pub(crate) struct Reservation {
    app: Arc<App>,
    id: SessionId,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.app.reserved.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

//! What is done from time to time: uploads that nobody asks for go.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gaze_core::Result;
use tokio_util::sync::CancellationToken;

use super::App;
use crate::SessionId;
use crate::session_id::milliseconds_now;

const EVERY: Duration = Duration::from_secs(60);

/// Sessions that somebody looked at since it was last written down.
#[derive(Default)]
pub(crate) struct Used(Mutex<HashSet<SessionId>>);

impl Used {
    pub(crate) fn note(&self, id: &SessionId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
    }

    fn take(&self) -> HashSet<SessionId> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Removes files of which there is no record: of uploads that were never accepted, and of sessions that were deleted while
/// the process was killed. Called before anything is served.
pub(crate) async fn remove_strays(app: &App) -> Result<()> {
    for id in app.files.sessions().await? {
        if app.store.get(&id).await?.is_none() {
            tracing::info!("{id} has files and no record: removed");
            app.files.remove(&id).await?;
        }
    }
    Ok(())
}

/// Goes on until it is told to stop.
pub(crate) async fn keep_house(app: Arc<App>, stop: CancellationToken) {
    loop {
        if let Err(error) = tidy(&app).await {
            tracing::error!("old uploads stay for now: {error}");
        }
        if tokio::time::timeout(EVERY, stop.cancelled()).await.is_ok() {
            break;
        }
    }
    let _ = write_down(&app).await;
}

async fn write_down(app: &App) -> Result<()> {
    for id in app.used.take() {
        app.store.touch(&id).await?;
    }
    Ok(())
}

async fn tidy(app: &App) -> Result<()> {
    write_down(app).await?;
    app.rates.forget_old();
    let keep = u64::try_from(app.options.keep.as_millis()).unwrap_or(u64::MAX);
    for id in app.store.unused_since(milliseconds_now().saturating_sub(keep)).await? {
        tracing::info!("{id} was not looked at for long: removed");
        app.store.delete(&id).await?;
        app.files.remove(&id).await?;
    }
    Ok(())
}

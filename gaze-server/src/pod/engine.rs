//! The engine of the pod, which is opened while the server answers already.

use std::sync::Arc;

use gaze_core::{Error, ErrorKind, Result};
use tokio::sync::watch;

use super::refusal::Refusal;
use crate::Renderer;

/// How far the engine is.
#[derive(Clone)]
pub(crate) enum EngineState {
    /// Its models are being loaded.
    Loading,
    /// It renders.
    Ready(Arc<Renderer>),
    /// It cannot be had, and why. Nothing else takes its place.
    Failed(Arc<str>),
}

impl EngineState {
    pub(crate) fn is_ready(&self) -> bool {
        matches!(self, EngineState::Ready(_))
    }

    /// Why it cannot be had.
    pub(crate) fn failure(&self) -> Option<Refusal> {
        match self {
            EngineState::Failed(why) => {
                Some(Refusal::internal(format!("the engine cannot be opened: {why}")))
            }
            _ => None,
        }
    }
}

/// Opens the engine on a thread of its own.
pub(crate) fn open_in_background(
    open: impl FnOnce() -> Result<Renderer> + Send + 'static,
    state: watch::Sender<EngineState>,
) {
    let run = {
        let state = state.clone();
        move || {
            let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(open));
            let opened = opened.unwrap_or_else(|_| {
                Err(Error::new(ErrorKind::Engine, "opening the engine broke off: see the log"))
            });
            state.send_replace(match opened {
                Ok(renderer) => {
                    tracing::info!("the engine is ready: {}", renderer.note());
                    EngineState::Ready(Arc::new(renderer))
                }
                Err(error) => {
                    tracing::error!("the engine cannot be opened: {error}");
                    EngineState::Failed(error.to_string().into())
                }
            });
        }
    };
    if let Err(e) = std::thread::Builder::new().name("engine".to_owned()).spawn(run) {
        state.send_replace(EngineState::Failed(format!("no thread can be started: {e}").into()));
    }
}

//! What the servers' commands share.

use std::future::Future;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use gaze_core::{Error, ErrorKind, Observer, Progress, Result};
use tracing_subscriber::filter::LevelFilter;

/// Runs a server to its end, with its log on stderr.
pub(crate) fn run(log: LevelFilter, server: impl Future<Output = Result<()>>) -> Result<()> {
    // Lines of a service's log have a time already.
    let is_terminal = std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_max_level(log)
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|e| {
        Error::new(ErrorKind::Output, format!("the server cannot be started: {e}")).with_source(e)
    })?;
    let served = runtime.block_on(server);
    // A thread that renders to its end is not waited for.
    runtime.shutdown_background();
    served
}

/// Logs what goes on while an engine opens, each part of it once.
#[derive(Default)]
pub(crate) struct LoadingLog {
    activity: Mutex<Option<String>>,
}

impl Observer for LoadingLog {
    fn on_progress(&self, progress: &Progress) {
        let mut last = self.activity.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != progress.activity {
            last.clone_from(&progress.activity);
            if let Some(activity) = &progress.activity {
                tracing::info!("{}: {activity}", progress.stage.name());
            }
        }
    }
}

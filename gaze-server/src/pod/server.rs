//! Starting and ending a pod.

use std::sync::Arc;
use std::time::Duration;

use gaze_core::{Error, ErrorKind, GenerateOptions, Result};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::engine::{EngineState, open_in_background};
use super::idle::{Activity, end_when_idle};
use super::line::Line;
use super::metrics::Metrics;
use super::store::Store;
use super::{Pod, PodOptions, routes, worker};
use crate::Renderer;
use crate::http::{Listeners, serve, stop_signal};
use crate::session_id::milliseconds_now;

/// Bodies in memory at a time.
const BODIES: usize = 16;
/// How long workers may take to end after the last request.
const GRACE: Duration = Duration::from_secs(1);
/// How often old results are looked for: a tenth of the time that they are kept, within these.
const SHORTEST_SWEEP: Duration = Duration::from_millis(200);
const LONGEST_SWEEP: Duration = Duration::from_secs(600);

/// A pod that has its port and its folder, and does not answer yet.
pub struct PodServer {
    pod: Arc<Pod>,
    listeners: Listeners,
}

impl PodServer {
    /// Takes the port and the folder of sessions.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] for options out of range, [`ErrorKind::Output`] where port or folder cannot be had.
    pub async fn bind(options: PodOptions) -> Result<Self> {
        check(&options)?;
        let listeners = Listeners::bind(&options.host, options.port).await?;
        let store = Store::open(&options.folder)?;
        let line = Line::new(options.waiting);
        line.restore(&store);
        let pod = Pod {
            options,
            store,
            line,
            engine: watch::Sender::new(EngineState::Loading),
            metrics: Metrics::new(),
            activity: Activity::new(),
            bodies: Semaphore::new(BODIES),
            stop: CancellationToken::new(),
            epoch: milliseconds_now(),
        };
        Ok(Self { pod: Arc::new(pod), listeners })
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.listeners.port()
    }

    /// Cancelled, it ends the pod, within ten seconds.
    pub fn stop(&self) -> CancellationToken {
        self.pod.stop.clone()
    }

    /// Answers until it is stopped or idle. The engine is opened meanwhile, on a thread of its own: where that fails, the
    /// pod says so and renders nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where listening fails.
    pub async fn run(self, open: impl FnOnce() -> Result<Renderer> + Send + 'static) -> Result<()> {
        let pod = self.pod;
        tracing::info!("the pod listens on port {}", self.listeners.port());
        open_in_background(open, pod.engine.clone());
        let mut workers = JoinSet::new();
        for _ in 0..pod.options.jobs {
            workers.spawn(worker::work(pod.clone()));
        }
        let mut helpers = JoinSet::new();
        helpers.spawn(sweep(pod.clone()));
        if let Some(limit) = pod.options.idle_exit {
            helpers.spawn(end_when_idle(pod.clone(), limit));
        }
        let served = serve(self.listeners, routes::router(pod.clone()), pod.stop.clone()).await;
        pod.stop.cancel();
        let ended = async { while workers.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(GRACE, ended).await;
        helpers.shutdown().await;
        pod.store.release();
        served
    }
}

/// Runs a pod until the process is asked to end or is idle for as long as the options say. `open` makes the engine: its error
/// is what requests are answered with, and nothing else renders in its place.
///
/// # Errors
/// Those of [`PodServer::bind`] and [`PodServer::run`].
pub async fn run(
    options: PodOptions,
    open: impl FnOnce() -> Result<Renderer> + Send + 'static,
) -> Result<()> {
    let server = PodServer::bind(options).await?;
    let stop = server.stop();
    tokio::spawn(async move {
        stop_signal().await;
        tracing::info!("the pod is asked to end");
        stop.cancel();
    });
    server.run(open).await
}

fn check(options: &PodOptions) -> Result<()> {
    GenerateOptions::default().with_max_size(options.max_size).check()?;
    let wrong = |message: &str| Err(Error::new(ErrorKind::InvalidOption, message));
    if options.jobs == 0 {
        return wrong("no portrait at a time: use a number of jobs from 1 on");
    }
    if options
        .token
        .as_ref()
        .is_some_and(|token| token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()))
    {
        return wrong("the token is empty or has characters that no header takes: use another");
    }
    Ok(())
}

/// Removes results that nobody needs any more.
async fn sweep(pod: Arc<Pod>) {
    let keep = pod.options.keep;
    let mut looks = tokio::time::interval((keep / 10).clamp(SHORTEST_SWEEP, LONGEST_SWEEP));
    loop {
        looks.tick().await;
        let pod = pod.clone();
        let sweeping = tokio::task::spawn_blocking(move || {
            for id in pod.store.outdated(keep) {
                if pod.line.get(&id).is_none() {
                    match pod.store.delete(&id) {
                        Ok(()) => tracing::info!("session {id} is removed: it is old"),
                        Err(e) => tracing::warn!("session {id} cannot be removed: {e}"),
                    }
                }
            }
        });
        let _ = sweeping.await;
    }
}

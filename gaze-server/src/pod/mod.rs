//! The pod: runs where the GPU is, and makes folders of results of pictures that it is sent.
//!
//! Its routes are those that clients of the product before gaze rely on, and more; `GET /openapi.json` says them all.
//! Sessions are folders, so that a pod that is started again goes on where it was.

mod body;
mod engine;
mod guard;
mod id;
mod idle;
mod job;
mod line;
mod metrics;
mod options;
mod order;
mod refusal;
mod routes;
mod server;
mod store;
mod worker;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use options::PodOptions;
pub use server::{PodServer, run};

use engine::EngineState;
use idle::Activity;
use line::Line;
use metrics::Metrics;
use store::Store;

/// What the routes and the workers share.
struct Pod {
    options: PodOptions,
    store: Store,
    line: Line,
    engine: watch::Sender<EngineState>,
    metrics: Metrics,
    activity: Activity,
    /// Bodies that may be in memory at a time.
    bodies: tokio::sync::Semaphore,
    stop: CancellationToken,
    /// Tells the events of this process from those of one before it.
    epoch: u64,
}

impl Pod {
    fn engine(&self) -> EngineState {
        self.engine.borrow().clone()
    }
}

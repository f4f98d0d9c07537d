//! Where the finer versions are made.

mod gpu_cli;
mod http;
mod local;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use gaze_core::{FaceChoice, Grid};
use serde::Serialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use gpu_cli::{GpuCli, GpuCliOptions, is_available as is_gpu_cli_available};
pub use http::{Http, HttpLimits};
pub use local::Local;

use crate::{JobProgress, SessionId};

/// Makes folders of results of pictures, one at a time.
#[async_trait]
pub trait Backend: Send + Sync {
    /// The machine behind it, now and whenever that changes.
    fn machine(&self) -> watch::Receiver<Machine>;

    /// Makes the folder `job.out`, which appears whole or not at all. `tell` hears how far it is, from any thread, in order.
    ///
    /// # Errors
    /// Says whose fault it is, which decides whether it is tried again.
    async fn run(&self, job: &Job, tell: Tell, cancel: CancellationToken)
    -> Result<(), JobFailure>;

    /// Ends what it started, so that it costs nothing: called once, when the studio ends.
    async fn shut_down(&self) {}
}

/// Who hears of a job's progress.
pub type Tell = Arc<dyn Fn(JobProgress) + Send + Sync>;

/// A picture that is to become a folder of results.
#[derive(Debug, Clone)]
pub struct Job {
    /// The session's name, which the pod knows it by as well.
    pub id: SessionId,
    /// The picture: a JPEG, or a PNG where it is transparent.
    pub picture: PathBuf,
    /// The folder of results. It may be there already, of an earlier run; then it is replaced.
    pub out: PathBuf,
    /// How many looks.
    pub grid: Grid,
    /// Which face.
    pub face: FaceChoice,
    /// Whether everything but the person is transparent.
    pub remove_background: bool,
}

/// Why a job came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobFailure {
    /// The portrait cannot be used, or what was made of it is wrong: another run would end the same.
    Refused(String),
    /// The machine was lost, or cannot be had: another run may go well.
    Lost(String),
    /// It was cancelled.
    Cancelled,
}

/// The machine that makes the finer versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Whether it can begin at once.
    pub readiness: Readiness,
    /// What it is doing, for people.
    pub status: MachineStatus,
    /// Short name of the engine: `embedded` or `liveportrait`; none while that is not known.
    pub engine: Option<String>,
}

/// Whether a machine can begin at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// It can.
    Ready,
    /// It is being started, or loads its models.
    Starting,
    /// It sleeps until it is needed, or cannot be reached.
    Offline,
}

/// What a machine is doing: the contract's `gpu-status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MachineStatus {
    /// `idle`, `detecting`, `resolving`, `provisioning`, `connecting`, `syncing`, `installing`, `starting`, `weights`,
    /// `loading`, `ready` or `error`.
    pub stage: String,
    /// The same for people.
    pub message: String,
    /// 0 to 100.
    pub progress: u8,
}

impl Machine {
    /// Whether a neural network draws there.
    pub fn is_neural(&self) -> bool {
        self.engine.as_deref() == Some("liveportrait")
    }
}

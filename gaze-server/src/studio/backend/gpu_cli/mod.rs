//! A pod that gpu-cli starts when there is work, and stops when there is none.
//!
//! - [`tool`]: gpu-cli itself: its flags, its files, behind one trait.
//! - [`output`]: what it prints.
//! - [`process`]: the program while it runs; it never outlives the studio.
//! - [`supervisor`]: starting it, again where it is lost; [`run`]: one time that it runs, to its end.

mod options;
mod output;
mod process;
mod run;
mod supervisor;
mod tool;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use options::GpuCliOptions;
pub use tool::is_available;

use super::{Backend, Job, JobFailure, Machine, Tell};
use supervisor::{PodState, Shared, Supervisor};

/// How long ending may take.
const SHUT_DOWN: Duration = Duration::from_secs(8);

/// Makes finer versions on a rented machine, which runs while it is needed.
pub struct GpuCli {
    shared: Arc<Shared>,
    machine: watch::Receiver<Machine>,
    supervisor: Mutex<Option<JoinHandle<()>>>,
}

impl GpuCli {
    /// Starts nothing yet. Called within a runtime.
    pub fn new(options: GpuCliOptions) -> Self {
        let shared = Arc::new(Shared::new());
        let tool = Box::new(tool::Gpu::new(&options));
        let (supervisor, machine) = Supervisor::new(tool, options, shared.clone());
        let supervisor = Mutex::new(Some(tokio::spawn(supervisor.supervise())));
        Self { shared, machine, supervisor }
    }
}

#[async_trait]
impl Backend for GpuCli {
    fn machine(&self) -> watch::Receiver<Machine> {
        self.machine.clone()
    }

    async fn run(
        &self,
        job: &Job,
        tell: Tell,
        cancel: CancellationToken,
    ) -> Result<(), JobFailure> {
        let settled = async {
            let mut pod = self.shared.pod.subscribe();
            // What failed before this job came says nothing of it.
            let is_stale = matches!(*pod.borrow_and_update(), PodState::Failed(_));
            let wanted = self.shared.want();
            if is_stale {
                pod.changed().await.map_err(|_| ended())?;
            }
            let settled =
                pod.wait_for(|state| matches!(state, PodState::Up { .. } | PodState::Failed(_)));
            settled.await.map(|state| (state.clone(), wanted)).map_err(|_| ended())
        };
        let (state, _wanted) = tokio::select! {
            settled = settled => settled?,
            () = cancel.cancelled() => return Err(JobFailure::Cancelled),
            () = self.shared.stop.cancelled() => return Err(ended()),
        };
        match state {
            PodState::Up { http, lost } => tokio::select! {
                made = http.run(job, tell, cancel) => made,
                () = lost.cancelled() => {
                    Err(JobFailure::Lost("the rented machine was lost".to_owned()))
                }
            },
            PodState::Failed(why) => Err(JobFailure::Lost(why)),
            PodState::Asleep | PodState::Starting => Err(ended()),
        }
    }

    async fn shut_down(&self) {
        self.shared.stop.cancel();
        if let Some(supervisor) = self.supervisor.lock().await.take() {
            let _ = tokio::time::timeout(SHUT_DOWN, supervisor).await;
        }
    }
}

impl Drop for GpuCli {
    fn drop(&mut self) {
        // The supervisor stops the machine, or is dropped with its runtime, which stops it as well.
        self.shared.stop.cancel();
    }
}

fn ended() -> JobFailure {
    JobFailure::Lost("the studio is being stopped".to_owned())
}

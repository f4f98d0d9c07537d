//! This process.

use std::sync::Arc;

use async_trait::async_trait;
use gaze_core::{Crop, ErrorKind};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Backend, Job, JobFailure, Machine, MachineStatus, Readiness, Tell};
use crate::Renderer;
use crate::work::{RenderOrder, render_in_background};

/// Makes finer versions in this process, with the engine that is open.
pub struct Local {
    renderer: Arc<Renderer>,
    machine: watch::Sender<Machine>,
    max_size: u32,
}

impl Local {
    /// Frames have `max_size` pixels a side at most.
    pub fn new(renderer: Renderer, max_size: u32) -> Self {
        let status =
            MachineStatus { stage: "ready".to_owned(), message: "Ready".to_owned(), progress: 100 };
        let engine = Some(renderer.name().to_owned());
        let machine = watch::Sender::new(Machine { readiness: Readiness::Ready, status, engine });
        Self { renderer: Arc::new(renderer), machine, max_size }
    }
}

#[async_trait]
impl Backend for Local {
    fn machine(&self) -> watch::Receiver<Machine> {
        self.machine.subscribe()
    }

    async fn run(
        &self,
        job: &Job,
        tell: Tell,
        cancel: CancellationToken,
    ) -> Result<(), JobFailure> {
        let order = RenderOrder {
            picture: job.picture.clone(),
            out: job.out.clone(),
            grid: job.grid,
            face: job.face,
            // Done when the picture came.
            crop: Crop::None,
            remove_background: job.remove_background,
            max_size: self.max_size,
        };
        let made = render_in_background(
            self.renderer.clone(),
            order,
            move |progress| tell(progress),
            cancel,
        )
        .await;
        made.map(drop).map_err(|error| match error.kind() {
            ErrorKind::Cancelled => JobFailure::Cancelled,
            _ => JobFailure::Refused(error.message().to_owned()),
        })
    }
}

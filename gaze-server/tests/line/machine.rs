//! A machine that does what a test says.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use gaze_core::embedded::EmbeddedEngine;
use gaze_core::{GazeGenerator, Grid, Portrait};
use gaze_server::JobProgress;
use gaze_server::studio::backend::{
    Backend, Job, JobFailure, Machine, MachineStatus, Readiness, Tell,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What it does with a job.
#[derive(Clone, Copy)]
pub(super) enum Does {
    Makes,
    Panics,
    BreaksOff,
    Hangs,
    Refuses,
    /// Makes it once it is awake.
    Wakes,
}

pub(super) struct Fake {
    does: Mutex<VecDeque<Does>>,
    ran: Mutex<Vec<String>>,
    machine: watch::Sender<Machine>,
    is_down: AtomicBool,
}

impl Fake {
    pub(super) fn new(does: impl IntoIterator<Item = Does>) -> Arc<Self> {
        Arc::new(Self {
            does: Mutex::new(does.into_iter().collect()),
            ran: Mutex::default(),
            machine: watch::Sender::new(machine(Readiness::Ready, "ready", 100)),
            is_down: AtomicBool::new(false),
        })
    }

    /// The sessions that it was given, in order.
    pub(super) fn ran(&self) -> Vec<String> {
        self.ran.lock().expect("no test panics with it").clone()
    }

    pub(super) fn wake(&self) {
        self.machine.send_replace(machine(Readiness::Ready, "ready", 100));
    }

    pub(super) fn was_shut_down(&self) -> bool {
        self.is_down.load(Ordering::SeqCst)
    }
}

fn machine(readiness: Readiness, stage: &str, progress: u8) -> Machine {
    let status = MachineStatus { stage: stage.to_owned(), message: stage.to_owned(), progress };
    Machine { readiness, status, engine: Some("embedded".to_owned()) }
}

#[async_trait]
impl Backend for Fake {
    fn machine(&self) -> watch::Receiver<Machine> {
        self.machine.subscribe()
    }

    async fn run(
        &self,
        job: &Job,
        tell: Tell,
        cancel: CancellationToken,
    ) -> Result<(), JobFailure> {
        self.ran.lock().expect("no test panics with it").push(job.id.to_string());
        let does =
            self.does.lock().expect("no test panics with it").pop_front().unwrap_or(Does::Makes);
        match does {
            Does::Wakes => {
                self.machine.send_replace(machine(Readiness::Starting, "connecting", 20));
                let mut awake = self.machine.subscribe();
                let _ = awake.wait_for(|machine| machine.readiness == Readiness::Ready).await;
            }
            Does::BreaksOff => {
                tell(JobProgress::at("generating", "some looks"));
                return Err(JobFailure::Lost("the machine is gone".to_owned()));
            }
            Does::Hangs => {
                tell(JobProgress::at("generating", "some looks"));
                // Hears of nothing, as a machine behind a dead line.
                tokio::time::timeout(Duration::from_secs(60), cancel.cancelled()).await.ok();
                return Err(JobFailure::Cancelled);
            }
            Does::Refuses => return Err(JobFailure::Refused("no face".to_owned())),
            Does::Panics => panic!("as a test says"),
            Does::Makes => {}
        }
        let portrait = Portrait::open(&job.picture).expect("the studio kept a picture");
        let generator = GazeGenerator::new(EmbeddedEngine::new().expect("the models are inside"))
            .with_grid(Grid::from_side(2).expect("an even side"));
        generator.generate(&portrait, &job.out, &()).expect("there is a face");
        Ok(())
    }

    async fn shut_down(&self) {
        self.is_down.store(true, Ordering::SeqCst);
    }
}

//! Starting a rented machine when there is work, starting it again when it is lost, stopping it when there is none.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::super::{Http, Machine, MachineStatus, Readiness};
use super::options::GpuCliOptions;
use super::process::Process;
use super::run::Run;
use super::tool::Renter;

/// Pauses between starts grow to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long stopping a machine may take, and while the studio ends.
const STOPPING: Duration = Duration::from_secs(60);
const STOPPING_IN_HASTE: Duration = Duration::from_millis(5500);

/// What jobs and the supervisor share.
pub(super) struct Shared {
    /// How many jobs there are, and how many there were in all.
    pub(super) wanted: watch::Sender<(usize, u64)>,
    pub(super) pod: watch::Sender<PodState>,
    pub(super) stop: CancellationToken,
}

/// The pod, for jobs.
#[derive(Clone)]
pub(super) enum PodState {
    Asleep,
    Starting,
    /// It answers; `lost` is cancelled when it is gone.
    Up {
        http: Arc<Http>,
        lost: CancellationToken,
    },
    /// It cannot be had, and why.
    Failed(String),
}

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            wanted: watch::Sender::new((0, 0)),
            pod: watch::Sender::new(PodState::Asleep),
            stop: CancellationToken::new(),
        }
    }

    /// The machine is wanted, until what is returned is dropped.
    pub(super) fn want(self: &Arc<Self>) -> Wanted {
        self.wanted.send_modify(|(now, ever)| (*now, *ever) = (*now + 1, *ever + 1));
        Wanted(self.clone())
    }
}

/// A job that wants the machine.
pub(super) struct Wanted(Arc<Shared>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.wanted.send_modify(|(now, _)| *now -= 1);
    }
}

/// How a run of the machine ended.
pub(super) enum Ended {
    /// Nobody needed it any more.
    Idle,
    /// The studio ends.
    Stopped,
    /// It was lost after it had been up.
    Lost(String),
    /// It never came up.
    NotStarted(String),
    /// Trying again would end the same.
    Impossible(String),
}

pub(super) struct Supervisor {
    pub(super) tool: Box<dyn Renter>,
    pub(super) options: GpuCliOptions,
    pub(super) shared: Arc<Shared>,
    pub(super) machine: watch::Sender<Machine>,
}

impl Supervisor {
    pub(super) fn new(
        tool: Box<dyn Renter>,
        options: GpuCliOptions,
        shared: Arc<Shared>,
    ) -> (Self, watch::Receiver<Machine>) {
        let status = status("idle", "Sleeps until it is needed", 0);
        let engine = None;
        let (machine, receiver) =
            watch::channel(Machine { readiness: Readiness::Offline, status, engine });
        (Self { tool, options, shared, machine }, receiver)
    }

    /// Until the studio ends.
    pub(super) async fn supervise(self) {
        let mut wanted = self.shared.wanted.subscribe();
        let stop = self.shared.stop.clone();
        let mut served = 0;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                came = wanted.wait_for(|(now, ever)| *now > 0 && *ever > served) => {
                    if came.is_err() {
                        return;
                    }
                }
            }
            match self.keep_running().await {
                Some(heard) => served = heard,
                None => return,
            }
        }
    }

    /// Runs the machine, again where it is lost, until nobody needs it or it cannot be had. Gives how many jobs
    /// have heard how that ended, none where the studio ends.
    async fn keep_running(&self) -> Option<u64> {
        let (mut failures, mut pause) = (0, self.options.pause);
        loop {
            let why = match self.run_once().await {
                Ended::Stopped => return None,
                Ended::Idle => {
                    self.show(Readiness::Offline, status("idle", "Sleeps until it is needed", 0));
                    self.shared.pod.send_replace(PodState::Asleep);
                    return Some(0);
                }
                Ended::Impossible(why) => {
                    failures = self.options.starts;
                    why
                }
                Ended::NotStarted(why) => {
                    failures += 1;
                    why
                }
                Ended::Lost(why) => {
                    (failures, pause) = (0, self.options.pause);
                    why
                }
            };
            tracing::warn!("the rented machine is gone: {why}");
            if failures >= self.options.starts {
                self.show(Readiness::Offline, status("error", &why, 0));
                // Counted before it is said: whoever comes afterwards wants another try.
                let heard = self.shared.wanted.borrow().1;
                self.shared.pod.send_replace(PodState::Failed(why));
                return Some(heard);
            }
            self.show(Readiness::Starting, status("provisioning", "Getting another machine", 15));
            self.shared.pod.send_replace(PodState::Starting);
            tokio::select! {
                () = sleep(pause) => {}
                () = self.shared.stop.cancelled() => return None,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            if self.shared.wanted.borrow().0 == 0 {
                self.show(Readiness::Offline, status("idle", "Sleeps until it is needed", 0));
                self.shared.pod.send_replace(PodState::Asleep);
                return Some(0);
            }
        }
    }

    /// Starts the machine, and stays with it until it is gone.
    async fn run_once(&self) -> Ended {
        self.shared.pod.send_replace(PodState::Starting);
        self.show(Readiness::Starting, status("detecting", "Starting the machine", 0));
        let process = match Process::start(self.tool.start()) {
            Ok(process) => process,
            Err(e) => {
                tracing::error!("{}: {e}", self.tool.missing());
                return Ended::Impossible(self.tool.missing());
            }
        };
        let mut run = Run::new(self, process);
        let ended = run.watch().await;
        // Jobs that come from now on wait for the next run.
        self.shared.pod.send_replace(PodState::Starting);
        run.lose();
        // Whatever still runs costs money.
        let limit = if matches!(ended, Ended::Stopped) { STOPPING_IN_HASTE } else { STOPPING };
        run.stop_machine(limit).await;
        ended
    }

    fn show(&self, readiness: Readiness, status: MachineStatus) {
        self.machine.send_if_modified(|machine| {
            let is_news = machine.readiness != readiness || machine.status != status;
            (machine.readiness, machine.status) = (readiness, status);
            is_news
        });
    }

    /// Shows how far starting is, which never goes back.
    pub(super) fn show_start(&self, status: MachineStatus) {
        if status.progress > self.machine.borrow().status.progress {
            self.show(Readiness::Starting, status);
        }
    }
}

fn status(stage: &str, message: &str, progress: u8) -> MachineStatus {
    MachineStatus { stage: stage.to_owned(), message: message.to_owned(), progress }
}

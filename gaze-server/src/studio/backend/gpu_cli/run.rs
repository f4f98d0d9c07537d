//! One run of a rented machine, from its start to its end.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use super::super::{Backend, Http, Machine, Readiness};
use super::output::{Heard, STARTING};
use super::process::Process;
use super::supervisor::{Ended, PodState, Supervisor};

/// The pod is looked for after this time even where nothing says that it runs.
const LOOKED_FOR_AFTER: Duration = Duration::from_secs(60);
/// How long the program may take to end once its machine is stopped, and again once it is asked to.
const GRACE: Duration = Duration::from_secs(1);
/// Letters of a reason.
const REASON: usize = 200;

/// One run of the machine.
pub(super) struct Run<'a> {
    supervisor: &'a Supervisor,
    process: Process,
    /// The pod, once it may answer.
    http: Option<Arc<Http>>,
    address: String,
    begun: Instant,
    /// There once the pod is up.
    lost: Option<CancellationToken>,
    /// The last that is not about starting.
    last_line: String,
    is_stopped: bool,
}

impl<'a> Run<'a> {
    /// The program is started; the rest is heard from it.
    pub(super) fn new(supervisor: &'a Supervisor, process: Process) -> Self {
        Self {
            supervisor,
            process,
            http: None,
            address: supervisor.tool.address(),
            begun: Instant::now(),
            lost: None,
            last_line: String::new(),
            is_stopped: false,
        }
    }

    /// The pod is gone for those who use it.
    pub(super) fn lose(&mut self) {
        if let Some(lost) = self.lost.take() {
            lost.cancel();
        }
    }

    pub(super) async fn watch(&mut self) -> Ended {
        let shared = &self.supervisor.shared;
        let options = &self.supervisor.options;
        let mut wanted = shared.wanted.subscribe();
        let mut pod: Option<watch::Receiver<Machine>> = None;
        let mut idle_since = None;
        let mut prints = true;
        let mut ended = std::pin::pin!(self.process.ended());
        loop {
            let is_up = self.lost.is_some();
            let idle_end = idle_since.map(|since: Instant| since + options.idle);
            tokio::select! {
                () = shared.stop.cancelled() => return Ended::Stopped,
                line = self.process.lines.recv(), if prints => match line {
                    Some(line) => if self.hear(&line) || pod.is_none() && self.may_answer() {
                        pod = self.look_for_pod();
                    },
                    None => prints = false,
                },
                status = &mut ended => {
                    self.hear_the_rest().await;
                    let why = self.reason(status.is_some_and(|status| status.success()));
                    return if is_up { Ended::Lost(why) } else { Ended::NotStarted(why) };
                }
                seen = next_of(&mut pod) => {
                    if let Some(ended) = self.see(&seen) {
                        return ended;
                    }
                }
                () = sleep_until(self.begun + LOOKED_FOR_AFTER), if pod.is_none() => {
                    pod = self.look_for_pod();
                }
                () = sleep_until(self.begun + options.start_limit), if !is_up => {
                    let why = "the rented machine did not come up in time";
                    return Ended::NotStarted(why.to_owned());
                }
                changed = wanted.changed() => if changed.is_err() { return Ended::Stopped },
                () = sleep_until(idle_end.unwrap_or(self.begun)), if idle_end.is_some() => {
                    if self.is_unwanted() {
                        return Ended::Idle;
                    }
                }
            }
            let is_idle = wanted.borrow_and_update().0 == 0;
            idle_since = if is_idle { idle_since.or(Some(Instant::now())) } else { None };
        }
    }

    /// Whether nobody came at the last moment. Whoever comes later waits for the next run.
    fn is_unwanted(&self) -> bool {
        let shared = &self.supervisor.shared;
        let before = shared.pod.send_replace(PodState::Starting);
        // Jobs say that they come before they look for the pod.
        let is_unwanted = shared.wanted.borrow().0 == 0;
        if !is_unwanted {
            shared.pod.send_replace(before);
        }
        is_unwanted
    }

    /// Whether a line names another address than the one that is known.
    fn hear(&mut self, line: &str) -> bool {
        tracing::debug!("gpu-cli: {line}");
        match self.supervisor.tool.hear(line) {
            Some(Heard::Status(status)) => self.supervisor.show_start(status),
            Some(Heard::Address(address)) => {
                // The first is news even where it is as expected: the pod can be reached.
                let is_news = self.http.is_none() || address != self.address;
                self.address = address;
                return is_news;
            }
            None => line.trim().clone_into(&mut self.last_line),
        }
        false
    }

    /// What it printed before it ended.
    async fn hear_the_rest(&mut self) {
        let deadline = Instant::now() + GRACE;
        while let Ok(Some(line)) = timeout_at(deadline, self.process.lines.recv()).await {
            self.hear(&line);
        }
    }

    fn may_answer(&self) -> bool {
        self.supervisor.machine.borrow().status.progress >= STARTING
    }

    fn look_for_pod(&mut self) -> Option<watch::Receiver<Machine>> {
        let options = &self.supervisor.options;
        let http = Http::with_limits(&self.address, options.token.clone(), options.limits.clone());
        match http {
            Ok(http) => {
                let machine = http.machine();
                self.http = Some(Arc::new(http));
                Some(machine)
            }
            Err(error) => {
                tracing::error!("the pod cannot be looked for: {error}");
                None
            }
        }
    }

    /// What the pod says of itself; how the run ended, where it has.
    fn see(&mut self, seen: &Machine) -> Option<Ended> {
        let Some(http) = &self.http else { return None };
        let supervisor = self.supervisor;
        match seen.readiness {
            Readiness::Ready => {
                supervisor.machine.send_modify(|machine| machine.clone_from(seen));
                if self.lost.is_none() {
                    let lost = CancellationToken::new();
                    self.lost = Some(lost.clone());
                    let state = PodState::Up { http: http.clone(), lost };
                    supervisor.shared.pod.send_replace(state);
                }
            }
            Readiness::Starting if seen.status.stage == "loading" => {
                supervisor.show_start(seen.status.clone());
            }
            Readiness::Offline if Http::has_no_engine(seen) => {
                return Some(Ended::Impossible(seen.status.message.clone()));
            }
            Readiness::Starting | Readiness::Offline => {}
        }
        None
    }

    /// Why the program ended, in its own last words.
    fn reason(&self, is_success: bool) -> String {
        let words: String =
            self.last_line.chars().filter(|c| !c.is_control()).take(REASON).collect();
        match (is_success, words.is_empty()) {
            (_, true) | (true, _) => "the rented machine was lost".to_owned(),
            (false, false) => format!("the rented machine was lost; gpu-cli says: {words}"),
        }
    }

    /// Stops the machine, and then the program that ran on it.
    pub(super) async fn stop_machine(&mut self, limit: Duration) {
        self.is_stopped = true;
        let deadline = Instant::now() + limit;
        for stop in self.supervisor.tool.stops() {
            match stop_by(stop, deadline).await {
                Some(true) => break,
                Some(false) => {}
                None => {
                    tracing::error!(
                        "gpu-cli does not say that the machine is stopped: look yourself, it costs money"
                    );
                    break;
                }
            }
        }
        self.process.end(GRACE).await;
    }
}

impl Drop for Run<'_> {
    /// Where the studio's runtime is dropped while the machine runs.
    fn drop(&mut self) {
        if !self.is_stopped
            && let Some(mut stop) = self.supervisor.tool.stops().into_iter().next()
        {
            std::thread::spawn(move || stop.stdout(Stdio::null()).stderr(Stdio::null()).status());
        }
    }
}

/// Whether a command did what it should; none where that is not known in time. It is not broken off.
async fn stop_by(mut command: Command, deadline: Instant) -> Option<bool> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || sender.send(command.status().is_ok_and(|status| status.success())));
    timeout_at(deadline, receiver).await.ok().and_then(Result::ok)
}

/// The next news of a pod that is looked for.
async fn next_of(pod: &mut Option<watch::Receiver<Machine>>) -> Machine {
    if let Some(pod) = pod
        && pod.changed().await.is_ok()
    {
        return pod.borrow_and_update().clone();
    }
    std::future::pending().await
}

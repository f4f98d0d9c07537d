//! A pod that runs elsewhere, gaze's or the product's before it.
//!
//! - [`client`]: requests to it, bounded in size and time. What it answers is a stranger's word.
//! - [`following`]: hearing how far a session is, over broken lines.
//! - [`fetching`]: its results, checked before they count.
//! - [`former`]: the same with the product before gaze, which has fewer routes.
//! - [`watching`]: whether it is there.

mod client;
mod fetching;
mod following;
mod former;
mod limits;
mod watching;

use std::sync::Arc;

use async_trait::async_trait;
use gaze_core::{Error, ErrorKind, Result};
use reqwest::{StatusCode, Url};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use limits::HttpLimits;

use super::{Backend, Job, JobFailure, Machine, Tell};
use crate::JobProgress;
use client::{Client, JobBody};

/// Makes finer versions on a pod that is already running.
pub struct Http {
    client: Client,
    limits: HttpLimits,
    machine: watch::Sender<Machine>,
    watcher: JoinHandle<()>,
}

impl Http {
    /// A pod at an address such as `http://pod.example:8000`, with the token that it asks for, if any. Called within a
    /// runtime, in which it is looked at from now on.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] where the address or the token is none.
    pub fn new(url: &str, token: Option<String>) -> Result<Self> {
        Self::with_limits(url, token, HttpLimits::default())
    }

    /// The same with other limits.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_limits(url: &str, token: Option<String>, limits: HttpLimits) -> Result<Self> {
        let client = Client::new(parse(url)?, token, &limits)?;
        let machine = watch::Sender::new(watching::not_seen_yet());
        let watcher = tokio::spawn(watching::watch(client.clone(), machine.clone()));
        Ok(Self { client, limits, machine, watcher })
    }

    /// Whether that pod is there and will never render.
    pub(super) fn has_no_engine(machine: &Machine) -> bool {
        watching::has_no_engine(machine)
    }

    async fn make(&self, job: &Job, tell: &Tell, cancel: &CancellationToken) -> Outcome<()> {
        let picture = tokio::fs::read(&job.picture).await.map_err(|e| {
            JobFailure::Refused(format!("the portrait cannot be read any more: {e}"))
        })?;
        let body = JobBody::new(job, &picture)?;
        let id = job.id.as_str();
        match self.submit(id, &body, cancel).await? {
            Submitted::Accepted => following::follow(&self.client, &self.limits, id, tell).await?,
            Submitted::FormerPod => {
                former::generate(&self.client, &self.limits, id, &body, tell).await?;
            }
        }
        tell(JobProgress {
            current: 1,
            total: 1,
            ..all_drawn("stitching", "Fetching the results")
        });
        let fetching = fetching::fetch(&self.client, &self.limits, job, &picture);
        let bounded = tokio::time::timeout(self.limits.fetching, fetching).await;
        bounded.map_err(|_| JobFailure::Refused("the machine's results do not end".to_owned()))?
    }

    /// Puts the job into the pod's line, waiting for a place in it.
    async fn submit(
        &self,
        id: &str,
        body: &JobBody,
        cancel: &CancellationToken,
    ) -> Outcome<Submitted> {
        let waiting = tokio::time::Instant::now();
        let mut may_delete = true;
        loop {
            let sent =
                self.client.retrying(self.limits.outage, || self.client.post_job("jobs", body));
            let response = sent.await?;
            match response.status() {
                StatusCode::ACCEPTED | StatusCode::OK => return Ok(Submitted::Accepted),
                StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
                    return Ok(Submitted::FormerPod);
                }
                // An earlier run of this session, with another picture or other options.
                StatusCode::CONFLICT if may_delete => {
                    may_delete = false;
                    self.client.delete(id).await;
                }
                StatusCode::CONFLICT | StatusCode::SERVICE_UNAVAILABLE
                    if waiting.elapsed() < self.limits.patience && !cancel.is_cancelled() =>
                {
                    tokio::time::sleep(self.limits.pause).await;
                }
                _ => return Err(self.client.failure_of(response).await),
            }
        }
    }
}

/// How a job ends.
type Outcome<T> = std::result::Result<T, JobFailure>;

/// What a pod made of a job that it was sent.
enum Submitted {
    Accepted,
    /// It knows no jobs.
    FormerPod,
}

#[async_trait]
impl Backend for Http {
    fn machine(&self) -> watch::Receiver<Machine> {
        self.machine.subscribe()
    }

    async fn run(&self, job: &Job, tell: Tell, cancel: CancellationToken) -> Outcome<()> {
        let told = only_what_is_told_of_runs(tell.clone());
        let made = tokio::select! {
            made = self.make(job, &told, &cancel) => made,
            () = cancel.cancelled() => Err(JobFailure::Cancelled),
        };
        match &made {
            Ok(()) => {
                // A portrait stays with the pod no longer than it is needed there.
                self.client.delete(job.id.as_str()).await;
                tell(all_drawn("complete", "Complete"));
            }
            Err(JobFailure::Cancelled | JobFailure::Refused(_)) => {
                self.client.delete(job.id.as_str()).await;
            }
            Err(JobFailure::Lost(_)) => {}
        }
        made
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

/// The progress of a job whose sheets are finished.
fn all_drawn(stage: &str, message: &str) -> JobProgress {
    let mut progress = JobProgress::at(stage, message);
    progress.quadrants.fill(crate::Quadrant { status: crate::QuadrantStatus::Done });
    progress
}

/// Passes on what a pod says of a run, in its bounds. How it ends is said by whoever has checked it.
fn only_what_is_told_of_runs(tell: Tell) -> Tell {
    const STAGES: [&str; 6] =
        ["initializing", "loading", "preparing", "generating", "removing_bg", "stitching"];
    const MESSAGE: usize = 200;
    Arc::new(move |mut progress: JobProgress| {
        if STAGES.contains(&progress.stage.as_str()) {
            progress.message = progress.message.chars().take(MESSAGE).collect();
            let pending = crate::Quadrant { status: crate::QuadrantStatus::Pending };
            progress.quadrants.resize(crate::work::SHEETS.len(), pending);
            tell(progress);
        }
    })
}

/// The address of a pod, to which names of routes are added.
fn parse(url: &str) -> Result<Url> {
    let wrong = || {
        let message = format!("{url:?} is no pod's address: use one such as http://localhost:8000");
        Error::new(ErrorKind::InvalidOption, message)
    };
    let mut parsed = Url::parse(url).map_err(|_| wrong())?;
    let is_address = matches!(parsed.scheme(), "http" | "https")
        && parsed.has_host()
        && parsed.username().is_empty()
        && parsed.password().is_none()
        && parsed.query().is_none()
        && parsed.fragment().is_none();
    if !is_address {
        return Err(wrong());
    }
    if !parsed.path().ends_with('/') {
        let path = format!("{}/", parsed.path());
        parsed.set_path(&path);
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked() {
        assert_eq!(parse("http://localhost:8000").unwrap().as_str(), "http://localhost:8000/");
        assert_eq!(parse("https://a.example/pod").unwrap().as_str(), "https://a.example/pod/");
        for url in ["", "localhost:8000", "ftp://a", "file:///etc", "http://u:p@a", "http://a/?b"] {
            assert_eq!(parse(url).unwrap_err().kind(), ErrorKind::InvalidOption, "{url}");
        }
    }
}

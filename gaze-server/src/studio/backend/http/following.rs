//! Hearing how far a session is: by the pod's events, which go on where a broken line left them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eventsource_stream::Eventsource;
use futures_util::StreamExt;
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use super::client::{Client, Pauses, forgotten, lost, nonsense, shorten};
use super::limits::HttpLimits;
use super::{JobFailure, Outcome, Tell};
use crate::JobProgress;

/// Bytes between two events.
const EVENT_BYTES: usize = 1 << 20;
/// Letters of an event's name that is sent back.
const EVENT_ID: usize = 100;

/// A session as `GET /jobs/{id}` says it.
#[derive(Debug, Deserialize)]
struct JobState {
    session_id: String,
    status: String,
    progress: JobProgress,
    error: Option<JobError>,
}

#[derive(Debug, Deserialize)]
struct JobError {
    detail: String,
    is_final: bool,
}

/// Follows a session to its end. Where events cannot be had, it is asked for now and then.
pub(super) async fn follow(
    client: &Client,
    limits: &HttpLimits,
    id: &str,
    tell: &Tell,
) -> Outcome<()> {
    let mut listener = Listener { client, id, tell, last: None, heard: Instant::now() };
    let mut pauses = Pauses::new(limits.pause);
    let mut answered = Instant::now();
    loop {
        let deadline = listener.heard + limits.patience;
        let streamed = timeout_at(deadline, listener.stream()).await;
        match streamed {
            Err(_) => return Err(JobFailure::Lost("the machine makes no progress".to_owned())),
            Ok(Err(failure @ (JobFailure::Refused(_) | JobFailure::Cancelled))) => {
                return Err(failure);
            }
            Ok(Ok(true)) => pauses.begin_anew(),
            // Nothing was heard.
            Ok(Ok(false) | Err(JobFailure::Lost(_))) => {}
        }
        // The stream ended: the job did, or the line broke.
        match listener.ask().await {
            Ok(true) => return Ok(()),
            Ok(false) => answered = Instant::now(),
            Err(Asked::Final(failure)) => return Err(failure),
            Err(Asked::NoAnswer(failure)) if answered.elapsed() >= limits.outage => {
                return Err(failure);
            }
            Err(Asked::NoAnswer(_)) => {}
        }
        pauses.next().await;
    }
}

struct Listener<'a> {
    client: &'a Client,
    id: &'a str,
    tell: &'a Tell,
    /// The last event's name.
    last: Option<String>,
    /// When there was progress last.
    heard: Instant,
}

/// Why asking gave nothing.
enum Asked {
    /// The session came to nothing.
    Final(JobFailure),
    /// The pod did not answer, which may change.
    NoAnswer(JobFailure),
}

impl Listener<'_> {
    /// Hears events until the stream ends; whether there were any.
    async fn stream(&mut self) -> Outcome<bool> {
        let mut request =
            self.client.get(&format!("events/{}", self.id)).header(ACCEPT, "text/event-stream");
        if let Some(last) = &self.last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.map_err(|e| lost(&e.without_url()))?;
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_stream = kind.is_some_and(|kind| kind.starts_with("text/event-stream"));
        if response.status() != StatusCode::OK || !is_stream {
            // Whoever asks finds out why.
            return Ok(false);
        }
        let since = Arc::new(AtomicUsize::new(0));
        let counter = since.clone();
        let bounded = response.bytes_stream().map(move |piece| {
            let piece = piece.map_err(|e| lost(&e.without_url()))?;
            if counter.fetch_add(piece.len(), Ordering::Relaxed) > EVENT_BYTES {
                return Err(nonsense());
            }
            Ok(piece)
        });
        let mut events = std::pin::pin!(bounded.eventsource());
        let mut heard_any = false;
        while let Some(event) = events.next().await {
            let event = event.map_err(|e| match e {
                eventsource_stream::EventStreamError::Transport(failure) => failure,
                _ => nonsense(),
            })?;
            since.store(0, Ordering::Relaxed);
            let progress: JobProgress =
                serde_json::from_str(&event.data).map_err(|_| nonsense())?;
            self.last = Some(event.id).filter(|id| !id.is_empty() && id.len() <= EVENT_ID);
            heard_any = true;
            self.hear(progress);
        }
        Ok(heard_any)
    }

    fn hear(&mut self, progress: JobProgress) {
        self.heard = Instant::now();
        (self.tell)(progress);
    }

    /// Asks how the session is; whether it is complete.
    async fn ask(&mut self) -> Result<bool, Asked> {
        let asked = self.client.json::<JobState>(&format!("jobs/{}", self.id)).await;
        let state = asked.map_err(|failure| match failure {
            JobFailure::Lost(_) => Asked::NoAnswer(failure),
            failure => Asked::Final(failure),
        })?;
        let state = state.ok_or_else(|| Asked::Final(forgotten()))?;
        if state.session_id != self.id {
            return Err(Asked::Final(nonsense()));
        }
        match state.status.as_str() {
            "complete" => Ok(true),
            "failed" => {
                let error = state.error.ok_or(Asked::Final(nonsense()))?;
                let detail = shorten(&error.detail);
                Err(Asked::Final(if error.is_final {
                    JobFailure::Refused(detail)
                } else {
                    JobFailure::Lost(detail)
                }))
            }
            "waiting" | "running" => {
                if self.last.is_none() {
                    (self.tell)(state.progress);
                }
                Ok(false)
            }
            _ => Err(Asked::Final(nonsense())),
        }
    }
}

//! The same work without a request that lasts as long: asked for, followed and deleted by its session's name.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::HeaderName;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, future, stream};
use serde::Serialize;
use utoipa::ToSchema;

use super::contract::progress_of;
use super::{Id, blocking, id_of, submit};
use crate::JobProgress;
use crate::pod::Pod;
use crate::pod::job::{JobStatus, Outcome};
use crate::pod::line::Submitted;
use crate::pod::order::GenerateBody;
use crate::pod::refusal::{Detail, Refusal};
use crate::pod::store::Stored;

/// What keeps proxies from closing a stream in which nothing happens.
const COMMENTS: Duration = Duration::from_secs(15);
/// How long deleting waits for a rendering to stop.
const STOPPING: Duration = Duration::from_secs(8);

/// A session that was accepted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Accepted {
    session_id: String,
    status: JobStatus,
    /// How many wait before it.
    position: usize,
}

/// A session as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobState {
    session_id: String,
    status: JobStatus,
    /// How many wait before it.
    position: usize,
    progress: JobProgress,
    /// Why it failed.
    error: Option<JobError>,
}

/// Why a session failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobError {
    /// What `POST /generate` answers with.
    status: u16,
    /// A sentence that says what to do.
    detail: String,
    /// Whether asking again would end the same.
    is_final: bool,
}

impl From<Refusal> for JobError {
    fn from(refusal: Refusal) -> Self {
        Self { status: refusal.status, detail: refusal.detail, is_final: refusal.is_final }
    }
}

/// Takes a portrait, and answers at once.
#[utoipa::path(post, path = "/jobs", request_body = GenerateBody, responses(
    (status = 202, body = Accepted),
    (status = 400, description = "The picture is none", body = Detail),
    (status = 409, description = "The session has another picture or other options", body = Detail),
    (status = 413, description = "The body is too large", body = Detail),
    (status = 422, description = "The body is not as it must be", body = Detail),
    (status = 500, description = "The engine cannot be had", body = Detail),
    (status = 503, description = "Too many wait, or the pod is being stopped", body = Detail),
))]
pub(crate) async fn create(
    State(pod): State<Arc<Pod>>,
    request: Request,
) -> Result<(StatusCode, Json<Accepted>), Refusal> {
    let (id, submitted) = submit(&pod, request).await?;
    let (status, position) = match submitted {
        Submitted::Job(job) => (job.status(), pod.line.place_of(&id)),
        Submitted::Complete => (JobStatus::Complete, 0),
    };
    Ok((StatusCode::ACCEPTED, Json(Accepted { session_id: id.into(), status, position })))
}

/// A session as it is now.
#[utoipa::path(get, path = "/jobs/{session_id}", params(("session_id" = String, Path)), responses(
    (status = 200, body = JobState),
    (status = 404, description = "There is no such session", body = Detail),
    (status = 422, description = "That is no session's name", body = Detail),
))]
pub(crate) async fn show(State(pod): State<Arc<Pod>>, id: Id) -> Result<Json<JobState>, Refusal> {
    let id = id_of(id)?;
    if let Some(job) = pod.line.get(&id) {
        let (status, position) = (job.status(), pod.line.place_of(&id));
        let progress = job.journal.latest();
        let session_id = id.into();
        return Ok(Json(JobState { session_id, status, position, progress, error: None }));
    }
    let stored = {
        let id = id.clone();
        blocking(&pod, move |pod| pod.store.look_up(&id)).await?
    };
    let progress = progress_of(&pod, &stored);
    let (status, error) = match stored {
        Stored::Unknown => return Err(Refusal::unknown_session()),
        Stored::Complete { .. } => (JobStatus::Complete, None),
        Stored::Failed { refusal, .. } => (JobStatus::Failed, Some(refusal)),
        Stored::Unfinished(_) => match pod.engine().failure() {
            Some(refusal) => (JobStatus::Failed, Some(refusal)),
            None => (JobStatus::Waiting, None),
        },
    };
    let error = error.map(JobError::from);
    Ok(Json(JobState { session_id: id.into(), status, position: 0, progress, error }))
}

/// Cancels a session that waits or runs, and deletes all of it.
#[utoipa::path(delete, path = "/jobs/{session_id}", params(("session_id" = String, Path)), responses(
    (status = 204, description = "It is gone"),
    (status = 404, description = "There is no such session", body = Detail),
    (status = 422, description = "That is no session's name", body = Detail),
))]
pub(crate) async fn delete(State(pod): State<Arc<Pod>>, id: Id) -> Result<StatusCode, Refusal> {
    let id = id_of(id)?;
    let Some(job) = pod.line.get(&id) else {
        return blocking(&pod, move |pod| {
            if matches!(pod.store.look_up(&id), Stored::Unknown) {
                return Err(Refusal::unknown_session());
            }
            pod.store.delete(&id).map_err(|e| {
                tracing::error!("session {id} cannot be deleted: {e}");
                Refusal::internal("the session cannot be deleted: look at the pod's disk")
            })?;
            tracing::info!("session {id} is deleted");
            Ok(StatusCode::NO_CONTENT)
        })
        .await?;
    };
    job.set_deleted();
    let waiting = job.clone();
    blocking(&pod, move |pod| {
        // One that runs, or is being written to disk, is deleted by whoever renders it.
        if pod.line.take_out(&waiting) {
            if let Err(e) = pod.store.delete(&waiting.id) {
                tracing::error!("session {} cannot be deleted: {e}", waiting.id);
            }
            pod.metrics.count_job(&Outcome::Cancelled, Duration::ZERO);
            pod.line.end(&waiting, Outcome::Cancelled);
        }
    })
    .await?;
    let _ = tokio::time::timeout(STOPPING, job.ended()).await;
    Ok(StatusCode::NO_CONTENT)
}

/// How far a session is, as server-sent events: the data of each is what `GET /progress/{session_id}` answers. The stream
/// ends with the job, whose last stage is then `complete`, `failed` or `cancelled`, or with the pod.
#[utoipa::path(get, path = "/events/{session_id}",
    params(("session_id" = String, Path), ("Last-Event-ID" = Option<String>, Header, description = "Where to go on")),
    responses(
        (status = 200, content_type = "text/event-stream", body = JobProgress),
        (status = 404, description = "There is no such session", body = Detail),
        (status = 422, description = "That is no session's name", body = Detail),
    )
)]
pub(crate) async fn events(
    State(pod): State<Arc<Pod>>,
    id: Id,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let id = id_of(id)?;
    let after = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let Some(job) = pod.line.get(&id) else {
        let stored = blocking(&pod, move |pod| pod.store.look_up(&id)).await?;
        if matches!(stored, Stored::Unknown) {
            return Err(Refusal::unknown_session());
        }
        let last = stream::once(future::ready((0, progress_of(&pod, &stored))));
        return Ok(answer(&pod, last));
    };
    // A number of another process says nothing here.
    let after = after
        .and_then(|text| text.split_once('-'))
        .filter(|(epoch, _)| epoch.parse() == Ok(pod.epoch))
        .and_then(|(_, number)| number.parse().ok());
    Ok(answer(&pod, job.journal.clone().follow(after)))
}

fn answer(
    pod: &Arc<Pod>,
    entries: impl Stream<Item = (u64, JobProgress)> + Send + 'static,
) -> Response {
    let epoch = pod.epoch;
    let events = entries.map(move |(number, progress)| {
        let data = serde_json::to_string(&progress).unwrap_or_default();
        Ok::<_, Infallible>(
            Event::default().event("progress").id(format!("{epoch}-{number}")).data(data),
        )
    });
    let events = events.take_until(pod.stop.clone().cancelled_owned());
    let sse = Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENTS).text(""));
    // Proxies pass events on as they come.
    ([(HeaderName::from_static("x-accel-buffering"), "no")], sse).into_response()
}

//! `POST /generate` and `GET /progress/{id}`, as clients of the product before gaze know them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Id, blocking, id_of, submit};
use crate::JobProgress;
use crate::pod::Pod;
use crate::pod::id::PodSessionId;
use crate::pod::job::{Outcome, complete};
use crate::pod::line::Submitted;
use crate::pod::order::GenerateBody;
use crate::pod::refusal::{Detail, Refusal};
use crate::pod::store::Stored;

/// A session whose results are there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Generated {
    session_id: String,
    /// Where they lie on the pod.
    output_dir: String,
    /// `metadata.json`.
    metadata: Value,
    /// `complete`.
    status: &'static str,
}

/// Renders a portrait, and answers when that is done. It goes on where the client goes away. A request with the name,
/// picture and options of another joins that one.
#[utoipa::path(post, path = "/generate", request_body = GenerateBody, responses(
    (status = 200, body = Generated),
    (status = 400, description = "The picture is none, or shows no face", body = Detail),
    (status = 409, description = "The session has another picture or other options, or was deleted", body = Detail),
    (status = 413, description = "The body is too large", body = Detail),
    (status = 422, description = "The body is not as it must be", body = Detail),
    (status = 500, description = "Rendering failed", body = Detail),
    (status = 503, description = "Too many wait, or the pod is being stopped", body = Detail),
))]
pub(crate) async fn generate(
    State(pod): State<Arc<Pod>>,
    request: Request,
) -> Result<Json<Generated>, Refusal> {
    let (id, submitted) = submit(&pod, request).await?;
    if let Submitted::Job(job) = submitted {
        let outcome = tokio::select! {
            outcome = job.ended() => outcome,
            () = pod.stop.cancelled() => Outcome::Interrupted,
        };
        match outcome {
            Outcome::Complete => {}
            Outcome::Failed(refusal) => return Err(refusal),
            Outcome::Cancelled => {
                return Err(Refusal::new(StatusCode::CONFLICT, "the session was deleted"));
            }
            Outcome::Interrupted => return Err(Refusal::stopping()),
        }
    }
    generated(&pod, id).await
}

async fn generated(pod: &Arc<Pod>, id: PodSessionId) -> Result<Json<Generated>, Refusal> {
    let (metadata, output_dir) = {
        let id = id.clone();
        blocking(pod, move |pod| (pod.store.metadata(&id), pod.store.output_as_named(&id))).await?
    };
    let metadata = metadata.ok_or_else(|| Refusal::internal("the results are gone"))?;
    Ok(Json(Generated { session_id: id.into(), output_dir, metadata, status: "complete" }))
}

/// How far a session is.
#[utoipa::path(get, path = "/progress/{session_id}", params(("session_id" = String, Path)), responses(
    (status = 200, description = "Of a session that nobody asked for, the stage is `unknown`", body = JobProgress),
    (status = 422, description = "That is no session's name", body = Detail),
))]
pub(crate) async fn progress(
    State(pod): State<Arc<Pod>>,
    id: Id,
) -> Result<Json<JobProgress>, Refusal> {
    let id = id_of(id)?;
    if let Some(job) = pod.line.get(&id) {
        return Ok(Json(job.journal.latest()));
    }
    let stored = blocking(&pod, move |pod| pod.store.look_up(&id)).await?;
    Ok(Json(progress_of(&pod, &stored)))
}

/// The progress of a session that neither waits nor runs.
pub(crate) fn progress_of(pod: &Pod, stored: &Stored) -> JobProgress {
    match stored {
        Stored::Unknown => JobProgress::at("unknown", "Nobody asked for this session"),
        Stored::Complete { .. } => complete(),
        Stored::Failed { refusal, .. } => JobProgress::at("failed", &refusal.detail),
        Stored::Unfinished(_) => match pod.engine().failure() {
            Some(refusal) => JobProgress::at("failed", refusal.detail),
            None => JobProgress::waiting("Waiting"),
        },
    }
}

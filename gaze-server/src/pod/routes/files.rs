//! Results.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use gaze_core::pack::PACK_FILE;
use gaze_core::rig_file::RIG_FILE;

use super::{Id, blocking, id_of};
use crate::http::stored_file;
use crate::http::zip_stream::{self, Content};
use crate::pod::Pod;
use crate::pod::id::PodSessionId;
use crate::pod::refusal::{Detail, Refusal};
use crate::work::{CLEAR_REST, SHEETS};

const METADATA: &str = "metadata.json";

/// One of a session's files: a sheet, `metadata.json`, `frames.gaze`, `portrait.gaze`, or `input.webp` of transparent faces.
/// Ranges and conditions are kept.
#[utoipa::path(get, path = "/files/{session_id}/{name}",
    params(("session_id" = String, Path), ("name" = String, Path)),
    responses(
        (status = 200, content_type = "application/octet-stream"),
        (status = 206, description = "A part of it"),
        (status = 304, description = "It is as it was"),
        (status = 404, description = "There is no such session or file, or it is not finished", body = Detail),
        (status = 422, description = "That is no session's name", body = Detail),
    )
)]
pub(crate) async fn file(
    State(pod): State<Arc<Pod>>,
    path: Result<Path<(PodSessionId, String)>, PathRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    let Path((id, name)) =
        path.map_err(|rejection| Refusal::unprocessable(rejection.body_text()))?;
    let missing = || {
        let detail = "there is no such file: the session is unknown or not finished, or the name is none of its files'";
        Refusal::new(StatusCode::NOT_FOUND, detail)
    };
    let besides = [METADATA, PACK_FILE, RIG_FILE, CLEAR_REST];
    if !SHEETS.into_iter().chain(besides).any(|ours| ours == name) {
        return Err(missing());
    }
    let response = stored_file::answer(&pod.store.output(&id).join(name), request).await;
    if response.status() == StatusCode::NOT_FOUND { Err(missing()) } else { Ok(response) }
}

/// The sheets and `metadata.json` as one zip, stored, not deflated.
#[utoipa::path(get, path = "/download/{session_id}", params(("session_id" = String, Path)), responses(
    (status = 200, content_type = "application/zip"),
    (status = 404, description = "There is no such session, or it is not finished", body = Detail),
    (status = 422, description = "That is no session's name", body = Detail),
))]
pub(crate) async fn download(State(pod): State<Arc<Pod>>, id: Id) -> Result<Response, Refusal> {
    let id = id_of(id)?;
    let name = format!("{id}.zip");
    let entries = blocking(&pod, move |pod| {
        let output = pod.store.output(&id);
        pod.store.metadata(&id)?;
        let files = SHEETS.into_iter().chain([METADATA]);
        let files = files.map(|name| (name.to_owned(), output.join(name)));
        let there = files.filter(|(_, path)| path.is_file());
        Some(there.map(|(name, path)| (name, Content::File(path))).collect())
    });
    let entries = entries.await?.ok_or_else(|| {
        Refusal::new(StatusCode::NOT_FOUND, "the session is unknown, or it is not finished")
    })?;
    Ok(zip_stream::answer(entries, &name))
}

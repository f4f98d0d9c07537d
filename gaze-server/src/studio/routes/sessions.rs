//! Sessions: how they are, and their end.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::Named;
use crate::SessionId;
use crate::studio::App;
use crate::studio::contract_events::session_addresses;
use crate::studio::failure::Failure;
use crate::studio::state::SessionState;
use crate::studio::store::{RESULTS, Session};

/// The header that carries an owner's key.
pub(crate) const OWNER: &str = "x-gaze-owner";

/// The contract's `/api/session/{id}`: what `metadata.json` says, and where the files are. Of a live rig alone, its size and
/// file; 404 for what has no result yet.
pub(crate) async fn metadata(
    State(app): State<Arc<App>>,
    Named(id): Named,
) -> Result<Json<Value>, Failure> {
    let session = app.session(&id).await?;
    let state = app.line.state(&id).await?.ok_or_else(Failure::gone)?;
    let addresses = session_addresses(&state, app.site.base());
    let mut answer = match app.files.file(&id, &format!("{RESULTS}/metadata.json")).await? {
        Some(path) => serde_json::from_slice(&tokio::fs::read(path).await.unwrap_or_default())
            .map_err(|_| {
                Failure::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the result is damaged: upload the portrait again",
                )
            })?,
        None if session.has_rig => rig_metadata(&session, &addresses),
        None => return Err(Failure::new(StatusCode::NOT_FOUND, "this session has no result yet")),
    };
    if let (Some(answer), Some(addresses)) = (answer.as_object_mut(), addresses.as_object()) {
        answer.extend(addresses.clone());
    }
    Ok(Json(answer))
}

fn rig_metadata(session: &Session, addresses: &Value) -> Value {
    let base_path = addresses["basePath"].as_str().unwrap_or_default();
    json!({
        "mode": "rig",
        "imageWidth": session.size.width,
        "imageHeight": session.size.height,
        "hasAlpha": session.has_alpha,
        "rigPath": format!("{base_path}/{}", gaze_core::rig_file::RIG_FILE),
    })
}

/// How a session is now.
pub(crate) async fn state(
    State(app): State<Arc<App>>,
    Named(id): Named,
) -> Result<Json<SessionState>, Failure> {
    app.session(&id).await?;
    app.line.state(&id).await?.map(Json).ok_or_else(Failure::gone)
}

/// Leaves the line, or stops the making. A session that has nothing else goes.
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    Named(id): Named,
    headers: HeaderMap,
) -> Result<StatusCode, Failure> {
    check_owner(&app, &id, &headers).await?;
    app.line.cancel(&id).await?;
    let (session, _) = app.store.get(&id).await?.ok_or_else(Failure::gone)?;
    if !session.has_rig && !session.has_frames {
        remove(&app, &id).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a session and whatever belongs to it.
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Named(id): Named,
    headers: HeaderMap,
) -> Result<StatusCode, Failure> {
    check_owner(&app, &id, &headers).await?;
    app.line.cancel(&id).await?;
    remove(&app, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets a session and removes its files. What a killed process leaves of that is removed at the next start.
pub(crate) async fn remove(app: &App, id: &SessionId) -> Result<(), Failure> {
    app.store.delete(id).await?;
    app.files.remove(id).await?;
    Ok(())
}

/// # Errors
/// 401 without a key, 403 with another's, 404 where there is no such session.
pub(crate) async fn check_owner(
    app: &App,
    id: &SessionId,
    headers: &HeaderMap,
) -> Result<(), Failure> {
    let (session, _) = app.store.get(id).await?.ok_or_else(Failure::gone)?;
    let key = headers.get(OWNER).and_then(|value| value.to_str().ok());
    let key = key.ok_or_else(|| {
        Failure::new(
            StatusCode::UNAUTHORIZED,
            "this needs the key that the upload's answer gave: send it as X-Gaze-Owner",
        )
    })?;
    if session.owner.is(key) {
        return Ok(());
    }
    Err(Failure::new(StatusCode::FORBIDDEN, "this is not the key of this session"))
}

impl SessionState {
    /// What the page is told of a session that is not there.
    pub(crate) fn gone(id: &str) -> Value {
        json!({ "sessionId": id, "state": "gone" })
    }
}

//! The studio's addresses: the contract's, and those of `docs/studio-api.md`.

mod downloads;
mod events;
mod files;
mod page;
mod sessions;
mod status;
mod uploads;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::routing::{delete, get, post};
use tower_http::compression::CompressionLayer;

use super::App;
use super::failure::Failure;
use super::guard::Visitor;
use super::store::Session;
use crate::SessionId;

/// All routes.
pub(crate) fn router(app: Arc<App>) -> Router {
    let texts = Router::new()
        .route("/", get(page::home))
        .route("/{id}", get(page::session))
        .route("/view/{id}", get(page::session))
        .route("/gaze-tracker.js", get(files::player))
        .route("/assets/{name}", get(files::asset))
        .layer(CompressionLayer::new());
    Router::new()
        .route("/assets/models/{name}", get(files::model))
        .route("/uploads/{id}/{*name}", get(files::upload))
        .route("/health", get(status::health))
        .route("/api/queue", get(status::queue))
        .route("/api/gpu-status", get(status::machine))
        .route("/api/portraits", post(uploads::portrait))
        .route("/api/uploads", post(uploads::photo))
        .route("/api/session/{id}", get(sessions::metadata).delete(sessions::delete))
        .route("/api/session/{id}/state", get(sessions::state))
        .route("/api/session/{id}/events", get(events::follow))
        .route("/api/session/{id}/job", delete(sessions::cancel))
        .route("/api/session/{id}/preview.jpg", get(files::preview))
        .route("/api/session/{id}/downloads", get(downloads::sizes))
        .route("/api/download/{id}/page", get(downloads::page))
        .route("/api/download/{id}/rig", get(downloads::rig))
        .route("/api/download-widget/{id}", get(downloads::widget))
        .merge(texts)
        .fallback(async || {
            Failure::new(axum::http::StatusCode::NOT_FOUND, "there is nothing at this address")
        })
        .with_state(app)
}

/// A session named in an address: another name is 404 like one that is not there.
pub(crate) struct Named(pub(crate) SessionId);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path =
            axum::extract::Path::<std::collections::HashMap<String, String>>::from_request_parts(
                parts, state,
            );
        let names = path.await.map_err(|_| Failure::gone())?;
        let id = names.get("id").ok_or_else(Failure::gone)?;
        Ok(Self(id.parse()?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let visitor = parts.extensions.get::<Self>().cloned();
        visitor.ok_or_else(|| Failure::bad_request("nobody asks"))
    }
}

impl App {
    /// A session that is there, of which is noted that somebody looked at it.
    pub(crate) async fn session(&self, id: &SessionId) -> Result<Session, Failure> {
        let (session, _) = self.store.get(id).await?.ok_or_else(Failure::gone)?;
        self.used.note(id);
        Ok(session)
    }
}

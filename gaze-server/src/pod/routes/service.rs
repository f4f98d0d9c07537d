//! What load balancers, monitors and tools ask.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;

use crate::pod::Pod;
use crate::pod::engine::EngineState;

/// How the pod is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
    /// Whether the engine is ready.
    models_loaded: bool,
    /// `embedded` or `liveportrait`; `null` while it loads.
    engine: Option<&'static str>,
    /// Which engine it is and where it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Why the engine cannot be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Portraits that wait.
    waiting: usize,
    /// Portraits that are being rendered.
    running: usize,
}

/// How the pod is.
#[utoipa::path(get, path = "/health", responses((status = 200, body = Health)))]
pub(crate) async fn health(State(pod): State<Arc<Pod>>) -> Json<Health> {
    let state = pod.engine();
    let (waiting, running) = pod.line.lengths();
    let (engine, note) = match &state {
        EngineState::Ready(renderer) => (Some(renderer.name()), Some(renderer.note().to_owned())),
        _ => (None, None),
    };
    Json(Health {
        status: "ok",
        models_loaded: state.is_ready(),
        engine,
        note,
        error: state.failure().map(|refusal| refusal.detail),
        waiting,
        running,
    })
}

/// Whether work may be sent here.
#[utoipa::path(get, path = "/ping", responses(
    (status = 200, description = "It may"),
    (status = 204, description = "Not yet: the models are being loaded"),
    (status = 500, description = "Never: the engine cannot be had"),
))]
pub(crate) async fn ping(State(pod): State<Arc<Pod>>) -> StatusCode {
    match pod.engine() {
        EngineState::Loading => StatusCode::NO_CONTENT,
        EngineState::Ready(_) => StatusCode::OK,
        EngineState::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Figures for Prometheus.
#[utoipa::path(get, path = "/metrics", responses((status = 200, content_type = "text/plain")))]
pub(crate) async fn metrics(State(pod): State<Arc<Pod>>) -> Response {
    let text = pod.metrics.text(pod.line.lengths(), pod.engine().is_ready());
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
        .into_response()
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", responses((status = 200, content_type = "application/json")))]
pub(crate) async fn openapi(Extension(description): Extension<Description>) -> Response {
    ([(CONTENT_TYPE, "application/json")], description.0.to_string()).into_response()
}

/// The description of all routes, written once.
#[derive(Debug, Clone)]
pub(crate) struct Description(Arc<str>);

impl Description {
    pub(crate) fn new(api: &OpenApi) -> Self {
        Self(api.to_json().unwrap_or_default().into())
    }
}

//! How the studio and its machine are.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::studio::App;
use crate::studio::backend::Readiness;

/// The contract's `/api/queue`.
pub(crate) async fn queue(State(app): State<Arc<App>>) -> Json<Value> {
    let machine = app.backend.machine();
    let is_ready = machine.borrow().readiness == Readiness::Ready;
    Json(json!({
        "queueLength": app.line.length(),
        "isProcessing": app.line.is_running(),
        "maxQueueSize": app.line.limit(),
        "gpuServerReady": is_ready,
    }))
}

/// The contract's `/api/gpu-status`.
pub(crate) async fn machine(State(app): State<Arc<App>>) -> Json<Value> {
    let machine = app.backend.machine();
    let machine = machine.borrow();
    let status = match machine.readiness {
        Readiness::Ready => "ready",
        Readiness::Starting => "starting",
        Readiness::Offline => "offline",
    };
    Json(json!({
        "status": status,
        "models_loaded": machine.readiness == Readiness::Ready,
        "engine": machine.engine,
        "stage": machine.status.stage,
        "message": machine.status.message,
        "progress": machine.status.progress,
    }))
}

/// For whoever watches over the studio.
pub(crate) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

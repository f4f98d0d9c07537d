//! What goes wrong, as an answer: errors are mapped to statuses here and nowhere else.

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use gaze_core::{Error, ErrorKind};
use serde_json::{Value, json};

use crate::NotASessionId;

/// A refusal, or a failure, in words for whoever asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    retry_after: Option<u64>,
    /// How many wait, where the line is full.
    line: Option<u32>,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after: None, line: None }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// There is no such session, or no longer.
    pub(crate) fn gone() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "there is no such session, or no longer: upload the portrait again",
        )
    }

    pub(crate) fn too_many(message: String, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, message) }
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("this file is too large: {} MB at most", limit >> 20);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// The line is full.
    pub(crate) fn overloaded(waiting: u32) -> Self {
        let message =
            format!("the line is full, {waiting} portraits are waiting: try again in some minutes");
        Self {
            line: Some(waiting),
            retry_after: Some(60),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
        }
    }

    /// The same as a client of Socket.IO gets it.
    pub(crate) fn as_ack(&self) -> Value {
        let mut ack = json!({ "success": false, "error": self.message });
        if let Some(waiting) = self.line {
            ack["overloaded"] = true.into();
            ack["queueLength"] = waiting.into();
        }
        ack
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": self.message });
        if let Some(waiting) = self.line {
            body["overloaded"] = true.into();
            body["queueLength"] = waiting.into();
        }
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<NotASessionId> for Failure {
    fn from(_: NotASessionId) -> Self {
        Self::gone()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidInput
            | ErrorKind::InvalidFormat
            | ErrorKind::InvalidOption
            | ErrorKind::NoFace => Self::bad_request(error.message()),
            _ => {
                // Paths and the like are for whoever runs the server.
                tracing::error!("a request failed: {error}");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "something is wrong with the server: try again later",
                )
            }
        }
    }
}

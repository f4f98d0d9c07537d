//! Answers that say why not: the contract's `{"detail": ...}`.

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use gaze_core::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request or a job came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// A sentence that says what to do.
    pub(crate) detail: String,
    /// Whether trying again would end the same.
    pub(crate) is_final: bool,
}

/// The body of an answer that is none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Detail {
    /// A sentence that says what to do.
    detail: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let is_final = status.is_client_error();
        Self { status: status.as_u16(), detail: detail.into(), is_final }
    }

    /// 422: the body, or a part of the address, is not what it must be.
    pub(crate) fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// 404 of a session that nobody knows.
    pub(crate) fn unknown_session() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "there is no such session here: it was never sent, or it is deleted",
        )
    }

    /// 500 of something that this machine lacks.
    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// 503 while the pod ends.
    pub(crate) fn stopping() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the pod is being stopped: what was accepted goes on when it is started again",
        )
    }

    /// Another try would end the same.
    #[must_use]
    pub(crate) fn finally(mut self) -> Self {
        self.is_final = true;
        self
    }
}

impl From<&Error> for Refusal {
    /// Errors become statuses here and nowhere else.
    fn from(error: &Error) -> Self {
        let status = match error.kind() {
            ErrorKind::InvalidInput | ErrorKind::NoFace => StatusCode::BAD_REQUEST,
            ErrorKind::InvalidOption => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        // Without the path, which is none of the client's business.
        Self::new(status, error.message())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(Detail { detail: self.detail })).into_response();
        let headers = response.headers_mut();
        match status {
            StatusCode::UNAUTHORIZED => {
                drop(headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                drop(headers.insert(RETRY_AFTER, HeaderValue::from_static("10")));
            }
            _ => {}
        }
        response
    }
}

//! Bodies of requests, which are JSON.

use std::time::Duration;

use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};

use super::refusal::Refusal;
use crate::http::body::{BodyFault, BodyLimits, receive};

/// Bytes a second that a body must bring on average, once patience is over.
const MIN_RATE: u32 = 16 << 10;

/// Reads a body that must be JSON, of at most so many bytes, within so long before its rate counts. A page of another origin
/// cannot send such a one unasked.
pub(crate) async fn read_json(
    request: Request,
    bytes: usize,
    patience: Duration,
) -> Result<Vec<u8>, Refusal> {
    let (head, body) = request.into_parts();
    if !is_json(&head.headers) {
        return Err(Refusal::unprocessable(
            "the body must be JSON: send it with Content-Type: application/json",
        ));
    }
    let limits = BodyLimits { bytes, patience, pace: MIN_RATE };
    receive(&head.headers, body, limits).await.map_err(|fault| match fault {
        BodyFault::TooLarge => {
            let detail =
                format!("the body is larger than {}: send a smaller picture", in_words(bytes));
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
        }
        BodyFault::TooSlow => Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            "the body came too slowly: send it again over a faster line",
        ),
        BodyFault::BrokenOff => Refusal::unprocessable("the body broke off: send it again"),
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.starts_with("application/") && kind.ends_with("+json")
}

fn in_words(bytes: usize) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}

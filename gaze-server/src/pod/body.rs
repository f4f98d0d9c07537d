//! Bodies of requests, read within a size and a time.

use std::time::Duration;

use axum::body::{BodyDataStream, Bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use super::refusal::Refusal;

/// Bytes a second that a body must bring on average, once patience is over.
const MIN_RATE: u64 = 16 << 10;
/// How much of a body that is refused is read nevertheless, so that its sender hears why, and for how long.
const DRAINED: usize = 64 << 20;
const DRAINING: Duration = Duration::from_secs(5);

/// What bodies may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimits {
    /// Bytes at most.
    pub(crate) bytes: usize,
    /// How long before the rate counts.
    pub(crate) patience: Duration,
}

/// Reads a body that must be JSON. A page of another origin cannot send such a one unasked.
pub(crate) async fn read_json(request: Request, limits: BodyLimits) -> Result<Vec<u8>, Refusal> {
    if !is_json(request.headers()) {
        return Err(Refusal::unprocessable(
            "the body must be JSON: send it with Content-Type: application/json",
        ));
    }
    let too_large = || {
        let detail =
            format!("the body is larger than {}: send a smaller picture", in_words(limits.bytes));
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    };
    let announced = length_of(request.headers());
    let mut body = request.into_body().into_data_stream();
    if announced.is_some_and(|length| length > limits.bytes as u64) {
        drain(body).await;
        return Err(too_large());
    }
    match read(&mut body, limits).await? {
        Some(bytes) => Ok(bytes),
        None => {
            drain(body).await;
            Err(too_large())
        }
    }
}

/// The body, or none where it is too large.
async fn read(body: &mut BodyDataStream, limits: BodyLimits) -> Result<Option<Vec<u8>>, Refusal> {
    let begun = Instant::now();
    let mut read = Vec::new();
    loop {
        let earned = Duration::from_millis(read.len() as u64 * 1000 / MIN_RATE);
        let next = timeout_at(begun + limits.patience + earned, next_of(body)).await;
        let next = next.map_err(|_| {
            Refusal::new(
                StatusCode::REQUEST_TIMEOUT,
                "the body came too slowly: send it again over a faster line",
            )
        })?;
        let Some(bytes) = next? else { return Ok(Some(read)) };
        if read.len() + bytes.len() > limits.bytes {
            return Ok(None);
        }
        read.extend_from_slice(&bytes);
    }
}

async fn next_of(body: &mut BodyDataStream) -> Result<Option<Bytes>, Refusal> {
    body.next()
        .await
        .transpose()
        .map_err(|_| Refusal::unprocessable("the body broke off: send it again"))
}

async fn drain(mut body: BodyDataStream) {
    let reading = async {
        let mut seen = 0;
        while let Some(Ok(bytes)) = body.next().await {
            seen += bytes.len();
            if seen > DRAINED {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(DRAINING, reading).await;
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.starts_with("application/") && kind.ends_with("+json")
}

fn length_of(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn in_words(bytes: usize) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}

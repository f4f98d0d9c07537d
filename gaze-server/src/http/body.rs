//! Bodies of requests: bounded in size, and in time.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

/// What is set aside for a body before any of it came.
const FIRST_PART: usize = 64 << 10;

/// What bodies may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimits {
    /// Bytes at most.
    pub(crate) bytes: usize,
    /// How long a body may take whatever its size.
    pub(crate) patience: Duration,
    /// Bytes a second that it must bring on average beyond that.
    pub(crate) pace: u32,
}

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFault {
    TooLarge,
    TooSlow,
    BrokenOff,
}

/// The length that a request announces, where it does.
pub(crate) fn announced_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Receives a body within its limits.
pub(crate) async fn receive(
    headers: &HeaderMap,
    body: Body,
    limits: BodyLimits,
) -> Result<Vec<u8>, BodyFault> {
    let announced = announced_length(headers);
    let mut parts = body.into_data_stream();
    if announced.is_some_and(|bytes| bytes > limits.bytes as u64) {
        return Err(BodyFault::TooLarge);
    }
    let began = Instant::now();
    // At most the limit.
    let mut bytes = Vec::with_capacity((announced.unwrap_or(0) as usize).min(FIRST_PART));
    loop {
        let earned = Duration::from_secs_f64(bytes.len() as f64 / f64::from(limits.pace));
        let part = timeout_at(began + limits.patience + earned, parts.next()).await;
        match part.map_err(|_| BodyFault::TooSlow)? {
            None => return Ok(bytes),
            Some(Err(_)) => return Err(BodyFault::BrokenOff),
            Some(Ok(part)) if bytes.len() + part.len() > limits.bytes => {
                return Err(BodyFault::TooLarge);
            }
            Some(Ok(part)) => bytes.extend_from_slice(&part),
        }
    }
}

//! Bodies of uploads: bounded in size, and in time.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use super::failure::Failure;

/// How long a body may take whatever its size, and the slowest pace beyond that, in bytes a second: a poor mobile line.
const PATIENCE: Duration = Duration::from_secs(20);
const SLOWEST: f64 = 8_000.0;
/// How much more is taken of a body that is too large, in limits.
const DRAINED: usize = 4;
/// What is set aside for a body whose size is not known.
const FIRST_PART: usize = 64 << 10;

/// Receives a body of at most `limit` bytes.
///
/// # Errors
/// 413 beyond the limit, 408 where it comes too slowly, 400 where it breaks off.
pub(crate) async fn receive(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<Vec<u8>, Failure> {
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let mut parts = body.into_data_stream();
    if announced.is_some_and(|bytes| bytes > limit) {
        let is_hopeless = announced.is_some_and(|bytes| bytes / limit.max(1) > DRAINED);
        return Err(if is_hopeless {
            Failure::too_large(limit)
        } else {
            too_large(&mut parts, limit).await
        });
    }
    let began = Instant::now();
    let mut bytes = Vec::with_capacity(announced.unwrap_or(0).min(FIRST_PART));
    loop {
        let paced = Duration::from_secs_f64(bytes.len() as f64 / SLOWEST);
        let part = timeout_at(began + PATIENCE + paced, parts.next()).await;
        let part = part.map_err(|_| {
            Failure::new(
                StatusCode::REQUEST_TIMEOUT,
                "the upload comes too slowly: try again on a better line",
            )
        })?;
        match part {
            None => return Ok(bytes),
            Some(Err(_)) => return Err(Failure::bad_request("the upload broke off: try again")),
            Some(Ok(part)) if bytes.len() + part.len() > limit => {
                return Err(too_large(&mut parts, limit).await);
            }
            Some(Ok(part)) => bytes.extend_from_slice(&part),
        }
    }
}

/// Takes some of what is still coming, and drops it: a client that is cut off while it sends hears no answer.
async fn too_large(parts: &mut BodyDataStream, limit: usize) -> Failure {
    let drain = async {
        let mut dropped = 0;
        while let Some(Ok(part)) = parts.next().await {
            dropped += part.len();
            if dropped > limit.saturating_mul(DRAINED) {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(PATIENCE, drain).await;
    Failure::too_large(limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use futures_util::stream;
    use std::convert::Infallible;

    fn body(parts: Vec<&'static [u8]>) -> Body {
        Body::from_stream(stream::iter(
            parts.into_iter().map(|part| Ok::<_, Infallible>(Bytes::from_static(part))),
        ))
    }

    #[tokio::test]
    async fn a_body_is_received_up_to_its_limit() {
        let none = HeaderMap::new();
        assert_eq!(receive(&none, body(vec![b"ab", b"cd"]), 4).await, Ok(b"abcd".to_vec()));
        let refused = receive(&none, body(vec![b"ab", b"cde"]), 4).await.unwrap_err();
        assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
        let announced = HeaderMap::from_iter([(CONTENT_LENGTH, "5".parse().unwrap())]);
        assert_eq!(
            receive(&announced, Body::empty(), 4).await.unwrap_err().status,
            StatusCode::PAYLOAD_TOO_LARGE
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_byte_a_second_is_too_slow() {
        let drip = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b"x")), ()))
        });
        let refused =
            receive(&HeaderMap::new(), Body::from_stream(drip), 1 << 20).await.unwrap_err();
        assert_eq!(refused.status, StatusCode::REQUEST_TIMEOUT);
    }
}

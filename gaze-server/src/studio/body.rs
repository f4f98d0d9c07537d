//! Bodies of uploads.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};

use super::failure::Failure;
use crate::http::body::{self, BodyFault, BodyLimits};

/// How long a body may take whatever its size, and the slowest pace beyond that, in bytes a second: a poor mobile line.
const PATIENCE: Duration = Duration::from_secs(20);
const SLOWEST: u32 = 8_000;

/// Receives a body of at most `limit` bytes.
///
/// # Errors
/// 413 beyond the limit, 408 where it comes too slowly, 400 where it breaks off.
pub(crate) async fn receive(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<Vec<u8>, Failure> {
    let limits = BodyLimits { bytes: limit, patience: PATIENCE, pace: SLOWEST };
    body::receive(headers, body, limits).await.map_err(|fault| match fault {
        BodyFault::TooLarge => Failure::too_large(limit),
        BodyFault::TooSlow => Failure::new(
            StatusCode::REQUEST_TIMEOUT,
            "the upload comes too slowly: try again on a better line",
        ),
        BodyFault::BrokenOff => Failure::bad_request("the upload broke off: try again"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::CONTENT_LENGTH;
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

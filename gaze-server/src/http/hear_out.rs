//! Requests that are answered before all of them was read.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::body::announced_length;

/// How long the rest of a body is taken.
const DRAINING: Duration = Duration::from_secs(10);

/// Takes up to `most` bytes of a body that a refusal left unread, and drops them: a client that is cut off while it sends hears
/// no answer. Who announces more is not waited for, nor who was too slow already.
pub(crate) async fn hear_out(State(most): State<usize>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let is_hopeless = announced_length(&head.headers).is_some_and(|bytes| bytes > most as u64);
    let (giver, mut rest) = oneshot::channel();
    let lent = Lent { parts: Some(body.into_data_stream()), giver: Some(giver) };
    let response = next.run(Request::from_parts(head, Body::from_stream(lent))).await;
    if !is_hopeless
        && response.status() != StatusCode::REQUEST_TIMEOUT
        && let Ok(parts) = rest.try_recv()
    {
        let _ = timeout(DRAINING, drain(parts, most)).await;
    }
    response
}

async fn drain(mut parts: BodyDataStream, most: usize) {
    let mut dropped = 0;
    while let Some(Ok(part)) = parts.next().await {
        dropped += part.len();
        if dropped > most {
            break;
        }
    }
}

/// A body that goes back to its giver where it is dropped before its end.
struct Lent {
    parts: Option<BodyDataStream>,
    giver: Option<oneshot::Sender<BodyDataStream>>,
}

impl Stream for Lent {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(parts) = &mut self.parts else { return Poll::Ready(None) };
        let part = parts.poll_next_unpin(context);
        if let Poll::Ready(None | Some(Err(_))) = part {
            self.parts = None;
        }
        part
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (Some(parts), Some(giver)) = (self.parts.take(), self.giver.take()) {
            let _ = giver.send(parts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use futures_util::stream;
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tower::ServiceExt;

    /// How many of ten parts of ten bytes are taken where the handler answers so.
    async fn taken(most: usize, status: StatusCode, announced: Option<u64>) -> usize {
        let count = Arc::new(AtomicUsize::new(0));
        let parts = stream::iter(0..10).map({
            let count = count.clone();
            move |_| {
                count.fetch_add(1, Ordering::Relaxed);
                Ok::<_, Infallible>(Bytes::from_static(b"0123456789"))
            }
        });
        let app = Router::new()
            .route("/", post(move || async move { status }))
            .layer(from_fn_with_state(most, hear_out));
        let mut request = Request::post("/");
        if let Some(bytes) = announced {
            request = request.header("content-length", bytes);
        }
        let response = app.oneshot(request.body(Body::from_stream(parts)).unwrap()).await.unwrap();
        assert_eq!(response.status(), status);
        count.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn what_nobody_read_is_taken_up_to_a_limit() {
        assert_eq!(taken(1000, StatusCode::BAD_REQUEST, None).await, 10);
        assert_eq!(taken(1000, StatusCode::BAD_REQUEST, Some(100)).await, 10);
        assert_eq!(taken(45, StatusCode::BAD_REQUEST, None).await, 5);
        assert_eq!(taken(45, StatusCode::BAD_REQUEST, Some(100)).await, 0, "hopeless");
        assert_eq!(taken(1000, StatusCode::REQUEST_TIMEOUT, None).await, 0, "was too slow");
    }
}

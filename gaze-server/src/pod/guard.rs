//! Before and after every request: who may ask, and what is counted.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Pod;
use super::refusal::Refusal;

/// What load balancers ask, which know no token.
const OPEN: [&str; 2] = ["/ping", "/health"];
/// What is asked by machines that watch, not by someone who wants something.
const MONITORS: [&str; 3] = ["/ping", "/health", "/metrics"];

pub(crate) async fn guard(
    State(pod): State<Arc<Pod>>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    let _open = (!MONITORS.contains(&route)).then(|| pod.activity.begin());
    let mut response = if OPEN.contains(&route) || is_allowed(&pod, request.headers()) {
        next.run(request).await
    } else {
        let detail = "this pod wants a token: send it as Authorization: Bearer";
        Refusal::new(StatusCode::UNAUTHORIZED, detail).into_response()
    };
    let headers = response.headers_mut();
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    pod.metrics.count_request(route, response.status());
    response
}

/// Whether the request has the token, where there is one. Takes as long for a wrong one as for the right one.
fn is_allowed(pod: &Pod, headers: &HeaderMap) -> bool {
    let Some(token) = &pod.options.token else { return true };
    let given = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
    let given = match given.split_at_checked(7) {
        Some((scheme, given)) if scheme.eq_ignore_ascii_case(b"bearer ") => given,
        _ => b"",
    };
    // Digests are of one length.
    let (given, token) = (Sha256::digest(given), Sha256::digest(token.as_bytes()));
    given.ct_eq(&token).into()
}

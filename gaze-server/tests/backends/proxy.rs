//! A server before a real pod, which answers some requests in its own way.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

/// Serves a router; its address.
pub(crate) async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

/// Serves a router, and passes on what it does not know, where `passes` says so.
pub(crate) async fn before(
    pod: &str,
    own: Router,
    passes: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> String {
    let (pod, passes) = (pod.to_owned(), Arc::new(passes));
    let client = reqwest::Client::new();
    serve(own.fallback(move |request: Request| {
        let (pod, passes, client) = (pod.clone(), passes.clone(), client.clone());
        async move {
            let path = request.uri().path().to_owned();
            if !passes(&path) {
                return (StatusCode::NOT_FOUND, r#"{"detail":"Not Found"}"#).into_response();
            }
            pass_on(&client, &format!("{pod}{path}"), request).await
        }
    }))
    .await
}

async fn pass_on(client: &reqwest::Client, url: &str, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let passed = client
        .request(parts.method, url)
        .headers(parts.headers)
        .body(reqwest::Body::wrap_stream(body.into_data_stream()));
    let Ok(answer) = passed.send().await else { return StatusCode::BAD_GATEWAY.into_response() };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    response.headers_mut().extend(answer.headers().clone());
    *response.body_mut() = Body::from_stream(answer.bytes_stream());
    response
}

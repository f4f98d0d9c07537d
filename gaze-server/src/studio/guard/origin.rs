//! Whose pages may ask: the studio's own. Programs that are no browser name no page.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Visitor;
use crate::studio::App;
use crate::studio::failure::Failure;

/// Names of this machine, without a port.
const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Refuses what another site's page has a visitor's browser send, and names that are not the studio's: another site could
/// have its own name lead here.
pub(crate) async fn refuse_foreign(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(visitor) = request.extensions().get::<Visitor>() else {
        return next.run(request).await;
    };
    let refusal = if !app.site.is_own_host(&visitor.host) {
        Some("this is not the name under which the studio is reached: see --public-url")
    } else if changes_something(&request)
        && is_foreign(request.headers(), |host| {
            host == visitor.host || app.site.is_public_host(host)
        })
    {
        Some("another site's page may not do this here")
    } else {
        None
    };
    match refusal {
        Some(why) => Failure::new(StatusCode::FORBIDDEN, why).into_response(),
        None => next.run(request).await,
    }
}

/// Socket.IO sends uploads by whatever method.
fn changes_something(request: &Request) -> bool {
    !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || request.uri().path().starts_with("/socket.io")
}

fn is_foreign(headers: &HeaderMap, is_own: impl Fn(&str) -> bool) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("null"));
    if matches!(text("sec-fetch-site"), Some("cross-site")) {
        return true;
    }
    // Opaque pages say "null".
    text("origin").is_some_and(|origin| {
        let named = origin.split_once("://").map(|(_, host)| host.to_ascii_lowercase());
        !named.is_some_and(|named| is_own(&named))
    })
}

/// Whether a host, with or without a port, is a name of this machine.
pub(crate) fn is_local_name(host: &str) -> bool {
    LOCAL_NAMES.contains(&without_port(host))
}

/// A host without its port.
pub(crate) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(axum::http::HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[test]
    fn only_own_pages_change_something() {
        let is_foreign =
            |headers: &HeaderMap| is_foreign(headers, |host| host == "gaze.example:3000");
        assert!(!is_foreign(&HeaderMap::new()));
        assert!(!is_foreign(&with("origin", "https://Gaze.example:3000")));
        for origin in [
            "null",
            "https://evil.example",
            "https://gaze.example",
            "https://gaze.example:3000.evil.example",
            "x",
        ] {
            assert!(is_foreign(&with("origin", origin)), "{origin}");
        }
        assert!(is_foreign(&with("sec-fetch-site", "cross-site")));
        assert!(!is_foreign(&with("sec-fetch-site", "same-origin")));
    }

    #[test]
    fn ports_are_taken_off() {
        for (host, name) in
            [("a.b:80", "a.b"), ("a.b", "a.b"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]")]
        {
            assert_eq!(without_port(host), name);
        }
        assert!(is_local_name("localhost:3000") && !is_local_name("localhost.evil.example"));
    }
}

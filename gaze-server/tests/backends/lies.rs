//! Pods that answer garbage, never, or without end.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use futures_util::stream;
use gaze_server::studio::backend::{Http, HttpLimits, JobFailure};
use serde_json::{Value, json};

use crate::jobs::{job, limits, nothing_is_left, run_job};
use crate::proxy::{before, serve};
use crate::setup::{Pod, folder, run};

/// Limits that are soon reached.
fn tight() -> HttpLimits {
    let mut limits = limits();
    limits.outage = Duration::from_millis(500);
    limits.silence = Duration::from_millis(500);
    limits.patience = Duration::from_secs(2);
    limits.file_bytes = 1_000_000;
    limits.total_bytes = 1_500_000;
    limits
}

/// Limits of bytes that are soon reached, and the time that a real pod needs.
fn patient() -> HttpLimits {
    let mut limits = limits();
    (limits.file_bytes, limits.total_bytes) = (tight().file_bytes, tight().total_bytes);
    limits
}

/// What becomes of a job that such a server gets; nothing is left of it.
async fn failure(router: Router) -> JobFailure {
    failure_at(&serve(router).await, tight()).await
}

async fn failure_at(url: &str, limits: HttpLimits) -> JobFailure {
    let here = folder();
    let job = job(here.path());
    let failure = run_job(&Http::with_limits(url, None, limits).unwrap(), &job).await;
    nothing_is_left(&job);
    failure.unwrap_err()
}

fn is_refused(failure: &JobFailure) -> bool {
    matches!(failure, JobFailure::Refused(why) if !why.is_empty())
}

fn is_lost(failure: &JobFailure) -> bool {
    matches!(failure, JobFailure::Lost(why) if !why.is_empty())
}

/// Takes every job.
fn accepting() -> Router {
    Router::new().route("/jobs", post(|| async { (StatusCode::ACCEPTED, "{}") }))
}

fn progress(stage: &str) -> Value {
    json!({ "stage": stage, "current": 0, "total": 0, "message": "", "quadrants": [] })
}

/// Says that every job is complete.
fn complete() -> Router {
    accepting().route(
        "/jobs/{id}",
        get(|Path(id): Path<String>| async move {
            json!({ "session_id": id, "status": "complete", "progress": progress("complete"), "error": null })
                .to_string()
        }),
    )
}

fn endless() -> Body {
    let pieces = stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 64 << 10])));
    Body::from_stream(pieces)
}

fn never() -> Body {
    Body::from_stream(stream::pending::<Result<Bytes, Infallible>>())
}

fn events(body: Body) -> Response {
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

#[test]
fn garbage_is_refused() {
    run(async {
        for body in ["", "<html>", "{}", "[]", "null", "\u{0}"] {
            let garbage = move || async move { body };
            let router = Router::new().route("/jobs", post(|| async { "<html>Welcome" }));
            let failure = failure(router.fallback(any(garbage))).await;
            assert!(is_refused(&failure), "{body}: {failure:?}");
        }
        let wrong = accepting().route("/jobs/{id}", get(|| async {
            json!({ "session_id": "session_of_another", "status": "complete", "progress": progress("complete"), "error": null }).to_string()
        }));
        assert!(is_refused(&failure(wrong).await));
    });
}

#[test]
fn silence_is_a_lost_machine() {
    run(async {
        let silent = Router::new().fallback(any(|| async { std::future::pending::<()>().await }));
        assert!(is_lost(&failure(silent).await));
        let nobody = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            format!("http://{}", listener.local_addr().unwrap())
        };
        assert!(is_lost(&failure_at(&nobody, tight()).await));
        let dying = Router::new().fallback(any(|| async {
            (StatusCode::INTERNAL_SERVER_ERROR, r#"{"detail":"out of memory"}"#)
        }));
        assert_eq!(failure(dying).await, JobFailure::Lost("out of memory".to_owned()));
        // It takes the job and says nothing more of it.
        let mute = accepting()
            .route("/events/{id}", get(|| async { events(never()) }))
            .route("/jobs/{id}", get(|| async { std::future::pending::<()>().await }));
        assert!(is_lost(&failure(mute).await));
    });
}

#[test]
fn events_without_end_or_sense_end() {
    run(async {
        // One line that never ends.
        let flood = accepting().route("/events/{id}", get(|| async { events(endless()) }));
        assert!(is_refused(&failure(flood).await));
        let nonsense = accepting()
            .route("/events/{id}", get(|| async { events(Body::from("data: {\"stage\":7}\n\n")) }));
        assert!(is_refused(&failure(nonsense).await));
        // Comments for ever, and no progress.
        let comments = accepting().route(
            "/events/{id}",
            get(|| async {
                let ticks = stream::unfold((), |()| async {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    Some((Ok::<_, Infallible>(Bytes::from_static(b":\n\n")), ()))
                });
                events(Body::from_stream(ticks))
            }),
        );
        assert!(is_lost(&failure(comments).await));
    });
}

#[test]
fn redirects_are_not_followed() {
    run(async {
        let hits = Arc::new(AtomicUsize::new(0));
        let counter = hits.clone();
        let elsewhere = serve(Router::new().fallback(any(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            async { "{}" }
        })))
        .await;
        let target = elsewhere.clone();
        let leads_away = Router::new().fallback(any(move || {
            let target = target.clone();
            async move { (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, target)]) }
        }));
        assert!(is_refused(&failure(leads_away).await));
        let files = complete().route(
            "/files/{id}/{name}",
            get(move || {
                let target = elsewhere.clone();
                async move { (StatusCode::FOUND, [(LOCATION, target)]) }
            }),
        );
        assert!(is_refused(&failure(files).await));
        assert_eq!(hits.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn manifests_are_read_within_their_bounds() {
    run(async {
        let with = |answer: fn() -> Response| {
            complete().route("/files/{id}/metadata.json", get(move || async move { answer() }))
        };
        for answer in [
            (|| "{}".into_response()) as fn() -> Response,
            || "<html>".into_response(),
            || endless().into_response(),
            || " ".repeat(100_000).into_response(),
            || r#"{"gridSize":4000000,"imageWidth":9,"imageHeight":9}"#.into_response(),
            // Of another order.
            || r#"{"gridSize":6,"imageWidth":96,"imageHeight":96}"#.into_response(),
        ] {
            let failure = failure(with(answer)).await;
            assert!(is_refused(&failure), "{failure:?}");
        }
    });
}

#[test]
fn results_that_are_wrong_are_refused() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        let own = |name: &'static str, answer: fn() -> Response| {
            Router::new()
                .route(&format!("/files/{{id}}/{name}"), get(move || async move { answer() }))
        };
        for router in [
            // 2 GB, or as much as is taken.
            own("q1.webp", || endless().into_response()),
            own("frames.gaze", || endless().into_response()),
            own("q2.webp", || ([("content-length", "2000000000")], never()).into_response()),
            // Half a sheet, another picture, a page.
            own("q1.webp", || b"RIFF\x10\0\0\0WEBPVP8 ".as_slice().into_response()),
            own("q3.webp", || "<html>".into_response()),
            own("q0.webp", || StatusCode::NOT_FOUND.into_response()),
            own("portrait.gaze", || "no rig".into_response()),
        ] {
            let url = before(&pod.url, router, |_| true).await;
            let failure = failure_at(&url, patient()).await;
            assert!(is_refused(&failure), "{failure:?}");
        }
        // One that stops in the middle.
        let url = before(&pod.url, own("q1.webp", || never().into_response()), |_| true).await;
        assert!(is_lost(&failure_at(&url, patient()).await));
        // And as it is, it is taken.
        let url = before(&pod.url, Router::new(), |_| true).await;
        let here = folder();
        let job = job(here.path());
        run_job(&Http::with_limits(&url, None, patient()).unwrap(), &job).await.unwrap();
        pod.stop().await;
    });
}

#[test]
fn what_a_pod_says_is_kept_in_bounds() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        let long = "x".repeat(10_000);
        let lines = ["complete", "hacked", "generating", "failed"].map(|stage| {
            let mut said = progress(stage);
            said["message"] = long.clone().into();
            format!("data: {said}\n\n")
        });
        let body = lines.concat();
        let own = Router::new()
            .route("/events/{id}", get(move || async move { events(Body::from(body)) }));
        let url = before(&pod.url, own, |_| true).await;
        let here = folder();
        let job = job(here.path());
        let told = crate::jobs::Told::default();
        let backend = Http::with_limits(&url, None, limits()).unwrap();
        let cancel = tokio_util::sync::CancellationToken::new();
        gaze_server::studio::backend::Backend::run(&backend, &job, told.tell(), cancel)
            .await
            .unwrap();
        let told = told.all();
        let stages: Vec<&str> = told.iter().map(|progress| progress.stage.as_str()).collect();
        assert_eq!(stages.iter().filter(|stage| **stage == "complete").count(), 1);
        assert_eq!(stages.last(), Some(&"complete"));
        assert!(stages.contains(&"generating") && !stages.contains(&"hacked"), "{stages:?}");
        assert!(told.iter().all(|progress| progress.message.len() <= 200));
        assert!(told.iter().all(|progress| progress.quadrants.len() == 8));
        pod.stop().await;
    });
}

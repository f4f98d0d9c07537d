//! `DELETE /jobs/{id}`.

use eventsource_stream::Eventsource;
use futures_util::StreamExt;

use crate::setup::{ID, Pod, body, detail, folder, gated, run, until};

#[test]
fn one_that_runs_stops_and_the_next_goes_on() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        let waits = tokio::spawn(pod.post("/generate", &body("a")).send());
        until(async || gate.begun() == 1).await;
        pod.post("/jobs", &body("b")).send().await.unwrap();
        let events = pod.get("/events/a").send().await.unwrap().bytes_stream().eventsource();
        let response = pod.delete("/jobs/a").send().await.unwrap();
        assert_eq!(response.status(), 204);
        assert!(response.bytes().await.unwrap().is_empty());
        let answer = waits.await.unwrap().unwrap();
        assert_eq!(answer.status(), 409);
        assert!(detail(answer).await.contains("deleted"));
        let events: Vec<_> = events.map(|event| event.unwrap()).collect().await;
        assert!(events.last().unwrap().data.contains("\"cancelled\""));
        until(async || gate.begun() == 2).await;
        assert_eq!(pod.progress("a").await.stage, "unknown");
        assert!(!dir.path().join("jobs").join("a").exists());
        // Its name is free for another picture.
        let mut other = body("a");
        other["grid_size"] = 6.into();
        assert_eq!(pod.post("/jobs", &other).send().await.unwrap().status(), 202);
        gate.let_one_through();
        gate.let_one_through();
        gate.let_one_through();
        pod.until_stage("a", "complete").await;
        pod.stop().await;
    });
}

#[test]
fn one_that_waits_leaves_the_line() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        for id in ["a", "b", "c"] {
            pod.post("/jobs", &body(id)).send().await.unwrap();
            until(async || gate.begun() == 1).await;
        }
        assert_eq!(pod.json("/jobs/c").await["position"], 1);
        assert_eq!(pod.delete("/jobs/b").send().await.unwrap().status(), 204);
        assert_eq!(pod.json("/jobs/c").await["position"], 0);
        assert_eq!(pod.get("/jobs/b").send().await.unwrap().status(), 404);
        assert_eq!(pod.delete("/jobs/b").send().await.unwrap().status(), 404);
        gate.let_one_through();
        gate.let_one_through();
        pod.until_stage("c", "complete").await;
        assert_eq!(gate.begun(), 2);
        pod.stop().await;
    });
}

#[test]
fn one_that_is_done_is_gone() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        pod.post("/generate", &body(ID)).send().await.unwrap();
        assert_eq!(pod.delete(&format!("/jobs/{ID}")).send().await.unwrap().status(), 204);
        for path in
            [format!("/files/{ID}/q0.webp"), format!("/download/{ID}"), format!("/jobs/{ID}")]
        {
            assert_eq!(pod.get(&path).send().await.unwrap().status(), 404, "{path}");
        }
        let left: Vec<_> = std::fs::read_dir(dir.path().join("jobs")).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing but the lock: {left:?}");
        assert_eq!(pod.delete("/jobs/..").send().await.unwrap().status(), 404);
        assert_eq!(pod.delete("/jobs/%2e%2e").send().await.unwrap().status(), 404);
        assert_eq!(pod.delete("/jobs/..%2f..").send().await.unwrap().status(), 422);
        pod.stop().await;
    });
}

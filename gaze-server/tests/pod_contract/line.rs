//! Who waits, who joins, who goes away.

use serde_json::Value;

use crate::setup::{ID, Pod, body, detail, folder, gated, run, until};

#[test]
fn a_second_request_joins_the_first() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        let body = body(ID);
        let requests: Vec<_> =
            (0..3).map(|_| tokio::spawn(pod.post("/generate", &body).send())).collect();
        until(async || gate.begun() == 1).await;
        // All three are in before one is let through.
        until(async || {
            let text = pod.get("/metrics").send().await.unwrap().text().await.unwrap();
            text.contains("gaze_pod_running 1")
        })
        .await;
        gate.let_one_through();
        for request in requests {
            let response = request.await.unwrap().unwrap();
            assert_eq!(response.status(), 200);
            let answer: Value = response.json().await.unwrap();
            assert_eq!(answer["status"], "complete");
        }
        assert_eq!(gate.begun(), 1);
        // So does one that comes when it is done.
        assert_eq!(pod.post("/generate", &body).send().await.unwrap().status(), 200);
        assert_eq!(gate.begun(), 1);
        pod.stop().await;
    });
}

#[test]
fn a_session_has_one_picture() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        let first = body(ID);
        assert_eq!(pod.post("/jobs", &first).send().await.unwrap().status(), 202);
        let mut other = first.clone();
        other["grid_size"] = 6.into();
        for path in ["/jobs", "/generate"] {
            let response = pod.post(path, &other).send().await.unwrap();
            assert_eq!(response.status(), 409);
            assert!(detail(response).await.contains("another picture"));
        }
        gate.let_one_through();
        pod.until_stage(ID, "complete").await;
        assert_eq!(pod.post("/generate", &other).send().await.unwrap().status(), 409);
        pod.stop().await;
    });
}

#[test]
fn others_wait_in_order() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |o| o.waiting = 2).await;
        for id in ["first", "second", "third"] {
            assert_eq!(pod.post("/jobs", &body(id)).send().await.unwrap().status(), 202);
            // The first is taken before the second comes.
            until(async || gate.begun() == 1).await;
        }
        assert_eq!(pod.json("/jobs/first").await["status"], "running");
        for (id, position) in [("second", 0), ("third", 1)] {
            let state = pod.json(&format!("/jobs/{id}")).await;
            assert_eq!(
                (&state["status"], &state["position"]),
                (&"waiting".into(), &position.into())
            );
        }
        assert_eq!(pod.progress("third").await.message, "One portrait is before it");
        // The line is full.
        let response = pod.post("/jobs", &body("fourth")).send().await.unwrap();
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
        assert!(detail(response).await.contains("2 portraits wait"));
        assert_eq!(pod.get("/jobs/fourth").send().await.unwrap().status(), 404);
        gate.let_one_through();
        pod.until_stage("first", "complete").await;
        until(async || gate.begun() == 2).await;
        assert_eq!(pod.json("/jobs/second").await["status"], "running");
        assert_eq!(pod.json("/jobs/third").await["status"], "waiting");
        gate.let_one_through();
        gate.let_one_through();
        pod.until_stage("third", "complete").await;
        assert_eq!(pod.json("/jobs/second").await["status"], "complete");
        pod.stop().await;
    });
}

#[test]
fn several_run_at_a_time_where_that_is_asked_for() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |o| o.jobs = 2).await;
        for id in ["a", "b", "c"] {
            pod.post("/jobs", &body(id)).send().await.unwrap();
        }
        until(async || gate.begun() == 2).await;
        let mut statuses = Vec::new();
        for id in ["a", "b", "c"] {
            statuses.push(pod.json(&format!("/jobs/{id}")).await["status"].clone());
        }
        assert_eq!(statuses.iter().filter(|status| *status == "running").count(), 2);
        pod.stop().await;
    });
}

#[test]
fn it_goes_on_when_the_client_goes_away() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        let request = tokio::spawn(pod.post("/generate", &body(ID)).send());
        until(async || gate.begun() == 1).await;
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        gate.let_one_through();
        pod.until_stage(ID, "complete").await;
        assert_eq!(gate.begun(), 1);
        pod.stop().await;
    });
}

#[test]
fn a_portrait_that_takes_too_long_ends_and_the_others_go_on() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let limit = std::time::Duration::from_secs(10);
        let pod = Pod::with(dir.path(), move || Ok(renderer), |o| o.time_limit = limit).await;
        let response = pod.post("/generate", &body("hangs")).send().await.unwrap();
        assert_eq!(response.status(), 500);
        assert!(detail(response).await.contains("took longer"));
        let state = pod.json("/jobs/hangs").await;
        assert_eq!(state["error"]["is_final"], true);
        gate.let_one_through();
        gate.let_one_through();
        assert_eq!(pod.post("/generate", &body("goes")).send().await.unwrap().status(), 200);
        pod.stop().await;
    });
}

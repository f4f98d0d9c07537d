//! How a pod ends, and how results do.

use std::time::Duration;

use crate::setup::{ID, Pod, body, embedded, folder, gated, run, until};

#[test]
fn an_idle_pod_ends_by_itself() {
    run(async {
        let dir = folder();
        let idle = Duration::from_millis(500);
        let pod = Pod::with(dir.path(), || Ok(embedded()), |o| o.idle_exit = Some(idle)).await;
        // Monitors keep nobody awake.
        let (url, client) = (pod.url.clone(), pod.client.clone());
        let monitor = tokio::spawn(async move {
            loop {
                for path in ["/ping", "/health", "/metrics"] {
                    let _ = client.get(format!("{url}{path}")).send().await;
                }
            }
        });
        pod.ended().await;
        monitor.abort();
    });
}

#[test]
fn a_pod_that_works_is_not_idle() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let idle = Duration::from_secs(2);
        let pod = Pod::with(dir.path(), move || Ok(renderer), |o| o.idle_exit = Some(idle)).await;
        pod.post("/jobs", &body(ID)).send().await.unwrap();
        until(async || gate.begun() == 1).await;
        let begun = std::time::Instant::now();
        while begun.elapsed() < idle * 2 {
            // No request that counts.
            assert_eq!(pod.get("/ping").send().await.unwrap().status(), 200);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        gate.let_one_through();
        pod.ended().await;
        let output = dir.path().join("jobs").join(ID).join("gaze_output");
        assert!(gaze_core::inspect(output).unwrap().is_sound());
    });
}

#[test]
fn old_results_are_removed() {
    run(async {
        let dir = folder();
        let keep = Duration::from_secs(3);
        let pod = Pod::with(dir.path(), || Ok(embedded()), |o| o.keep = keep).await;
        assert_eq!(pod.post("/generate", &body(ID)).send().await.unwrap().status(), 200);
        until(async || pod.get(&format!("/jobs/{ID}")).send().await.unwrap().status() == 404).await;
        assert!(!dir.path().join("jobs").join(ID).exists());
        pod.stop().await;
    });
}

#[test]
fn a_request_that_waits_hears_that_the_pod_stops() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        let waits = tokio::spawn(pod.post("/generate", &body(ID)).send());
        until(async || gate.begun() == 1).await;
        pod.stop().await;
        let response = waits.await.unwrap().unwrap();
        assert_eq!(response.status(), 503);
        // It goes on.
        let pod = Pod::start(dir.path()).await;
        pod.until_stage(ID, "complete").await;
        pod.stop().await;
    });
}

#[test]
fn two_pods_do_not_share_a_folder() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        let second = gaze_server::pod::PodServer::bind(crate::setup::options(dir.path(), |_| {}));
        let error = second.await.err().unwrap();
        assert!(error.to_string().contains("another pod uses this folder"), "{error}");
        pod.stop().await;
        Pod::start(dir.path()).await.stop().await;
    });
}

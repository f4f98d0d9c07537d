//! Pods that are killed, and go on.

use std::path::Path;

use reqwest::Client;
use serde_json::{Value, json};

use crate::setup::{
    ID, Pod, PodProcess, body, detail, embedded, failing, folder, gated, run, until,
};

#[test]
fn what_was_accepted_goes_on_in_order_after_a_restart() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        for id in ["c", "a", "b"] {
            pod.post("/jobs", &body(id)).send().await.unwrap();
            until(async || gate.begun() == 1).await;
        }
        pod.stop().await;
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        for id in ["c", "a", "b"] {
            until(async || pod.json(&format!("/jobs/{id}")).await["status"] == "running").await;
            gate.let_one_through();
            pod.until_stage(id, "complete").await;
        }
        pod.stop().await;
        // Finished ones are served, and joined.
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        for id in ["a", "b", "c"] {
            assert_eq!(
                pod.get(&format!("/files/{id}/q0.webp")).send().await.unwrap().status(),
                200
            );
            assert_eq!(pod.post("/generate", &body(id)).send().await.unwrap().status(), 200);
            assert_eq!(pod.json(&format!("/jobs/{id}")).await["status"], "complete");
        }
        assert_eq!(gate.begun(), 0);
        pod.stop().await;
    });
}

#[test]
fn failures_are_remembered() {
    run(async {
        let dir = folder();
        let pod = Pod::with(dir.path(), || Ok(failing()), |_| {}).await;
        assert_eq!(pod.post("/generate", &body(ID)).send().await.unwrap().status(), 500);
        let mut bad = body("bad");
        bad["image_base64"] = {
            let cut = crate::setup::portrait();
            crate::setup::base64(&cut[..cut.len() / 2]).into()
        };
        assert_eq!(pod.post("/generate", &bad).send().await.unwrap().status(), 400);
        pod.stop().await;
        let pod = Pod::start(dir.path()).await;
        let state = pod.json(&format!("/jobs/{ID}")).await;
        assert_eq!(state["status"], "failed");
        assert_eq!(state["progress"]["stage"], "failed");
        assert_eq!(
            state["error"],
            json!({ "status": 500, "detail": "the network broke off", "is_final": false })
        );
        // Another engine may do better, where someone asks for it.
        assert_eq!(pod.post("/generate", &body(ID)).send().await.unwrap().status(), 200);
        assert_eq!(pod.json(&format!("/jobs/{ID}")).await["status"], "complete");
        // The picture is bad all the same, and the pod says so without looking again.
        for _ in 0..2 {
            assert_eq!(pod.post("/generate", &bad).send().await.unwrap().status(), 400);
        }
        pod.stop().await;
    });
}

#[test]
fn a_folder_of_the_former_product_is_served() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        pod.post("/generate", &body(ID)).send().await.unwrap();
        pod.stop().await;
        std::fs::remove_file(dir.path().join("jobs").join(ID).join("request.json")).unwrap();
        let pod = Pod::start(dir.path()).await;
        assert_eq!(pod.get(&format!("/files/{ID}/q0.webp")).send().await.unwrap().status(), 200);
        assert_eq!(pod.progress(ID).await.stage, "complete");
        // Of which picture it is, nobody knows.
        assert_eq!(pod.post("/generate", &body(ID)).send().await.unwrap().status(), 409);
        pod.stop().await;
    });
}

#[test]
fn what_was_not_accepted_leaves_nothing() {
    run(async {
        let dir = folder();
        let jobs = dir.path().join("jobs");
        std::fs::create_dir_all(jobs.join("half")).unwrap();
        std::fs::write(jobs.join("half/.part-input.jpg"), "half").unwrap();
        std::fs::write(jobs.join("half/input.jpg"), "whole").unwrap();
        std::fs::create_dir_all(jobs.join(".gone-x-1")).unwrap();
        std::fs::create_dir_all(jobs.join("someones")).unwrap();
        std::fs::write(jobs.join("someones/letter.txt"), "keep").unwrap();
        let pod = Pod::with(dir.path(), || Ok(embedded()), |_| {}).await;
        assert!(!jobs.join("half").exists() && !jobs.join(".gone-x-1").exists());
        assert!(jobs.join("someones/letter.txt").exists());
        pod.stop().await;
    });
}

#[test]
fn nothing_accepted_is_lost_to_kill_9() {
    run(async {
        let dir = folder();
        let client = Client::new();
        let mut accepted = Vec::new();
        for round in 0..8 {
            let pod = PodProcess::start("embedded", dir.path());
            for number in 0..3 {
                let id = format!("r{round}-{number}");
                let sent = client.post(format!("{}/jobs", pod.url)).json(&body(&id)).send().await;
                assert_eq!(sent.unwrap().status(), 202);
                accepted.push(id);
            }
            // At another moment of the work each time, the same for every machine.
            let waited = &accepted[round * 2];
            if round % 2 == 1 {
                until(async || stage(&client, &pod.url, waited).await == "complete").await;
            }
            pod.kill();
            no_half_results(dir.path());
        }
        let pod = PodProcess::start("embedded", dir.path());
        for id in &accepted {
            until(async || {
                let stage = stage(&client, &pod.url, id).await;
                assert_ne!(stage, "unknown", "{id}");
                // Taken along by the process twice.
                stage == "complete" || stage == "failed"
            })
            .await;
        }
        let complete = no_half_results(dir.path());
        assert!(complete >= accepted.len() - 4, "{complete} of {}", accepted.len());
    });
}

async fn stage(client: &Client, url: &str, id: &str) -> String {
    let response = client.get(format!("{url}/progress/{id}")).send().await.unwrap();
    let progress: Value = response.json().await.unwrap();
    progress["stage"].as_str().unwrap().to_owned()
}

/// Whatever is there is whole; how many are.
fn no_half_results(dir: &Path) -> usize {
    let outputs = std::fs::read_dir(dir.join("jobs")).unwrap();
    let outputs = outputs.map(|entry| entry.unwrap().path().join("gaze_output"));
    outputs
        .filter(|output| output.exists())
        .inspect(|output| assert!(gaze_core::inspect(output).unwrap().is_sound()))
        .count()
}

#[test]
fn a_portrait_that_takes_the_process_with_it_does_so_twice_at_most() {
    run(async {
        let dir = folder();
        let client = Client::new();
        let pod = PodProcess::start("aborting", dir.path());
        let sent = client.post(format!("{}/jobs", pod.url)).json(&body("deadly")).send().await;
        // The process may be gone before its answer is.
        drop(sent);
        assert!(!pod.wait().success());
        assert!(!PodProcess::start("aborting", dir.path()).wait().success());
        // The third finds it out, and goes on with others.
        let pod = PodProcess::start("embedded", dir.path());
        until(async || stage(&client, &pod.url, "deadly").await == "failed").await;
        for path in ["/jobs", "/generate"] {
            let sent = client.post(format!("{}{path}", pod.url)).json(&body("deadly")).send().await;
            let response = sent.unwrap();
            assert_eq!(response.status(), 500);
            assert!(detail(response).await.contains("twice"));
        }
        let sent = client.post(format!("{}/generate", pod.url)).json(&body(ID)).send().await;
        assert_eq!(sent.unwrap().status(), 200);
    });
}

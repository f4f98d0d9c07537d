//! What the contract does not ask for: load balancers, monitors, tokens, the description of the routes.

use gaze_core::{Error, ErrorKind};
use serde_json::{Value, json};

use crate::setup::{ID, Pod, base64, body, detail, embedded, folder, gated, portrait, run, until};

/// All routes, with a name that no session has.
const ROUTES: [(&str, &str); 12] = [
    ("get", "/health"),
    ("get", "/ping"),
    ("get", "/metrics"),
    ("get", "/openapi.json"),
    ("post", "/generate"),
    ("get", "/progress/{session_id}"),
    ("get", "/files/{session_id}/{name}"),
    ("get", "/download/{session_id}"),
    ("post", "/jobs"),
    ("get", "/jobs/{session_id}"),
    ("delete", "/jobs/{session_id}"),
    ("get", "/events/{session_id}"),
];

#[test]
fn every_route_is_described() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        let api = pod.json("/openapi.json").await;
        assert!(api["openapi"].as_str().unwrap().starts_with("3."));
        let mut described = Vec::new();
        for (path, methods) in api["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                described.push((method.clone(), path.clone()));
            }
        }
        described.sort();
        let mut routes: Vec<_> =
            ROUTES.map(|(method, path)| (method.to_owned(), path.to_owned())).into();
        routes.sort();
        assert_eq!(described, routes);
        // What is described is there: an address that is none says so.
        let nowhere = detail(pod.get("/nowhere").send().await.unwrap()).await;
        assert!(nowhere.contains("openapi.json"));
        for (method, path) in ROUTES {
            let path = path.replace("{session_id}", ID).replace("{name}", "q0.webp");
            let url = format!("{}{path}", pod.url);
            let method = method.to_uppercase().parse().unwrap();
            let response = pod.client.request(method, url).json(&json!({})).send().await.unwrap();
            if !response.status().is_success() {
                assert_ne!(detail(response).await, nowhere, "{path}");
            }
        }
        // Nothing refers to what is not described.
        let schemas = api["components"]["schemas"].as_object().unwrap();
        for reference in api.to_string().split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
        }
        let response = pod.client.put(format!("{}/jobs", pod.url)).send().await.unwrap();
        assert_eq!(response.status(), 405);
        assert!(!detail(response).await.is_empty());
        pod.stop().await;
    });
}

#[test]
fn load_balancers_hear_when_models_are_there() {
    run(async {
        let dir = folder();
        let (begin, begun) = std::sync::mpsc::channel::<()>();
        let open = move || {
            begun.recv().unwrap();
            Ok(embedded())
        };
        let pod = Pod::with(dir.path(), open, |_| {}).await;
        assert_eq!(pod.get("/ping").send().await.unwrap().status(), 204);
        assert_eq!(pod.json("/health").await["engine"], Value::Null);
        // What comes meanwhile waits.
        assert_eq!(pod.post("/jobs", &body(ID)).send().await.unwrap().status(), 202);
        assert_eq!(pod.json(&format!("/jobs/{ID}")).await["status"], "waiting");
        begin.send(()).unwrap();
        pod.until_ready().await;
        pod.until_stage(ID, "complete").await;
        assert_eq!(pod.json("/health").await["engine"], "embedded");
        pod.stop().await;
    });
}

#[test]
fn an_engine_that_cannot_be_had_is_never_replaced_in_silence() {
    run(async {
        let dir = folder();
        let (begin, begun) = std::sync::mpsc::channel::<()>();
        let open = move || {
            begun.recv().unwrap();
            Err(Error::new(ErrorKind::Engine, "cuda:0 does not start"))
        };
        let pod = Pod::with(dir.path(), open, |_| {}).await;
        // One that came before that was known.
        assert_eq!(pod.post("/jobs", &body("early")).send().await.unwrap().status(), 202);
        begin.send(()).unwrap();
        until(async || pod.get("/ping").send().await.unwrap().status() == 500).await;
        let health = pod.json("/health").await;
        assert_eq!(health["models_loaded"], false);
        assert!(health["error"].as_str().unwrap().contains("cuda:0 does not start"));
        for path in ["/generate", "/jobs"] {
            let response = pod.post(path, &body(ID)).send().await.unwrap();
            assert_eq!(response.status(), 500);
            assert!(detail(response).await.contains("cuda:0 does not start"));
        }
        pod.until_stage("early", "failed").await;
        assert_eq!(pod.json("/jobs/early").await["error"]["is_final"], false);
        pod.stop().await;
        // The next process has the engine, and finishes what was accepted.
        let pod = Pod::start(dir.path()).await;
        pod.until_stage("early", "complete").await;
        pod.stop().await;
    });
}

#[test]
fn an_engine_that_panics_is_an_engine_that_cannot_be_had() {
    run(async {
        let dir = folder();
        let pod = Pod::with(dir.path(), || panic!("in a test"), |_| {}).await;
        until(async || pod.get("/ping").send().await.unwrap().status() == 500).await;
        pod.stop().await;
    });
}

#[test]
fn a_token_is_asked_for_by_all_routes_but_two() {
    run(async {
        let dir = folder();
        let token = "s3cret-token";
        let set = |o: &mut gaze_server::pod::PodOptions| o.token = Some(token.to_owned());
        let pod = Pod::with(dir.path(), || Ok(embedded()), set).await;
        for path in ["/health", "/ping"] {
            assert!(pod.get(path).send().await.unwrap().status().is_success());
        }
        for (method, path) in ROUTES {
            if ["/health", "/ping"].contains(&path) {
                continue;
            }
            let path = path.replace("{session_id}", ID).replace("{name}", "q0.webp");
            let ask = |header: Option<String>| {
                let method = method.to_uppercase().parse().unwrap();
                let request = pod.client.request(method, format!("{}{path}", pod.url));
                let request = request.json(&json!({}));
                match header {
                    Some(header) => request.header("authorization", header),
                    None => request,
                }
            };
            for wrong in [
                None,
                Some(String::new()),
                Some("Bearer".to_owned()),
                Some("Bearer ".to_owned()),
                Some("Bearer s3cret-toke".to_owned()),
                Some("Bearer s3cret-token1".to_owned()),
                Some("Basic s3cret-token".to_owned()),
            ] {
                let response = ask(wrong).send().await.unwrap();
                assert_eq!(response.status(), 401, "{method} {path}");
                assert_eq!(response.headers()["www-authenticate"], "Bearer");
                assert!(!response.text().await.unwrap().contains(token));
            }
            let response = ask(Some(format!("Bearer {token}"))).send().await.unwrap();
            assert_ne!(response.status(), 401, "{method} {path}");
        }
        assert!(
            !format!("{:?}", {
                let mut options = gaze_server::pod::PodOptions::default();
                options.token = Some(token.to_owned());
                options
            })
            .contains(token)
        );
        pod.stop().await;
    });
}

#[test]
fn figures_are_there_for_monitors() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        pod.until_ready().await;
        for id in ["a", "b"] {
            pod.post("/jobs", &body(id)).send().await.unwrap();
        }
        until(async || gate.begun() == 1).await;
        let metrics = async || pod.get("/metrics").send().await.unwrap().text().await.unwrap();
        let text = metrics().await;
        for line in ["gaze_pod_running 1", "gaze_pod_waiting 1", "gaze_pod_models_loaded 1"] {
            assert!(text.contains(line), "{line} in {text}");
        }
        gate.let_one_through();
        gate.let_one_through();
        pod.until_stage("b", "complete").await;
        // What a stranger asks for makes no series of its own.
        pod.get("/anything/at/all").send().await.unwrap();
        until(async || metrics().await.contains("gaze_pod_running 0")).await;
        let text = metrics().await;
        for line in [
            "gaze_pod_jobs_total{outcome=\"complete\"} 2",
            "gaze_pod_job_seconds_count 2",
            "gaze_pod_requests_total{route=\"/jobs\",status=\"202\"} 2",
            "gaze_pod_requests_total{route=\"other\",status=\"404\"} 1",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(!text.contains("anything"));
        pod.stop().await;
    });
}

#[test]
fn frames_and_rig_are_files_too_and_are_fetched_in_parts() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        pod.post("/generate", &body(ID)).send().await.unwrap();
        let output = dir.path().join("jobs").join(ID).join("gaze_output");
        for name in ["frames.gaze", "portrait.gaze"] {
            let whole = std::fs::read(output.join(name)).unwrap();
            let path = format!("/files/{ID}/{name}");
            let response = pod.get(&path).send().await.unwrap();
            assert_eq!(response.headers()["content-type"], "application/octet-stream");
            let modified = response.headers()["last-modified"].clone();
            assert_eq!(response.bytes().await.unwrap(), whole);
            let part = pod.get(&path).header("range", "bytes=10-19").send().await.unwrap();
            assert_eq!(part.status(), 206);
            assert_eq!(part.bytes().await.unwrap(), whole[10..20]);
            let same = pod.get(&path).header("if-modified-since", modified).send().await.unwrap();
            assert_eq!(same.status(), 304);
        }
        pod.stop().await;
    });
}

#[test]
fn a_face_is_chosen_by_its_place() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        let mut body = body(ID);
        body["image_base64"] = format!("data:image/jpeg;base64,{}", base64(portrait())).into();
        body["face"] = json!({ "x": 0.45, "y": 0.25 });
        assert_eq!(pod.post("/generate", &body).send().await.unwrap().status(), 200);
        body["session_id"] = "other".into();
        body["face"] = json!({ "x": 45, "y": 25 });
        assert_eq!(pod.post("/generate", &body).send().await.unwrap().status(), 422);
        pod.stop().await;
    });
}

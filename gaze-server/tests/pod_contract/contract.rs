//! contracts: the routes as the product before gaze had them.

use std::io::{Cursor, Read};

use serde_json::{Value, json};
use zip::{CompressionMethod, ZipArchive};

use crate::setup::{ID, Pod, base64, body, detail, failing, folder, gated, portrait, run, until};

/// The eight sheets.
const SHEETS: [&str; 8] = [
    "q0.webp",
    "q1.webp",
    "q2.webp",
    "q3.webp",
    "q0_20.webp",
    "q1_20.webp",
    "q2_20.webp",
    "q3_20.webp",
];

#[test]
fn health_says_whether_models_are_loaded() {
    run(async {
        let dir = folder();
        let (begin, begun) = std::sync::mpsc::channel::<()>();
        let open = move || {
            begun.recv().unwrap();
            Ok(crate::setup::embedded())
        };
        let pod = Pod::with(dir.path(), open, |_| {}).await;
        let health = pod.json("/health").await;
        assert_eq!((&health["status"], &health["models_loaded"]), (&json!("ok"), &json!(false)));
        begin.send(()).unwrap();
        until(async || pod.json("/health").await["models_loaded"] == true).await;
        assert_eq!(pod.json("/health").await["status"], "ok");
        pod.stop().await;
    });
}

#[test]
fn generate_answers_when_done() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        let response = pod.post("/generate", &body(ID)).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["session_id"], ID);
        assert_eq!(answer["status"], "complete");
        let output = dir.path().join("jobs").join(ID).join("gaze_output");
        assert_eq!(answer["output_dir"], output.to_str().unwrap());
        let metadata = &answer["metadata"];
        assert_eq!(metadata["gridSize"], 4);
        assert_eq!(metadata["quadrantSize"], 2);
        assert_eq!(metadata["mode"], "quadrants");
        assert_eq!(metadata["totalImages"], 16);
        assert_eq!(metadata["hasAlpha"], false);
        assert!(gaze_core::inspect(output).unwrap().is_sound());
        // The portrait lies beside it.
        assert_eq!(
            std::fs::read(dir.path().join("jobs").join(ID).join("input.jpg")).unwrap(),
            portrait()
        );
        pod.stop().await;
    });
}

#[test]
fn thirty_cells_a_side_and_a_background_are_the_defaults() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        let body = json!({ "image_base64": base64(portrait()), "session_id": ID });
        let answer: Value =
            pod.post("/generate", &body).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["metadata"]["gridSize"], 30);
        assert_eq!(answer["metadata"]["hasAlpha"], false);
        for name in SHEETS {
            let response = pod.get(&format!("/files/{ID}/{name}")).send().await.unwrap();
            assert_eq!(response.status(), 200, "{name}");
            assert_eq!(response.headers()["content-type"], "image/webp");
        }
        let metadata = pod.json(&format!("/files/{ID}/metadata.json")).await;
        assert_eq!(metadata, answer["metadata"]);
        pod.stop().await;
    });
}

#[test]
fn a_background_is_removed_on_request() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        let mut body = body(ID);
        body["remove_background"] = true.into();
        let answer: Value =
            pod.post("/generate", &body).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["metadata"]["hasAlpha"], true);
        pod.stop().await;
    });
}

#[test]
fn a_bad_image_is_400() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        // One that is cut is found out when it is read.
        let cut = &portrait()[..portrait().len() / 2];
        let grey = {
            let mut png = Vec::new();
            let picture = image::GrayImage::from_pixel(64, 64, image::Luma([128]));
            picture.write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
            png
        };
        for (number, bytes) in [b"no picture".as_slice(), b"GIF89a\x01\0\x01\0", b"", cut, &grey]
            .into_iter()
            .enumerate()
        {
            let id = format!("bad-{number}");
            let body = json!({ "image_base64": base64(bytes), "session_id": id, "grid_size": 4 });
            let response = pod.post("/generate", &body).send().await.unwrap();
            assert_eq!(response.status(), 400, "{number}");
            assert!(!detail(response).await.is_empty());
        }
        pod.stop().await;
    });
}

#[test]
fn a_bad_body_is_422() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        let image = base64(portrait());
        for body in [
            json!({}),
            json!([]),
            json!({ "session_id": ID }),
            json!({ "image_base64": image }),
            json!({ "image_base64": 7, "session_id": ID }),
            json!({ "image_base64": image, "session_id": ID, "grid_size": 5 }),
            json!({ "image_base64": image, "session_id": ID, "grid_size": "thirty" }),
            json!({ "image_base64": image, "session_id": ID, "remove_background": "perhaps" }),
        ] {
            let response = pod.post("/generate", &body).send().await.unwrap();
            assert_eq!(response.status(), 422, "{body:.60}");
            assert!(!detail(response).await.is_empty());
        }
        pod.stop().await;
    });
}

#[test]
fn what_fails_is_500_with_the_reason_and_without_paths() {
    run(async {
        let dir = folder();
        let pod = Pod::with(dir.path(), || Ok(failing()), |_| {}).await;
        let response = pod.post("/generate", &body(ID)).send().await.unwrap();
        assert_eq!(response.status(), 500);
        assert_eq!(detail(response).await, "the network broke off");
        assert_eq!(pod.progress(ID).await.stage, "failed");
        pod.stop().await;
    });
}

#[test]
fn progress_is_unknown_then_goes_through_the_stages() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        let unknown = pod.json(&format!("/progress/{ID}")).await;
        assert_eq!(unknown["stage"], "unknown");
        assert_eq!((&unknown["current"], &unknown["total"]), (&json!(0), &json!(0)));
        assert!(unknown["message"].is_string());
        let pending = json!({ "status": "pending" });
        assert_eq!(unknown["quadrants"], Value::Array(vec![pending; 8]));
        assert_eq!(pod.post("/jobs", &body(ID)).send().await.unwrap().status(), 202);
        let stages =
            ["initializing", "loading", "preparing", "generating", "removing_bg", "stitching"];
        until(async || gate.begun() == 1).await;
        assert!(stages.contains(&pod.progress(ID).await.stage.as_str()));
        gate.let_one_through();
        pod.until_stage(ID, "complete").await;
        let done = json!({ "status": "done" });
        let complete = pod.json(&format!("/progress/{ID}")).await;
        assert_eq!(complete["quadrants"], Value::Array(vec![done; 8]));
        pod.stop().await;
    });
}

#[test]
fn files_are_the_sheets_and_the_manifest_and_nothing_else() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        pod.post("/generate", &body(ID)).send().await.unwrap();
        for name in ["q0.webp", "q3.webp", "metadata.json"] {
            assert_eq!(pod.get(&format!("/files/{ID}/{name}")).send().await.unwrap().status(), 200);
        }
        // 4 x 4 cells have no smaller sheets; the others are there and are not for sale.
        for name in [
            "q0_20.webp",
            "input.jpg",
            "contact.png",
            "preview.webp",
            "request.json",
            "q4.webp",
            "..",
            "%2e%2e%2frequest.json",
            "..%2frequest.json",
            "q0.webp%00",
            "Q0.WEBP",
            "metadata.json~",
        ] {
            let response = pod.get(&format!("/files/{ID}/{name}")).send().await.unwrap();
            assert_eq!(response.status(), 404, "{name}");
        }
        assert_eq!(pod.get("/files/other/q0.webp").send().await.unwrap().status(), 404);
        pod.stop().await;
    });
}

#[test]
fn the_zip_is_stored_and_holds_the_same_files() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        assert_eq!(pod.get(&format!("/download/{ID}")).send().await.unwrap().status(), 404);
        pod.post("/generate", &body(ID)).send().await.unwrap();
        let response = pod.get(&format!("/download/{ID}")).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/zip");
        let bytes = response.bytes().await.unwrap();
        let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut names: Vec<String> =
            zip.file_names().map(|name| name.unwrap().into_owned()).collect();
        names.sort();
        assert_eq!(names, ["metadata.json", "q0.webp", "q1.webp", "q2.webp", "q3.webp"]);
        let output = dir.path().join("jobs").join(ID).join("gaze_output");
        for name in names {
            let mut file = zip.by_name(&name).unwrap();
            assert_eq!(file.compression(), CompressionMethod::Stored);
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes, std::fs::read(output.join(&name)).unwrap(), "{name}");
        }
        pod.stop().await;
    });
}

#[test]
fn it_listens_on_port_8000_and_keeps_jobs_under_the_working_directory() {
    let options = gaze_server::pod::PodOptions::default();
    assert_eq!(options.port, 8000);
    assert_eq!(options.folder.to_str(), Some("jobs"));
    assert_eq!(options.max_size, 512);
}

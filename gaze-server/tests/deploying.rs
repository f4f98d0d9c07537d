//! The files for deploying say what gpu-cli knows, and the same.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::path::Path;

use serde_json::Value;

/// Fields that gpu-cli's documentation names. What is in braces is a list of fields, or of objects.
const FIELDS: [&str; 24] = [
    "project_id",
    "provider",
    "gpu_types",
    "gpu_types.type",
    "min_vram",
    "keep_alive_minutes",
    "outputs",
    "include",
    "ports",
    "download",
    "download.strategy",
    "download.source",
    "download.target",
    "environment",
    "environment.base_image",
    "environment.system",
    "environment.system.apt",
    "environment.python",
    "hooks",
    "hooks.readiness",
    "hooks.shutdown",
    "max_price",
    "regions",
    "cloud_type",
];
/// Objects whose inner form `gpu config schema` says, and nothing here.
const OPEN: [&str; 3] = ["environment.python", "hooks.readiness", "hooks.shutdown"];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// JSON without its comments; a `//` in a text is none.
fn without_comments(text: &str) -> String {
    let mut json = String::new();
    for line in text.lines() {
        let mut in_text = false;
        let mut before = ' ';
        let end = line.char_indices().find_map(|(at, letter)| {
            in_text ^= letter == '"' && before != '\\';
            let begins = !in_text && line[at..].starts_with("//");
            before = letter;
            begins.then_some(at)
        });
        json.push_str(&line[..end.unwrap_or(line.len())]);
        json.push('\n');
    }
    json
}

fn jsonc() -> Value {
    serde_json::from_str(&without_comments(&read("deploy/gpu.jsonc"))).unwrap()
}

fn fields(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) if !OPEN.contains(&path) => {
            for (name, value) in object {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                found.push(path.clone());
                fields(value, &path, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| fields(value, path, found)),
        _ => {}
    }
}

#[test]
fn every_field_is_one_that_gpu_cli_knows() {
    let mut found = Vec::new();
    fields(&jsonc(), "", &mut found);
    assert!(found.len() > 15);
    for field in found {
        assert!(FIELDS.contains(&field.as_str()), "{field}");
    }
}

#[test]
fn both_files_say_the_same() {
    let toml: Value = toml::from_str(&read("deploy/gpu.toml")).unwrap();
    assert_eq!(toml, jsonc());
}

#[test]
fn image_and_library_fit_together() {
    let image = jsonc()["environment"]["base_image"].as_str().unwrap().to_owned();
    assert!(image.ends_with("ubuntu22.04"), "{image}");
    assert!(image.contains(":12.4") || image.contains(":12.8"), "{image}");
    let requirements = read("deploy/requirements-pod.txt");
    let pinned = requirements.lines().find_map(|line| line.strip_prefix("onnxruntime-gpu=="));
    assert!(["1.25.*", "1.26.*"].contains(&pinned.unwrap()), "{pinned:?}");
    assert!(read("deploy/Dockerfile.pod").contains(&format!("FROM {image}")));
}

#[test]
fn models_are_those_that_are_pulled() {
    let hub = read("gaze-cli/src/models/hub.rs");
    let constant = |name: &str| {
        let line = hub.lines().find(|line| line.starts_with(&format!("const {name}: &str")));
        line.unwrap().split('"').nth(1).unwrap().to_owned()
    };
    let folder = format!(
        "https://huggingface.co/{}/resolve/main/{}/",
        constant("REPOSITORY"),
        constant("FOLDER")
    );
    let config = jsonc();
    let mut names = Vec::new();
    for download in config["download"].as_array().unwrap() {
        assert_eq!(download["strategy"], "http");
        let name = download["source"].as_str().unwrap().strip_prefix(&folder).unwrap();
        assert_eq!(download["target"], format!("models/{name}"));
        names.push(name);
    }
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "appearance_feature_extractor.onnx",
            "motion_extractor.onnx",
            "stitching.onnx",
            "warping_spade.onnx"
        ]
    );
}

#[test]
fn readiness_asks_for_models_that_are_loaded() {
    let hook = jsonc()["hooks"]["readiness"].to_string();
    assert!(hook.contains("http://localhost:8000/ping") && hook.contains("200"), "{hook}");
    assert_eq!(jsonc()["ports"], serde_json::json!([8000]));
    assert_eq!(jsonc()["outputs"], serde_json::json!(["jobs/*/gaze_output/"]));
}

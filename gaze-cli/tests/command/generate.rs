//! `gaze generate`: portraits and engines that cannot be used.

use std::fs;

use crate::program::{astronaut, code, gaze, path, text};

#[test]
fn bad_portraits_are_code_3() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("not-a-picture.jpg");
    fs::write(&file, "hello").unwrap();
    let out = dir.path().join("face");
    for portrait in [file, dir.path().join("missing.png"), dir.path().to_owned()] {
        let output = gaze(&["generate", path(&portrait), "--out", path(&out)]);
        assert_eq!(code(&output), 3, "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("error: "));
        assert!(!out.exists());
    }
}

#[test]
fn json_errors_are_one_object_on_stdout() {
    let output = gaze(&["generate", "/nothing/here.png", "--out", "/nothing/there", "--json"]);
    assert_eq!(code(&output), 3);
    let stdout = text(&output.stdout);
    let last: serde_json::Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "error");
    assert_eq!(last["kind"], "invalid-input");
    assert_eq!(last["exitCode"], 3);
}

#[test]
fn liveportrait_without_models_says_how_to_get_them() {
    let portrait = astronaut();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("face");
    let models = dir.path().join("models");
    let given = ["--engine", "liveportrait", "--models", path(&models)];
    let output = gaze(&[&["generate", path(&portrait), "--out", path(&out)][..], &given].concat());
    assert_eq!(code(&output), 5);
    assert!(text(&output.stderr).contains("gaze models pull"), "{}", text(&output.stderr));
    assert!(!out.exists());
}

//! The `gaze` program as its users meet it.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn gaze(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gaze"))
        .args(arguments)
        .env_remove("LIVEPORTRAIT_PATH")
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A sound folder of 2 x 2 cells of 8 x 6 px, without help of the engine.
fn small_sheets(dir: &Path) {
    // An 8 x 6 px lossy WebP, as libwebp writes it.
    let sheet = include_bytes!("sheet-8x6.webp");
    fs::create_dir_all(dir).unwrap();
    for q in 0..4 {
        fs::write(dir.join(format!("q{q}.webp")), sheet).unwrap();
    }
    fs::write(dir.join("metadata.json"), r#"{"gridSize":2,"imageWidth":8,"imageHeight":6}"#)
        .unwrap();
}

#[test]
fn wrong_usage_is_code_2_and_says_what_to_use() {
    for (arguments, says) in [
        (vec!["generate", "a.png"], "--out"),
        (vec!["generate", "--out", "d"], "PORTRAIT"),
        (vec!["generate", "a.png", "--out", "d", "--grid", "31"], "even number from 2 to 60"),
        (vec!["generate", "a.png", "--out", "d", "--grid", "x"], "even number from 2 to 60"),
        (vec!["generate", "a.png", "--out", "d", "--grid", "62"], "even number from 2 to 60"),
        (vec!["generate", "a.png", "--out", "d", "--mode", "spiral"], "quadrants or single"),
        (vec!["generate", "a.png", "--out", "d", "--engine", "magic"], "liveportrait"),
        (vec!["generate", "a.png", "--out", "d", "--quality", "101"], "0..=100"),
        (vec!["generate", "a.png", "--out", "d", "--threads", "0"], "from 1 on"),
        (vec!["generate", "a.png", "--out", "d", "--max-size", "3"], "maximum size"),
        (vec!["generate", "a.png", "--out", "d", "--face-at", "nan,1"], "two numbers"),
        (
            vec!["generate", "a.png", "--out", "d", "--face", "1", "--face-at", "1,2"],
            "cannot be used",
        ),
        (vec!["frobnicate"], "frobnicate"),
        (vec![], "Usage"),
    ] {
        let output = gaze(&arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        let said = text(&output.stderr);
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}

#[test]
fn help_names_every_flag_of_the_contract() {
    let help = text(&gaze(&["generate", "--help"]).stdout);
    for flag in [
        "--out",
        "--engine",
        "--grid",
        "--mode",
        "--max-size",
        "--quality",
        "--remove-background",
        "--face",
        "--face-at",
        "--threads",
        "--json",
        "--force",
        "--soft-eyes",
        "--no-pack",
    ] {
        assert!(help.contains(flag), "{flag}");
    }
    assert_eq!(code(&gaze(&["--version"])), 0);
}

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
    let Some(portrait) = astronaut() else { return };
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("face");
    let models = dir.path().join("models");
    let given = ["--engine", "liveportrait", "--models", path(&models)];
    let output = gaze(&[&["generate", path(&portrait), "--out", path(&out)][..], &given].concat());
    assert_eq!(code(&output), 5);
    assert!(text(&output.stderr).contains("gaze models pull"), "{}", text(&output.stderr));
    assert!(!out.exists());
}

#[test]
fn inspect_tells_sound_folders_from_broken_ones() {
    let dir = tempfile::tempdir().unwrap();
    let sheets = dir.path().join("face");
    small_sheets(&sheets);
    let output = gaze(&["inspect", path(&sheets)]);
    assert_eq!(code(&output), 0, "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("all 4 sheets are sound"));
    fs::remove_file(sheets.join("q3.webp")).unwrap();
    let output = gaze(&["inspect", path(&sheets)]);
    assert_eq!(code(&output), 6);
    assert!(text(&output.stdout).contains("q3.webp: is missing"));
    fs::write(sheets.join("metadata.json"), "{").unwrap();
    assert_eq!(code(&gaze(&["inspect", path(&sheets)])), 6);
    assert_eq!(code(&gaze(&["inspect", path(&dir.path().join("nothing"))])), 3);
}

#[test]
fn doctor_names_engines_and_libraries() {
    let output = gaze(&["doctor", "--models", "/no/models/here"]);
    let said = text(&output.stdout);
    for part in [
        "libwebp 1.",
        "engine embedded",
        "engine liveportrait",
        "/no/models/here",
        "to do: there is no appearance_feature_extractor.onnx here: run `gaze models pull`",
        "never run by gaze's developers",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

fn astronaut() -> Option<PathBuf> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../gaze-core/tests/fixtures/astronaut.png");
    path.exists().then_some(path)
}

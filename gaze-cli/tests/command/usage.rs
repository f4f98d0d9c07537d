//! Options, help and `gaze doctor`.

use crate::program::{code, gaze, text};

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
        (vec!["generate", "a.png", "--out", "d", "--eyes", "1,2"], "--eyes"),
        (vec!["generate", "a.png", "--out", "d", "--eyes", "1,2", "3;4"], "two numbers"),
        (
            vec!["generate", "a.png", "--out", "d", "--eyes", "1,2", "3,4", "--face", "1"],
            "cannot be used",
        ),
        (
            vec!["generate", "a.png", "--out", "d", "--face-at", "1,2", "--eyes", "1,2", "3,4"],
            "cannot be used",
        ),
        (vec!["generate", "a.png", "--out", "d", "--threads", "20000"], "at most 256"),
        (vec!["generate", "a.png", "--out", "d", "--batch", "0"], "use 1 to 64"),
        (vec!["generate", "a.png", "--out", "d", "--batch", "65"], "use 1 to 64"),
        (vec!["generate", "a.png", "--out", "d", "--device", "cuda:4294967295"], "count from 0"),
        (vec!["generate", "a.png", "--out", "d", "--device", "cuda:-1"], "no device"),
        (vec!["doctor", "--batch", "65"], "use 1 to 64"),
        (vec!["pack", "d", "--threads", "0"], "from 1 on"),
        (vec!["pack", "d", "--threads", "257"], "at most 256"),
        (vec!["pack", "d", "--threads", "20000"], "at most 256"),
        (vec!["pack", "d", "--threads", "99999999999999999999"], "from 1 on"),
        (vec!["pack", "d", "--quality", "101"], "0..=100"),
        (vec!["preview", "d", "--port", "65536"], "0..=65535"),
        (vec!["models", "pull", "--retries", "101"], "0..=100"),
        (vec!["models", "pull", "--revision", "../main"], "branch"),
        (vec!["models", "adapt", "--form", "three-slices"], "two-slices"),
        (vec!["models", "adapt", "--force"], "--out"),
        (vec!["player"], "--out"),
        (vec!["export", "d"], "--html"),
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
        "--background",
        "--face",
        "--face-at",
        "--eyes",
        "--threads",
        "--json",
        "--force",
        "--soft-eyes",
        "--no-pack",
        "--blink",
        "--only-rig",
        "--no-rig",
        "--rig-quality",
    ] {
        assert!(help.contains(flag), "{flag}");
    }
    assert_eq!(code(&gaze(&["--version"])), 0);
}

#[test]
fn doctor_names_engines_and_libraries() {
    let output =
        gaze(&["doctor", "--models", "/no/models/here", "--onnxruntime", "/no/library/here"]);
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

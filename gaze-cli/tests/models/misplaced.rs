//! Folders that hold something else than the model files, and files that are none: what each command says.

use std::fs;
use std::path::Path;

use crate::setup::{REQUIRED, assert_code, gaze, stand_ins, text};

const CHECKOUT: [&str; 3] = [
    "inference.py",
    "src/live_portrait_pipeline.py",
    "pretrained_weights/liveportrait/base_models/spade_generator.pth",
];

fn put(folder: &Path, files: &[&str]) {
    for file in files {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
}

fn set_in(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for name in REQUIRED {
        fs::copy(stand_ins().join(name), folder.join(name)).unwrap();
    }
}

/// What verify, list, doctor and generate say of a folder, with their exit codes.
fn said_of(folder: &Path) -> Vec<(i32, String)> {
    let portrait = stand_ins().join("../../../../examples/astronaut.png");
    let portrait = portrait.to_str().unwrap();
    let out = folder.join("face");
    let generate =
        ["generate", portrait, "--engine", "liveportrait", "--out", out.to_str().unwrap()];
    let commands: [&[&str]; 4] =
        [&["models", "verify"], &["models", "list"], &["doctor", "--device", "cpu"], &generate];
    let run = |command: &&[&str]| {
        // The variable, as those have it set who come from the program that gaze replaces.
        let output = gaze(command).env("LIVEPORTRAIT_PATH", folder).output().unwrap();
        let said = text(&output.stdout) + &text(&output.stderr);
        (output.status.code().unwrap_or(-1), said)
    };
    commands.iter().map(run).collect()
}

fn assert_all_say(folder: &Path, words: &[&str]) {
    for (index, (code, said)) in said_of(folder).into_iter().enumerate() {
        // The embedded engine is there for doctor, and list only tells.
        assert_eq!(code, [5, 0, 0, 5][index], "{said}");
        for word in words {
            assert!(said.contains(word), "{index}: {word:?} is not in: {said}");
        }
    }
}

#[test]
fn a_folder_further_down_is_named() {
    for inner in ["liveportrait_onnx", "checkpoints/liveportrait_onnx"] {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join(inner);
        set_in(&folder);
        put(dir.path(), &CHECKOUT);
        let folder = folder.display().to_string();
        assert_all_say(dir.path(), &[&folder, "--models", "LIVEPORTRAIT_PATH"]);
    }
}

#[test]
fn a_checkout_of_the_program_and_its_weights_are_told_from_the_onnx_set() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), &CHECKOUT);
    let words = ["ONNX set", "gaze models pull --models DIR", "unset LIVEPORTRAIT_PATH"];
    assert_all_say(dir.path(), &words);
    assert_all_say(dir.path(), &["checkout of LivePortrait"]);
    let weights = dir.path().join("pretrained_weights/liveportrait/base_models");
    assert_all_say(&weights, &words);
    assert_all_say(&weights, &["PyTorch's weights (.pth)"]);
}

#[test]
fn the_plugins_decoder_is_no_decoder() {
    let dir = tempfile::tempdir().unwrap();
    set_in(dir.path());
    let rename = |from: &str, to: &str| fs::rename(dir.path().join(from), dir.path().join(to));
    rename("warping_spade.onnx", "warping_spade-fix.onnx").unwrap();
    assert_all_say(
        dir.path(),
        &["warping_spade-fix.onnx is made for a TensorRT plug-in", "gaze models pull"],
    );
}

#[test]
fn files_of_other_programs_under_the_models_names_are_named() {
    let dir = tempfile::tempdir().unwrap();
    set_in(dir.path());
    for (bytes, word) in [
        (&b"PK\x03\x04\0\0\x08\x08\0\0spade_generator/data.pkl"[..], "PyTorch"),
        (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "PyTorch"),
        (b"\x10\0\0\0\0\0\0\0{\"__metadata__\":{}}", "safetensors"),
        (b"ftrt\x01\0\0\0", "TensorRT"),
    ] {
        fs::write(dir.path().join("warping_spade.onnx"), bytes).unwrap();
        let output = gaze(&["models", "verify", "--models"]).arg(dir.path()).output().unwrap();
        assert_code(&output, 5);
        let said = text(&output.stdout);
        assert!(said.contains(word) && said.contains("gaze models pull"), "{said}");
    }
}

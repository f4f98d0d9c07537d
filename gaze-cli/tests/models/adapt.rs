//! `gaze models adapt`.

use std::fs;
use std::path::PathBuf;

use crate::setup::{assert_code, gaze, stand_ins, text};

#[test]
fn adapt_writes_the_graph_beside_the_original_or_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let models = dir.path().join("models");
    fs::create_dir(&models).unwrap();
    let adapt = |arguments: &[&str]| {
        gaze(&["models", "adapt", "--models"]).arg(&models).args(arguments).output().unwrap()
    };
    let output = adapt(&[]);
    assert_code(&output, 5);
    assert!(text(&output.stderr).contains("gaze models pull"));

    let original = models.join("warping_spade.onnx");
    fs::copy(stand_ins().join("warping_spade.onnx"), &original).unwrap();
    let before = fs::read(&original).unwrap();
    let mut written = Vec::new();
    for form in ["auto", "opset20", "two-slices"] {
        let output = adapt(&["--form", form]);
        assert_code(&output, 0);
        let path = PathBuf::from(text(&output.stdout).trim_end());
        assert_eq!(path.parent(), Some(models.as_path()));
        written.push(path);
    }
    assert_eq!(written[0], written[1]);
    assert_ne!(written[1], written[2]);
    assert_eq!(fs::read(&original).unwrap(), before, "the original is never touched");
    assert_eq!(fs::read_dir(&models).unwrap().count(), 3, "nothing else is left");

    let out = dir.path().join("two.onnx");
    let out_text = out.to_str().unwrap();
    assert_code(&adapt(&["--form", "two-slices", "--out", out_text]), 0);
    assert_eq!(fs::read(&out).unwrap(), fs::read(&written[2]).unwrap());
    assert_code(&adapt(&["--form", "two-slices", "--out", out_text]), 6);
    assert_code(&adapt(&["--out", out_text, "--force"]), 0);
    assert_eq!(fs::read(&out).unwrap(), fs::read(&written[0]).unwrap());
    assert_code(&adapt(&["--form", "three-slices"]), 2);

    fs::copy(stand_ins().join("stitching.onnx"), &original).unwrap();
    let output = adapt(&["--out", out_text, "--force"]);
    assert_code(&output, 5);
    assert!(text(&output.stderr).contains("stitching.onnx"), "{}", text(&output.stderr));
}

#[test]
fn models_are_not_replaced_by_the_adapted_graph() {
    let dir = tempfile::tempdir().unwrap();
    let models = dir.path().join("models");
    fs::create_dir(&models).unwrap();
    for name in ["warping_spade.onnx", "stitching.onnx"] {
        fs::copy(stand_ins().join(name), models.join(name)).unwrap();
    }
    let linked = dir.path().join("linked.onnx");
    fs::hard_link(models.join("warping_spade.onnx"), &linked).unwrap();
    let around = models.join("../models/warping_spade.onnx");
    for out in
        [&linked, &around, &models.join("warping_spade.onnx"), &models.join("stitching.onnx")]
    {
        let mut command = gaze(&["models", "adapt", "--force", "--models"]);
        let output = command.arg(&models).arg("--out").arg(out).output().unwrap();
        assert_code(&output, 6);
        assert!(text(&output.stderr).contains("name another file"), "{}", text(&output.stderr));
    }
    for name in ["warping_spade.onnx", "stitching.onnx"] {
        assert!(fs::read(models.join(name)).unwrap() == fs::read(stand_ins().join(name)).unwrap());
    }
}

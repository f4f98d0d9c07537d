//! `gaze models verify`.

use std::fs;

use crate::setup::{REQUIRED, assert_code, stand_ins, text, verify};

#[test]
fn verify_tells_good_models_from_others() {
    let output = verify(&stand_ins());
    assert_code(&output, 0);
    assert_eq!(text(&output.stdout).matches("ok  ").count(), 4, "{}", text(&output.stdout));

    let dir = tempfile::tempdir().unwrap();
    let copy =
        |from: &str, to: &str| fs::copy(stand_ins().join(from), dir.path().join(to)).unwrap();
    let said = |line: &str| {
        let output = verify(dir.path());
        assert_code(&output, 5);
        let said = text(&output.stdout);
        assert!(said.contains(line), "{line}: {said}");
    };
    said("missing  warping_spade.onnx");
    for name in REQUIRED {
        copy(name, name);
    }
    copy("fp16/warping_spade.onnx", "warping_spade.onnx");
    let output = verify(dir.path());
    assert_code(&output, 0);
    assert!(text(&output.stdout).contains("warping_spade.onnx (opset 16, 16-bit floats)"));
    copy("stitching.onnx", "motion_extractor.onnx");
    said("it is stitching.onnx under another name");
    fs::write(dir.path().join("motion_extractor.onnx"), "<!doctype html>").unwrap();
    said("web page");
}

//! `gaze maker`.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gaze_core::faces::FaceModelBytes;
use sha2::{Digest, Sha256};

use crate::program::{code, command, gaze, path, text};

/// What the page carries under this name.
fn carried(page: &str, name: &str) -> Vec<u8> {
    let start = format!("<script type=\"application/octet-stream\" data-name=\"{name}\">");
    let (_, rest) = page.split_once(&start).unwrap_or_else(|| panic!("{name} is missing"));
    STANDARD.decode(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn the_page_carries_the_models_and_asks_for_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("my maker.html");
    let output = gaze(&["maker", "--out", path(&out)]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("one page of "), "{}", text(&output.stdout));
    let page = fs::read_to_string(&out).unwrap();
    let FaceModelBytes { detector, mesh, iris, person_mask } = FaceModelBytes::BUNDLED;
    assert!(carried(&page, "face_detection_short_range.onnx") == detector);
    assert!(carried(&page, "face_landmark.onnx") == mesh);
    assert!(carried(&page, "iris_landmark.onnx") == iris);
    assert!(carried(&page, "selfie_segmentation.onnx") == person_mask);
    assert!(carried(&page, "gaze_generate_simd_bg.wasm.gz").starts_with(&[0x1f, 0x8b]));
    assert!(page.trim_end().ends_with("</html>"));
    // The player, which its policy allows by its digest.
    let player = dir.path().join("gaze-tracker.js");
    assert_eq!(code(&gaze(&["player", "--out", path(&player)])), 0);
    let player = fs::read_to_string(&player).unwrap();
    assert!(page.contains(&format!("id=\"player\">{player}</script>")));
    assert!(page.contains(&format!("'sha256-{}'", STANDARD.encode(Sha256::digest(&player)))));
    // The policy lets nothing out, and the page names no other place.
    assert!(page.contains("content=\"default-src 'none'; "));
    assert!(!page.contains("src=\"http") && !page.contains("href=\"http"));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left over");
}

#[test]
fn its_demo_is_a_portrait_that_can_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("maker.html");
    assert_eq!(code(&gaze(&["maker", "--out", path(&out)])), 0);
    let demo = carried(&fs::read_to_string(&out).unwrap(), "demo.gaze");
    let rig = gaze_core::rig::StoredRig::from_bytes(&demo).unwrap();
    assert_eq!((rig.frame_size().width, rig.frame_size().height), (410, 512));
}

#[test]
fn it_is_written_here_and_replaces_nothing_unasked() {
    let dir = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| command(arguments).current_dir(dir.path()).output().unwrap();
    let page = dir.path().join("maker.html");
    fs::write(&page, "mine").unwrap();
    let output = run(&["maker"]);
    assert_eq!(code(&output), 6);
    assert!(text(&output.stderr).contains("--force"), "{}", text(&output.stderr));
    assert_eq!(fs::read(&page).unwrap(), b"mine");
    let output = run(&["maker", "--force"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("maker.html: one page of "));
    assert!(page.metadata().unwrap().len() > 4_000_000);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left over");
}

#[test]
fn places_where_it_cannot_be_written_are_code_6() {
    let dir = tempfile::tempdir().unwrap();
    for out in [dir.path(), &dir.path().join("no/such/folder.html") as &Path] {
        let output = gaze(&["maker", "--out", path(out), "--force"]);
        assert_eq!(code(&output), 6, "{}", text(&output.stderr));
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

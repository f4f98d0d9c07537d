//! `gaze models list`, and which folder is the models folder.

use std::path::Path;

use crate::setup::{NAME, NONCOMMERCIAL, REQUIRED, Setup, assert_code, gaze, text};

#[test]
fn list_says_what_is_there() {
    let setup = Setup::new(3000);
    setup.hub.state().cut_after = Some(1200);
    assert_code(&setup.pull(&["warping_spade.onnx", "--retries", "0"]), 5);
    setup.hub.state().cut_after = None;
    assert_code(&setup.pull(&[NAME]), 0);
    let output = gaze(&["models", "list", "--models"]).arg(setup.folder()).output().unwrap();
    assert_code(&output, 0);
    let said = text(&output.stdout);
    let line = |name: &str| said.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(line(NAME).contains("3.0 kB") && line(NAME).contains("required"), "{said}");
    assert!(line("warping_spade.onnx").contains("1.2 kB so far"), "{said}");
    assert!(line("motion_extractor.onnx").contains("missing"), "{said}");
    assert!(line("landmark.onnx").contains("optional"), "{said}");
    for name in REQUIRED.iter().chain(&NONCOMMERCIAL) {
        assert!(said.contains(name), "{name}");
    }
    assert!(said.contains("MIT") && said.contains("non-commercial"), "{said}");
}

#[test]
fn the_folder_is_the_option_or_the_environment_or_the_cache() {
    let dir = tempfile::tempdir().unwrap();
    let folder = |arguments: &[&str], environment: Option<&Path>| {
        let mut command = gaze(&["models", "list"]);
        command.args(arguments).env("XDG_CACHE_HOME", dir.path());
        if let Some(path) = environment {
            command.env("LIVEPORTRAIT_PATH", path);
        }
        let output = command.output().unwrap();
        assert_code(&output, 0);
        text(&output.stdout).lines().next().unwrap().trim_start_matches("in ").to_owned()
    };
    assert_eq!(folder(&["--models", "/a"], Some(Path::new("/b"))), "/a");
    assert_eq!(folder(&[], Some(Path::new("/b"))), "/b");
    if cfg!(target_os = "linux") {
        let cache = dir.path().join("gaze/models").display().to_string();
        assert_eq!(folder(&[], None), cache);
        assert_eq!(folder(&[], Some(Path::new(""))), cache);
    }
}

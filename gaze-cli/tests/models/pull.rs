//! `gaze models pull`: which files are fetched, licences, the access token and JSON output.

use std::fs;
use std::io::{BufRead, BufReader};
use std::sync::{Arc, Mutex};

use crate::setup::{
    NAME, NONCOMMERCIAL, REQUIRED, Setup, assert_code, quiet, stand_ins, text, verify,
};

#[test]
fn required_files_are_fetched_once() {
    let setup = Setup::new(3000);
    let output = setup.pull(&[]);
    assert_code(&output, 0);
    assert!(text(&output.stdout).contains("4 fetched, 0 already there"));
    for name in REQUIRED {
        assert_eq!(fs::read(setup.path(name)).unwrap(), setup.bytes(name), "{name}");
    }
    assert_eq!(fs::read_dir(setup.folder()).unwrap().count(), 4, "nothing else is fetched");
    assert_eq!(setup.hub.state().requests.len(), 4);
    let output = setup.pull(&[]);
    assert_code(&output, 0);
    assert!(text(&output.stdout).contains("0 fetched, 4 already there"));
    assert_eq!(setup.hub.state().requests.len(), 4, "no content is asked for again");
}

#[test]
fn licences_are_told_before_any_content_is_asked_for() {
    let setup = Setup::new(1000);
    let gate = Arc::new(Mutex::new(false));
    setup.hub.state().gate = Some(Arc::clone(&gate));
    let mut child = quiet(setup.command(&["--accept-noncommercial"])).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    for name in REQUIRED.iter().chain(&NONCOMMERCIAL) {
        let line = lines.by_ref().find(|line| line.contains(name)).unwrap();
        let licence = if REQUIRED.contains(name) { "MIT" } else { "non-commercial" };
        assert!(line.contains(licence) && line.contains("kB"), "{line}");
        assert!(!setup.path(name).exists());
    }
    *gate.lock().unwrap() = true;
    assert!(lines.last().unwrap().contains("6 fetched, 0 already there"));
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn noncommercial_files_need_to_be_accepted() {
    let setup = Setup::new(1000);
    let output = setup.pull(&[]);
    assert_code(&output, 0);
    for name in NONCOMMERCIAL {
        let said = text(&output.stdout);
        let line = said.lines().find(|line| line.contains(name)).unwrap();
        assert!(line.contains("left out") && line.contains("non-commercial"), "{line}");
        assert!(!setup.path(name).exists());
        let output = setup.pull(&[name]);
        assert_code(&output, 2);
        assert!(text(&output.stderr).contains("--accept-noncommercial"));
        assert!(!setup.path(name).exists());
        assert_code(&setup.pull(&[name, "--accept-noncommercial"]), 0);
        assert_eq!(fs::read(setup.path(name)).unwrap(), setup.bytes(name));
    }
    let output = setup.pull(&["warping_spade-fix.onnx"]);
    assert_code(&output, 2);
    assert!(text(&output.stderr).contains("warping_spade.onnx"));
}

#[test]
fn a_file_of_another_origin_is_not_replaced_unasked() {
    let setup = Setup::new(1000);
    fs::create_dir_all(setup.folder()).unwrap();
    fs::write(setup.path(NAME), "mine").unwrap();
    let output = setup.pull(&[]);
    assert_code(&output, 6);
    assert!(text(&output.stderr).contains("--force"));
    assert_eq!(fs::read(setup.path(NAME)).unwrap(), b"mine");
    assert_code(&setup.pull(&["--force"]), 0);
    setup.assert_whole();
}

#[test]
fn the_access_token_stays_with_the_hub() {
    let setup = Setup::new(1000);
    let output = setup.command(&[NAME]).env("HF_TOKEN", "hf_secret").output().unwrap();
    assert_code(&output, 0);
    let request = setup.hub.state().requests.last().unwrap().clone();
    assert_eq!(request.hub_token.as_deref(), Some("Bearer hf_secret"));
    assert_eq!(request.storage_token, None);
    assert!(!text(&output.stdout).contains("hf_secret"));
    setup.hub.state().list_answer = Some((401, ""));
    let output = setup.command(&[NAME]).env("HF_TOKEN", "hf_secret").output().unwrap();
    assert_code(&output, 5);
    let said = text(&output.stderr);
    assert!(said.contains("check HF_TOKEN") && !said.contains("hf_secret"), "{said}");
    let output = setup.command(&[NAME]).env("HF_TOKEN", "two words").output().unwrap();
    assert_code(&output, 2);
}

#[test]
fn json_is_one_object_a_line() {
    let setup = Setup::new(250_000);
    setup.hub.state().cut_after = Some(100_000);
    let output = setup.pull(&[NAME, "--retries", "0", "--json"]);
    assert_code(&output, 5);
    let last: serde_json::Value =
        serde_json::from_str(text(&output.stdout).lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["exitCode"]), (&"error".into(), &5.into()));
    setup.hub.state().cut_after = None;
    let output = setup.pull(&[NAME, "--json"]);
    let stdout = text(&output.stdout);
    let events: Vec<serde_json::Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut names: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    names.dedup();
    assert_eq!(names, ["file", "start", "progress", "fetched", "complete"]);
    assert_eq!(events[0]["bytes"], 250_002);
    assert!(events[0]["licence"].as_str().unwrap().contains("MIT"));
    assert_eq!(events[1]["resumedAt"], 100_000);
    let progress: Vec<_> = events.iter().filter(|event| event["event"] == "progress").collect();
    assert_eq!(progress.first().unwrap()["current"], 100_000);
    assert_eq!(progress.last().unwrap()["current"], 250_002);
    assert_eq!(events.last().unwrap()["fetched"], 1);
}

#[test]
fn what_was_fetched_can_be_verified() {
    let setup = Setup::new(1);
    for name in REQUIRED {
        let bytes = fs::read(stand_ins().join(name)).unwrap();
        setup.hub.state().files.insert(name.to_owned(), bytes);
    }
    assert_code(&setup.pull(&[]), 0);
    assert_code(&verify(&setup.folder()), 0);
}

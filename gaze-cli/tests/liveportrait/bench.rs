//! `gaze bench`: measures, keeps the best way beside the models, and runs use it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::onnxruntime;
use crate::setup::{Ended, Setup};

const TUNING_FILE: &str = "gaze-tuning.json";

fn bench(setup: &Setup, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gaze"));
    command.args(["bench", "--device", "cpu"]).arg("--models").arg(setup.models());
    if !more.contains(&"--grid") {
        command.args(["--grid", "2"]);
    }
    command.args(more).env_remove("LIVEPORTRAIT_PATH");
    command
}

/// Every event of a run, and how it ended.
fn events(setup: &Setup, more: &[&str]) -> (Vec<Value>, Ended) {
    let output = bench(setup, more).arg("--json").output().unwrap();
    let lines = String::from_utf8(output.stdout.clone()).unwrap();
    let events = lines.lines().map(|line| serde_json::from_str(line).unwrap());
    (events.collect(), Ended::of(&output))
}

fn engine_note(ended: &std::process::Output) -> String {
    let lines = String::from_utf8_lossy(&ended.stdout).into_owned();
    let mut events = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let engine = events.find(|event| event["event"] == "engine").unwrap();
    engine["engine"].as_str().unwrap().to_owned()
}

#[test]
fn the_best_way_is_kept_and_runs_use_and_name_it() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(2);
    let (events, ended) = events(&setup, &["--check-cpu"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let done = &ended.event;
    let trials = done["trials"].as_array().unwrap();
    assert_eq!(events.iter().filter(|event| event["event"] == "trial").count(), trials.len());
    // The first is what ONNX Runtime does by itself; others differ in threads and batch.
    assert_eq!(trials[0]["words"], "fp32, batch 1");
    assert_eq!(trials.len(), 3);
    for trial in trials {
        assert_eq!(trial["outcome"], "timed", "{trial}");
        assert!(trial["frameMs"].as_f64().unwrap() > 0.0);
        assert!(trial["difference"]["max"].as_u64().unwrap() <= 2);
    }
    assert_eq!(done["cpu"]["whole"]["max"], 0);
    assert_eq!(done["sweep"]["frames"], 4);
    assert!(done["sweep"]["networkSeconds"].as_f64().unwrap() > 0.0);
    assert!(done["line"].as_str().unwrap().contains("ms a frame"));

    let kept: Value = serde_json::from_slice(&fs::read(setup.model(TUNING_FILE)).unwrap()).unwrap();
    let best = &kept["places"][0]["combinations"][0];
    assert_eq!(best["batch"], done["best"]["batch"]);
    // Another best, which is seen in what the engine says of itself.
    let changed = fs::read_to_string(setup.model(TUNING_FILE)).unwrap();
    let batch = format!("\"batch\": {}", best["batch"]);
    fs::write(setup.model(TUNING_FILE), changed.replace(&batch, "\"batch\": 3")).unwrap();
    // Setup asks for a batch; `doctor` asks for none.
    let doctor = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gaze"));
        command.args(["doctor", "--device", "cpu"]).arg("--models").arg(setup.models()).args(more);
        let output = command.env_remove("LIVEPORTRAIT_PATH").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let tuned = doctor(&[]);
    assert!(tuned.contains("3 at a time") && tuned.contains("tuned on 20"), "{tuned}");
    let ignored = doctor(&["--no-tuning"]);
    assert!(ignored.contains("1 at a time") && !ignored.contains("tuned on"), "{ignored}");
    // What is asked for wins, and the rest is as tuned.
    let asked = doctor(&["--batch", "2"]);
    assert!(asked.contains("2 at a time") && asked.contains("batch 2"), "{asked}");
    let sweep = setup.command(&[]).output().unwrap();
    assert!(engine_note(&sweep).contains("tuned on"), "{}", engine_note(&sweep));
}

#[test]
fn a_damaged_file_is_told_and_does_no_harm() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(2);
    fs::write(setup.model(TUNING_FILE), "{ \"version\": 1").unwrap();
    let sweep = setup.command(&[]).output().unwrap();
    assert_eq!(Ended::of(&sweep).code, 0);
    assert!(engine_note(&sweep).contains("measure again"), "{}", engine_note(&sweep));
    // Measuring again replaces it.
    let (_, ended) = events(&setup, &[]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let sweep = setup.run(&["--force"]);
    assert_eq!(sweep.code, 0, "{sweep:?}");
    assert!(fs::read_to_string(setup.model(TUNING_FILE)).unwrap().contains("combinations"));
}

#[test]
fn what_does_not_fit_into_the_time_is_left_out_and_said() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(2);
    let (_, ended) = events(&setup, &["--seconds", "1", "--grid", "30"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    // The first is always measured. A sweep of 900 frames takes longer than a second.
    assert_eq!(ended.event["trials"][0]["outcome"], "timed");
    assert!(ended.event["sweep"]["frames"].as_u64().unwrap() < 900);
}

#[test]
fn an_interrupt_keeps_what_was_measured() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(2);
    let mut child =
        bench(&setup, &["--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("\"trial\"") {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0);
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let done: Value = serde_json::from_str(rest.lines().last().unwrap()).unwrap();
    assert_eq!((&done["event"], &done["cancelled"]), (&"complete".into(), &true.into()));
    assert!(done["sweep"].is_null());
    assert!(setup.model(TUNING_FILE).is_file());
}

#[test]
fn what_is_missing_is_told() {
    let setup = Setup::new(2);
    fs::remove_file(setup.model("stitching.onnx")).unwrap();
    let (_, ended) = events(&setup, &[]);
    ended.assert_refused(5, &["stitching.onnx", "gaze models pull"]);
}

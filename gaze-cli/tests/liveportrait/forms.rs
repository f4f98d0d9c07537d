//! Files in the forms that exporters leave, and what `gaze models adapt` writes for a run.

use std::fs;
use std::process::Command;

use crate::onnxruntime;
use crate::setup::{MODELS, Setup, assert_same, contents, fixtures};

fn in_form(form: &str, files: &[&str]) -> Setup {
    let setup = Setup::new(2);
    for name in files {
        fs::copy(fixtures().join("models").join(form).join(name), setup.model(name)).unwrap();
    }
    setup
}

fn gaze(setup: &Setup, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gaze"));
    command.args(arguments).arg("--models").arg(setup.models()).env_remove("LIVEPORTRAIT_PATH");
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8(said).unwrap())
}

#[test]
fn files_with_a_fixed_batch_and_with_an_open_one_give_the_same_frames() {
    if onnxruntime::is_missing() {
        return;
    }
    let plain = Setup::new(2);
    assert_eq!(plain.run(&[]).code, 0);
    // Stitching alone is what the published set very probably has.
    for (form, files) in
        [("folded", &["stitching.onnx"][..]), ("folded", &MODELS), ("dynamic", &MODELS)]
    {
        let setup = in_form(form, files);
        let (code, said) = gaze(&setup, &["models", "verify"]);
        assert_eq!((code, said.matches("ok  ").count()), (0, 4), "{said}");
        for batch in ["1", "3"] {
            let ended = setup.run(&["--batch", batch, "--force"]);
            assert_eq!(ended.code, 0, "{form}: {ended:?}");
            assert_eq!(setup.frames(), 4);
            let names = |setup: &Setup| contents(&setup.out()).into_keys().collect::<Vec<_>>();
            assert_eq!(names(&setup), names(&plain));
        }
        if files.len() == 1 {
            // The very same decoder in the very same batch as before.
            assert_eq!(setup.run(&["--force"]).code, 0);
            let sheet = |setup: &Setup| fs::read(setup.out().join("q0.webp")).unwrap();
            assert!(sheet(&setup) == sheet(&plain));
        }
    }
}

#[test]
fn adapt_writes_what_a_run_loads() {
    if onnxruntime::is_missing() {
        return;
    }
    for device in ["auto", "cpu"] {
        let setup = Setup::new(2);
        let (code, said) = gaze(&setup, &["models", "adapt", "--device", device]);
        assert_eq!(code, 0, "{said}");
        let adapted = contents(&setup.models());
        assert_eq!(adapted.len(), MODELS.len() + 1, "{said}");
        let mut results = Vec::new();
        for batch in ["1", "2"] {
            let ended = setup.run(&["--device", device, "--batch", batch]);
            assert_eq!(ended.code, 0, "{ended:?}");
            assert!(contents(&setup.models()) == adapted, "the run writes another form");
            let result = setup.path().join(batch);
            fs::rename(setup.out(), &result).unwrap();
            results.push(result);
        }
        let (code, said) = gaze(&setup, &["models", "adapt", "--device", device, "--batch", "2"]);
        assert_eq!(code, 0, "{said}");
        assert!(contents(&setup.models()) == adapted, "another batch, the same file");
        let (code, said) = gaze(&setup, &["doctor", "--device", device]);
        assert!(code == 0 && said.contains(".gaze2.onnx: adapted, current ("), "{said}");
        assert_eq!(results.len(), 2);
    }
}

#[test]
fn a_check_of_batches_is_told_and_a_batch_of_one_needs_none() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(2);
    let activities = |batch: &str| -> Vec<String> {
        let output = setup.command(&["--batch", batch, "--force"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).unwrap();
        let events = lines.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap());
        let mut activities: Vec<String> =
            events.filter_map(|event| Some(event["activity"].as_str()?.to_owned())).collect();
        activities.dedup();
        activities
    };
    let first = activities("1");
    let has = |told: &[String], word: &str| told.iter().any(|activity| activity.contains(word));
    assert!(has(&first, "reading the model files") && has(&first, "adapting"), "{first:?}");
    assert!(has(&first, "loading the decoder on cpu") && !has(&first, "comparing"), "{first:?}");
    let second = activities("2");
    assert!(has(&second, "reading the adapted decoder") && !has(&second, "adapting "));
    assert!(has(&second, "comparing"), "{second:?}");
}

#[test]
fn a_replaced_decoder_takes_its_adapted_file_along() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(2);
    let adapted = |setup: &Setup| -> Vec<String> {
        contents(&setup.models()).into_keys().filter(|name| name.contains(".gaze")).collect()
    };
    assert_eq!(setup.run(&[]).code, 0);
    let first = adapted(&setup);
    let whole = setup.path().join("whole");
    fs::rename(setup.out(), &whole).unwrap();
    fs::copy(
        fixtures().join("models/folded/warping_spade.onnx"),
        setup.model("warping_spade.onnx"),
    )
    .unwrap();
    let (_, said) = gaze(&setup, &["models", "list"]);
    assert!(said.contains(&format!("{}: adapted from another original", first[0])), "{said}");
    assert_eq!(setup.run(&[]).code, 0);
    let second = adapted(&setup);
    assert!(second.len() == 1 && second != first, "{second:?}");
    // And back: it is made again, and so are the frames.
    fs::copy(fixtures().join("models/warping_spade.onnx"), setup.model("warping_spade.onnx"))
        .unwrap();
    fs::remove_dir_all(setup.out()).unwrap();
    assert_eq!(setup.run(&[]).code, 0);
    assert_eq!(adapted(&setup), first);
    assert_same(&setup.out(), &whole);
}

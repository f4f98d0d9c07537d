//! Opening the engine: by name, library, device and options.

use std::fs;

use gaze_core::liveportrait::{Device, LivePortraitEngine};
use gaze_core::{EngineChoice, EngineOptions, ErrorKind, Hint};

use crate::onnxruntime;
use crate::setup::{changed_models, engine, models, options};

#[test]
fn auto_takes_liveportrait_only_where_it_is_there() {
    if onnxruntime::is_missing() {
        return;
    }
    let folder = changed_models(|_| ());
    let all = EngineOptions::default().with_liveportrait(options(folder.path()));
    let opened = EngineChoice::Auto.open(&all).unwrap();
    let description = opened.description();
    assert_eq!(description.name, "liveportrait");
    assert_eq!(description.precision.as_deref(), Some("32-bit floats"));
    assert_eq!(opened.note, description.to_string());
    assert!(opened.lack.is_none());
    assert!(
        opened.note.contains("liveportrait on cpu") && opened.note.contains("ONNX Runtime"),
        "{}",
        opened.note
    );

    let empty = tempfile::tempdir().unwrap();
    let all = all.with_liveportrait(options(empty.path()));
    let opened = EngineChoice::Auto.open(&all).unwrap();
    assert_eq!(opened.description().name, "embedded");
    assert!(opened.note.contains("lacks appearance_feature_extractor.onnx"), "{}", opened.note);
}

#[test]
fn a_process_has_one_library_which_its_folder_names_too() {
    if onnxruntime::is_missing() {
        return;
    }
    let first = engine(1);
    let library = &first.library().path;
    let folder = changed_models(|_| ());
    let again = options(folder.path()).with_library(library.parent().unwrap());
    assert_eq!(LivePortraitEngine::open(&again).unwrap().library(), first.library());

    let other = folder.path().join("libonnxruntime.so");
    fs::write(&other, "another").unwrap();
    let again = again.with_library(other);
    let error = LivePortraitEngine::open(&again).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine);
    assert!(error.to_string().contains("a process can use one ONNX Runtime"), "{error}");
}

#[test]
fn a_device_that_is_not_there_is_an_error_and_never_the_cpu() {
    if onnxruntime::is_missing() {
        return;
    }
    let mut cuda = options(&models());
    cuda.device = Device::Cuda(0);
    // Machines with a GPU have it tested by the sweep itself.
    match LivePortraitEngine::open(&cuda) {
        Ok(engine) => assert_eq!(engine.device(), Device::Cuda(0)),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Engine);
            assert!(error.hints().contains(&Hint::UseCpu), "{error}");
        }
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    for batch in [0, 65] {
        let options = options(&models()).with_batch(batch);
        let error = LivePortraitEngine::open(&options).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
    }
}

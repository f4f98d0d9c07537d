//! Model files that are not what they should be, and the graph that is kept beside them.

use std::fs;
use std::path::Path;

use gaze_core::liveportrait::LivePortraitEngine;
use gaze_core::{Engine, Error, ErrorKind, Hint};

use crate::onnxruntime;
use crate::setup::{changed_models, models, names, options};

fn refusal(folder: &Path) -> Error {
    let error = LivePortraitEngine::open(&options(folder)).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine);
    error
}

#[test]
fn models_that_are_not_what_they_should_be_are_refused() {
    if onnxruntime::is_missing() {
        return;
    }
    let decoder = "warping_spade.onnx";
    let missing = changed_models(|folder| fs::remove_file(folder.join(decoder)).unwrap());
    assert_eq!(refusal(missing.path()).hints(), [Hint::FetchModels]);

    let truncated = changed_models(|folder| {
        let whole = fs::read(folder.join(decoder)).unwrap();
        fs::write(folder.join(decoder), &whole[..whole.len() / 2]).unwrap();
    });
    assert!(refusal(truncated.path()).to_string().contains(decoder));

    let swapped = changed_models(|folder| {
        fs::copy(folder.join("stitching.onnx"), folder.join(decoder)).unwrap();
    });
    assert!(refusal(swapped.path()).to_string().contains("stitching"));
}

#[test]
fn the_adapted_graph_is_kept_beside_an_untouched_original() {
    if onnxruntime::is_missing() {
        return;
    }
    let folder = changed_models(|_| ());
    let original = fs::read(folder.path().join("warping_spade.onnx")).unwrap();
    LivePortraitEngine::open(&options(folder.path())).unwrap();
    assert_eq!(fs::read(folder.path().join("warping_spade.onnx")).unwrap(), original);
    let adapted =
        names(folder.path()).into_iter().filter(|name| name.contains(".gaze")).collect::<Vec<_>>();
    assert_eq!(adapted.len(), 1, "{adapted:?}");
    LivePortraitEngine::open(&options(folder.path())).unwrap();

    // Another decoder under the same name gets a graph of its own, and nothing uses the first one any more.
    fs::copy(models().join("fp16/warping_spade.onnx"), folder.path().join("warping_spade.onnx"))
        .unwrap();
    let half = LivePortraitEngine::open(&options(folder.path())).unwrap();
    assert_eq!(half.describe().precision.as_deref(), Some("16-bit floats"));
    let now: Vec<_> =
        names(folder.path()).into_iter().filter(|name| name.contains(".gaze")).collect();
    assert!(now.len() == 1 && now != adapted, "{now:?}");
}

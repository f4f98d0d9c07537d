//! Whether this machine has what tests of networks run on: the one place that decides, for all crates.

use std::env;

/// Whether no library of ONNX Runtime is named, so that a test has nothing to run on; says how to change that.
///
/// # Panics
/// Where `GAZE_REQUIRE_ORT` is set, so that nothing is left out without anybody's knowing.
#[track_caller]
pub(crate) fn is_missing() -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("ORT_DYLIB_PATH") {
        return false;
    }
    let remedy = "run `pip install onnxruntime`, then set ORT_DYLIB_PATH to its onnxruntime/capi/libonnxruntime.so.1.x";
    assert!(!is_set("GAZE_REQUIRE_ORT"), "this test runs ONNX Runtime: {remedy}");
    eprintln!("left out, as it runs ONNX Runtime: {remedy}");
    true
}

//! `gaze generate --engine liveportrait` as its users meet it: what goes wrong, and what becomes of runs that end
//! early. On stand-in models; most need ONNX Runtime, and some a C compiler for libraries that are none.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod bad_libraries;
mod bad_models;
mod bench;
mod forms;
#[path = "../../../gaze-liveportrait/tests/onnxruntime/mod.rs"]
mod onnxruntime;
mod options;
mod resume;
mod setup;

//! `gaze generate --engine liveportrait` as its users meet it: what goes wrong, and what becomes of runs that end
//! early. On stand-in models; needs ONNX Runtime, and a C compiler for libraries that are none.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod bad_libraries;
mod bad_models;
mod resume;
mod setup;

//! The `gaze` command, which the wheel brings along, and the player that it carries.

use std::ffi::OsString;
use std::path::PathBuf;

use pyo3::prelude::*;

use crate::engine::onnxruntime_folder;

/// Runs the `gaze` command with these arguments, the program's name first. Its exit code.
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    let onnxruntime: Option<PathBuf> = onnxruntime_folder(py);
    py.detach(|| gaze_cli::run(arguments, onnxruntime))
}

/// The player in one file: a script that defines ``<gaze-tracker>``.
#[pyfunction]
pub(crate) fn player_source() -> &'static str {
    gaze_cli::PLAYER
}

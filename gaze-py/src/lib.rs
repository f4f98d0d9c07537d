//! gaze for Python: the module `gaze_generator._native`.
//!
//! Thin: each file turns one subject's arguments into what gaze-core takes, calls it once and turns the result back.
//! What is Python's own, such as results in notebooks and runs over many portraits, is in `python/gaze_generator`.
//!
//! - `portrait`: pictures of every kind that Python users have; `arrays`: pixels to and from NumPy;
//! - `options`: keyword arguments; `engine`: choosing an engine, and ONNX Runtime from pip;
//! - `running`: work on a thread of its own, with progress, Ctrl-C and no interpreter lock;
//! - `generator`, `prepared`, `sweep`, `faces`, `pose`: what users see;
//! - `errors`: the one place where errors become exceptions; `command`: the `gaze` command.

mod arrays;
mod command;
mod engine;
mod errors;
mod faces;
mod generator;
mod options;
mod portrait;
mod pose;
mod prepared;
mod running;
mod sweep;

use pyo3::prelude::*;

// Free-threaded Python would switch its lock on for this: gaze was not tried without.
#[pymodule(gil_used = true)]
mod _native {
    #[pymodule_export]
    use super::command::{player_source, run_command};
    #[pymodule_export]
    use super::generator::GazeGenerator;
    #[pymodule_export]
    use super::pose::Pose;
    #[pymodule_export]
    use super::prepared::{PreparedPortrait, open_rig};
    #[pymodule_export]
    use super::running::Progress;
    #[pymodule_export]
    use super::sweep::{Sweep, end_sweeps};

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}

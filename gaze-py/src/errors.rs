//! Errors of gaze-core as exceptions: here and nowhere else.

use std::error::Error as _;
use std::io;

use gaze_core::{Error, ErrorKind, Hint, Warning};
use pyo3::prelude::*;
use pyo3::types::PyString;

/// Where the classes are.
const MODULE: &str = "gaze_generator._errors";

/// The exception for an error: its class by kind and cause, gaze's message in Python's words.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    let make = || -> PyResult<PyErr> {
        let class = py.import(MODULE)?.getattr(class_of(error))?;
        let exception = class.call1((error.worded(word),))?;
        if let Some(path) = error.path() {
            exception.setattr("path", path)?;
        }
        Ok(PyErr::from_value(exception))
    };
    make().unwrap_or_else(|failure| failure)
}

/// An option or an argument that cannot be used.
pub(crate) fn invalid_option(py: Python<'_>, message: impl Into<String>) -> PyErr {
    raise(py, &Error::new(ErrorKind::InvalidOption, message))
}

/// A portrait that cannot be used.
pub(crate) fn invalid_input(py: Python<'_>, message: impl Into<String>) -> PyErr {
    raise(py, &Error::new(ErrorKind::InvalidInput, message))
}

/// A fault of gaze itself.
pub(crate) fn panicked(py: Python<'_>, payload: &(dyn std::any::Any + Send)) -> PyErr {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let message = format!("a fault in gaze, please report it: {}", text.unwrap_or("unknown"));
    raise(py, &Error::new(ErrorKind::Engine, message))
}

fn class_of(error: &Error) -> &'static str {
    let cause = io_kind_of(error);
    match (error.kind(), cause) {
        (_, Some(io::ErrorKind::OutOfMemory)) => "OutOfMemoryError",
        (ErrorKind::InvalidOption, _) => "InvalidOptionError",
        (ErrorKind::InvalidInput, Some(io::ErrorKind::NotFound)) => "InputNotFoundError",
        (ErrorKind::InvalidInput, _) => "InvalidInputError",
        (ErrorKind::NoFace, _) => "NoFaceError",
        (ErrorKind::Output, _) if error.hints().contains(&Hint::AllowReplacing) => {
            "OutputExistsError"
        }
        (ErrorKind::Output, _) => "OutputError",
        (ErrorKind::InvalidFormat, _) => "InvalidFormatError",
        (ErrorKind::Cancelled, _) => "CancelledError",
        (ErrorKind::Engine, _) => "EngineError",
        _ => "GazeError",
    }
}

/// What the system said, where it is behind the error.
fn io_kind_of(error: &Error) -> Option<io::ErrorKind> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        cause = error.source();
    }
    None
}

/// The way out of an error in Python's words.
fn word(hint: &Hint) -> String {
    let words = match hint {
        Hint::AllowReplacing => "pass force=True to replace it",
        Hint::FetchModels => "run `gaze models pull`",
        Hint::FetchNonCommercialModels => {
            "run `gaze models pull` with the names of InsightFace's files and \
             --accept-noncommercial, if your use is not commercial"
        }
        Hint::VerifyModels => "run `gaze models verify`",
        Hint::NameModels => "name one in models= or LIVEPORTRAIT_PATH",
        Hint::InstallRuntime => {
            "run `pip install 'gaze-generator[cpu]'` (with a GPU: gaze-generator[cuda])"
        }
        Hint::UpdateRuntime => "run `pip install -U onnxruntime`",
        Hint::InstallGpuRuntime => "run `pip install -U 'gaze-generator[cuda]'`",
        Hint::InstallDirectMlRuntime => "run `pip install onnxruntime-directml` on Windows",
        Hint::NameRuntime => "name a library in onnxruntime= or ORT_DYLIB_PATH",
        Hint::Diagnose => "see `gaze doctor`",
        Hint::UseCpu => "use device=\"cpu\"",
        Hint::UseFullPrecision => "use precision=\"fp32\"",
        Hint::UseCuda => "use device=\"cuda\"",
        Hint::UseOwnLandmarks => "use landmarks=\"embedded\"",
        Hint::UseEmbedded => "use engine=\"embedded\"",
        Hint::NameEyes => "place the eyes of any face, also no human one, by face=((x, y), (x, y))",
        Hint::CropCloser => "use crop=\"bust\" or crop=\"head\"",
        other => return other.to_string(),
    };
    words.to_owned()
}

/// What may look wrong, in Python's words.
pub(crate) fn warning_in_words(warning: &Warning) -> String {
    warning.worded(word)
}

/// A value as Python writes it, cut where it is long.
pub(crate) fn shown(value: &Bound<'_, PyAny>) -> String {
    const MOST: usize = 60;
    let text = value.repr().unwrap_or_else(|_| PyString::new(value.py(), "?"));
    let text = text.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// Which engine was taken and why.
pub(crate) fn note_of(opened: &gaze_core::OpenedEngine) -> String {
    opened.worded_note(word)
}

//! What was found in a model file.

use std::fmt;

use gaze_rig::{Error, ErrorKind, Result};

/// What the numbers of a model are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Precision {
    /// 32-bit floats.
    Float32,
    /// 16-bit floats. Of a file: in all inputs and outputs; of a run: at least where its time goes.
    Float16,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Precision::Float32 => "32-bit floats",
            Precision::Float16 => "16-bit floats",
        })
    }
}

/// What [`verify_model`](crate::verify_model) found in a file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ModelReport {
    /// Size of the file.
    pub bytes: u64,
    /// Version of ONNX's operators that it was exported with; 0 where it says none.
    pub opset: i64,
    /// Type of its inputs and outputs.
    pub precision: Precision,
    /// Whether every input leaves its first axis open.
    pub is_batch_free: bool,
    /// The file's names for the declared inputs, in that order; empty where one is missing or none are declared.
    pub inputs: Vec<String>,
    /// The same for outputs.
    pub outputs: Vec<String>,
    /// What is not as declared, in sentences; empty for a good file.
    pub differences: Vec<String>,
}

impl ModelReport {
    /// The report itself where nothing differs.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] with every difference.
    pub fn into_sound(self) -> Result<Self> {
        if self.differences.is_empty() {
            return Ok(self);
        }
        Err(Error::new(
            ErrorKind::Engine,
            format!("the model cannot be used: {}", self.differences.join("; ")),
        ))
    }
}

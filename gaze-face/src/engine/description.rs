//! What an engine is and where it runs.

use std::fmt;

/// What an engine says of itself, for logs, JSON, Python and health checks. Its text is one line without the
/// precision.
///
/// ```
/// use gaze_face::EngineDescription;
///
/// let description = EngineDescription::new("liveportrait")
///     .with_device("cuda:0")
///     .with_batch(8)
///     .with_precision("16-bit floats")
///     .with_library("ONNX Runtime 1.32.0");
/// assert_eq!(
///     description.to_string(),
///     "liveportrait on cuda:0, 8 at a time, ONNX Runtime 1.32.0"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct EngineDescription {
    /// Short lower-case name, for instance `embedded`.
    pub name: &'static str,
    /// Where networks run, for instance `cuda:0`; none for engines without a choice.
    pub device: Option<String>,
    /// Frames rendered at a time; none for engines that render each by itself.
    pub batch: Option<usize>,
    /// The numbers that networks compute with; none where there is only one kind.
    pub precision: Option<String>,
    /// Name and version of the library that runs the networks, where it is not built in.
    pub library: Option<String>,
    /// Whatever else is worth knowing, a sentence each.
    pub notes: Vec<String>,
}

impl EngineDescription {
    /// An engine of this name of which nothing else is to be said.
    pub fn new(name: &'static str) -> Self {
        Self { name, device: None, batch: None, precision: None, library: None, notes: Vec::new() }
    }

    /// Names where networks run.
    #[must_use]
    pub fn with_device(mut self, device: impl Into<String>) -> Self {
        self.device = Some(device.into());
        self
    }

    /// Tells how many frames are rendered at a time.
    #[must_use]
    pub fn with_batch(mut self, batch: usize) -> Self {
        self.batch = Some(batch);
        self
    }

    /// Names the numbers that networks compute with.
    #[must_use]
    pub fn with_precision(mut self, precision: impl Into<String>) -> Self {
        self.precision = Some(precision.into());
        self
    }

    /// Names the library that runs the networks.
    #[must_use]
    pub fn with_library(mut self, library: impl Into<String>) -> Self {
        self.library = Some(library.into());
        self
    }

    /// Adds a sentence.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

impl fmt::Display for EngineDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        if let Some(device) = &self.device {
            write!(f, " on {device}")?;
        }
        if let Some(batch) = self.batch {
            write!(f, ", {batch} at a time")?;
        }
        if let Some(library) = &self.library {
            write!(f, ", {library}")?;
        }
        self.notes.iter().try_for_each(|note| write!(f, "; {note}"))
    }
}

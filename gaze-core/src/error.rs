//! The one error type of the crate.

use std::path::PathBuf;

/// What went wrong, coarse enough to choose an exit code, an HTTP status or an exception class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An option or an argument is out of its range.
    InvalidOption,
    /// The portrait cannot be read, is too large or is damaged.
    InvalidInput,
    /// The portrait shows no face that can be used.
    NoFace,
    /// An engine, one of its models or its library failed.
    Engine,
    /// Sheets or other results cannot be written, or do not fit their format.
    Output,
    /// A file or folder of sheets does not keep its format.
    InvalidFormat,
    /// The observer asked to stop.
    Cancelled,
}

/// Any failure of this crate. Its text is lower case and says what to do next.
///
/// The reasons behind it stay private so that they can grow; branch on [`Error::kind`].
#[derive(Debug, thiserror::Error)]
#[error("{message}{}", path.as_ref().map(|p| format!(" ({})", p.display())).unwrap_or_default())]
pub struct Error {
    kind: ErrorKind,
    message: String,
    path: Option<PathBuf>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind` with a message for people.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), path: None, source: None }
    }

    /// The same error with the file it is about.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The same error with the error that caused it.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The text without the path.
    #[cfg(feature = "generate")]
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The file or folder the error is about, where there is one.
    pub fn path(&self) -> Option<&std::path::Path> {
        self.path.as_deref()
    }
}

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

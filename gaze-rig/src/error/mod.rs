//! The one error type of gaze's crates.

mod finding;
mod hint;

use std::fmt;
use std::path::{Path, PathBuf};

pub use finding::Finding;
pub use hint::Hint;

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

/// Any failure of gaze's crates. Its text is lower case and says what to do next.
///
/// The reasons behind it stay private so that they can grow; branch on [`Error::kind`]. What a user can do about it
/// is in the message where that is the same everywhere, and in typed [`hints`](Error::hints) where each front end has
/// its own word for it:
///
/// ```
/// use gaze_rig::{Error, ErrorKind, Hint};
///
/// let error = Error::new(ErrorKind::Output, "the file is there already")
///     .with_hint(Hint::AllowReplacing)
///     .with_path("frames.gaze");
/// assert_eq!(error.to_string(), "the file is there already: allow replacing it (frames.gaze)");
/// let on_a_command_line = error.worded(|hint| match hint {
///     Hint::AllowReplacing => "replace it with --force".into(),
///     other => other.to_string(),
/// });
/// assert_eq!(on_a_command_line, "the file is there already: replace it with --force (frames.gaze)");
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Reasons>);

/// Boxed: every result has room for an error, and players no room for the code that moves a large one.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.worded(Hint::to_string))]
struct Reasons {
    kind: ErrorKind,
    message: String,
    hints: Vec<Hint>,
    detail: Option<String>,
    path: Option<PathBuf>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind` with a message for people.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let (message, hints) = (message.into(), Vec::new());
        Self(Box::new(Reasons { kind, message, hints, detail: None, path: None, source: None }))
    }

    /// The error of a run that its observer stopped.
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "cancelled")
    }

    /// The same error with another way out of it.
    #[must_use]
    pub fn with_hint(mut self, hint: Hint) -> Self {
        self.0.hints.push(hint);
        self
    }

    /// The same error without ways out of it: for a remark about something that was got over.
    #[must_use]
    pub fn without_hints(mut self) -> Self {
        self.0.hints.clear();
        self
    }

    /// The same error with what a library or the system says of it, which comes after the ways out.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// The same error with the file it is about.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.0.path = Some(path.into());
        self
    }

    /// The same error with the error that caused it.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The text without hints, detail and path.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Ways out of it, the best first.
    pub fn hints(&self) -> &[Hint] {
        &self.0.hints
    }

    /// What a library or the system says of it, where it is not part of the message.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The file or folder the error is about, where there is one.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The whole text in the words of a front end: `word` says what its users call the way out. A message that says
    /// what to do itself, after a colon, is continued.
    pub fn worded(&self, word: impl Fn(&Hint) -> String) -> String {
        self.0.worded(word)
    }
}

impl Reasons {
    fn worded(&self, word: impl Fn(&Hint) -> String) -> String {
        let mut text = self.message.clone();
        for hint in &self.hints {
            text.push_str(if text.contains(": ") { ", or " } else { ": " });
            text.push_str(&word(hint));
        }
        if let Some(detail) = &self.detail {
            text.push_str(": ");
            text.push_str(detail);
        }
        if let Some(path) = &self.path {
            let _ = fmt::Write::write_fmt(&mut text, format_args!(" ({})", path.display()));
        }
        text
    }
}

/// Shorthand for results of gaze's crates.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_go_on_where_the_message_advises() {
        let error = Error::new(ErrorKind::Output, "the folder is not empty: choose another")
            .with_hint(Hint::AllowReplacing)
            .with_hint(Hint::UseCpu)
            .with_path("face");
        assert_eq!(
            error.to_string(),
            "the folder is not empty: choose another, or allow replacing it, or use the CPU (face)"
        );
        assert_eq!(error.message(), "the folder is not empty: choose another");
    }

    #[test]
    fn details_come_after_hints() {
        let error = Error::new(ErrorKind::Engine, "cuda:0 does not start")
            .with_hint(Hint::UseCpu)
            .with_detail("driver: too old")
            .with_path("model");
        assert_eq!(
            error.to_string(),
            "cuda:0 does not start: use the CPU: driver: too old (model)"
        );
        assert_eq!(
            error.without_hints().to_string(),
            "cuda:0 does not start: driver: too old (model)"
        );
    }
}

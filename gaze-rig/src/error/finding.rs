//! Something found on a machine.

use std::fmt;

use super::{Error, Hint};

/// Something that is there or is not there, in a line, with the error behind it where there is one.
#[derive(Debug)]
pub struct Finding {
    text: String,
    error: Option<Error>,
}

impl Finding {
    /// A line for people.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), error: None }
    }

    /// The same line, followed by what an error says.
    #[must_use]
    pub fn with_error(mut self, error: Error) -> Self {
        self.error = Some(error);
        self
    }

    /// The error behind it, where there is one.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// The line in the words of a front end, as by [`Error::worded`].
    pub fn worded(&self, word: impl Fn(&Hint) -> String) -> String {
        match &self.error {
            None => self.text.clone(),
            Some(error) if self.text.is_empty() => error.worded(word),
            Some(error) => format!("{}: {}", self.text, error.worded(word)),
        }
    }
}

impl From<Error> for Finding {
    fn from(error: Error) -> Self {
        Self { text: String::new(), error: Some(error) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.worded(Hint::to_string))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn errors_are_worded_after_the_line() {
        let error = || Error::new(ErrorKind::Engine, "it is missing").with_hint(Hint::FetchModels);
        let word = |_: &Hint| "pull".to_owned();
        assert_eq!(Finding::new("no GPU").worded(word), "no GPU");
        assert_eq!(Finding::from(error()).worded(word), "it is missing: pull");
        let finding = Finding::new("stitching").with_error(error());
        assert_eq!(finding.worded(word), "stitching: it is missing: pull");
        assert_eq!(finding.to_string(), "stitching: it is missing: fetch the model files");
    }
}

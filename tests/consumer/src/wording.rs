//! Errors in the words of another front end.

use gaze_core::{Error, Hint};

/// The ways out of an error, in French.
pub fn in_french(error: &Error) -> Vec<String> {
    let words = |hint: &Hint| match hint {
        Hint::AllowReplacing => "cocher « remplacer »".to_owned(),
        other => other.to_string(),
    };
    error.hints().iter().map(words).collect()
}

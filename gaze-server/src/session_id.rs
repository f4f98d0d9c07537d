//! Names of sessions, which become names of folders and parts of addresses.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use rand::RngExt;
use serde::{Deserialize, Serialize};

/// What a session's name begins with.
const PREFIX: &str = "session_";
/// Digits of milliseconds since 1970: from 2001 to the year 5138 by 13 and 14 of them.
const MILLISECOND_DIGITS: std::ops::RangeInclusive<usize> = 12..=14;
/// How many letters and digits are drawn by lot.
const DRAWN: usize = 9;
const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// The name of a session: `session_{milliseconds since 1970}_{9 of a-z0-9}`. Whatever has another form is none, so that no
/// name leads out of the folder of sessions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId(String);

impl SessionId {
    /// A new name, of now and of letters drawn by lot: nobody guesses it.
    pub fn new() -> Self {
        let mut rng = rand::rng();
        let drawn = (0..DRAWN).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())]));
        Self(format!("{PREFIX}{}_{}", milliseconds_now(), drawn.collect::<String>()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for SessionId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is no session's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotASessionId;

impl fmt::Display for NotASessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is no session: names look like session_1764400000000_a1b2c3d4e")
    }
}

impl std::error::Error for NotASessionId {}

impl FromStr for SessionId {
    type Err = NotASessionId;

    fn from_str(text: &str) -> Result<Self, NotASessionId> {
        let is_well_formed = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'))
            .is_some_and(|(digits, drawn)| {
                MILLISECOND_DIGITS.contains(&digits.len())
                    && digits.bytes().all(|byte| byte.is_ascii_digit())
                    && drawn.len() == DRAWN
                    && drawn.bytes().all(|byte| LETTERS.contains(&byte))
            });
        if is_well_formed { Ok(Self(text.to_owned())) } else { Err(NotASessionId) }
    }
}

impl TryFrom<String> for SessionId {
    type Error = NotASessionId;

    fn try_from(text: String) -> Result<Self, NotASessionId> {
        text.parse()
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        id.0
    }
}

/// Milliseconds since 1970.
pub(crate) fn milliseconds_now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_names_are_well_formed_and_differ() {
        let (a, b) = (SessionId::new(), SessionId::new());
        assert_ne!(a, b);
        assert_eq!(a.as_str().parse(), Ok(a.clone()));
    }

    #[test]
    fn nothing_else_is_a_name() {
        for text in [
            "",
            "session_",
            "session_1764400000000_",
            "session_1764400000000_ABCDEFGHI",
            "session_1764400000000_a1b2c3d4",
            "session_1764400000000_a1b2c3d4ef",
            "session_1764400000000_a1b2c3d4e/..",
            "../session_1764400000000_a1b2c3d4e",
            "session_17644000000000000_a1b2c3d4e",
            "session_1764400000000_a1b2c3d4\u{e9}",
            "session_+764400000000_a1b2c3d4e",
            "session_1764400000000_a1b2c3d4e\0",
            "session_1764400000000_../../etc",
            "Session_1764400000000_a1b2c3d4e",
        ] {
            assert!(text.parse::<SessionId>().is_err(), "{text}");
        }
    }
}

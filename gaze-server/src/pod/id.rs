//! Names of sessions on a pod.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Letters that a name has at most.
const MAX_LEN: usize = 64;

/// The name of a session: letters, digits, `_` and `-`, 64 at most. It becomes the name of a folder, and nothing of that
/// form leads out of the one that it is in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct PodSessionId(String);

impl PodSessionId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PodSessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is no session's name.
#[derive(Debug)]
pub(crate) struct NotAPodSessionId;

impl fmt::Display for NotAPodSessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a session_id has letters, digits, _ and - only, {MAX_LEN} at most")
    }
}

impl FromStr for PodSessionId {
    type Err = NotAPodSessionId;

    fn from_str(text: &str) -> Result<Self, NotAPodSessionId> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if (1..=MAX_LEN).contains(&text.len()) && text.bytes().all(is_letter) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAPodSessionId)
        }
    }
}

impl TryFrom<String> for PodSessionId {
    type Error = NotAPodSessionId;

    fn try_from(text: String) -> Result<Self, NotAPodSessionId> {
        text.parse()
    }
}

impl From<PodSessionId> for String {
    fn from(id: PodSessionId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_elsewhere() {
        for text in ["session_1764400000000_a1b2c3d4e", "a", "-", &"x".repeat(64)] {
            assert_eq!(text.parse::<PodSessionId>().unwrap().as_str(), text);
        }
        for text in ["", ".", "..", "a/b", "a\\b", "a.b", "a b", "a\0", "\u{e9}", &"x".repeat(65)] {
            assert!(text.parse::<PodSessionId>().is_err(), "{text}");
        }
    }
}

//! What the servers' options have in common: the pod's token, and lengths of time.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use gaze_core::{Error, ErrorKind, Result};

/// Holds the token; arguments can be seen by everyone on a machine.
const VARIABLE: &str = "GAZE_POD_TOKEN";

/// Where the pod's token is taken from.
#[derive(Args)]
pub(crate) struct TokenArguments {
    /// File with the token that the pod asks for [env: GAZE_POD_TOKEN holds the token itself] [default: no token]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl TokenArguments {
    /// The token, where there is one.
    pub(crate) fn token(&self) -> Result<Option<String>> {
        let Some(file) = &self.token_file else {
            return Ok(std::env::var(VARIABLE).ok().and_then(trimmed));
        };
        let text = std::fs::read_to_string(file).map_err(|e| {
            let message = format!("the token cannot be read: {e}");
            Error::new(ErrorKind::InvalidOption, message).with_path(file).with_source(e)
        })?;
        let token = trimmed(text).ok_or_else(|| {
            let message = "the file holds no token: write one into it";
            Error::new(ErrorKind::InvalidOption, message).with_path(file)
        })?;
        Ok(Some(token))
    }
}

fn trimmed(text: String) -> Option<String> {
    Some(text.trim().to_owned()).filter(|token| !token.is_empty())
}

/// `90s`, `15m`, `2h` or `1d`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    let wrong = "use a number with s, m, h or d, for instance 15m";
    let unit = match text.bytes().last() {
        Some(b's') => 1,
        Some(b'm') => 60,
        Some(b'h') => 60 * 60,
        Some(b'd') => 24 * 60 * 60,
        _ => return Err(wrong),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| wrong)?;
    if number == 0 {
        return Err(wrong);
    }
    Ok(Duration::from_secs(u64::from(number) * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(parse_duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(parse_duration("2h"), Ok(Duration::from_secs(7200)));
        assert_eq!(parse_duration("1d"), Ok(Duration::from_secs(86400)));
        for text in ["", "m", "15", "0s", "-1s", "1.5h", "1w", "9\u{e9}"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_token_is_read_from_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        std::fs::write(&file, " s3cret\n").unwrap();
        let from = |file: PathBuf| TokenArguments { token_file: Some(file) }.token();
        assert_eq!(from(file.clone()).unwrap().as_deref(), Some("s3cret"));
        std::fs::write(&file, "\n").unwrap();
        assert!(from(file).unwrap_err().to_string().contains("no token"));
        assert!(from(dir.path().join("missing")).is_err());
    }
}

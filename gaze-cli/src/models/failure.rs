//! Network errors in sentences, and whether trying again may help.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use gaze_core::{Error, ErrorKind, Result};
use ureq::http::StatusCode;

/// Before the second try; doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause that is waited for; a server that asks for more is left alone.
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// How often a pause checks for cancellation.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Why a request failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Trying again will not help.
    Permanent(Error),
    /// Trying again may help, after the pause that the server asks for, if it names one.
    Transient(Error, Option<Duration>),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Permanent(error)
    }
}

impl Failure {
    /// An engine error that trying again will not mend.
    pub(crate) fn permanent(message: impl Into<String>) -> Self {
        Failure::Permanent(Error::new(ErrorKind::Engine, message))
    }

    /// An engine error that may be gone on the next try.
    pub(crate) fn transient(message: impl Into<String>) -> Self {
        Failure::Transient(Error::new(ErrorKind::Engine, message), None)
    }

    /// The error of a request to `host` that got no answer.
    pub(crate) fn from_request(host: &str, e: ureq::Error) -> Self {
        use io::ErrorKind as Io;
        let advice = "check the network and the proxy (HTTPS_PROXY, NO_PROXY), or name another server with --endpoint";
        let (message, is_transient) = match &e {
            ureq::Error::HostNotFound => (format!("{host} is not known here: {advice}"), false),
            ureq::Error::Io(e) if e.kind() == Io::ConnectionRefused => {
                (format!("{host} refuses the connection: {advice}"), false)
            }
            // Refused certificates come as this one.
            ureq::Error::Io(e) if e.kind() == Io::InvalidData => (untrusted(host, e), false),
            ureq::Error::Rustls(e) => (untrusted(host, e), false),
            ureq::Error::Tls(e) => (untrusted(host, e), false),
            ureq::Error::Timeout(_) => (format!("{host} does not answer in time: {advice}"), true),
            ureq::Error::Io(_) | ureq::Error::ConnectionFailed | ureq::Error::Protocol(_) => {
                (format!("{host} cannot be reached ({e}): {advice}"), true)
            }
            ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => (
                format!("the proxy does not lead to {host} ({e}): check HTTPS_PROXY and NO_PROXY"),
                false,
            ),
            ureq::Error::TooManyRedirects => {
                (format!("{host} leads round in a circle: check --endpoint"), false)
            }
            e => (format!("{host} cannot be used ({e}): check --endpoint"), false),
        };
        let error = Error::new(ErrorKind::Engine, message).with_source(e);
        if is_transient { Failure::Transient(error, None) } else { Failure::Permanent(error) }
    }

    /// An answer of `host` with an error status to a request for `what`.
    pub(crate) fn from_status(
        host: &str,
        what: &str,
        status: StatusCode,
        retry_after: Option<&str>,
        has_token: bool,
    ) -> Self {
        match status.as_u16() {
            401 | 403 if has_token => Failure::permanent(format!(
                "{host} does not let this access token fetch {what} ({status}): check HF_TOKEN, or unset it, since the files are public"
            )),
            // The hub hides what does not exist behind a 401.
            401 | 403 => Failure::permanent(format!(
                "{host} gives {what} to those it knows only ({status}): check --endpoint and --revision, or set HF_TOKEN to an access token"
            )),
            404 | 410 => Failure::permanent(format!(
                "{host} does not have {what} ({status}): check --endpoint and --revision"
            )),
            429 => {
                let pause = retry_after.and_then(|text| text.trim().parse().ok());
                let when = pause.map_or("later".to_owned(), |s: u64| format!("in {s} s"));
                let message = format!(
                    "{host} has had too many requests from here ({status}): run the command again {when}, or set HF_TOKEN to an access token, which may ask more often"
                );
                let error = Error::new(ErrorKind::Engine, message);
                Failure::Transient(error, pause.map(Duration::from_secs))
            }
            408 | 500.. => Failure::transient(format!(
                "{host} has a problem ({status}): run the command again later"
            )),
            _ => Failure::permanent(format!(
                "{host} answers {status} when asked for {what}: check --endpoint"
            )),
        }
    }
}

fn untrusted(host: &str, e: &dyn std::fmt::Display) -> String {
    format!(
        "{host} cannot prove that it is {host} ({e}): check the clock and this machine's certificates, and behind a \
         company's proxy name its certificate in SSL_CERT_FILE"
    )
}

/// Calls `attempt` until it succeeds, up to `retries` times more after transient failures. With a failure `attempt` says
/// whether it made progress, which resets the count.
///
/// # Errors
/// The last failure, or [`ErrorKind::Cancelled`].
pub(crate) fn with_retries<T>(
    retries: u32,
    is_cancelled: &dyn Fn() -> bool,
    mut attempt: impl FnMut() -> Result<T, (Failure, bool)>,
) -> Result<T> {
    let mut failed = 0;
    loop {
        let (error, asked) = match attempt() {
            Ok(done) => return Ok(done),
            Err((Failure::Permanent(error), _)) => return Err(error),
            Err((Failure::Transient(error, asked), made_progress)) => {
                failed = if made_progress { 1 } else { failed + 1 };
                (error, asked)
            }
        };
        let pause = asked.unwrap_or(FIRST_PAUSE * 2u32.saturating_pow(failed - 1)).min(MAX_PAUSE);
        if failed > retries || asked.is_some_and(|asked| asked > MAX_PAUSE) {
            return Err(error);
        }
        let end = Instant::now() + pause;
        while Instant::now() < end {
            if is_cancelled() {
                return Err(Error::new(ErrorKind::Cancelled, "cancelled"));
            }
            thread::sleep(POLL_INTERVAL.min(end.saturating_duration_since(Instant::now())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often something is tried that fails with `failure` each time.
    fn tries(retries: u32, failure: impl Fn() -> Failure) -> usize {
        let mut tries = 0;
        let error = with_retries(retries, &|| false, || {
            tries += 1;
            Err::<(), _>((failure(), false))
        });
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Engine);
        tries
    }

    fn too_many(retry_after: &str) -> Failure {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Failure::from_status("hub", "a file", status, Some(retry_after), false)
    }

    #[test]
    fn only_transient_failures_are_tried_again() {
        assert_eq!(tries(3, || Failure::permanent("no")), 1);
        assert_eq!(tries(1, || Failure::transient("not now")), 2);
        assert_eq!(tries(0, || Failure::transient("not now")), 1);
        assert_eq!(tries(2, || too_many("0")), 3);
        assert_eq!(tries(2, || too_many("3600")), 1);
    }

    #[test]
    fn coming_further_counts_as_a_new_try() {
        let mut left = 3;
        let done = with_retries(1, &|| false, || {
            left -= 1;
            if left == 0 { Ok("done") } else { Err((Failure::transient("cut"), true)) }
        });
        assert_eq!(done.unwrap(), "done");
    }

    #[test]
    fn cancelling_ends_a_pause() {
        let start = Instant::now();
        let error =
            with_retries(1, &|| true, || Err::<(), _>((too_many("50"), false))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn sentences_say_what_to_do() {
        let of = |code, has_token| {
            let status = StatusCode::from_u16(code).unwrap();
            match Failure::from_status("hub", "a file", status, None, has_token) {
                Failure::Permanent(error) => (error.to_string(), false),
                Failure::Transient(error, _) => (error.to_string(), true),
            }
        };
        for (code, has_token, says, is_transient) in [
            (401, false, "set HF_TOKEN", false),
            (403, true, "check HF_TOKEN", false),
            (404, false, "--revision", false),
            (429, false, "again later", true),
            (500, false, "again later", true),
            (503, false, "again later", true),
            (418, false, "--endpoint", false),
        ] {
            let (message, transient) = of(code, has_token);
            assert!(message.contains(says), "{code}: {message}");
            assert_eq!(transient, is_transient, "{code}");
        }
    }
}

//! What a network can do wrong, in sentences, and whether trying again may help.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use gaze_core::{Error, ErrorKind, Result};
use ureq::http::StatusCode;

/// Before the second try; doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause that is waited for; a server that asks for more is left alone.
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// How often a pause looks whether to go on.
const TICK: Duration = Duration::from_millis(50);

/// Why something was not fetched.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Trying again will not help.
    Final(Error),
    /// It may, after the pause that the server asks for, if it does.
    Passing(Error, Option<Duration>),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Final(error)
    }
}

impl Failure {
    /// A model problem that trying again will not mend.
    pub(crate) fn lasting(message: impl Into<String>) -> Self {
        Failure::Final(Error::new(ErrorKind::Engine, message))
    }

    /// One that may be gone next time.
    pub(crate) fn passing(message: impl Into<String>) -> Self {
        Failure::Passing(Error::new(ErrorKind::Engine, message), None)
    }

    /// What kept a request to `host` from its answer.
    pub(crate) fn of_request(host: &str, e: ureq::Error) -> Self {
        use io::ErrorKind as Io;
        let advice = "check the network and the proxy (HTTPS_PROXY, NO_PROXY), or name another server with --endpoint";
        let (message, is_passing) = match &e {
            ureq::Error::HostNotFound => (format!("{host} is not known here: {advice}"), false),
            ureq::Error::Io(e) if e.kind() == Io::ConnectionRefused => {
                (format!("{host} refuses the connection: {advice}"), false)
            }
            // So are certificates refused.
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
        if is_passing { Failure::Passing(error, None) } else { Failure::Final(error) }
    }

    /// An answer of `host` other than the one hoped for. `what` was asked for.
    pub(crate) fn of_status(
        host: &str,
        what: &str,
        status: StatusCode,
        retry_after: Option<&str>,
        has_token: bool,
    ) -> Self {
        match status.as_u16() {
            401 | 403 if has_token => Failure::lasting(format!(
                "{host} does not let this access token fetch {what} ({status}): check HF_TOKEN, or unset it, since the files are public"
            )),
            // The hub hides what does not exist behind a 401.
            401 | 403 => Failure::lasting(format!(
                "{host} gives {what} to those it knows only ({status}): check --endpoint and --revision, or set HF_TOKEN to an access token"
            )),
            404 | 410 => Failure::lasting(format!(
                "{host} does not have {what} ({status}): check --endpoint and --revision"
            )),
            429 => {
                let pause = retry_after.and_then(|text| text.trim().parse().ok());
                let when = pause.map_or("later".to_owned(), |s: u64| format!("in {s} s"));
                let message = format!(
                    "{host} has had too many requests from here ({status}): run the command again {when}, or set HF_TOKEN to an access token, which may ask more often"
                );
                let error = Error::new(ErrorKind::Engine, message);
                Failure::Passing(error, pause.map(Duration::from_secs))
            }
            408 | 500.. => Failure::passing(format!(
                "{host} has a problem ({status}): run the command again later"
            )),
            _ => Failure::lasting(format!(
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

/// Tries up to `retries` times more while failures are passing ones. `attempt` says with a failure whether it came
/// further than the try before, which lets the count begin again.
///
/// # Errors
/// The last failure, or [`ErrorKind::Cancelled`].
pub(crate) fn persist<T>(
    retries: u32,
    is_cancelled: &dyn Fn() -> bool,
    mut attempt: impl FnMut() -> Result<T, (Failure, bool)>,
) -> Result<T> {
    let mut failed = 0;
    loop {
        let (error, asked) = match attempt() {
            Ok(done) => return Ok(done),
            Err((Failure::Final(error), _)) => return Err(error),
            Err((Failure::Passing(error, asked), came_further)) => {
                failed = if came_further { 1 } else { failed + 1 };
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
            thread::sleep(TICK.min(end.saturating_duration_since(Instant::now())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often something is tried that fails with `failure` each time.
    fn tries(retries: u32, failure: impl Fn() -> Failure) -> usize {
        let mut tries = 0;
        let error = persist(retries, &|| false, || {
            tries += 1;
            Err::<(), _>((failure(), false))
        });
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Engine);
        tries
    }

    fn too_many(retry_after: &str) -> Failure {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Failure::of_status("hub", "a file", status, Some(retry_after), false)
    }

    #[test]
    fn only_passing_failures_are_tried_again() {
        assert_eq!(tries(3, || Failure::lasting("no")), 1);
        assert_eq!(tries(1, || Failure::passing("not now")), 2);
        assert_eq!(tries(0, || Failure::passing("not now")), 1);
        assert_eq!(tries(2, || too_many("0")), 3);
        assert_eq!(tries(2, || too_many("3600")), 1);
    }

    #[test]
    fn coming_further_counts_as_a_new_try() {
        let mut left = 3;
        let done = persist(1, &|| false, || {
            left -= 1;
            if left == 0 { Ok("done") } else { Err((Failure::passing("cut"), true)) }
        });
        assert_eq!(done.unwrap(), "done");
    }

    #[test]
    fn cancelling_ends_a_pause() {
        let start = Instant::now();
        let error = persist(1, &|| true, || Err::<(), _>((too_many("50"), false))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn sentences_say_what_to_do() {
        let of = |code, has_token| {
            let status = StatusCode::from_u16(code).unwrap();
            match Failure::of_status("hub", "a file", status, None, has_token) {
                Failure::Final(error) => (error.to_string(), false),
                Failure::Passing(error, _) => (error.to_string(), true),
            }
        };
        for (code, has_token, says, is_passing) in [
            (401, false, "set HF_TOKEN", false),
            (403, true, "check HF_TOKEN", false),
            (404, false, "--revision", false),
            (429, false, "again later", true),
            (500, false, "again later", true),
            (503, false, "again later", true),
            (418, false, "--endpoint", false),
        ] {
            let (message, passes) = of(code, has_token);
            assert!(message.contains(says), "{code}: {message}");
            assert_eq!(passes, is_passing, "{code}");
        }
    }
}

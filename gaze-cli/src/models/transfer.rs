//! A file's bytes come over the network, from where an earlier try ended.

use std::io::Read;

use gaze_core::{Error, ErrorKind};
use ureq::Body;
use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use ureq::http::{HeaderMap, Response, StatusCode};

use super::failure::Failure;
use super::hub::{Announced, Hub, text_of};
use super::part::Part;

/// Bytes written at once.
const BLOCK_BYTES: usize = 128 << 10;

/// Fetches what `part` lacks of the announced file, telling `watch` how many bytes are there.
///
/// That a range is of the same content as the bytes before it needs no `If-Range`: the address names a commit, the
/// part's name a digest, and the whole is checked against it. Storage behind a hub has ETags of its own, so that
/// the hub's would never fit.
///
/// # Errors
/// What went wrong; the part keeps what came.
pub(crate) fn fetch(
    hub: &Hub,
    name: &str,
    announced: &Announced,
    part: &mut Part,
    watch: &dyn Fn(u64),
    is_cancelled: &dyn Fn() -> bool,
) -> Result<(), Failure> {
    let (host, size) = (hub.host(), announced.size);
    if part.len() == size {
        return Ok(());
    }
    let answer = hub.get(&announced.url, part.len())?;
    begin(hub, name, announced, part, &answer)?;
    let mut body = answer.into_body().into_reader();
    let mut block = vec![0; BLOCK_BYTES];
    watch(part.len());
    while part.len() < size {
        if is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "cancelled").into());
        }
        let read = match body.read(&mut block) {
            Ok(0) => return Err(broken(host, name, part.len(), size, "it ended")),
            Ok(read) => read,
            Err(e) => return Err(broken(host, name, part.len(), size, &e.to_string())),
        };
        // Never more than was announced, whatever comes.
        let wanted = usize::try_from(size - part.len()).map_or(read, |left| left.min(read));
        part.write(&block[..wanted])?;
        if wanted < read {
            return Err(too_long(host, name, size));
        }
        watch(part.len());
    }
    Ok(())
}

/// Makes sure that the answer's body is what the part lacks, beginning again where the server cannot go on.
fn begin(
    hub: &Hub,
    name: &str,
    announced: &Announced,
    part: &mut Part,
    answer: &Response<Body>,
) -> Result<(), Failure> {
    let (host, headers) = (hub.host(), answer.headers());
    match answer.status() {
        StatusCode::PARTIAL_CONTENT if is_wanted(headers, part.len(), announced.size) => {}
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
            part.clear()?;
            return Err(Failure::passing(format!(
                "{host} does not go on where {name} ended: run the command again, it begins anew"
            )));
        }
        // The whole file: this server knows no ranges.
        StatusCode::OK => part.clear()?,
        _ => hub.check_status(answer, name)?,
    }
    if text_of(headers, CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("text/html")) {
        return Err(Failure::lasting(format!(
            "{host} sends a page instead of {name}: a login or a proxy may stand in between, check it and --endpoint"
        )));
    }
    let length: Option<u64> =
        text_of(headers, CONTENT_LENGTH.as_str()).and_then(|text| text.parse().ok());
    match length {
        Some(length) if length > announced.size - part.len() => {
            Err(too_long(host, name, announced.size))
        }
        _ => Ok(()),
    }
}

/// Whether a part of a file begins at `offset` and is of a file of `size` bytes.
fn is_wanted(headers: &HeaderMap, offset: u64, size: u64) -> bool {
    let range =
        text_of(headers, CONTENT_RANGE.as_str()).and_then(|text| text.strip_prefix("bytes "));
    let Some((range, total)) = range.and_then(|range| range.split_once('/')) else {
        return false;
    };
    let start = range.split_once('-').and_then(|(start, _)| start.parse().ok());
    start == Some(offset) && (total == "*" || total.parse() == Ok(size))
}

fn broken(host: &str, name: &str, there: u64, size: u64, why: &str) -> Failure {
    Failure::passing(format!(
        "the connection to {host} broke after {there} of {size} bytes of {name} ({why}): run the command again, it goes on from there"
    ))
}

fn too_long(host: &str, name: &str, size: u64) -> Failure {
    Failure::lasting(format!(
        "{host} sends more than the {size} bytes that it announced of {name}: name another server with --endpoint"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::HeaderValue;

    #[test]
    fn only_the_range_that_was_asked_for_is_wanted() {
        let wanted = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_RANGE, HeaderValue::from_static(text));
            is_wanted(&headers, 10, 100)
        };
        assert!(wanted("bytes 10-99/100") && wanted("bytes 10-99/*"));
        for text in ["bytes 0-99/100", "bytes 10-99/101", "bytes */100", "10-99/100", "bytes 10"] {
            assert!(!wanted(text), "{text}");
        }
        assert!(!is_wanted(&HeaderMap::new(), 10, 100));
    }
}

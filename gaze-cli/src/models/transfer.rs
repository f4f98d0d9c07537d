//! Downloading a file's bytes, from where an earlier try ended.

use std::io::Read;

use gaze_core::{Error, ErrorKind};
use ureq::Body;
use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use ureq::http::{HeaderMap, Response, StatusCode};

use super::failure::Failure;
use super::hub::{Hub, RemoteFile, text_of};
use super::partial_download::PartialDownload;

/// Bytes written at once.
const BLOCK_BYTES: usize = 128 << 10;

/// Fetches the rest of the remote file into `partial`, telling `watch` how many bytes are there.
///
/// That a range is of the same content as the bytes before it needs no `If-Range`: the address names a commit, the
/// partial file's name a digest, and the whole is checked against it. Storage behind a hub has ETags of its own, so that
/// the hub's would never fit.
///
/// # Errors
/// What went wrong; `partial` keeps the bytes that arrived.
pub(crate) fn fetch(
    hub: &Hub,
    name: &str,
    remote: &RemoteFile,
    partial: &mut PartialDownload,
    watch: &dyn Fn(u64),
    is_cancelled: &dyn Fn() -> bool,
) -> Result<(), Failure> {
    let (host, size) = (hub.host(), remote.size);
    if partial.len() == size {
        return Ok(());
    }
    let answer = hub.get(&remote.url, partial.len())?;
    check_answer(hub, name, remote, partial, &answer)?;
    let mut body = answer.into_body().into_reader();
    let mut block = vec![0; BLOCK_BYTES];
    watch(partial.len());
    while partial.len() < size {
        if is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "cancelled").into());
        }
        let read = match body.read(&mut block) {
            Ok(0) => return Err(broken(host, name, partial.len(), size, "it ended")),
            Ok(read) => read,
            Err(e) => return Err(broken(host, name, partial.len(), size, &e.to_string())),
        };
        // Never more than the hub announced, whatever the server sends.
        let wanted = usize::try_from(size - partial.len()).map_or(read, |left| left.min(read));
        partial.write(&block[..wanted])?;
        if wanted < read {
            return Err(too_long(host, name, size));
        }
        watch(partial.len());
    }
    Ok(())
}

/// Checks that the answer's body continues the partial file, and starts over where the server cannot resume.
fn check_answer(
    hub: &Hub,
    name: &str,
    remote: &RemoteFile,
    partial: &mut PartialDownload,
    answer: &Response<Body>,
) -> Result<(), Failure> {
    let (host, headers) = (hub.host(), answer.headers());
    match answer.status() {
        StatusCode::PARTIAL_CONTENT if is_wanted_range(headers, partial.len(), remote.size) => {}
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
            partial.clear()?;
            return Err(Failure::transient(format!(
                "{host} does not go on where {name} ended: run the command again, it begins anew"
            )));
        }
        // The whole file: this server knows no ranges.
        StatusCode::OK => partial.clear()?,
        _ => hub.check_status(answer, name)?,
    }
    if text_of(headers, CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("text/html")) {
        return Err(Failure::permanent(format!(
            "{host} sends a page instead of {name}: a login or a proxy may stand in between, check it and --endpoint"
        )));
    }
    let length: Option<u64> =
        text_of(headers, CONTENT_LENGTH.as_str()).and_then(|text| text.parse().ok());
    match length {
        Some(length) if length > remote.size - partial.len() => {
            Err(too_long(host, name, remote.size))
        }
        _ => Ok(()),
    }
}

/// Whether the range of the answer begins at `offset` and is of a file of `size` bytes.
fn is_wanted_range(headers: &HeaderMap, offset: u64, size: u64) -> bool {
    let range =
        text_of(headers, CONTENT_RANGE.as_str()).and_then(|text| text.strip_prefix("bytes "));
    let Some((range, total)) = range.and_then(|range| range.split_once('/')) else {
        return false;
    };
    let start = range.split_once('-').and_then(|(start, _)| start.parse().ok());
    start == Some(offset) && (total == "*" || total.parse() == Ok(size))
}

fn broken(host: &str, name: &str, there: u64, size: u64, why: &str) -> Failure {
    Failure::transient(format!(
        "the connection to {host} broke after {there} of {size} bytes of {name} ({why}): run the command again, it goes on from there"
    ))
}

fn too_long(host: &str, name: &str, size: u64) -> Failure {
    Failure::permanent(format!(
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
            is_wanted_range(&headers, 10, 100)
        };
        assert!(wanted("bytes 10-99/100") && wanted("bytes 10-99/*"));
        for text in ["bytes 0-99/100", "bytes 10-99/101", "bytes */100", "10-99/100", "bytes 10"] {
            assert!(!wanted(text), "{text}");
        }
        assert!(!is_wanted_range(&HeaderMap::new(), 10, 100));
    }
}

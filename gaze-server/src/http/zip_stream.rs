//! Zips that are made while they are sent: stored, not deflated, since what is in them is compressed already.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::byte_counter::ByteCounter;
use super::stored_file::as_download;
use super::written_body::written_body;

/// What a file in a zip is made of.
#[derive(Clone)]
pub(crate) enum Content {
    File(PathBuf),
    Bytes(&'static [u8]),
    /// What a function writes.
    Written(Arc<WriteTo>),
}

/// Writes a file of a zip.
type WriteTo = dyn Fn(&mut dyn Write) -> io::Result<()> + Send + Sync;

/// A file of a zip: its name, with `/` between folders, and what is in it.
pub(crate) type Entry = (String, Content);

/// A zip as an answer.
pub(crate) fn answer(entries: Vec<Entry>, name: &str) -> Response {
    // Where it ends early it is without its list, and nobody takes it for whole.
    let mut response = Response::new(written_body(move |mut out| write(&entries, &mut out)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    as_download(response, name)
}

/// How many bytes the zip has.
pub(crate) fn size_of(entries: &[Entry]) -> io::Result<u64> {
    let mut counter = ByteCounter::default();
    write(entries, &mut counter)?;
    Ok(counter.bytes)
}

fn write(entries: &[Entry], out: &mut impl Write) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(out);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in entries {
        zip.start_file(name.as_str(), options)?;
        match content {
            Content::File(path) => drop(io::copy(&mut File::open(path)?, &mut zip)?),
            Content::Bytes(bytes) => zip.write_all(bytes)?,
            Content::Written(write) => write(&mut zip)?,
        }
    }
    zip.finish()?.flush()
}

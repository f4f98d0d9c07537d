//! Reading an ONNX file, and saying what it is where it is none.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use gaze_rig::{Error, ErrorKind, Hint, Result};
use onnx_protobuf::{Message, ModelProto};

use crate::onnx::protobuf_guard::{Fault, check_model};

/// Largest model file that is read: protobuf, and so ONNX, knows no larger one.
pub(crate) const MODEL_MAX_BYTES: u64 = (1 << 31) - 1;

/// The bytes of a file that may be a model.
pub(crate) fn read_model(path: &Path) -> Result<Vec<u8>> {
    let fault = |message: String| Error::new(ErrorKind::Engine, message).with_path(path);
    let unreadable = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => {
            fault("the model is missing".to_owned()).with_hint(Hint::FetchModels)
        }
        _ => fault(format!("the model cannot be read: {e}")).with_source(e),
    };
    // Looked at before it is opened: a pipe would block.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(fault("the model is not a file: name a file of the ONNX format".to_owned()));
    }
    if metadata.len() > MODEL_MAX_BYTES {
        return Err(fault(format!(
            "the model has {} bytes, but ONNX files end at 2 GiB: export it with its weights in one smaller file",
            metadata.len()
        )));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    File::open(path)
        .and_then(|file| file.take(MODEL_MAX_BYTES).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    Ok(bytes)
}

/// Parses a model, its unknown fields kept. Takes a few times the memory of `bytes` at most.
pub(crate) fn parse_model(bytes: &[u8]) -> Result<ModelProto> {
    let fault = |message: &str| Error::new(ErrorKind::Engine, message);
    if let Some((message, hint)) = recognize(bytes) {
        let error = fault(message);
        return Err(match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        });
    }
    check_model(bytes).map_err(|e| {
        fault(match e {
            Fault::CutShort => "the model is cut short: fetch it again",
            Fault::Damaged => DAMAGED,
            Fault::TooLarge => {
                "the model has more parts than any real one, so it isn't loaded: fetch it again"
            }
        })
    })?;
    ModelProto::parse_from_bytes(bytes).map_err(|e| fault(DAMAGED).with_source(e))
}

const DAMAGED: &str = "the model is damaged: fetch it again";

/// Says what files are that downloads leave behind instead of a model, and what helps besides; nothing for what may
/// be one.
fn recognize(bytes: &[u8]) -> Option<(&'static str, Option<Hint>)> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if bytes.is_empty() {
        Some(("the model is an empty file: fetch it again", None))
    } else if text.starts_with(b"<") {
        let message = "this is a web page, not a model; the address may need a login";
        Some((message, Some(Hint::FetchModels)))
    } else if text.starts_with(b"version https://git-lfs") {
        let message = "this is a git-lfs pointer, not the model itself: run `git lfs pull`";
        Some((message, Some(Hint::FetchModels)))
    } else if bytes.starts_with(b"PK\x03\x04") {
        let message =
            "this is a zip archive or a PyTorch checkpoint, not an ONNX model: unpack it first";
        Some((message, None))
    } else if bytes.starts_with(b"\x1f\x8b") {
        Some(("this is a gzip archive, not an ONNX model: unpack it first", None))
    } else if text.starts_with(b"{") {
        let message =
            "this is JSON, not a model: a server may have answered with an error; fetch it again";
        Some((message, None))
    } else if bytes[0] != IR_VERSION_TAG {
        Some(("this is not an ONNX model: fetch it again", None))
    } else {
        None
    }
}

/// Whatever writes ONNX writes the version of the format first.
const IR_VERSION_TAG: u8 = 0x08;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_a_file_is() {
        for (bytes, word) in [
            (&b""[..], "empty"),
            (b"<!DOCTYPE html><html>", "web page"),
            (b"\xef\xbb\xbf\n <html>", "web page"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "git-lfs pointer"),
            (b"PK\x03\x04....", "zip"),
            (b"\x1f\x8b....", "gzip"),
            (b"{\"error\":\"Invalid username or password.\"}", "JSON"),
            (b"\x89PNG", "not an ONNX model"),
            (b"\x08\x08\x3a\x10\x0a", "cut short"),
            (b"\x08\x08\x0b", "damaged"),
        ] {
            let error = parse_model(bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Engine);
            assert!(error.to_string().contains(word), "{error}");
        }
        for bytes in [&b"<html>"[..], b"version https://git-lfs.github.com/spec/v1"] {
            assert_eq!(parse_model(bytes).unwrap_err().hints(), [Hint::FetchModels]);
        }
    }

    #[test]
    fn files_that_cannot_be_models() {
        let dir = tempfile::tempdir().unwrap();
        let missing = read_model(&dir.path().join("stitching.onnx")).unwrap_err();
        assert!(missing.to_string().contains("is missing"), "{missing}");
        assert_eq!(missing.hints(), [Hint::FetchModels]);
        assert!(missing.to_string().contains("stitching.onnx"), "{missing}");
        let folder = read_model(dir.path()).unwrap_err();
        assert!(folder.to_string().contains("not a file"), "{folder}");
        let large = dir.path().join("large.onnx");
        File::create(&large).unwrap().set_len(3 << 30).unwrap();
        assert!(read_model(&large).unwrap_err().to_string().contains("2 GiB"));
    }
}

//! Reading an ONNX file, and saying what it is where it is none.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use gaze_rig::{Error, ErrorKind, Hint, Result};
use onnx_protobuf::{Message, ModelProto};

use crate::onnx::protobuf_guard::{Fault, check_model};

/// Largest model file that is read: protobuf, and so ONNX, knows no larger one.
pub(crate) const MODEL_MAX_BYTES: u64 = (1 << 31) - 1;

/// Bytes read at once.
const BLOCK_BYTES: u64 = 4 << 20;

/// The bytes of a file that may be a model.
pub(crate) fn read_model(path: &Path) -> Result<Vec<u8>> {
    read_model_counting(path, &mut |_| Ok(()))
}

/// The same; `each` hears of every block that is read, in order, and may end it.
pub(crate) fn read_model_counting(
    path: &Path,
    each: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<Vec<u8>> {
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
    let mut file = File::open(path).map_err(unreadable)?;
    while (bytes.len() as u64) < MODEL_MAX_BYTES {
        let start = bytes.len();
        let most = BLOCK_BYTES.min(MODEL_MAX_BYTES - start as u64);
        if (&mut file).take(most).read_to_end(&mut bytes).map_err(unreadable)? == 0 {
            break;
        }
        each(&bytes[start..])?;
    }
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

/// Says what files are that downloads leave behind instead of a model, or that other programs read, and what helps
/// besides; nothing for what may be a model.
fn recognize(bytes: &[u8]) -> Option<(&'static str, Option<Hint>)> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let fetch = Some(Hint::FetchModels);
    if bytes.is_empty() {
        Some(("the model is an empty file: fetch it again", None))
    } else if text.starts_with(b"<") && contains(text, b"<net ") {
        Some(("this is a model of OpenVINO, not an ONNX model: take the ONNX set", fetch))
    } else if text.starts_with(b"<") {
        Some(("this is a web page, not a model; the address may need a login", fetch))
    } else if text.starts_with(b"version https://git-lfs") {
        let message = "this is a git-lfs pointer, not the model itself: run `git lfs pull`";
        Some((message, fetch))
    } else if is_pytorch(bytes) {
        let message = "this is a file of PyTorch (.pth), which holds weights without a graph, not an ONNX model: take \
                       the ONNX set";
        Some((message, fetch))
    } else if is_safetensors(bytes) {
        let message = "this is a safetensors file, which holds weights without a graph, not an ONNX model: take the \
                       ONNX set";
        Some((message, fetch))
    } else if bytes.starts_with(b"ftrt") || bytes.starts_with(b"ptrt") {
        let message = "this is an engine of TensorRT, which is made for one GPU, not an ONNX model: take the ONNX set";
        Some((message, fetch))
    } else if bytes.get(4..8) == Some(b"ORTM") {
        let message = "this is a model in ONNX Runtime's own format (.ort), not an ONNX model: take the ONNX set";
        Some((message, fetch))
    } else if bytes.starts_with(b"PK\x03\x04") {
        Some(("this is a zip archive, not an ONNX model: unpack it first", None))
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

/// Bytes at the beginning of a file in which marks are looked for.
const HEAD_BYTES: usize = 1 << 10;

fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    bytes[..bytes.len().min(HEAD_BYTES)].windows(mark.len()).any(|window| window == mark)
}

/// What `torch.save` writes: a zip archive whose first entry is `NAME/data.pkl`, or a pickle of protocol 2.
fn is_pytorch(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") && contains(bytes, b"/data.pkl")
        || bytes.starts_with(b"\x80\x02")
}

/// The length of a head of JSON in eight bytes, and that head.
fn is_safetensors(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else { return false };
    let length = u64::from_le_bytes(*length);
    rest.starts_with(b"{\"") && (2..=rest.len() as u64).contains(&length)
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
            (b"PK\x03\x04\0\0\x08\x08\0\0archive/data.pkl", "PyTorch"),
            (b"PK\x03\x04\0\0\x08\x08\0\0spade_generator/data.pkl", "PyTorch"),
            (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "PyTorch"),
            (b"\x10\0\0\0\0\0\0\0{\"__metadata__\":{}}", "safetensors"),
            (b"ftrt\x01\0\0\0", "TensorRT"),
            (b"\x18\0\0\0ORTM", ".ort"),
            (b"<?xml version=\"1.0\"?>\n<net name=\"spade\" version=\"11\">", "OpenVINO"),
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

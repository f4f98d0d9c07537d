//! Tells graphs that were written whole from those that are cut short or damaged since: they end in their own digest.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use gaze_rig::{Error, ErrorKind, Result};
use sha2::{Digest, Sha256};

/// Before the digest: `metadata_props` (field 14 of ONNX's model, 79 bytes) with the key `gaze.sha256` and a value of
/// 64 characters. Readers of ONNX take it for a remark.
const HEAD: &[u8] = b"\x72\x4f\x0a\x0bgaze.sha256\x12\x40";
/// Bytes of all of it.
const TRAILER_BYTES: u64 = HEAD.len() as u64 + 64;

/// Bytes read at once.
const BLOCK_BYTES: usize = 1 << 20;

/// Ends a model with the digest of what it holds so far.
pub(crate) fn add_checksum(model: &mut Vec<u8>) {
    let digest = hex::encode(Sha256::digest(&*model));
    // Not by half a gigabyte more than is needed.
    model.reserve_exact(TRAILER_BYTES as usize);
    model.extend(HEAD);
    model.extend(digest.as_bytes());
}

/// Whether a file ends in the digest of what it holds. One that is missing or cannot be read does not. `each` hears of
/// every block that is read.
///
/// # Errors
/// Those of `each`.
pub(crate) fn has_valid_checksum(path: &Path, each: Each<'_>) -> Result<bool> {
    let Ok(metadata) = std::fs::metadata(path) else { return Ok(false) };
    let Some(body) = metadata.len().checked_sub(TRAILER_BYTES).filter(|_| metadata.is_file())
    else {
        return Ok(false);
    };
    let Ok(mut file) = File::open(path) else { return Ok(false) };
    let digest = match sha256_of((&mut file).take(body), each)? {
        Ok(digest) => hex::encode(digest),
        Err(_) => return Ok(false),
    };
    let mut trailer = Vec::new();
    let read = file
        .seek(SeekFrom::Start(body))
        .and_then(|_| file.take(TRAILER_BYTES).read_to_end(&mut trailer));
    Ok(read.is_ok() && trailer.strip_prefix(HEAD) == Some(digest.as_bytes()))
}

/// SHA-256 of a model file. `each` hears of every block that is read.
///
/// # Errors
/// Those of `each`; [`ErrorKind::Engine`] where it cannot be read.
pub(crate) fn digest_of_file(path: &Path, each: Each<'_>) -> Result<[u8; 32]> {
    let unreadable = |e: io::Error| {
        Error::new(ErrorKind::Engine, format!("a model file cannot be read: {e}"))
            .with_path(path)
            .with_source(e)
    };
    let file = File::open(path).map_err(unreadable)?;
    sha256_of(file, each)?.map_err(unreadable)
}

/// Hears of blocks of bytes, and may end the reading.
type Each<'a> = &'a mut dyn FnMut(&[u8]) -> Result<()>;

/// SHA-256 of all that can be read, or why it cannot.
fn sha256_of(mut bytes: impl Read, each: Each<'_>) -> Result<io::Result<[u8; 32]>> {
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        let read = match bytes.read(&mut block) {
            Ok(0) => return Ok(Ok(hash.finalize().into())),
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Ok(Err(e)),
        };
        hash.update(&block[..read]);
        each(&block[..read])?;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use onnx_protobuf::{Message, ModelProto};

    use super::*;

    fn has_valid_checksum(path: &Path) -> bool {
        super::has_valid_checksum(path, &mut |_| Ok(())).unwrap()
    }

    #[test]
    fn damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.onnx");
        assert!(!has_valid_checksum(&path), "missing");
        let model =
            ModelProto { ir_version: 8, producer_name: "x".repeat(300), ..Default::default() };
        let mut bytes = model.write_to_bytes().unwrap();
        fs::write(&path, &bytes).unwrap();
        assert!(!has_valid_checksum(&path), "no checksum yet");
        add_checksum(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        assert!(has_valid_checksum(&path));
        for len in 0..bytes.len() {
            fs::write(&path, &bytes[..len]).unwrap();
            assert!(!has_valid_checksum(&path), "{len} of {} bytes", bytes.len());
        }
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            fs::write(&path, &flipped).unwrap();
            assert!(!has_valid_checksum(&path), "byte {at}");
        }
    }

    #[test]
    fn the_checksum_is_a_remark_in_the_model() {
        let mut bytes =
            ModelProto { ir_version: 8, ..Default::default() }.write_to_bytes().unwrap();
        add_checksum(&mut bytes);
        let model = ModelProto::parse_from_bytes(&bytes).unwrap();
        assert_eq!(model.ir_version, 8);
        assert_eq!(model.metadata_props[0].key, "gaze.sha256");
        assert_eq!(model.metadata_props[0].value.len(), 64);
    }
}

//! Tells graphs that were written whole from those that are cut short or damaged since: they end in their own digest.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

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
    model.extend(HEAD);
    model.extend(digest.as_bytes());
}

/// Whether a file ends in the digest of what it holds. One that is missing or cannot be read does not.
pub(crate) fn has_valid_checksum(path: &Path) -> bool {
    let check = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        let Some(body) = file.metadata()?.len().checked_sub(TRAILER_BYTES) else {
            return Ok(false);
        };
        let digest = hex::encode(sha256_of((&mut file).take(body))?);
        file.seek(SeekFrom::Start(body))?;
        let mut trailer = Vec::new();
        file.take(TRAILER_BYTES).read_to_end(&mut trailer)?;
        Ok(trailer.strip_prefix(HEAD) == Some(digest.as_bytes()))
    };
    path.is_file() && check().unwrap_or(false)
}

/// SHA-256 of all that can be read.
pub(crate) fn sha256_of(bytes: impl Read) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    io::copy(&mut BufReader::with_capacity(BLOCK_BYTES, bytes), &mut hash)?;
    Ok(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use onnx_protobuf::{Message, ModelProto};

    use super::*;

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

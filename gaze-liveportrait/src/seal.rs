//! Tells graphs that were written whole from those that are cut short or damaged since: they end in their own digest.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

/// Before the digest: `metadata_props` (field 14 of ONNX's model, 79 bytes) with the key `gaze.sha256` and a value of
/// 64 characters. Readers of ONNX take it for a remark.
const HEAD: &[u8] = b"\x72\x4f\x0a\x0bgaze.sha256\x12\x40";
/// Bytes of all of it.
const SEAL_BYTES: u64 = HEAD.len() as u64 + 64;

/// Ends a model with the digest of what it holds so far.
pub(super) fn seal(model: &mut Vec<u8>) {
    let digest = hex(&Sha256::digest(&*model));
    model.extend(HEAD);
    model.extend(digest.as_bytes());
}

/// Whether a file is a model as it was sealed. One that is missing or cannot be read is not.
pub(super) fn is_sealed(path: &Path) -> bool {
    let check = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        let Some(body) = file.metadata()?.len().checked_sub(SEAL_BYTES) else {
            return Ok(false);
        };
        let digest = hex(&sha256_of((&mut file).take(body))?);
        file.seek(SeekFrom::Start(body))?;
        let mut seal = Vec::new();
        file.take(SEAL_BYTES).read_to_end(&mut seal)?;
        Ok(seal.strip_prefix(HEAD) == Some(digest.as_bytes()))
    };
    path.is_file() && check().unwrap_or(false)
}

/// SHA-256 of all that can be read.
pub(super) fn sha256_of(mut bytes: impl Read) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match bytes.read(&mut buffer)? {
            0 => return Ok(hash.finalize().into()),
            len => hash.update(&buffer[..len]),
        }
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use onnx_protobuf::{Message, ModelProto};

    use super::*;

    #[test]
    fn damage_breaks_the_seal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.onnx");
        assert!(!is_sealed(&path), "missing");
        let model =
            ModelProto { ir_version: 8, producer_name: "x".repeat(300), ..Default::default() };
        let mut bytes = model.write_to_bytes().unwrap();
        fs::write(&path, &bytes).unwrap();
        assert!(!is_sealed(&path), "not sealed yet");
        seal(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        assert!(is_sealed(&path));
        for len in 0..bytes.len() {
            fs::write(&path, &bytes[..len]).unwrap();
            assert!(!is_sealed(&path), "{len} of {} bytes", bytes.len());
        }
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            fs::write(&path, &flipped).unwrap();
            assert!(!is_sealed(&path), "byte {at}");
        }
    }

    #[test]
    fn a_seal_is_a_remark_in_the_model() {
        let mut bytes =
            ModelProto { ir_version: 8, ..Default::default() }.write_to_bytes().unwrap();
        seal(&mut bytes);
        let model = ModelProto::parse_from_bytes(&bytes).unwrap();
        assert_eq!(model.ir_version, 8);
        assert_eq!(model.metadata_props[0].key, "gaze.sha256");
        assert_eq!(model.metadata_props[0].value.len(), 64);
    }
}

//! The digests that a hub announces for its files.

use std::io::{self, Read};

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// Bytes read at once.
const BLOCK_BYTES: usize = 1 << 20;

/// Digest of a file's content, in lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Digest {
    /// SHA-256 of the content: what hubs announce for large files.
    Sha256(String),
    /// Git's object name, SHA-1 of a header and the content: all that hubs announce for small files.
    GitBlob(String),
}

impl Digest {
    /// The digest that a hub lists as `sha256` or, for a file that is kept in git itself, as `blob`; none where
    /// it is malformed or missing.
    pub(crate) fn from_hub(sha256: Option<&str>, blob: Option<&str>) -> Option<Self> {
        match (sha256, blob) {
            (Some(text), _) => hex_digits(text, 64).map(Digest::Sha256),
            (None, Some(text)) => hex_digits(text, 40).map(Digest::GitBlob),
            (None, None) => None,
        }
    }

    /// The digits.
    pub(crate) fn hex(&self) -> &str {
        match self {
            Digest::Sha256(hex) | Digest::GitBlob(hex) => hex,
        }
    }

    /// Whether content of `len` bytes has this digest. Asks before each block whether to go on.
    ///
    /// # Errors
    /// Those of `content`, and [`io::ErrorKind::Interrupted`] when it is not to go on.
    pub(crate) fn matches(
        &self,
        content: &mut impl Read,
        len: u64,
        is_cancelled: &dyn Fn() -> bool,
    ) -> io::Result<bool> {
        let found = match self {
            Digest::Sha256(_) => hex_digest(Sha256::new(), content, is_cancelled),
            Digest::GitBlob(_) => {
                let header = format!("blob {len}\0");
                hex_digest(Sha1::new_with_prefix(header), content, is_cancelled)
            }
        };
        Ok(found? == self.hex())
    }
}

/// The text in lower case where it is `digits` hexadecimal digits.
fn hex_digits(text: &str, digits: usize) -> Option<String> {
    let is_hex = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| text.to_ascii_lowercase())
}

fn hex_digest<D: sha2::Digest>(
    mut digest: D,
    content: &mut impl Read,
    is_cancelled: &dyn Fn() -> bool,
) -> io::Result<String> {
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        if is_cancelled() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        match content.read(&mut block)? {
            0 => break,
            n => digest.update(&block[..n]),
        }
    }
    Ok(hex::encode(digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(digest: &Digest, content: &[u8]) -> bool {
        digest.matches(&mut &content[..], content.len() as u64, &|| false).unwrap()
    }

    #[test]
    fn both_digests_tell_content_apart() {
        // `printf abc | sha256sum`, and `printf abc | git hash-object --stdin`.
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let blob = "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f";
        let digests = [
            Digest::from_hub(Some(&sha256.to_uppercase()), Some(blob)).unwrap(),
            Digest::from_hub(None, Some(blob)).unwrap(),
        ];
        assert_eq!(digests[0], Digest::Sha256(sha256.to_owned()));
        for digest in &digests {
            assert!(matches(digest, b"abc"), "{digest:?}");
            assert!(!matches(digest, b"abd"), "{digest:?}");
        }
    }

    #[test]
    fn what_is_no_digest_is_none() {
        for text in ["", "../../etc/passwd", &"g".repeat(64), &"a".repeat(63)] {
            assert_eq!(Digest::from_hub(Some(text), None), None, "{text}");
            assert_eq!(Digest::from_hub(None, Some(text)), None, "{text}");
        }
        assert_eq!(Digest::from_hub(None, None), None);
    }

    #[test]
    fn cancelling_ends_it() {
        let digest = Digest::Sha256("0".repeat(64));
        let error = digest.matches(&mut io::repeat(0), 1, &|| true).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted);
    }
}

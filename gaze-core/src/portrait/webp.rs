//! Whether a WebP is whole. The decoder allocates what a chunk's header claims, up to 4 GiB, before
//! it reads the chunk.

/// Whether every chunk ends within the file.
pub(super) fn is_complete(bytes: &[u8]) -> bool {
    let size_at = |at: usize| {
        let size = bytes.get(at..)?.first_chunk()?;
        Some(u64::from(u32::from_le_bytes(*size)))
    };
    let length = bytes.len() as u64;
    let Some(end) = size_at(4).map(|size| length.min(size + 8)) else { return false };
    // Behind "RIFF", the size and "WEBP".
    let mut at = 12;
    while at + 8 <= end {
        let Some(size) = size_at(at as usize + 4) else { return false };
        if at + 8 + size > length {
            return false;
        }
        at += 8 + size + size % 2;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn riff(chunks: &[(&[u8; 4], u32, &[u8])]) -> Vec<u8> {
        let mut body = b"WEBP".to_vec();
        for (name, size, data) in chunks {
            body.extend(*name);
            body.extend(size.to_le_bytes());
            body.extend(*data);
        }
        [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
    }

    #[test]
    fn chunks_must_end_within_the_file() {
        let whole = riff(&[(b"VP8L", 3, &[1, 2, 3, 0]), (b"EXIF", 2, &[4, 5])]);
        assert!(is_complete(&whole));
        assert!(is_complete(&[&whole[..], b"trailer that is no chunk"].concat()));
        assert!(!is_complete(&whole[..22]), "the first chunk lacks a byte");
        assert!(!is_complete(&whole[..7]));
        assert!(!is_complete(&riff(&[(b"VP8L", 2, &[1, 2]), (b"EXIF", u32::MAX - 1, &[4, 5])])));
        assert!(!is_complete(&riff(&[(b"ICCP", 0x7fff_ffff, &[])])));
    }
}

//! The size that a WebP file claims, without decoding it.

use crate::frame::Size;

/// Bytes of a WebP file that [`webp_size`] needs.
pub const WEBP_HEADER_BYTES: usize = 30;

/// Width and height that the WebP file beginning with `start` claims; none where it is no still WebP
/// picture or `start` is too short. What decodes a stranger's picture asks before, since a few bytes may
/// claim any size.
///
/// Format: RFC 9649, section 2.5 to 2.7, and RFC 6386, section 9.1.
pub fn webp_size(start: &[u8]) -> Option<Size> {
    let header: &[u8; WEBP_HEADER_BYTES] = start.first_chunk()?;
    if header[..4] != *b"RIFF" || header[8..12] != *b"WEBP" {
        return None;
    }
    let u16 = |at: usize| u32::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let u24 = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], 0]);
    let (width, height) = match &header[12..16] {
        // A key frame's start code, then 14 bits each, below two bits of scaling.
        b"VP8 " if header[23..26] == [0x9d, 0x01, 0x2a] => (u16(26) & 0x3fff, u16(28) & 0x3fff),
        // One byte of signature, then 14 bits each, less one.
        b"VP8L" if header[20] == 0x2f => {
            let bits = u32::from_le_bytes([header[21], header[22], header[23], header[24]]);
            ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)
        }
        // Flags, then 24 bits each, less one. Bit 1 marks animations.
        b"VP8X" if header[20] & 0x02 == 0 => (u24(24) + 1, u24(27) + 1),
        _ => return None,
    };
    Some(Size { width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(chunk: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
        file.extend_from_slice(chunk);
        file.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        file.extend_from_slice(payload);
        file.resize(WEBP_HEADER_BYTES, 0);
        file
    }

    #[test]
    fn every_kind_of_still_picture_tells_its_size() {
        let expected = Some(Size { width: 410, height: 512 });
        let lossy = [0, 0, 0, 0x9d, 0x01, 0x2a, 0x9a, 0x01, 0x00, 0x02];
        assert_eq!(webp_size(&file(b"VP8 ", &lossy)), expected);
        let extended = [0x10, 0, 0, 0, 0x99, 0x01, 0, 0xff, 0x01, 0];
        assert_eq!(webp_size(&file(b"VP8X", &extended)), expected);
        let bits = 409u32 | 511 << 14;
        let lossless = [&[0x2f][..], &bits.to_le_bytes()].concat();
        assert_eq!(webp_size(&file(b"VP8L", &lossless)), expected);
    }

    #[test]
    fn everything_else_tells_none() {
        let animated = [0x02, 0, 0, 0, 1, 0, 0, 1, 0, 0];
        assert_eq!(webp_size(&file(b"VP8X", &animated)), None);
        assert_eq!(webp_size(&file(b"VP8 ", &[0; 10])), None);
        assert_eq!(webp_size(&file(b"JUNK", &[0; 10])), None);
        assert_eq!(webp_size(&file(b"VP8L", &[0x2f])[..29]), None);
        assert_eq!(webp_size(b"\x89PNG"), None);
    }
}

//! Whether a JPEG is whole. The decoder fills what is missing with grey and says nothing.

/// Whether the end-of-image marker follows the picture data: bytes after it do not matter, and the
/// end of a thumbnail inside a segment does not count.
pub(super) fn is_complete(bytes: &[u8]) -> bool {
    let mut rest = &bytes[2.min(bytes.len())..];
    while let Some(at) = marker_position(rest) {
        let marker = rest[at + 1];
        rest = &rest[at + 2..];
        match marker {
            END_OF_IMAGE => return true,
            // Markers without a segment: restarts inside the data, start of image, TEM.
            0xd0..=0xd8 | 0x01 => {}
            _ => {
                let Some(length) = rest.first_chunk() else { return false };
                let Some(next) = rest.get(usize::from(u16::from_be_bytes(*length))..) else {
                    return false;
                };
                rest = next;
            }
        }
    }
    false
}

const END_OF_IMAGE: u8 = 0xd9;

/// Where the next marker's 0xff stands: not one that is stuffed into data (followed by 0) or that
/// only fills (followed by another 0xff).
fn marker_position(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xff))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: &[u8] = &[0xff, 0xe0, 0, 6, 0xff, 0xd9, 0, 0];
    const DATA: &[u8] = &[0xff, 0xda, 0, 2, 1, 2, 0xff, 0, 3, 0xff, 0xd0, 4];

    fn jpeg(parts: &[&[u8]]) -> Vec<u8> {
        [&[0xff, 0xd8], parts.concat().as_slice()].concat()
    }

    #[test]
    fn the_end_is_found_behind_the_data_only() {
        assert!(is_complete(&jpeg(&[SEGMENT, DATA, &[0xff, 0xd9]])));
        assert!(is_complete(&jpeg(&[SEGMENT, DATA, &[0xff, 0xff, 0xd9], b"trailer"])));
        assert!(!is_complete(&jpeg(&[SEGMENT, DATA])), "a thumbnail's end is not the picture's");
    }

    #[test]
    fn every_cut_is_incomplete() {
        let whole = jpeg(&[SEGMENT, DATA, SEGMENT, DATA, &[0xff, 0xd9]]);
        assert!(is_complete(&whole));
        for length in 0..whole.len() {
            assert!(!is_complete(&whole[..length]), "cut to {length} bytes");
        }
    }
}

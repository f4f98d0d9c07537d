//! Whether a WebP is sound enough for its decoder, which believes some headers too readily: it
//! allocates what a chunk claims, up to 4 GiB, before it reads the chunk, and panics where a picture
//! inside an animation has another size than its frame.

/// Whether every chunk ends within the file and every frame has the size it claims.
pub(super) fn is_sound(bytes: &[u8]) -> bool {
    let Some(size) = little_endian(bytes, 4, 4) else { return false };
    let end = bytes.len().min(size.saturating_add(8));
    chunks(bytes, 12, end, &mut |name, body| match name {
        // Corner, size less 1 and duration, 3 bytes each, flags; then the chunks of the picture.
        b"ANMF" => {
            let side = |at| Some(little_endian(body, at, 3)? + 1);
            let (Some(width), Some(height)) = (side(6), side(9)) else { return false };
            chunks(body, 16, body.len(), &mut |name, picture| {
                name != b"VP8 " || lossy_size(picture) == Some([width, height])
            })
        }
        _ => true,
    })
}

/// The file without what is cut at its end, and with the size that it has, where all of a still picture is there. None
/// where nothing is amiss or something of the picture is missing.
pub(super) fn completed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut at = 12;
    let mut has_picture = false;
    while let (Some(name), Some(size)) = (bytes.get(at..at + 4), little_endian(bytes, at + 4, 4)) {
        let end = at.checked_add(8)?.checked_add(size)?;
        // A byte that fills up to an even size may be missing.
        if end > bytes.len() || name == b"ANMF" {
            break;
        }
        has_picture |= matches!(name, b"VP8 " | b"VP8L");
        at = end + size % 2;
    }
    let claimed = little_endian(bytes, 4, 4)?.saturating_add(8);
    if !has_picture || (claimed <= bytes.len() && at >= claimed) {
        return None;
    }
    let mut whole = bytes[..at.min(bytes.len())].to_vec();
    whole.resize(at, 0);
    let size = (whole.len() - 8) as u32;
    whole[4..8].copy_from_slice(&size.to_le_bytes());
    Some(whole)
}

/// Calls `check` with name and body of every chunk between `at` and `end`; false where one reaches
/// past the bytes or `check` says so.
fn chunks(
    bytes: &[u8],
    mut at: usize,
    end: usize,
    check: &mut dyn FnMut(&[u8], &[u8]) -> bool,
) -> bool {
    while at + 8 <= end {
        let Some(size) = little_endian(bytes, at + 4, 4) else { return false };
        let body_at = at + 8;
        let body = body_at.checked_add(size).and_then(|end| bytes.get(body_at..end));
        let Some(body) = body else { return false };
        if !check(&bytes[at..at + 4], body) {
            return false;
        }
        at = body_at + size + size % 2;
    }
    true
}

/// Width and height in the header of a VP8 key frame: behind a tag and a start code, 3 bytes each;
/// the upper two bits of either are a scale.
fn lossy_size(picture: &[u8]) -> Option<[usize; 2]> {
    Some([little_endian(picture, 6, 2)? & 0x3fff, little_endian(picture, 8, 2)? & 0x3fff])
}

/// An unsigned number of up to four bytes.
fn little_endian(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + length)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
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
        assert!(is_sound(&whole));
        assert!(is_sound(&[&whole[..], b"trailer that is no chunk"].concat()));
        assert!(!is_sound(&whole[..22]), "the first chunk lacks a byte");
        assert!(!is_sound(&whole[..7]));
        assert!(!is_sound(&riff(&[(b"VP8L", 2, &[1, 2]), (b"EXIF", u32::MAX - 1, &[4, 5])])));
        assert!(!is_sound(&riff(&[(b"ICCP", 0x7fff_ffff, &[])])));
    }

    #[test]
    fn frames_must_have_the_size_they_claim() {
        let animation = |width: u8, height: u8| {
            let mut frame = vec![0; 16];
            (frame[6], frame[9]) = (65, 63);
            frame.extend(b"ALPH\x02\0\0\0\x01\x02VP8 \x0a\0\0\0");
            frame.extend([0, 0, 0, 0x9d, 1, 0x2a, width, 0, height, 0]);
            riff(&[(b"ANIM", 6, &[0; 6]), (b"ANMF", frame.len() as u32, &frame)])
        };
        assert!(is_sound(&animation(66, 64)));
        assert!(!is_sound(&animation(0, 0)));
        assert!(!is_sound(&animation(66, 65)));
    }
}

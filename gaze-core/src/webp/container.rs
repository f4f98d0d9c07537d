//! The RIFF container of a WebP file with alpha.

use super::alpha;
use gaze_rig::{Error, ErrorKind, Result, Size};

/// Bytes of `RIFF`, the size and `WEBP`.
const RIFF_HEADER: usize = 12;
/// VP8X flag of a file that has alpha.
const HAS_ALPHA: u8 = 0x10;

/// `lossy`, a WebP file of one `VP8 ` chunk, with the alpha plane `alpha` of `size` added, which is
/// overwritten. It shows frames of `frame_width` pixels.
pub(super) fn with_alpha(
    lossy: &[u8],
    alpha: &mut [u8],
    size: Size,
    frame_width: u32,
) -> Result<Vec<u8>> {
    let pixels = lossy
        .get(RIFF_HEADER..)
        .filter(|chunk| chunk.starts_with(b"VP8 "))
        .ok_or_else(|| Error::new(ErrorKind::Output, "webp encoding failed: no VP8 chunk"))?;
    let mut extended = vec![HAS_ALPHA, 0, 0, 0];
    for side in [size.width, size.height] {
        extended.extend_from_slice(&(side - 1).to_le_bytes()[..3]);
    }
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    push_chunk(&mut file, *b"VP8X", &extended);
    push_chunk(
        &mut file,
        *b"ALPH",
        &alpha::encode(alpha, size.width as usize, frame_width as usize),
    );
    file.extend_from_slice(pixels);
    let riff_size = (file.len() - 8) as u32;
    file[4..8].copy_from_slice(&riff_size.to_le_bytes());
    Ok(file)
}

fn push_chunk(file: &mut Vec<u8>, name: [u8; 4], payload: &[u8]) {
    file.extend_from_slice(&name);
    file.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    file.extend_from_slice(payload);
    if payload.len() % 2 == 1 {
        file.push(0);
    }
}

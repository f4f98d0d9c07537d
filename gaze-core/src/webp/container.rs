//! The RIFF container of a WebP file with alpha or metadata.

use super::alpha;
use gaze_rig::pack::webp_size;
use gaze_rig::{Error, ErrorKind, Result, Size};

/// Bytes of `RIFF`, the size and `WEBP`.
const RIFF_HEADER: usize = 12;
/// VP8X flags of a file that has alpha, and of one that has XMP.
const HAS_ALPHA: u8 = 0x10;
const HAS_XMP: u8 = 0x04;
/// Where the flags stand in a file that begins with such a chunk.
const FLAGS_AT: usize = RIFF_HEADER + 8;

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
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    push_chunk(&mut file, *b"VP8X", &extended(HAS_ALPHA, size));
    push_chunk(
        &mut file,
        *b"ALPH",
        &alpha::encode(alpha, size.width as usize, frame_width as usize),
    );
    file.extend_from_slice(pixels);
    close_riff(&mut file);
    Ok(file)
}

/// The same WebP file, which has no XMP yet, with this packet at its end. What is no WebP file stays as it is.
pub(crate) fn with_xmp(mut file: Vec<u8>, xmp: &[u8]) -> Vec<u8> {
    let is_webp = file.starts_with(b"RIFF") && file.get(8..RIFF_HEADER) == Some(b"WEBP");
    match file.get(RIFF_HEADER..FLAGS_AT) {
        Some([b'V', b'P', b'8', b'X', ..]) if is_webp && file.len() > FLAGS_AT => {
            file[FLAGS_AT] |= HAS_XMP;
        }
        // A plain picture without alpha: it becomes one of several chunks.
        Some([b'V', b'P', b'8', b' ', ..]) if is_webp => {
            let Some(size) = webp_size(&file) else { return file };
            let mut chunk = Vec::new();
            push_chunk(&mut chunk, *b"VP8X", &extended(HAS_XMP, size));
            file.splice(RIFF_HEADER..RIFF_HEADER, chunk);
        }
        _ => return file,
    }
    push_chunk(&mut file, *b"XMP ", xmp);
    close_riff(&mut file);
    file
}

/// The content of a VP8X chunk.
fn extended(flags: u8, size: Size) -> Vec<u8> {
    let mut content = vec![flags, 0, 0, 0];
    for side in [size.width, size.height] {
        content.extend_from_slice(&(side - 1).to_le_bytes()[..3]);
    }
    content
}

fn close_riff(file: &mut [u8]) {
    let riff_size = (file.len() - 8) as u32;
    file[4..8].copy_from_slice(&riff_size.to_le_bytes());
}

fn push_chunk(file: &mut Vec<u8>, name: [u8; 4], payload: &[u8]) {
    file.extend_from_slice(&name);
    file.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    file.extend_from_slice(payload);
    if payload.len() % 2 == 1 {
        file.push(0);
    }
}

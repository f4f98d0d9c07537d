//! A JPEG file without what is not picture in it.

const START_OF_IMAGE: u8 = 0xd8;
const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
/// Segments that pictures are decoded with: tables of Huffman codes and of steps, the restart interval.
const TABLES: [u8; 3] = [0xc4, 0xdb, 0xdd];
/// Frame headers of baseline, extended and progressive pictures.
const FRAMES: [u8; 3] = [0xc0, 0xc1, 0xc2];
/// Precision in bits, and components of a picture that every browser decodes alike.
const BITS: u8 = 8;
const COMPONENTS: u8 = 3;

/// The same picture without Exif, places, profiles, thumbnails, comments and whatever follows its end. None where it is no
/// JPEG of three components with 8 bits, baseline or progressive, that is whole.
pub(super) fn without_metadata(jpeg: &[u8]) -> Option<Vec<u8>> {
    let mut rest = jpeg.strip_prefix(&[0xff, START_OF_IMAGE])?;
    let mut kept = vec![0xff, START_OF_IMAGE];
    let mut has_frame = false;
    loop {
        // Any number of 0xff may come before a marker.
        let at = rest.iter().position(|byte| *byte != 0xff).filter(|at| *at > 0)?;
        let marker = rest[at];
        rest = &rest[at + 1..];
        if marker == END_OF_IMAGE {
            kept.extend([0xff, END_OF_IMAGE]);
            return has_frame.then_some(kept);
        }
        let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
        let segment = rest.get(2..length)?;
        rest = &rest[length..];
        match marker {
            _ if TABLES.contains(&marker) => push_segment(&mut kept, marker, segment),
            _ if FRAMES.contains(&marker) => {
                let [bits, _, _, _, _, components, ..] = segment else { return None };
                if has_frame || (*bits, *components) != (BITS, COMPONENTS) {
                    return None;
                }
                has_frame = true;
                push_segment(&mut kept, marker, segment);
            }
            START_OF_SCAN => {
                push_segment(&mut kept, marker, segment);
                let data = scan_length(rest)?;
                kept.extend_from_slice(&rest[..data]);
                rest = &rest[data..];
            }
            // What colours mean: JFIF without its thumbnail, and Adobe's transform.
            0xe0 if segment.starts_with(b"JFIF\0") && segment.len() >= 14 => {
                push_segment(&mut kept, marker, &[&segment[..12], &[0, 0]].concat());
            }
            0xee if segment.starts_with(b"Adobe") && segment.len() == 12 => {
                push_segment(&mut kept, marker, segment);
            }
            // Other applications' segments and comments.
            0xe0..=0xef | 0xfe => {}
            _ => return None,
        }
    }
}

fn push_segment(kept: &mut Vec<u8>, marker: u8, segment: &[u8]) {
    kept.extend([0xff, marker]);
    kept.extend_from_slice(&(segment.len() as u16 + 2).to_be_bytes());
    kept.extend_from_slice(segment);
}

/// Bytes of a scan's data: up to a marker that is no restart and no stuffed 0xff.
fn scan_length(data: &[u8]) -> Option<usize> {
    data.windows(2)
        .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7 | 0xff))
}

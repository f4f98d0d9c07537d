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

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[u8] = &[0xff, 0xdb, 0, 4, 7, 7];
    const FRAME: &[u8] =
        &[0xff, 0xc2, 0, 17, 8, 0, 16, 0, 16, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0];
    const SCAN: &[u8] = &[0xff, 0xda, 0, 4, 1, 2, 5, 0xff, 0, 6, 0xff, 0xd3, 7];
    const END: &[u8] = &[0xff, 0xd9];

    fn jpeg(parts: &[&[u8]]) -> Vec<u8> {
        [&[0xff, 0xd8], parts.concat().as_slice()].concat()
    }

    fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        push_segment(&mut bytes, marker, content);
        bytes
    }

    #[test]
    fn nothing_but_the_picture_is_kept() {
        let jfif = segment(0xe0, b"JFIF\0\x01\x02\0\0\x48\0\x48\0\0");
        let adobe = segment(0xee, b"Adobe\0\x64\0\0\0\0\x01");
        let kept = jpeg(&[&jfif, &adobe, TABLE, FRAME, SCAN, TABLE, SCAN, END]);
        assert_eq!(without_metadata(&kept), Some(kept.clone()));
        let mut thumbnail = b"JFIF\0\x01\x02\0\0\x48\0\x48\x01\x01".to_vec();
        thumbnail.extend([9, 9, 9]);
        let told = jpeg(&[
            &segment(0xe0, &thumbnail),
            &segment(0xe0, b"JFXX\0\x10 a preview"),
            &segment(0xe1, b"Exif\0\0 where and when"),
            &segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x/>"),
            &segment(0xe2, b"ICC_PROFILE\0\x01\x01"),
            &segment(0xed, b"Photoshop 3.0\0"),
            &adobe,
            &segment(0xfe, b"a comment"),
            // Bytes that fill up may come before any marker.
            &[0xff],
            TABLE,
            FRAME,
            SCAN,
            TABLE,
            SCAN,
            END,
            b"and another picture behind it",
        ]);
        assert_eq!(without_metadata(&told), Some(kept));
    }

    #[test]
    fn what_browsers_may_not_show_alike_is_no_candidate() {
        let changed = |at: usize, byte: u8| {
            let mut frame = FRAME.to_vec();
            frame[at] = byte;
            jpeg(&[TABLE, &frame, SCAN, END])
        };
        assert!(without_metadata(&changed(4, 8)).is_some());
        // Twelve bits, one component, four components, lossless, arithmetic coding.
        for (at, byte) in [(4, 12), (9, 1), (9, 4), (1, 0xc3), (1, 0xc9)] {
            assert_eq!(without_metadata(&changed(at, byte)), None, "{at}: {byte}");
        }
        for parts in [&[TABLE, SCAN, END][..], &[FRAME, FRAME, SCAN, END], &[FRAME, &[0xff, 0xd8]]]
        {
            assert_eq!(without_metadata(&jpeg(parts)), None);
        }
        assert_eq!(without_metadata(b"RIFF"), None);
    }

    #[test]
    fn every_cut_is_no_candidate() {
        let whole = jpeg(&[&segment(0xe1, b"Exif\0\0"), TABLE, FRAME, SCAN, TABLE, SCAN, END]);
        for length in 0..whole.len() {
            assert_eq!(without_metadata(&whole[..length]), None, "cut to {length} bytes");
        }
    }
}

//! The size that a compressed picture claims, without decoding it.

use gaze_rig::Size;
use gaze_rig::pack::webp_size;
use gaze_rig::rig::{PictureFormat, StoredPicture};

/// The size that `picture` claims; none where it does not look like a picture of its format.
pub(crate) fn claimed_size(picture: &StoredPicture) -> Option<Size> {
    match picture.format {
        PictureFormat::Webp => webp_size(&picture.bytes),
        PictureFormat::Jpeg => jpeg_size(&picture.bytes),
        _ => None,
    }
}

/// Size in the first frame header of a JPEG (ITU T.81, B.2.2).
fn jpeg_size(file: &[u8]) -> Option<Size> {
    let mut rest = file.strip_prefix(&[0xff, 0xd8])?;
    loop {
        // Any number of fill bytes may come before a marker.
        while let [0xff, 0xff, ..] = rest {
            rest = &rest[1..];
        }
        let [0xff, marker, high, low, ..] = *rest else { return None };
        let segment = rest.get(2..2 + usize::from(u16::from_be_bytes([high, low])))?;
        match marker {
            // Frame headers, but for three other kinds of tables in between.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let [_, _, _, h1, h0, w1, w0, ..] = *segment else { return None };
                let side = |high, low| u32::from(u16::from_be_bytes([high, low]));
                return Some(Size { width: side(w1, w0), height: side(h1, h0) });
            }
            // The picture itself, or its end, before any header.
            0xd0..=0xda => return None,
            _ => rest = &rest[2 + segment.len()..],
        }
        if segment.len() < 2 {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of(format: PictureFormat, bytes: &[u8]) -> Option<Size> {
        claimed_size(&StoredPicture { format, bytes: bytes.to_vec() })
    }

    /// A JPEG of 258 x 3 px up to its frame header, with a segment and fill bytes before it.
    const JPEG: [u8; 24] = [
        0xff, 0xd8, 0xff, 0xe0, 0, 5, 1, 2, 3, 0xff, 0xff, 0xff, 0xc2, 0, 11, 8, 0, 3, 1, 2, 1, 1,
        0x11, 0,
    ];

    #[test]
    fn a_jpeg_says_how_large_it_is() {
        let size = Size { width: 258, height: 3 };
        assert_eq!(size_of(PictureFormat::Jpeg, &JPEG), Some(size));
    }

    #[test]
    fn what_is_cut_or_something_else_has_no_size() {
        for length in 0..JPEG.len() {
            assert_eq!(size_of(PictureFormat::Jpeg, &JPEG[..length]), None, "{length}");
        }
        assert_eq!(size_of(PictureFormat::Webp, &JPEG), None);
        let mut empty_segment = JPEG;
        empty_segment[5] = 0;
        assert_eq!(size_of(PictureFormat::Jpeg, &empty_segment), None);
        let mut scan_first = JPEG;
        scan_first[3] = 0xda;
        assert_eq!(size_of(PictureFormat::Jpeg, &scan_first), None);
    }
}

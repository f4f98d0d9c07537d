//! Files that are not quite as they should be, and files of other kinds.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::io::Cursor;
use std::path::Path;

use gaze_face::{Portrait, WarningKind};
use image::{DynamicImage, ImageFormat};

/// Something with detail: 160 x 120.
fn photograph() -> DynamicImage {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/astronaut.png");
    image::open(file).unwrap().crop_imm(150, 60, 160, 120)
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    photograph().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

#[track_caller]
fn assert_read_with_warning(cut: &[u8], whole: &[u8]) {
    let portrait = Portrait::from_bytes(cut).unwrap();
    assert!(portrait.frame() == Portrait::from_bytes(whole).unwrap().frame());
    let kinds: Vec<_> = portrait.warnings().iter().map(|warning| warning.kind).collect();
    assert_eq!(kinds, [WarningKind::IncompleteFile]);
    assert_eq!(portrait.resized(64).warnings(), portrait.warnings());
}

#[test]
fn a_jpeg_needs_no_end_marker() {
    for whole in [encoded(ImageFormat::Jpeg), fixture("progressive.jpg"), fixture("cmyk.jpg")] {
        assert!(Portrait::from_bytes(&whole).unwrap().warnings().is_empty());
        for missing in [1, 2] {
            assert_read_with_warning(&whole[..whole.len() - missing], &whole);
        }
        // A byte of padding may be all that a cut takes, two never are.
        for missing in [4, 5, 7, 20, whole.len() / 3] {
            assert!(Portrait::from_bytes(&whole[..whole.len() - missing]).is_err(), "{missing}");
        }
    }
}

#[test]
fn a_progressive_jpeg_needs_all_of_its_scans() {
    let whole = fixture("progressive.jpg");
    let is_scan = |at: &usize| whole[*at..].starts_with(&[0xff, 0xda]);
    let scans: Vec<usize> = (0..whole.len()).filter(is_scan).collect();
    assert!(scans.len() > 3);
    for scan in scans {
        assert!(Portrait::from_bytes(&whole[..scan]).is_err(), "cut at {scan}");
    }
}

#[test]
fn a_png_needs_no_end_chunk() {
    let whole = encoded(ImageFormat::Png);
    // The end chunk has 12 bytes; before it lies the checksum of the data, 4 bytes.
    for missing in [1, 4, 8, 11, 12, 13, 16] {
        assert_read_with_warning(&whole[..whole.len() - missing], &whole);
    }
    assert!(Portrait::from_bytes(&whole[..whole.len() - 40]).is_err());
    let with_text = [&whole[..whole.len() - 12], b"\0\0\0\x20tEXtcut"].concat();
    assert_read_with_warning(&with_text, &whole);
}

#[test]
fn a_webp_may_claim_another_size() {
    let whole = encoded(ImageFormat::WebP);
    let mut larger = whole.clone();
    larger[4..8].copy_from_slice(&(whole.len() as u32 + 100).to_le_bytes());
    assert_read_with_warning(&larger, &whole);
    let cut_behind = [&whole[..], b"EXIF\x40\0\0\0cut"].concat();
    let mut claimed = cut_behind.clone();
    claimed[4..8].copy_from_slice(&(whole.len() as u32 + 64).to_le_bytes());
    assert_read_with_warning(&claimed, &whole);
}

#[test]
fn a_gif_needs_no_trailer() {
    let whole = encoded(ImageFormat::Gif);
    assert_eq!(whole.last(), Some(&0x3b));
    let portrait = Portrait::from_bytes(&whole[..whole.len() - 1]).unwrap();
    assert!(portrait.frame() == Portrait::from_bytes(&whole).unwrap().frame());
}

#[test]
fn jpegs_of_other_kinds_are_named() {
    let whole = encoded(ImageFormat::Jpeg);
    let frame = whole.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    for (marker, bits, name) in [
        (0xc9, 8, "arithmetic"),
        (0xc1, 12, "12 bits"),
        (0xc3, 8, "without losses"),
        (0xf7, 8, "JPEG-LS"),
    ] {
        let mut bytes = whole.clone();
        (bytes[frame + 1], bytes[frame + 4]) = (marker, bits);
        let message = Portrait::from_bytes(&bytes).unwrap_err().to_string();
        assert!(message.contains(name) && !message.contains("damaged"), "{message}");
    }
}

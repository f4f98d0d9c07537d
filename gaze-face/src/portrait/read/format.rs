//! What a file is, by its first bytes: a name may lie.

use image::ImageFormat;

use gaze_rig::{Error, ErrorKind, Result};

const SUPPORTED: &str = "JPEG, PNG, WebP, GIF, BMP and TIFF";

/// The format of a supported picture.
pub(super) fn recognise(bytes: &[u8]) -> Result<ImageFormat> {
    let format = match bytes {
        [0xff, 0xd8, 0xff, ..] => Some(ImageFormat::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(ImageFormat::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(ImageFormat::WebP),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(ImageFormat::Gif),
        [b'B', b'M', ..] => Some(ImageFormat::Bmp),
        [b'I', b'I', b'*' | b'+', 0, ..] | [b'M', b'M', 0, b'*' | b'+', ..] => {
            Some(ImageFormat::Tiff)
        }
        _ => None,
    };
    format.ok_or_else(|| {
        let message = match foreign_name(bytes) {
            _ if bytes.is_empty() => {
                format!("the file is empty: use a picture ({SUPPORTED} are read)")
            }
            Some(name) => format!("this is {name}: use a JPEG or PNG picture instead"),
            None => format!("this is no picture that can be read: {SUPPORTED} are"),
        };
        Error::new(ErrorKind::InvalidInput, message)
    })
}

/// What people hand in by mistake.
fn foreign_name(bytes: &[u8]) -> Option<&'static str> {
    if let [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] = bytes {
        return Some(match brand.get(..4)? {
            b"avif" | b"avis" => "an AVIF picture",
            b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1" => "a HEIC picture",
            b"crx " => "a raw camera picture",
            _ => "a video",
        });
    }
    let starts: [(&[u8], &str); 14] = [
        (b"%PDF", "a PDF document"),
        (b"8BPS", "a Photoshop document"),
        (b"%!PS", "a PostScript document"),
        (b"\xff\x0a", "a JPEG XL picture"),
        (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
        (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
        (b"\0\0\x01\0", "an icon"),
        (b"qoif", "a QOI picture"),
        (b"DDS ", "a DDS texture"),
        (b"v/1\x01", "an OpenEXR picture"),
        (b"#?RADIANCE", "a Radiance HDR picture"),
        (b"gimp xcf", "a GIMP document"),
        (b"PK\x03\x04", "a zip archive or an office document"),
        (b"\x1aE\xdf\xa3", "a video"),
    ];
    if let Some((_, name)) = starts.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Some(name);
    }
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]).to_lowercase();
    let start = start.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        Some("a web page")
    } else if start.contains("<svg") {
        Some("an SVG drawing")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: &[u8]) -> String {
        let error = recognise(bytes).expect_err("not supported");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        error.to_string()
    }

    #[test]
    fn what_is_not_supported_is_named() {
        for (bytes, name) in [
            (&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], "HEIC"),
            (b"\0\0\0\x18ftypavif\0\0\0\0mif1", "AVIF"),
            (b"\0\0\0\x18ftypisom\0\0\0\0", "video"),
            (b"%PDF-1.7", "PDF"),
            (b"<?xml version=\"1.0\"?>\n<svg xmlns=\"\"/>", "SVG"),
            (b"\xef\xbb\xbf <!DOCTYPE html>", "web page"),
            (b"PK\x03\x04rest", "zip"),
        ] {
            let message = message(bytes);
            assert!(message.contains(name) && message.contains("JPEG"), "{message}");
        }
    }

    #[test]
    fn anything_else_lists_what_is_supported() {
        assert!(message(b"").contains("empty"));
        for bytes in [&b"hello"[..], b"\xff", b"RIFF1234WAVE", b"\0\0\0\x18ftyp"] {
            assert!(message(bytes).contains("PNG, WebP"), "{}", message(bytes));
        }
    }
}

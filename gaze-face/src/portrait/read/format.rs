//! What a file is, by its first bytes: a name may lie.

use image::ImageFormat;

use gaze_rig::{Error, ErrorKind, Result};

const SUPPORTED: &str = "JPEG, PNG, WebP, GIF, BMP and TIFF";

/// The format of a supported picture.
pub(super) fn recognise(bytes: &[u8]) -> Result<ImageFormat> {
    let format = match bytes {
        // A camera's, more particular than the TIFF that it is.
        [b'I', b'I', b'*', 0, 16, 0, 0, 0, b'C', b'R', ..] => None,
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
            Some(name) => format!("this is {name}{}", way_out(name)),
            None => format!("this is no picture that can be read: {SUPPORTED} are"),
        };
        Error::new(ErrorKind::InvalidInput, message)
    })
}

const AVIF: &str = "an AVIF picture";
const HEIC: &str = "a HEIC picture";
const RAW: &str = "a camera's raw data";
const TEXT_OF_PICTURE: &str = "a picture written as text (Base64)";
const LFS: &str = "a pointer to a file that Git LFS keeps";

/// What a camera's raw data is called, where its format is one that is read otherwise.
pub(super) fn raw_picture() -> String {
    format!("this is {RAW}{}", way_out(RAW))
}

/// What to do with a file that is not read.
fn way_out(name: &str) -> &'static str {
    match name {
        HEIC => {
            ": save it as a JPEG. On a Mac, Preview exports it; on Windows, Photos saves it as one; elsewhere \
             heif-convert or GIMP do. An iPhone takes JPEGs with Settings, Camera, Formats, Most Compatible"
        }
        AVIF => {
            ": save it as a JPEG or PNG. On a Mac, Preview exports it; on Windows, Paint saves it as one; \
             elsewhere avifdec or GIMP do"
        }
        RAW => ": develop it, or use the JPEG that the camera wrote beside it",
        TEXT_OF_PICTURE => ": decode it first",
        LFS => ": fetch the file itself, by `git lfs pull`",
        _ => ": use a JPEG or PNG picture instead",
    }
}

/// What people hand in by mistake.
fn foreign_name(bytes: &[u8]) -> Option<&'static str> {
    if let [a, b, c, d, b'f', b't', b'y', b'p', brands @ ..] = bytes {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        return media_name(&brands[..brands.len().min(length.saturating_sub(8))]);
    }
    if let [b'R', b'I', b'F', b'F', _, _, _, _, kind @ ..] = bytes {
        return match kind.get(..4)? {
            b"AVI " => Some("a video"),
            b"WAVE" => Some("a sound"),
            _ => None,
        };
    }
    let starts: [(&[u8], &str); 40] = [
        (b"%PDF", "a PDF document"),
        (b"8BPS", "a Photoshop document"),
        (b"%!PS", "a PostScript document"),
        (b"\xc5\xd0\xd3\xc6", "a PostScript document"),
        (b"\xff\x0a", "a JPEG XL picture"),
        (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
        (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
        (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
        (b"II\xbc\x01", "a JPEG XR picture"),
        (b"IIRO", RAW),
        (b"IIRS", RAW),
        (b"IIU\0", RAW),
        (b"MMOR", RAW),
        (b"FUJIFILMCCD-RAW", RAW),
        (b"FOVb", RAW),
        (b"\0MRM", RAW),
        (b"II*\0\x10\0\0\0CR", RAW),
        (b"HEAPCCDR", RAW),
        (b"\0\0\x01\0", "an icon"),
        (b"icns", "an icon"),
        (b"qoif", "a QOI picture"),
        (b"farbfeld", "a farbfeld picture"),
        (b"DDS ", "a DDS texture"),
        (b"\xabKTX ", "a KTX texture"),
        (b"v/1\x01", "an OpenEXR picture"),
        (b"#?RADIANCE", "a Radiance HDR picture"),
        (b"#?RGBE", "a Radiance HDR picture"),
        (b"gimp xcf", "a GIMP document"),
        (b"PK\x03\x04", "a zip archive or an office document"),
        (b"\xd0\xcf\x11\xe0", "an office document"),
        (b"Rar!", "an archive"),
        (b"7z\xbc\xaf", "an archive"),
        (b"\x1f\x8b", "a compressed file"),
        (b"\x1aE\xdf\xa3", "a video"),
        (b"FLV\x01", "a video"),
        (b"OggS", "a sound or a video"),
        (b"ID3", "a sound"),
        (b"GAZE", "a file of gaze's own"),
        (b"version https://git-lfs", LFS),
        (b"\xd7\xcd\xc6\x9a", "a Windows metafile"),
    ];
    let found = starts.iter().find(|(start, _)| bytes.starts_with(start));
    found.map(|(_, name)| *name).or_else(|| text_name(bytes))
}

/// What an ISO media file is, by its brands: the first says what it is best, the others what else.
fn media_name(brands: &[u8]) -> Option<&'static str> {
    let (major, rest) = brands.split_at_checked(4)?;
    let others = rest.get(4..).unwrap_or_default();
    let has = |brand: &[u8; 4]| others.as_chunks::<4>().0.contains(brand);
    Some(match major {
        b"avif" | b"avis" => AVIF,
        b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" => HEIC,
        // Any codec: the other brands tell.
        b"mif1" | b"msf1" if has(b"avif") || has(b"avis") => AVIF,
        b"mif1" | b"msf1" => HEIC,
        b"crx " => RAW,
        _ => "a video",
    })
}

/// Documents that are text.
fn text_name(bytes: &[u8]) -> Option<&'static str> {
    // Netpbm: a digit that says which, and white space.
    if let [b'P', b'1'..=b'7', space, ..] = bytes
        && space.is_ascii_whitespace()
    {
        return Some("a Netpbm picture");
    }
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]).to_lowercase();
    let start = start.trim_start_matches('\u{feff}').trim_start();
    let base64 = ["data:image/", "/9j/4", "ivborw0kggo", "uklgr"];
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        Some("a web page")
    } else if start.contains("<svg") {
        Some("an SVG drawing")
    } else if start.starts_with("<?xml") {
        Some("an XML document, perhaps a server's error")
    } else if start.starts_with("{\\rtf") {
        Some("a text document")
    } else if start.starts_with("{\"") || start.starts_with("{\n") || start.starts_with("[{") {
        Some("JSON, perhaps a server's error")
    } else if base64.iter().any(|text| start.starts_with(text)) {
        Some(TEXT_OF_PICTURE)
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
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "AVIF"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
            (b"II*\0\x10\0\0\0CR\x02\0", "raw"),
            (b"\0\0\0\x18ftypcrx \0\0\0\0", "raw"),
            (b"\xff\x4f\xff\x51\0", "JPEG 2000"),
            (b"{\"error\": \"not found\"}", "JSON"),
            (b"data:image/png;base64,iVBORw0KGgo", "Base64"),
            (b"P6\n12 12\n255\n", "Netpbm"),
            (b"RIFF1234WAVEfmt ", "sound"),
        ] {
            let message = message(bytes);
            assert!(message.contains(name) && message.contains(": "), "{message}");
        }
    }

    #[test]
    fn anything_else_lists_what_is_supported() {
        assert!(message(b"").contains("empty"));
        for bytes in [&b"hello"[..], b"\xff", b"RIFF1234ABCD", b"\0\0\0\x18ftyp"] {
            assert!(message(bytes).contains("PNG, WebP"), "{}", message(bytes));
        }
    }
}

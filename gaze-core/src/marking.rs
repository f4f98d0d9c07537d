//! Marks pictures as what they are: XMP with IPTC's digital source type, in every picture that gaze writes.
//!
//! Players, browsers and image libraries skip it; search engines, stock agencies and content checkers read it.

use crate::webp;
use gaze_rig::{DigitalSourceType, Provenance};

/// What XMP packets are known by in JPEG files (Adobe, XMP Specification Part 3, section 1.1.3).
const JPEG_NAMESPACE: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// The same in PNG files (section 1.1.5): keyword, no compression, no language, no translation.
const PNG_KEYWORD: &[u8] = b"XML:com.adobe.xmp\0\0\0\0\0";
/// Bytes of a PNG file before its second chunk: signature and `IHDR`.
const PNG_HEADER_BYTES: usize = 33;

/// An XMP packet that says what made a picture and how.
///
/// ```
/// use gaze_core::{Provenance, marking::Mark};
///
/// let mark = Mark::new(&Provenance::by_engine("embedded"));
/// assert!(mark.xmp().contains("digitalsourcetype/algorithmicallyEnhanced"));
/// ```
#[derive(Debug, Clone)]
pub struct Mark {
    xmp: String,
}

impl Mark {
    /// The mark of frames.
    pub fn new(provenance: &Provenance) -> Self {
        let engine = provenance.engine.as_deref();
        let by = engine.map(|name| format!(", {name} engine")).unwrap_or_default();
        Self::of(&by, provenance.source_type())
    }

    /// The mark of the portrait itself, as it lies beside frames: turned upright, converted to sRGB, made smaller.
    pub fn of_portraits() -> Self {
        Self::of("", DigitalSourceType::AlgorithmicallyEnhanced)
    }

    fn of(by: &str, source_type: DigitalSourceType) -> Self {
        let (generator, version) = (Provenance::GENERATOR, Provenance::VERSION);
        let source_type = source_type.name();
        let xmp = format!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
             <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
             <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             <rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
             xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" \
             xmp:CreatorTool=\"{generator} {version}{by}\" Iptc4xmpExt:DigitalSourceType=\
             \"http://cv.iptc.org/newscodes/digitalsourcetype/{source_type}\"/>\
             </rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>"
        );
        Self { xmp }
    }

    /// The packet.
    pub fn xmp(&self) -> &str {
        &self.xmp
    }

    /// Marks a WebP file that has no XMP yet. What is no such file stays as it is.
    #[must_use]
    pub fn webp(&self, file: Vec<u8>) -> Vec<u8> {
        webp::with_xmp(file, self.xmp.as_bytes())
    }

    /// Marks a JPEG file: a segment behind its first one where that is JFIF's. What is no such file stays as it is.
    #[must_use]
    pub fn jpeg(&self, mut file: Vec<u8>) -> Vec<u8> {
        let at = match *file {
            [0xff, 0xd8, 0xff, 0xe0, high, low, ..] => {
                4 + usize::from(high) * 256 + usize::from(low)
            }
            [0xff, 0xd8, ..] => 2,
            _ => return file,
        };
        let length = (2 + JPEG_NAMESPACE.len() + self.xmp.len()) as u16;
        let segment =
            [&[0xff, 0xe1], &length.to_be_bytes()[..], JPEG_NAMESPACE, self.xmp.as_bytes()]
                .concat();
        let at = at.min(file.len());
        file.splice(at..at, segment);
        file
    }

    /// Marks a PNG file: a chunk behind its header. What is no such file stays as it is.
    #[must_use]
    pub fn png(&self, mut file: Vec<u8>) -> Vec<u8> {
        if file.len() < PNG_HEADER_BYTES || !file.starts_with(b"\x89PNG\r\n\x1a\n") {
            return file;
        }
        let content = [b"iTXt", PNG_KEYWORD, self.xmp.as_bytes()].concat();
        let length = (content.len() - 4) as u32;
        let checksum = crc32fast::hash(&content);
        let chunk = [&length.to_be_bytes()[..], &content, &checksum.to_be_bytes()].concat();
        file.splice(PNG_HEADER_BYTES..PNG_HEADER_BYTES, chunk);
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::jpeg::JpegDecoder;
    use image::codecs::png::PngDecoder;
    use image::codecs::webp::WebPDecoder;
    use image::{DynamicImage, ImageDecoder, ImageFormat};
    use std::io::Cursor;

    fn picture() -> DynamicImage {
        DynamicImage::ImageRgb8(image::RgbImage::from_fn(19, 12, |x, y| {
            image::Rgb([(x * 13) as u8, (y * 20) as u8, 7])
        }))
    }

    fn mark() -> Mark {
        Mark::new(&Provenance::by_engine("liveportrait"))
    }

    /// The XMP that a decoder finds, and the pixels.
    fn read(mut decoder: impl ImageDecoder) -> (String, Vec<u8>) {
        let xmp = decoder.xmp_metadata().unwrap().expect("there is XMP");
        let pixels = DynamicImage::from_decoder(decoder).unwrap().into_rgb8().into_raw();
        (String::from_utf8(xmp).unwrap(), pixels)
    }

    fn written(format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        picture().write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    #[test]
    fn decoders_find_the_mark_and_the_same_pixels() {
        let pixels = |file: &[u8]| image::load_from_memory(file).unwrap().into_rgb8().into_raw();
        let expected = mark().xmp;
        assert!(expected.contains("gaze ") && expected.contains("liveportrait engine"));
        assert!(expected.contains("compositeWithTrainedAlgorithmicMedia"));

        let plain = written(ImageFormat::Jpeg);
        let jpeg = JpegDecoder::new(Cursor::new(mark().jpeg(plain.clone()))).unwrap();
        assert_eq!(read(jpeg), (expected.clone(), pixels(&plain)));
        let plain = written(ImageFormat::Png);
        let png = PngDecoder::new(Cursor::new(mark().png(plain.clone()))).unwrap();
        assert_eq!(read(png), (expected.clone(), pixels(&plain)));
        let plain = crate::webp::encode_photo(
            &gaze_rig::Frame::new(gaze_rig::Size { width: 19, height: 12 }),
            80,
        )
        .unwrap();
        let webp = WebPDecoder::new(Cursor::new(mark().webp(plain.clone()))).unwrap();
        assert_eq!(read(webp), (expected, pixels(&plain)));
    }

    #[test]
    fn what_is_no_picture_of_the_kind_stays() {
        for bytes in [
            &b""[..],
            b"\xff",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF\0\0\0\0WEBP",
            b"hello, world, hello, world, hello",
        ] {
            assert_eq!(mark().webp(bytes.to_vec()), bytes);
            assert_eq!(mark().png(bytes.to_vec()), bytes);
            assert_eq!(mark().jpeg(bytes.to_vec()), bytes);
        }
    }
}

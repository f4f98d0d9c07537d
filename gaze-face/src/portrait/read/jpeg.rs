//! How a JPEG is made, and whether it is whole. The decoder fills what is missing with grey and says nothing.

use std::hash::{DefaultHasher, Hasher};

use image::DynamicImage;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::color;
use crate::portrait::limits::MAX_SIDE;

/// What the markers of a JPEG say.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Why no decoder here reads it, as the end of a sentence.
    pub(super) foreign: Option<&'static str>,
    /// Whether the end-of-image marker follows the picture data: bytes after it do not matter, and the end of a
    /// thumbnail inside a segment does not count.
    pub(super) is_ended: bool,
    /// Components of the picture: 1 for grey, 3 for colours, 4 for inks.
    components: u8,
    is_progressive: bool,
    /// Of each component of a progressive picture, the coefficients that have come to their last bit, one a bit.
    refined: [u64; 4],
    identifiers: [u8; 4],
}

impl Outline {
    /// Reads the markers up to the end of the picture or of the bytes.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut outline = Self::default();
        let mut rest = &bytes[2.min(bytes.len())..];
        while let Some(at) = marker_position(rest) {
            let marker = rest[at + 1];
            rest = &rest[at + 2..];
            match marker {
                END_OF_IMAGE => {
                    outline.is_ended = true;
                    break;
                }
                // Markers without a segment: restarts inside the data, start of image, TEM.
                0xd0..=0xd8 | 0x01 => {}
                _ => {
                    let Some(length) = rest.first_chunk() else { break };
                    let length = usize::from(u16::from_be_bytes(*length));
                    let Some(segment) = rest.get(2..length.max(2)) else { break };
                    outline.note(marker, segment);
                    rest = &rest[length.max(2)..];
                }
            }
        }
        outline
    }

    /// Whether every coefficient of every component has come, as far as the segments tell.
    fn has_all_scans(&self) -> bool {
        let components = usize::from(self.components).min(4);
        !self.is_progressive || self.refined[..components].iter().all(|&bits| bits == u64::MAX)
    }

    fn note(&mut self, marker: u8, segment: &[u8]) {
        match (marker, segment) {
            (0xc0..=0xcf, [precision, _, _, _, _, components, table @ ..])
                if !matches!(marker, 0xc4 | 0xc8 | 0xcc) =>
            {
                self.foreign = match marker {
                    0xc9..=0xcf => Some("with arithmetic coding"),
                    0xc3 => Some("without losses, as scanners and X-ray machines write it"),
                    0xc5..=0xc7 => Some("in layers of several sizes"),
                    _ if *precision != 8 => Some("with 12 bits a channel"),
                    _ => None,
                };
                self.is_progressive = marker == 0xc2;
                self.components = *components;
                for (id, entry) in self.identifiers.iter_mut().zip(table.chunks_exact(3)) {
                    *id = entry[0];
                }
            }
            (0xf7, _) => self.foreign = Some("of the kind JPEG-LS"),
            // Start of a scan: which components, which coefficients, and how exact.
            (0xda, [count, table @ ..]) if table.len() >= usize::from(*count) * 2 + 3 => {
                let (components, band) = table.split_at(usize::from(*count) * 2);
                let [first, last, bits] = [band[0], band[1], band[2]];
                if bits & 0x0f != 0 || last > 63 || first > last {
                    return;
                }
                let band = (u64::MAX >> (63 - (last - first))) << first;
                for component in components.chunks_exact(2) {
                    let found = self.identifiers.iter().position(|id| *id == component[0]);
                    if let Some(i) = found {
                        self.refined[i] |= band;
                    }
                }
            }
            _ => {}
        }
    }
}

const END_OF_IMAGE: u8 = 0xd9;

/// Where the next marker's 0xff stands: not one that is stuffed into data (followed by 0) or that
/// only fills (followed by another 0xff).
fn marker_position(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xff))
}

/// The bytes with the end marker that they lack, where all of the picture is there. Decoders make up what is missing
/// from whatever follows: a whole picture is the same with anything behind it.
pub(super) fn completed(bytes: &[u8], outline: &Outline) -> Option<Vec<u8>> {
    if !outline.has_all_scans() {
        return None;
    }
    // A marker's first half may be there.
    let bytes = bytes.strip_suffix(&[0xff]).unwrap_or(bytes);
    let followed_by = |filling: u8| [bytes, &[filling; 64], &[0xff, END_OF_IMAGE]].concat();
    let seen = |filling: u8| {
        let pixels = decode(&followed_by(filling), None)?.0;
        let mut hasher = DefaultHasher::new();
        hasher.write(&pixels);
        Some(hasher.finish())
    };
    let zeros = seen(0x00)?;
    let is_whole = [0x55, 0xb3].into_iter().all(|filling| seen(filling) == Some(zeros));
    is_whole.then(|| [bytes, &[0xff, END_OF_IMAGE]].concat())
}

/// The pixels of a picture of inks, in sRGB by its profile. None where it has other colours or no profile that fits.
pub(super) fn by_ink_profile(
    bytes: &[u8],
    outline: &Outline,
    profile: &[u8],
) -> Option<DynamicImage> {
    if outline.components != 4 || !color::is_for_inks(profile) {
        return None;
    }
    let (mut inks, space, [width, height]) = decode(bytes, Some(4))?;
    for ink in inks.as_chunks_mut::<4>().0 {
        if space == ColorSpace::YCCK {
            *ink = from_ycck(*ink);
        }
        // They are stored the wrong way round, by a convention as old as Photoshop: 0 is all ink.
        *ink = ink.map(|value| 255 - value);
    }
    let pixels = color::inks_to_srgb(&inks, profile)?;
    image::RgbImage::from_raw(width, height, pixels).map(DynamicImage::from)
}

/// Samples, their kind, width and height. With 4 channels inks as they are stored, else what the decoder makes of them.
fn decode(bytes: &[u8], channels: Option<u8>) -> Option<(Vec<u8>, ColorSpace, [u32; 2])> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(MAX_SIDE as usize)
        .set_max_height(MAX_SIDE as usize);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    let space = decoder.input_colorspace()?;
    if channels == Some(4) {
        if !matches!(space, ColorSpace::CMYK | ColorSpace::YCCK) {
            return None;
        }
        decoder.set_options(options.jpeg_set_out_colorspace(space));
    }
    let (width, height) = decoder.dimensions()?;
    let pixels = decoder.decode().ok()?;
    Some((pixels, space, [width as u32, height as u32]))
}

/// Inks that are stored as brightness and two differences, as ITU-T T.871 has them, and black.
fn from_ycck([y, blue, red, black]: [u8; 4]) -> [u8; 4] {
    let [y, blue, red] = [f32::from(y), f32::from(blue) - 128.0, f32::from(red) - 128.0];
    let rgb = [y + 1.402 * red, y - 0.344_136 * blue - 0.714_136 * red, y + 1.772 * blue];
    let [r, g, b] = rgb.map(|value| 255 - (value + 0.5) as u8);
    [r, g, b, black]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: &[u8] = &[0xff, 0xe0, 0, 6, 0xff, 0xd9, 0, 0];
    const DATA: &[u8] = &[0xff, 0xda, 0, 2, 1, 2, 0xff, 0, 3, 0xff, 0xd0, 4];

    fn jpeg(parts: &[&[u8]]) -> Vec<u8> {
        [&[0xff, 0xd8], parts.concat().as_slice()].concat()
    }

    fn is_ended(bytes: &[u8]) -> bool {
        Outline::of(bytes).is_ended
    }

    #[test]
    fn the_end_is_found_behind_the_data_only() {
        assert!(is_ended(&jpeg(&[SEGMENT, DATA, &[0xff, 0xd9]])));
        assert!(is_ended(&jpeg(&[SEGMENT, DATA, &[0xff, 0xff, 0xd9], b"trailer"])));
        assert!(!is_ended(&jpeg(&[SEGMENT, DATA])), "a thumbnail's end is not the picture's");
    }

    #[test]
    fn every_cut_lacks_the_end() {
        let whole = jpeg(&[SEGMENT, DATA, SEGMENT, DATA, &[0xff, 0xd9]]);
        assert!(is_ended(&whole));
        for length in 0..whole.len() {
            assert!(!is_ended(&whole[..length]), "cut to {length} bytes");
        }
    }

    #[test]
    fn kinds_that_are_not_read_are_told_by_their_frame() {
        let frame = |marker: u8, bits: u8| {
            jpeg(&[&[0xff, marker, 0, 11, bits, 0, 64, 0, 64, 1, 1, 0x11, 0], &[0xff, 0xd9]])
        };
        for (marker, bits, name) in [(0xc1, 12, "12 bits"), (0xc9, 8, "arithmetic")] {
            let foreign = Outline::of(&frame(marker, bits)).foreign.expect("it is not read");
            assert!(foreign.contains(name), "{foreign}");
        }
        assert!(Outline::of(&frame(0xc3, 8)).foreign.is_some());
        assert!([0xc0, 0xc1, 0xc2].iter().all(|m| Outline::of(&frame(*m, 8)).foreign.is_none()));
    }

    #[test]
    fn a_progressive_picture_has_all_scans_when_every_bit_has_come() {
        let frame = [0xff, 0xc2, 0, 11, 8, 0, 64, 0, 64, 1, 7, 0x11, 0];
        let scan = |first: u8, last: u8, low: u8| {
            [0xff, 0xda, 0, 8, 1, 7, 0, first, last, low, 0x12, 0x34]
        };
        let mut parts = vec![frame.to_vec()];
        for (first, last, low) in [(0, 0, 0), (1, 5, 0), (6, 63, 1)] {
            parts.push(scan(first, last, low).to_vec());
            assert!(!Outline::of(&jpeg(&[&parts.concat()])).has_all_scans());
        }
        parts.push(scan(6, 63, 0x10).to_vec());
        assert!(Outline::of(&jpeg(&[&parts.concat()])).has_all_scans());
    }

    #[test]
    fn brightness_and_differences_become_inks() {
        assert_eq!(from_ycck([255, 128, 128, 9]), [0, 0, 0, 9]);
        assert_eq!(from_ycck([76, 85, 255, 0]), [1, 255, 255, 0]);
    }
}

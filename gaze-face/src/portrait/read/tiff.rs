//! What a TIFF has that its decoder does not know: colours of print, CIE L*a*b*, colours that are multiplied by their
//! alpha already, and the small picture that cameras put before their raw data.

use std::ops::Range;

use image::DynamicImage;

use super::color;

const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const SAMPLES: u16 = 277;
const EXTRA_SAMPLES: u16 = 338;
const SUBFILE_TYPE: u16 = 254;
const SUB_DIRECTORIES: u16 = 330;
const PROFILE: u16 = 34_675;
const DNG_VERSION: u16 = 50706;
const JPEG_COMPRESSION: [u32; 2] = [6, 7];

const RGB: u16 = 2;

/// How the numbers of a pixel are to be understood, where the decoder doesn't.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Samples {
    /// As the decoder does.
    Plain,
    /// Inks: cyan, magenta, yellow and black.
    Inks,
    /// CIE L*a*b*, of the two others either signed or from the middle of their range.
    Lab {
        /// Two's complement.
        signed: bool,
    },
}

/// What the first directory of a TIFF says.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) samples: Samples,
    /// Colours are multiplied by alpha.
    pub(super) is_premultiplied: bool,
    /// A camera's raw data: what can be read is a small preview.
    pub(super) is_raw: bool,
    /// Where the ICC profile stands.
    profile: Option<Range<usize>>,
    /// Where the number stands that says which colours these are.
    photometric_at: usize,
    is_big_endian: bool,
}

impl Outline {
    /// Reads the directory. None where there is none, or one of a file beyond 4 GB.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let is_big_endian = bytes.starts_with(b"MM");
        let number = |at: usize, length: usize| {
            let bytes = bytes.get(at..at.checked_add(length)?)?.iter();
            let add = |number: u32, byte: &u8| number << 8 | u32::from(*byte);
            Some(if is_big_endian { bytes.fold(0, add) } else { bytes.rev().fold(0, add) })
        };
        if number(2, 2)? != 42 {
            return None;
        }
        let directory = number(4, 4)? as usize;
        let entries = number(directory, 2)? as usize;
        let entry = |id: u16| {
            let at = |i: usize| directory + 2 + 12 * i;
            (0..entries).map(at).find(|at| number(*at, 2) == Some(id.into()))
        };
        // The first of an entry's numbers, where it stands in the entry itself.
        let value = |id: u16| {
            let at = entry(id)?;
            number(at + 8, if number(at + 2, 2)? == 3 { 2 } else { 4 })
        };
        let photometric = value(PHOTOMETRIC)?;
        let is_jpeg = value(COMPRESSION).is_some_and(|kind| JPEG_COMPRESSION.contains(&kind));
        let samples = match (photometric, value(SAMPLES).unwrap_or(1)) {
            _ if is_jpeg => Samples::Plain,
            (5, 4) => Samples::Inks,
            (8, 3) => Samples::Lab { signed: true },
            (9, 3) => Samples::Lab { signed: false },
            _ => Samples::Plain,
        };
        let is_preview = value(SUBFILE_TYPE).is_some_and(|kind| kind & 1 == 1);
        // Bytes, or bytes without a meaning of their own; longer than four of them, they lie elsewhere.
        let profile = entry(PROFILE).and_then(|at| {
            let (length, from) = (number(at + 4, 4)? as usize, number(at + 8, 4)? as usize);
            let span = from..from.checked_add(length)?;
            (length > 4 && span.end <= bytes.len()).then_some(span)
        });
        Some(Self {
            samples,
            profile,
            is_premultiplied: value(EXTRA_SAMPLES) == Some(1),
            is_raw: entry(DNG_VERSION).is_some() || is_preview && entry(SUB_DIRECTORIES).is_some(),
            photometric_at: entry(PHOTOMETRIC)? + 8,
            is_big_endian,
        })
    }

    /// The ICC profile in the file.
    pub(super) fn profile<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.profile.clone().map(|span| &bytes[span])
    }

    /// A picture that was decoded from [`raw_bytes`](Self::raw_bytes), in sRGB. None where the file has inks and no
    /// profile for them: the decoder knows what browsers do.
    pub(super) fn converted(
        &self,
        raw: DynamicImage,
        profile: Option<&[u8]>,
    ) -> Option<DynamicImage> {
        let (width, height) = (raw.width(), raw.height());
        let pixels = match self.samples {
            Samples::Plain => return Some(raw),
            Samples::Inks => {
                let profile = profile.filter(|profile| color::is_for_inks(profile))?;
                color::inks_to_srgb(&raw.into_rgba8(), profile)?
            }
            Samples::Lab { signed } => lab_pixels(raw, signed),
        };
        image::RgbImage::from_raw(width, height, pixels).map(DynamicImage::from)
    }

    /// The numbers as they are stored: the decoder is told that they are red, green and blue.
    pub(super) fn raw_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let rgb = if self.is_big_endian { RGB.to_be_bytes() } else { RGB.to_le_bytes() };
        if let Some(place) = bytes.get_mut(self.photometric_at..self.photometric_at + 2) {
            place.copy_from_slice(&rgb);
        }
        bytes
    }
}

/// TIFF 6.0, section 23, and Adobe's technical notes of 2002 for numbers without a sign.
fn lab_pixels(raw: DynamicImage, signed: bool) -> Vec<u8> {
    match raw {
        DynamicImage::ImageRgb8(raw) => {
            let across = |v: u8| if signed { f32::from(v as i8) } else { f32::from(v) - 128.0 };
            let lab = |[l, a, b]: [u8; 3]| [f32::from(l) / 2.55, across(a), across(b)];
            raw.pixels().flat_map(|pixel| color::lab_to_srgb(lab(pixel.0))).collect()
        }
        other => {
            let most = if signed { 655.35 } else { 652.80 };
            let across = |v: u16| {
                if signed { f32::from(v as i16) / 256.0 } else { f32::from(v) / 256.0 - 128.0 }
            };
            let lab = |[l, a, b]: [u16; 3]| [f32::from(l) / most, across(a), across(b)];
            other.into_rgb16().pixels().flat_map(|pixel| color::lab_to_srgb(lab(pixel.0))).collect()
        }
    }
}

/// Divides colours by their alpha.
pub(super) fn unmultiplied(mut picture: DynamicImage) -> DynamicImage {
    match &mut picture {
        DynamicImage::ImageRgba8(picture) => {
            for pixel in picture.pixels_mut().filter(|pixel| pixel[3] > 0) {
                let alpha = u32::from(pixel[3]);
                for value in &mut pixel.0[..3] {
                    *value = ((u32::from(*value) * 255 + alpha / 2) / alpha).min(255) as u8;
                }
            }
        }
        DynamicImage::ImageRgba16(picture) => {
            for pixel in picture.pixels_mut().filter(|pixel| pixel[3] > 0) {
                let alpha = u64::from(pixel[3]);
                for value in &mut pixel.0[..3] {
                    *value = ((u64::from(*value) * 65_535 + alpha / 2) / alpha).min(65_535) as u16;
                }
            }
        }
        DynamicImage::ImageRgba32F(picture) => {
            for pixel in picture.pixels_mut().filter(|pixel| pixel[3] > 0.0) {
                let alpha = pixel[3];
                pixel.0[..3].iter_mut().for_each(|value| *value /= alpha);
            }
        }
        _ => {}
    }
    picture
}

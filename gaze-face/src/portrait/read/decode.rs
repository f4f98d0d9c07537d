//! Bytes to pixels, within limits that are checked before anything large is allocated.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::color::Colors;
use super::tiff::Samples;
use super::{format, jpeg, png, tiff, webp};
use crate::portrait::limits::{MAX_FILE_BYTES, check_size, invalid};
use crate::portrait::read_options::ReadOptions;
use crate::warning::{Warning, WarningKind};
use gaze_rig::{Error, ErrorKind, Frame, Result, Size};

/// What a decoder may allocate: `MAX_PIXELS` of four 8-bit channels, with some room to work.
const MAX_DECODER_BYTES: u64 = 640 << 20;

/// Reads the file at `path`, if it is not too large.
pub(in crate::portrait) fn read_file(path: &Path) -> Result<Vec<u8>> {
    let unreadable = |error: std::io::Error| {
        Error::new(
            ErrorKind::InvalidInput,
            "the portrait cannot be read: check its path and permissions",
        )
        .with_source(error)
    };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(invalid("this is a folder: name a picture in it"));
    }
    let mut bytes = Vec::new();
    // Not by the length in the metadata: devices and pipes have none.
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Decodes, orients and converts to 8-bit sRGB. What was amiss but did not matter is said beside it.
pub(in crate::portrait) fn decode(
    bytes: &[u8],
    options: ReadOptions,
) -> Result<(Frame, Vec<Warning>)> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(invalid(format!(
            "the file is larger than {} MiB: save the picture smaller",
            MAX_FILE_BYTES >> 20
        )));
    }
    let format = format::recognise(bytes)?;
    // Decoders are others' code: should one panic, the file is at fault, not the caller.
    std::panic::catch_unwind(|| decode_as(format, bytes, options))
        .unwrap_or_else(|_| Err(cut_short()))
}

fn decode_as(
    format: ImageFormat,
    bytes: &[u8],
    options: ReadOptions,
) -> Result<(Frame, Vec<Warning>)> {
    let means = |colors| if options.stored_colors { Colors::Srgb } else { colors };
    let (completed, frame) = match format {
        ImageFormat::Jpeg => {
            let outline = jpeg::Outline::of(bytes);
            if let Some(kind) = outline.foreign {
                return Err(invalid(format!(
                    "this is a JPEG {kind}, which is not read: save it again as an ordinary JPEG"
                )));
            }
            let completed = match outline.is_ended {
                true => None,
                false => {
                    check_header(format, bytes)?;
                    Some(jpeg::completed(bytes, &outline).ok_or_else(cut_short)?)
                }
            };
            let frame = finish_jpeg(completed.as_deref().unwrap_or(bytes), &outline, options)?;
            (completed, frame)
        }
        ImageFormat::Png => {
            let completed = png::completed(bytes);
            let bytes = completed.as_deref().unwrap_or(bytes);
            let frame = Opened::read(format, bytes)?.finish(means(png::colors(bytes)));
            (completed, frame)
        }
        ImageFormat::WebP => {
            let completed = webp::completed(bytes);
            let bytes = completed.as_deref().unwrap_or(bytes);
            if !webp::is_sound(bytes) {
                return Err(cut_short());
            }
            let frame = Opened::read(format, bytes)?.finish(means(Colors::ByIcc));
            (completed, frame)
        }
        ImageFormat::Tiff => (None, read_tiff(bytes, options)?),
        _ => (None, Opened::read(format, bytes)?.finish(means(Colors::ByIcc))),
    };
    let warnings = completed.is_some().then(|| Warning {
        kind: WarningKind::IncompleteFile,
        message: "the end of the file is missing, though all of the picture is there: if anything \
                  of it looks wrong, get the file again"
            .to_owned(),
    });
    Ok((frame, warnings.into_iter().collect()))
}

fn finish_jpeg(bytes: &[u8], outline: &jpeg::Outline, options: ReadOptions) -> Result<Frame> {
    let mut opened = Decoder::open(ImageFormat::Jpeg, bytes)?;
    if options.stored_colors {
        return Ok(opened.read()?.finish(Colors::Srgb));
    }
    let profile = opened.profile();
    match profile.and_then(|profile| jpeg::by_ink_profile(bytes, outline, &profile)) {
        Some(picture) => {
            let orientation = opened.orientation();
            Ok(Opened { picture, orientation, profile: None }.finish(Colors::Srgb))
        }
        None => Ok(opened.read()?.finish(Colors::ByIcc)),
    }
}

fn read_tiff(bytes: &[u8], options: ReadOptions) -> Result<Frame> {
    let outline = tiff::Outline::of(bytes);
    if outline.as_ref().is_some_and(|outline| outline.is_raw) {
        return Err(invalid(format::raw_picture()));
    }
    if let Some(outline) = outline.as_ref().filter(|outline| outline.samples != Samples::Plain)
        && let Ok(raw) = Opened::read(ImageFormat::Tiff, &outline.raw_bytes(bytes))
    {
        let Opened { picture, orientation, .. } = raw;
        let profile = outline.profile(bytes).filter(|_| !options.stored_colors);
        if let Some(picture) = outline.converted(picture, profile) {
            return Ok(Opened { picture, orientation, profile: None }.finish(Colors::Srgb));
        }
    }
    let mut opened = Opened::read(ImageFormat::Tiff, bytes)?;
    if let Some(outline) = outline {
        if outline.is_premultiplied {
            opened.picture = tiff::unmultiplied(opened.picture);
        }
        opened.profile = opened.profile.or_else(|| outline.profile(bytes).map(<[u8]>::to_vec));
    }
    let colors = if options.stored_colors { Colors::Srgb } else { Colors::ByIcc };
    Ok(opened.finish(colors))
}

/// A file whose header was read and is within the limits.
struct Decoder<'a>(Box<dyn ImageDecoder + 'a>);

impl<'a> Decoder<'a> {
    fn open(format: ImageFormat, bytes: &'a [u8]) -> Result<Self> {
        let reader = ImageReader::with_format(Cursor::new(bytes), format);
        let mut decoder = reader.into_decoder().map_err(unreadable)?;
        let (width, height) = decoder.dimensions();
        check_size(Size { width, height })?;
        let mut limits = Limits::default();
        limits.max_alloc = Some(MAX_DECODER_BYTES);
        limits.reserve(decoder.total_bytes()).map_err(unreadable)?;
        decoder.set_limits(limits).map_err(unreadable)?;
        Ok(Self(Box::new(decoder)))
    }

    // Both are extras: a broken one must not cost the picture.

    fn orientation(&mut self) -> Option<Orientation> {
        self.0.orientation().ok()
    }

    fn profile(&mut self) -> Option<Vec<u8>> {
        self.0.icc_profile().ok().flatten()
    }

    fn read(mut self) -> Result<Opened> {
        let (orientation, profile) = (self.orientation(), self.profile());
        let picture = DynamicImage::from_decoder(self.0).map_err(unreadable)?;
        Ok(Opened { picture, orientation, profile })
    }
}

/// Fails where a picture is beyond the limits or has no header.
fn check_header(format: ImageFormat, bytes: &[u8]) -> Result<()> {
    Decoder::open(format, bytes).map(|_| ())
}

/// A picture as its file has it.
struct Opened {
    picture: DynamicImage,
    orientation: Option<Orientation>,
    profile: Option<Vec<u8>>,
}

impl Opened {
    fn read(format: ImageFormat, bytes: &[u8]) -> Result<Self> {
        Decoder::open(format, bytes)?.read()
    }

    /// Upright and in sRGB.
    fn finish(self, colors: Colors) -> Frame {
        let Self { mut picture, orientation, profile } = self;
        if let Some(orientation) = orientation {
            picture.apply_orientation(orientation);
        }
        let is_grey = !picture.color().has_color();
        let mut frame = to_frame(picture);
        colors.convert(frame.pixels_mut(), profile.as_deref(), is_grey);
        frame
    }
}

/// To 8-bit RGBA. The common kinds go straight into the frame: a large picture is held twice, not
/// three times.
fn to_frame(picture: DynamicImage) -> Frame {
    let mut frame = Frame::new(Size { width: picture.width(), height: picture.height() });
    let pixels = frame.pixels_mut().chunks_exact_mut(4);
    match picture {
        DynamicImage::ImageRgb8(rgb) => {
            for (pixel, rgb) in pixels.zip(rgb.pixels()) {
                pixel.copy_from_slice(&[rgb[0], rgb[1], rgb[2], 255]);
            }
        }
        DynamicImage::ImageLuma8(grey) => {
            for (pixel, grey) in pixels.zip(grey.pixels()) {
                pixel.copy_from_slice(&[grey[0], grey[0], grey[0], 255]);
            }
        }
        other => frame.pixels_mut().copy_from_slice(&other.into_rgba8()),
    }
    frame
}

const CUT_SHORT: &str =
    "the picture is damaged or cut short: get it again, or save it as a new JPEG or PNG";

fn cut_short() -> Error {
    invalid(CUT_SHORT)
}

fn unreadable(error: image::ImageError) -> Error {
    let message = match &error {
        image::ImageError::Limits(_) => {
            "the picture needs too much memory: save it smaller or with 8 bits a channel"
        }
        image::ImageError::Unsupported(_) => {
            "the picture uses a variant of its format that is not supported: save it again as an \
             ordinary JPEG or PNG"
        }
        _ => CUT_SHORT,
    };
    invalid(message).with_source(error)
}

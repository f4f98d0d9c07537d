//! Pictures of strangers: which are taken, and what is kept of them.

use std::io::Cursor;

use gaze_core::faces::{FaceModels, choose_face, named_eyes};
use gaze_core::marking::Mark;
use gaze_core::portrait::flatten_over;
use gaze_core::{
    Crop, Error, ErrorKind, FaceChoice, Frame, Portrait, PrepareOptions, PrepareRequest, Rect,
    Result, Size,
};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageError, ImageFormat, ImageReader};

/// The kinds that are taken, by their content.
const KINDS: [ImageFormat; 3] = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP];
/// Most pixels: 200 MB while one is decoded.
pub(crate) const MAX_PIXELS: u64 = 50_000_000;
/// Of what is kept.
const JPEG_QUALITY: u8 = 95;

/// A picture without anything of its file but what is seen: upright, in sRGB, no larger than asked for.
pub(crate) struct KeptPicture {
    /// Over white where it is transparent.
    pub(crate) jpeg: Vec<u8>,
    /// The same with its transparency, where it has any.
    pub(crate) png: Option<Vec<u8>>,
    pub(crate) size: Size,
    /// The chosen face, in pixels.
    pub(crate) face: FaceChoice,
}

/// Checks what kind a picture is and how large, before anything is decoded.
///
/// # Errors
/// [`ErrorKind::InvalidInput`], saying what is taken.
pub(crate) fn check(bytes: &[u8]) -> Result<()> {
    let invalid = |message: String| Error::new(ErrorKind::InvalidInput, message);
    let unknown = || invalid("this is no JPEG, PNG or WebP: upload one of these".to_owned());
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let reader = reader.map_err(|_| unknown())?;
    if !reader.format().is_some_and(|format| KINDS.contains(&format)) {
        return Err(unknown());
    }
    let (width, height) = reader
        .into_dimensions()
        .map_err(|_| invalid("the picture is damaged: its header cannot be read".to_owned()))?;
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS {
        let (megapixels, most) = (pixels / 1_000_000, MAX_PIXELS / 1_000_000);
        return Err(invalid(format!(
            "the picture has {megapixels} megapixels: make it smaller, {most} at most"
        )));
    }
    Ok(())
}

/// Turns a picture upright, converts it to sRGB, crops it around a face, shrinks it to `max_side` and writes it anew, without
/// any metadata. `face` counts in shares of its width and height; nothing beside a crop is kept.
///
/// # Errors
/// As [`check`], and [`ErrorKind::InvalidInput`] where it cannot be decoded; [`ErrorKind::InvalidOption`] where named eyes are none; [`ErrorKind::NoFace`] where it is to be
/// cropped and shows none.
pub(crate) fn keep(
    bytes: &[u8],
    max_side: u32,
    face: FaceChoice,
    crop: Crop,
) -> Result<KeptPicture> {
    check(bytes)?;
    let source = Portrait::from_bytes(bytes)?;
    let in_pixels = |size: Size| face.scaled([size.width as f32, size.height as f32]);
    if crop == Crop::None {
        let portrait = source.resized(max_side);
        let size = portrait.size();
        if let FaceChoice::Eyes(eyes) = in_pixels(source.size()) {
            named_eyes(eyes, &portrait)?;
        }
        return KeptPicture::of(&portrait, in_pixels(size));
    }
    let options = PrepareOptions::default().with_crop(crop);
    let request = PrepareRequest::new(&source, max_side).with_options(options);
    let whole = request.portrait();
    let models = FaceModels::embedded()?;
    let choice = in_pixels(source.size());
    let chosen = match choice {
        FaceChoice::Eyes(eyes) => models.named_face(whole, eyes)?.face,
        choice => choose_face(&models.find_faces_of(whole, &source)?, choice, whole)?.clone(),
    };
    let part = request.crop_around(&chosen);
    let portrait = request.framed(part)?;
    let size = portrait.size();
    let kept = part.unwrap_or(Rect::covering(source.size()));
    let face = match choice {
        FaceChoice::Eyes(eyes) => {
            let eyes = eyes.map(|[x, y]| [x - kept.x as f32, y - kept.y as f32]);
            let scale =
                [size.width as f32 / kept.width as f32, size.height as f32 / kept.height as f32];
            FaceChoice::Eyes(eyes).scaled(scale)
        }
        _ => {
            let shown = chosen.resized(whole.size(), source.size()).in_part(kept, size);
            let [left, top, right, bottom] = shown.bounds();
            FaceChoice::At { x: (left + right) / 2.0, y: (top + bottom) / 2.0 }
        }
    };
    KeptPicture::of(&portrait, face)
}

impl KeptPicture {
    fn of(portrait: &Portrait, face: FaceChoice) -> Result<Self> {
        let frame = portrait.frame();
        let png = portrait.has_alpha().then(|| to_png(frame)).transpose()?;
        Ok(Self { jpeg: to_jpeg(frame)?, png, size: frame.size(), face })
    }
}

/// Writes a picture as JPEG, marked as one that was made anew; where it is transparent, it lies on white.
pub(crate) fn to_jpeg(frame: &Frame) -> Result<Vec<u8>> {
    let Size { width, height } = frame.size();
    let mut flat = frame.clone();
    flatten_over(&mut flat, [255; 3]);
    let rgb: Vec<u8> = flat.pixels().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)
        .encode(&rgb, width, height, ExtendedColorType::Rgb8)
        .map_err(not_written)?;
    Ok(Mark::of_portraits().jpeg(jpeg))
}

/// The same as PNG, with its transparency.
fn to_png(frame: &Frame) -> Result<Vec<u8>> {
    let Size { width, height } = frame.size();
    let mut png = Vec::new();
    PngEncoder::new(&mut png)
        .write_image(frame.pixels(), width, height, ExtendedColorType::Rgba8)
        .map_err(not_written)?;
    Ok(Mark::of_portraits().png(png))
}

fn not_written(e: ImageError) -> Error {
    Error::new(ErrorKind::Output, format!("the picture cannot be written: {e}")).with_source(e)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_kinds_are_taken() {
        for bytes in [
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".as_slice(),
            b"GIF89a\x01\0\x01\0",
            b"BM",
            b"",
            b"II*\0",
        ] {
            let error = check(bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains("JPEG, PNG or WebP"), "{error}");
        }
    }

    #[test]
    fn a_bomb_is_refused_by_its_header() {
        // A PNG of 16,384 x 16,384 pixels whose data would be nothing.
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x40\0\0\0\x40\0\x08\x02\0\0\0".to_vec();
        png.extend([0, 0, 0, 0]);
        let error = check(&png).unwrap_err().to_string();
        assert!(error.contains("megapixels") || error.contains("damaged"), "{error}");
    }

    #[test]
    fn of_a_crop_nothing_else_is_kept() {
        let photo = std::fs::read("../examples/astronaut.png").unwrap();
        let kept = keep(&photo, 512, FaceChoice::Largest, Crop::Head).unwrap();
        assert_eq!(kept.size.width, kept.size.height);
        assert!((150..320).contains(&kept.size.width), "{:?}", kept.size);
        let FaceChoice::At { x, y } = kept.face else { panic!("{:?}", kept.face) };
        let middle = kept.size.width as f32 / 2.0;
        assert!((x - middle).abs() < 20.0 && (y - middle).abs() < 60.0, "{x}, {y}");
        let same = keep(&photo, 512, FaceChoice::At { x: 0.45, y: 0.25 }, Crop::Head).unwrap();
        assert_eq!((same.size, same.face), (kept.size, kept.face));
        let whole = keep(&photo, 256, FaceChoice::At { x: 0.5, y: 0.25 }, Crop::None).unwrap();
        assert_eq!(whole.face, FaceChoice::At { x: 128.0, y: 64.0 });
    }

    #[test]
    fn named_eyes_stay_where_they_are() {
        let photo = std::fs::read("../examples/cat.png").unwrap();
        let eyes = FaceChoice::Eyes([[172.0 / 451.0, 115.0 / 300.0], [318.0 / 451.0, 0.45]]);
        let distance = |kept: &KeptPicture| {
            let FaceChoice::Eyes([a, b]) = kept.face else { panic!("{:?}", kept.face) };
            (b[0] - a[0]).hypot(b[1] - a[1])
        };
        let whole = keep(&photo, 512, eyes, Crop::None).unwrap();
        assert!((distance(&whole) - 147.4).abs() < 0.5);
        let cropped = keep(&photo, 512, eyes, Crop::Head).unwrap();
        assert!((distance(&cropped) - 147.4).abs() < 1.5, "nothing is enlarged");
        let close = FaceChoice::Eyes([[0.5, 0.5], [0.51, 0.5]]);
        for crop in [Crop::None, Crop::Head] {
            let error = keep(&photo, 512, close, crop).err().expect("these are no two eyes");
            assert_eq!(error.kind(), ErrorKind::InvalidOption);
        }
    }

    #[test]
    fn of_a_transparent_picture_its_transparency_is_kept() {
        let clear = Frame::new(Size { width: 96, height: 80 });
        let mut png = Vec::new();
        PngEncoder::new(&mut png)
            .write_image(clear.pixels(), 96, 80, ExtendedColorType::Rgba8)
            .unwrap();
        let kept = keep(&png, 48, FaceChoice::Largest, Crop::None).unwrap();
        let [jpeg, png] = [kept.jpeg, kept.png.unwrap()]
            .map(|file| image::load_from_memory(&file).unwrap().into_rgba8());
        assert_eq!((jpeg.dimensions(), png.dimensions()), ((48, 40), (48, 40)));
        assert_eq!((jpeg.get_pixel(9, 9).0, png.get_pixel(9, 9).0[3]), ([255; 4], 0));
        let photo = std::fs::read("../examples/astronaut.png").unwrap();
        assert!(keep(&photo, 128, FaceChoice::Largest, Crop::None).unwrap().png.is_none());
    }

    #[test]
    fn nothing_but_the_picture_is_kept() {
        let photo = std::fs::read("../examples/astronaut.png").unwrap();
        let kept = keep(&photo, 300, FaceChoice::Largest, Crop::None).unwrap();
        assert_eq!(kept.size.width.max(kept.size.height), 300);
        assert_eq!(kept.jpeg[..2], [0xff, 0xd8]);
        // A JPEG with EXIF turns and loses it.
        let mut with_exif = kept.jpeg[..2].to_vec();
        let exif: &[u8] =
            b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        with_exif.extend([0xff, 0xe1]);
        with_exif.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        with_exif.extend(exif);
        with_exif.extend(&kept.jpeg[2..]);
        let turned = keep(&with_exif, 512, FaceChoice::Largest, Crop::None).unwrap();
        assert_eq!((turned.size.width, turned.size.height), (kept.size.height, kept.size.width));
        assert!(!turned.jpeg.windows(4).any(|window| window == b"Exif"));
    }
}

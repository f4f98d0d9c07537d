//! Reading portraits: every format, every orientation, and everything that can be wrong with a file.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, Instant};

use gaze_face::portrait::{MAX_FILE_BYTES, MIN_SIDE};
use gaze_face::{Error, ErrorKind, Frame, Portrait, Size};
use image::codecs::{gif, jpeg, png, webp};
use image::metadata::Orientation;
use image::{DynamicImage, ImageEncoder, ImageFormat, RgbImage, RgbaImage};

/// Red, green / blue, near white: as in the fixtures.
const QUARTERS: [[u8; 3]; 4] = [[220, 40, 30], [40, 180, 60], [50, 70, 200], [230, 220, 210]];
const WIDTH: u32 = 96;
const HEIGHT: u32 = 64;

fn quarters() -> DynamicImage {
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        image::Rgb(QUARTERS[(y / (HEIGHT / 2) * 2 + x / (WIDTH / 2)) as usize])
    })
    .into()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn astronaut_file() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/astronaut.png")
}

/// The colours in the middle of the quarters: top left, top right, bottom left, bottom right.
fn colours(portrait: &Portrait) -> [[u8; 4]; 4] {
    let Size { width, height } = portrait.size();
    let at = |x, y| portrait.frame().pixel(width * x / 4, height * y / 4);
    [at(1, 1), at(3, 1), at(1, 3), at(3, 3)]
}

#[track_caller]
fn assert_colours(portrait: &Portrait, expected: [[u8; 3]; 4], tolerance: u8) {
    for (actual, expected) in colours(portrait).iter().zip(expected) {
        let near = actual.iter().zip(expected).all(|(a, e)| a.abs_diff(e) <= tolerance);
        assert!(near && actual[3] == 255, "{actual:?} instead of {expected:?}");
    }
}

#[track_caller]
fn refused(bytes: &[u8]) -> Error {
    let error = Portrait::from_bytes(bytes).expect_err("this should be refused");
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    let message = error.to_string();
    assert!(message.starts_with(|c: char| !c.is_uppercase()), "{message}");
    error
}

const FORMATS: [(ImageFormat, u8); 6] = [
    (ImageFormat::Png, 0),
    (ImageFormat::Jpeg, 4),
    (ImageFormat::WebP, 0),
    (ImageFormat::Gif, 1),
    (ImageFormat::Bmp, 0),
    (ImageFormat::Tiff, 0),
];

#[test]
fn every_format_is_read() {
    for (format, tolerance) in FORMATS {
        let portrait = Portrait::from_bytes(&encoded(&quarters(), format)).unwrap();
        assert_eq!(portrait.size(), Size { width: WIDTH, height: HEIGHT });
        assert_eq!(portrait.source_size(), portrait.size());
        assert!(!portrait.has_alpha());
        assert_colours(&portrait, QUARTERS, tolerance);
    }
}

#[test]
fn rarer_files_have_the_right_colours() {
    for name in ["cmyk.jpg", "ycck.jpg", "progressive.jpg", "animated.webp"] {
        let portrait = Portrait::open(fixture(name)).unwrap();
        // Lossy, and the same as Pillow shows.
        assert_colours(&portrait, QUARTERS, if name == "animated.webp" { 12 } else { 4 });
    }
}

#[test]
fn the_first_picture_of_an_animation_counts() {
    let mut bytes = Vec::new();
    let mut encoder = gif::GifEncoder::new(&mut bytes);
    let black = DynamicImage::new_rgb8(WIDTH, HEIGHT);
    for picture in [quarters(), black] {
        encoder.encode_frame(image::Frame::new(picture.into_rgba8())).unwrap();
    }
    drop(encoder);
    assert_colours(&Portrait::from_bytes(&bytes).unwrap(), QUARTERS, 1);
}

#[test]
fn every_pixel_layout_is_read() {
    let png =
        |picture: DynamicImage| Portrait::from_bytes(&encoded(&picture, ImageFormat::Png)).unwrap();
    assert_colours(&png(quarters().into_rgb16().into()), QUARTERS, 0);
    assert_colours(&png(quarters().into_rgba16().into()), QUARTERS, 0);
    let grey = quarters().into_luma8();
    let levels =
        [[16, 16], [80, 16], [16, 48], [80, 48]].map(|[x, y]| [grey.get_pixel(x, y)[0]; 3]);
    for picture in [grey.clone().into(), DynamicImage::from(grey).into_luma16().into()] {
        assert_colours(&png(picture), levels, 0);
    }
    let mut grey_alpha = quarters().into_luma_alpha8();
    grey_alpha.pixels_mut().for_each(|p| p[1] = 100);
    assert!(colours(&png(grey_alpha.into())).iter().all(|c| c[3] == 100));
}

#[test]
fn palettes_are_read() {
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, WIDTH, HEIGHT);
    encoder.set_color(::png::ColorType::Indexed);
    encoder.set_depth(::png::BitDepth::Two);
    encoder.set_palette(QUARTERS.concat());
    let row = |y: u32| (0..WIDTH / 4).map(move |x| [0x00, 0x55, 0xaa, 0xff][at(x, y)]);
    fn at(byte: u32, y: u32) -> usize {
        (y / (HEIGHT / 2) * 2 + byte / (WIDTH / 8)) as usize
    }
    let data: Vec<u8> = (0..HEIGHT).flat_map(row).collect();
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    assert_colours(&Portrait::from_bytes(&bytes).unwrap(), QUARTERS, 0);
}

#[test]
fn transparency_is_kept_straight_and_flattened_for_the_models() {
    let picture =
        RgbaImage::from_fn(80, 80, |x, _| image::Rgba([200, 100, 0, if x < 40 { 0 } else { 128 }]));
    let bytes = encoded(&picture.into(), ImageFormat::Png);
    let portrait = Portrait::from_bytes(&bytes).unwrap();
    assert!(portrait.has_alpha());
    assert_eq!(portrait.frame().pixel(10, 10), [200, 100, 0, 0]);
    assert_eq!(portrait.frame().pixel(70, 10), [200, 100, 0, 128]);
    let flat = portrait.flattened();
    assert_eq!(flat.pixel(10, 10), [128, 128, 128, 255]);
    assert_eq!(flat.pixel(70, 10), [164, 114, 64, 255]);
}

/// An EXIF block with one entry: the orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"MM\0*\0\0\0\x08\0\x01".to_vec();
    block.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);
    block
}

/// An uncompressed TIFF with the orientation in its own tag.
fn tiff(orientation: u8) -> Vec<u8> {
    let picture = quarters().into_rgb8();
    let (tags, header) = (9u16, 8u32);
    let bits_at = header + 2 + u32::from(tags) * 12 + 4;
    let pixels_at = bits_at + 6;
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend(tags.to_le_bytes());
    let mut tag = |id: u16, kind: u16, count: u32, value: u32| {
        bytes.extend(id.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    };
    tag(256, 3, 1, WIDTH);
    tag(257, 3, 1, HEIGHT);
    tag(258, 3, 3, bits_at);
    tag(262, 3, 1, 2);
    tag(273, 4, 1, pixels_at);
    tag(274, 3, 1, orientation.into());
    tag(277, 3, 1, 3);
    tag(278, 3, 1, HEIGHT);
    tag(279, 4, 1, WIDTH * HEIGHT * 3);
    bytes.extend([0; 4]);
    bytes.extend([8, 0, 8, 0, 8, 0]);
    bytes.extend(picture.as_raw());
    bytes
}

#[test]
fn every_orientation_is_applied_in_every_format_that_has_one() {
    for orientation in 1..=8 {
        let mut expected = quarters();
        expected.apply_orientation(Orientation::from_exif(orientation).unwrap());
        let (width, height) = (expected.width(), expected.height());
        let expected = expected.into_rgb8();
        let colours = [[1, 1], [3, 1], [1, 3], [3, 3]]
            .map(|[x, y]| expected.get_pixel(width * x / 4, height * y / 4).0);

        let picture = quarters().into_rgb8();
        let write = |encoder: &mut dyn FnMut(&mut Vec<u8>)| {
            let mut bytes = Vec::new();
            encoder(&mut bytes);
            bytes
        };
        macro_rules! with_exif {
            ($new:expr) => {
                write(&mut |bytes| {
                    let mut encoder = $new(bytes);
                    encoder.set_exif_metadata(exif(orientation)).unwrap();
                    let colour = image::ExtendedColorType::Rgb8;
                    encoder.write_image(&picture, WIDTH, HEIGHT, colour).unwrap();
                })
            };
        }
        let files = [
            with_exif!(|bytes| jpeg::JpegEncoder::new_with_quality(bytes, 95)),
            with_exif!(png::PngEncoder::new),
            with_exif!(webp::WebPEncoder::new_lossless),
            tiff(orientation),
        ];
        for (i, bytes) in files.iter().enumerate() {
            let portrait = Portrait::from_bytes(bytes)
                .unwrap_or_else(|e| panic!("file {i}, orientation {orientation}: {e}"));
            assert_eq!(portrait.source_size(), Size { width, height });
            assert_colours(&portrait, colours, 4);
        }
    }
}

#[test]
fn what_is_cut_short_is_refused() {
    for (format, _) in FORMATS {
        let whole = encoded(&photograph(), format);
        for percent in [1, 10, 30, 50, 70, 90] {
            refused(&whole[..whole.len() * percent / 100]);
        }
    }
    for name in ["cmyk.jpg", "progressive.jpg"] {
        let whole = std::fs::read(fixture(name)).unwrap();
        // The end marker alone may be missing, and padding before it.
        for length in 0..whole.len() - 3 {
            refused(&whole[..length]);
        }
    }
    // Behind its first picture an animation may end anywhere.
    let whole = std::fs::read(fixture("animated.webp")).unwrap();
    for length in 0..whole.len() {
        let _ = Portrait::from_bytes(&whole[..length]);
    }
}

/// Something with detail: 160 x 120.
fn photograph() -> DynamicImage {
    let picture = image::open(astronaut_file()).unwrap();
    picture.crop_imm(150, 60, 160, 120)
}

#[test]
fn damage_never_panics_or_hangs() {
    let start = Instant::now();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    for (format, _) in FORMATS {
        let whole = encoded(&photograph(), format);
        for round in 0..60 {
            let mut bytes = whole.clone();
            // Half of the time in the header, where it hurts most.
            let reach = if round % 2 == 0 { bytes.len() } else { bytes.len().min(200) };
            for _ in 0..1 + random() % 8 {
                bytes[random() % reach] = random() as u8;
            }
            if let Err(error) = Portrait::from_bytes(&bytes) {
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
            }
        }
    }
    assert!(start.elapsed() < Duration::from_secs(60));
}

/// A PNG whose header claims any size, with pixel data that expands to `expanded` zeros.
fn claiming_png(width: u32, height: u32, depth: ::png::BitDepth) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(::png::ColorType::Rgba);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().unwrap();
    writer.write_chunk(::png::chunk::IDAT, &[0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]).unwrap();
    drop(writer);
    bytes
}

#[test]
fn decompression_bombs_are_refused_from_their_header() {
    let start = Instant::now();
    let error = refused(&claiming_png(30_000, 30_000, ::png::BitDepth::Eight));
    assert!(error.to_string().contains("30000 x 30000"), "{error}");
    refused(&claiming_png(u32::MAX >> 1, 100, ::png::BitDepth::Eight));
    refused(&claiming_png(16_384, 16_384, ::png::BitDepth::Eight));
    let error = refused(&claiming_png(10_900, 11_000, ::png::BitDepth::Sixteen));
    assert!(error.to_string().contains("memory"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn tiny_pictures_are_refused() {
    for (width, height) in [(1, 1), (MIN_SIDE - 1, 500), (500, MIN_SIDE - 1)] {
        let picture = DynamicImage::new_rgb8(width, height);
        let error = refused(&encoded(&picture, ImageFormat::Png));
        assert!(error.to_string().contains(&format!("at least {MIN_SIDE}")), "{error}");
        let frame = Frame::new(Size { width, height });
        assert_eq!(Portrait::from_frame(frame).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    let smallest = Frame::new(Size { width: MIN_SIDE, height: MIN_SIDE });
    assert!(Portrait::from_frame(smallest).is_ok());
    assert!(Portrait::from_frame(Frame::new(Size { width: 0, height: 0 })).is_err());
}

#[test]
fn errors_of_files_name_their_path() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("portrait.jpg");
    std::fs::write(&text, "not a picture").unwrap();
    for path in [folder.path().join("missing.png"), folder.path().to_owned(), text] {
        let error = Portrait::open(&path).unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::InvalidInput, Some(path.as_path())));
    }
}

#[test]
fn the_format_is_told_by_content_not_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portrait.jpg");
    std::fs::write(&path, encoded(&quarters(), ImageFormat::Png)).unwrap();
    assert_colours(&Portrait::open(&path).unwrap(), QUARTERS, 0);
}

#[cfg(unix)]
#[test]
fn endless_files_are_read_up_to_the_limit() {
    let error = Portrait::open("/dev/zero").unwrap_err();
    assert!(error.to_string().contains(&format!("{} MiB", MAX_FILE_BYTES >> 20)), "{error}");
}

#[test]
fn resizing_remembers_the_source() {
    let portrait = Portrait::open(astronaut_file()).unwrap();
    let small = portrait.resized(100);
    assert_eq!(small.size(), Size { width: 100, height: 100 });
    assert_eq!(small.source_size(), Size { width: 512, height: 512 });
    assert_eq!(small.resized(50).source_size(), small.source_size());
    assert_eq!(portrait.resized(9999).size(), portrait.size());
}

//! What is written says what it is.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod pattern;

use std::fs;
use std::io::Cursor;
use std::path::Path;

use gaze_core::pack::{PackFile, PackOptions, pack_sheets};
use gaze_core::{Frame, GazeGenerator, GenerateOptions, Grid, Portrait, Provenance, Size};
use image::codecs::{jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder};
use image::{ImageDecoder, ImageResult};
use pattern::PatternEngine;

/// The XMP of a picture file.
fn xmp_of(path: &Path) -> String {
    let file = Cursor::new(fs::read(path).unwrap());
    let xmp: ImageResult<Option<Vec<u8>>> = match path.extension().unwrap().to_str().unwrap() {
        "jpg" => JpegDecoder::new(file).unwrap().xmp_metadata(),
        "png" => PngDecoder::new(file).unwrap().xmp_metadata(),
        _ => WebPDecoder::new(file).unwrap().xmp_metadata(),
    };
    String::from_utf8(xmp.unwrap().unwrap_or_default()).unwrap()
}

#[test]
fn every_picture_and_both_heads_name_their_source() {
    let parent = tempfile::tempdir().unwrap();
    for alpha in [false, true] {
        let out = parent.path().join(alpha.to_string());
        let options = GenerateOptions::default()
            .with_grid(Grid::from_side(20).unwrap())
            .with_background_removed(alpha);
        let portrait = Portrait::from_frame(Frame::new(Size { width: 64, height: 64 })).unwrap();
        let generator = GazeGenerator::new(PatternEngine::default()).with_options(options);
        let outcome = generator.generate(&portrait, &out, &()).unwrap();
        // No engine of gaze's own: taken for a network's work.
        let source =
            "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";
        let is_picture = |name: &str| {
            name != "input.webp" && [".webp", ".png"].iter().any(|end| name.ends_with(end))
        };
        let pictures: Vec<&str> = outcome
            .files
            .iter()
            .map(|file| file.0.as_str())
            .filter(|name| is_picture(name))
            .collect();
        assert_eq!(pictures.len(), 10, "eight sheets, the overview and the preview: {pictures:?}");
        for name in pictures {
            let xmp = xmp_of(&out.join(name));
            assert!(xmp.contains(source) && xmp.contains("pattern engine"), "{name}: {xmp}");
        }
        assert!(
            xmp_of(&out.join("input.jpg")).contains("digitalsourcetype/algorithmicallyEnhanced")
        );

        let made = Provenance::by_engine("pattern").to_json();
        let manifest = fs::read_to_string(out.join("metadata.json")).unwrap();
        assert!(manifest.ends_with(&made[1..]), "{manifest}");
        let about = PackFile::open(out.join("frames.gaze")).unwrap().about().unwrap();
        assert_eq!(about.as_deref(), Some(made.as_str()));
        // Sheets that say who made them become a pack that does.
        let again = parent.path().join(format!("{alpha}.gaze"));
        pack_sheets(&out, &again, &PackOptions::default(), &()).unwrap();
        assert_eq!(PackFile::open(again).unwrap().about().unwrap(), Some(made));
    }
}

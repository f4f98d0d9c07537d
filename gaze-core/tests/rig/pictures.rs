//! Which picture is stored: a WebP, or the portrait's own JPEG.

use gaze_core::rig::{PictureFormat, Rig, StoredRig};
use gaze_core::rig_file::{RigFileOptions, decode_picture, rig_from_bytes, rig_to_bytes};
use gaze_core::{Frame, Portrait, Size};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::one_rig::{difference, draw, generator};
use crate::synthetic_rig::{layered_rig, transparent_rig};

/// Of the WebP beside which a JPEG is looked at: the synthetic portrait is so plain that tables are most of it.
const QUALITY: u8 = 97;

/// The synthetic portrait as a camera might write it.
fn photograph(quality: u8, orientation: u8) -> Vec<u8> {
    let picture = layered_rig().parts().picture.clone();
    let rgb: Vec<u8> =
        picture.pixels().as_chunks::<4>().0.iter().flat_map(|p| [p[0], p[1], p[2]]).collect();
    let mut encoder_bytes = Vec::new();
    let size = picture.size();
    JpegEncoder::new_with_quality(&mut encoder_bytes, quality)
        .write_image(&rgb, size.width, size.height, ExtendedColorType::Rgb8)
        .unwrap();
    // One entry: the orientation. Then what a camera tells of the place.
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"N 48 51 30");
    let mut jpeg = encoder_bytes[..2].to_vec();
    jpeg.extend([0xff, 0xe1]);
    jpeg.extend((exif.len() as u16 + 2).to_be_bytes());
    jpeg.extend(exif);
    jpeg.extend_from_slice(&encoder_bytes[2..]);
    jpeg
}

/// A rig with this picture.
fn rig_of(picture: &Frame) -> Rig {
    let mut parts = layered_rig().parts().clone();
    parts.picture = picture.clone();
    Rig::from_parts(parts).unwrap()
}

/// The picture that is stored of a portrait's rig.
fn stored(portrait: &Portrait, rig: &Rig) -> (PictureFormat, Vec<u8>) {
    let options = RigFileOptions::default().with_quality(QUALITY).with_jpeg(portrait.source_jpeg());
    let file = rig_to_bytes(rig, &options).unwrap();
    let picture = StoredRig::from_bytes(&file).unwrap().picture().clone();
    (picture.format, picture.bytes)
}

fn has(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[test]
fn a_small_photograph_is_stored_as_it_came_without_what_it_tells() {
    let jpeg = photograph(20, 1);
    let portrait = Portrait::from_bytes(&jpeg).unwrap();
    assert!(portrait.source_jpeg() == Some(&jpeg) && has(&jpeg, b"N 48"));
    let rig = rig_of(portrait.frame());
    let (format, bytes) = stored(&portrait, &rig);
    assert_eq!(format, PictureFormat::Jpeg);
    assert!(!has(&bytes, b"Exif") && !has(&bytes, b"N 48") && bytes.len() < jpeg.len());
    // It shows the picture exactly, so that the rig draws the same but for its coarse numbers.
    let options = RigFileOptions::default().with_quality(QUALITY).with_jpeg(portrait.source_jpeg());
    let opened = rig_from_bytes(&rig_to_bytes(&rig, &options).unwrap()).unwrap();
    assert!(opened.parts().picture == *portrait.frame());
    assert!(difference(&draw(&rig, -15.0, 8.0), &draw(&opened, -15.0, 8.0)) < 0.05);
    // A run takes it by itself.
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("me.gaze");
    let run = generator(Some(rig.clone()));
    let run_options = run.options().with_rig_quality(QUALITY);
    run.with_options(run_options).generate_rig(&portrait, &target, &()).unwrap();
    let options = options.with_engine("one-rig");
    assert!(std::fs::read(target).unwrap() == rig_to_bytes(&rig, &options).unwrap());
}

#[test]
fn photographs_that_would_show_something_else_are_not_stored() {
    let turned = Portrait::from_bytes(&photograph(20, 3)).unwrap();
    assert_eq!(stored(&turned, &rig_of(turned.frame())).0, PictureFormat::Webp);
    // Much larger than a WebP.
    let fine = Portrait::from_bytes(&photograph(99, 1)).unwrap();
    assert_eq!(stored(&fine, &rig_of(fine.frame())).0, PictureFormat::Webp);
    // Another picture, and a person without their background.
    let portrait = Portrait::from_bytes(&photograph(20, 1)).unwrap();
    assert_eq!(stored(&portrait, &layered_rig()).0, PictureFormat::Webp);
    assert_eq!(stored(&portrait, &transparent_rig()).0, PictureFormat::Webp);
    // What was resized has no file that shows it.
    let smaller = portrait.resized(100);
    assert_eq!(
        (smaller.source_jpeg(), portrait.resized(120).source_jpeg().is_some()),
        (None, true)
    );
    let (garbage, cut) = (b"\xff\xd8\xff nothing".to_vec(), photograph(20, 1)[..900].to_vec());
    for jpeg in [garbage, cut] {
        let options = RigFileOptions::default().with_jpeg(Some(&jpeg));
        let file = rig_to_bytes(&rig_of(portrait.frame()), &options).unwrap();
        let picture = StoredRig::from_bytes(&file).unwrap().picture().clone();
        assert_eq!(picture.format, PictureFormat::Webp);
        let size = Size { width: 96, height: 120 };
        assert_eq!(decode_picture(&picture, size).unwrap().size(), size);
    }
}

#[test]
fn large_files_are_not_kept_beside_the_picture() {
    let mut jpeg = photograph(20, 1);
    jpeg.resize((1 << 20) + 1, 0);
    assert_eq!(Portrait::from_bytes(&jpeg).unwrap().source_jpeg(), None);
    let png = std::fs::read("../examples/astronaut.png").unwrap();
    assert_eq!(Portrait::from_bytes(&png).unwrap().source_jpeg(), None);
}

//! Options of the engine, from the command line to the sheets.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter};

use crate::onnxruntime;
use crate::setup::{ASTRONAUT, Setup};

/// Runs a sweep of its own setup; its first sheet, and what the run says about its engine.
fn sheet_and_engine(setup: &Setup, more: &[&str]) -> (Vec<u8>, String) {
    let output = setup.command(more).arg("--force").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let engine = said.lines().find(|line| line.contains(r#""event":"engine""#)).unwrap();
    (fs::read(setup.out().join("q0.webp")).unwrap(), engine.to_owned())
}

#[test]
fn lids_follow_where_they_are_told_to() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(2);
    let (by_default, _) = sheet_and_engine(&setup, &[]);
    let (still, _) = sheet_and_engine(&setup, &["--lids", "still"]);
    let (follow, _) = sheet_and_engine(&setup, &["--lids", "follow"]);
    assert!(still == by_default && follow != by_default);
}

#[test]
fn sixteen_bits_are_taken_where_they_are_asked_for() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(2);
    let half_files = || {
        let names = fs::read_dir(setup.models()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains(".fp16.")).count()
    };
    let (by_default, engine) = sheet_and_engine(&setup, &[]);
    assert!(!engine.contains("16-bit") && half_files() == 0, "{engine}");
    let (half, engine) = sheet_and_engine(&setup, &["--precision", "fp16"]);
    assert!(engine.contains("16-bit") && half_files() == 1, "{engine}");
    assert!(half != by_default, "the stand-in rounds somewhere");
    let (full, engine) = sheet_and_engine(&setup, &["--precision", "fp32"]);
    assert!(full == by_default && !engine.contains("16-bit"), "{engine}");
}

/// The example portrait, each pixel nine times: large enough that both ways of reading make it smaller.
fn write_large_portrait(setup: &Setup) {
    let decoder = png::Decoder::new(BufReader::new(File::open(ASTRONAUT).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
    let mut large = Vec::new();
    for row in pixels.chunks_exact(info.line_size) {
        let row: Vec<u8> = row.chunks_exact(3).flat_map(|pixel| pixel.repeat(3)).collect();
        large.extend(row.repeat(3));
    }
    let file = BufWriter::new(File::create(setup.portrait()).unwrap());
    let mut encoder = png::Encoder::new(file, 3 * info.width, 3 * info.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&large).unwrap();
}

#[test]
fn reference_preprocessing_changes_large_pictures_alone() {
    if onnxruntime::is_missing() {
        return;
    }
    let small = Setup::new(2);
    let (own, _) = sheet_and_engine(&small, &[]);
    let (reference, _) = sheet_and_engine(&small, &["--reference-preprocessing"]);
    assert!(own == reference);
    let large = Setup::new(2);
    write_large_portrait(&large);
    let (own, _) = sheet_and_engine(&large, &[]);
    let (reference, _) = sheet_and_engine(&large, &["--reference-preprocessing"]);
    assert!(own != reference);
}

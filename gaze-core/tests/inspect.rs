//! Folders of sheets, sound and broken.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod pattern;

use std::fs;
use std::path::Path;

use gaze_core::{ErrorKind, Frame, GazeGenerator, Grid, Portrait, Report, Size, inspect};
use pattern::PatternEngine;

fn generate(out: &Path, grid: u32, alpha: bool) {
    let mut frame = Frame::new(Size { width: 72, height: 96 });
    frame.pixels_mut().fill(255);
    let portrait = Portrait::from_frame(frame).unwrap().resized(32);
    let mut generator =
        GazeGenerator::new(PatternEngine::default()).with_grid(Grid::from_side(grid).unwrap());
    if alpha {
        generator = generator.with_background_removed();
    }
    generator.generate(&portrait, out, &()).unwrap();
}

/// What `inspect` says of a sound folder of 20 x 20 cells after `harm` was done to it.
fn after(harm: impl FnOnce(&Path)) -> Report {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("face");
    generate(&out, 20, false);
    harm(&out);
    inspect(&out).unwrap()
}

fn only_problem(report: &Report) -> (&str, &str) {
    assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
    (&report.problems[0].file, &report.problems[0].message)
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from));
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn sound_folders_have_no_problems() {
    let parent = tempfile::tempdir().unwrap();
    for alpha in [false, true] {
        let out = parent.path().join(alpha.to_string());
        generate(&out, 20, alpha);
        let report = inspect(&out).unwrap();
        assert!(report.is_sound(), "{:?}", report.problems);
        assert_eq!(report.good_sheets.len(), 8);
        assert_eq!(report.manifest.unwrap().has_alpha, alpha);
    }
}

#[test]
fn strangers_are_left_alone_and_the_mobile_keys_may_be_missing() {
    let report = after(|out| {
        fs::write(out.join("index.html"), "page").unwrap();
        fs::create_dir(out.join("sub")).unwrap();
    });
    assert!(report.is_sound(), "{:?}", report.problems);
    let report = after(|out| {
        edit(&out.join("metadata.json"), r#""mobileGridSize":20,"mobileQuadrantSize":10,"#, "");
        for q in 0..4 {
            fs::remove_file(out.join(format!("q{q}_20.webp"))).unwrap();
        }
    });
    assert!(report.is_sound(), "{:?}", report.problems);
}

#[test]
fn missing_extra_and_left_over_files_are_named() {
    let report = after(|out| fs::remove_file(out.join("q2.webp")).unwrap());
    let (file, message) = only_problem(&report);
    assert!(file == "q2.webp" && message.contains("missing"), "{message}");
    let report = after(|out| fs::write(out.join("q0_40.webp"), "x").unwrap());
    assert_eq!(only_problem(&report).0, "q0_40.webp");
    let report = after(|out| fs::create_dir(out.join(".gaze-partial-1-0-face")).unwrap());
    assert!(only_problem(&report).1.contains("left over"));
    let report = after(|out| fs::remove_file(out.join("metadata.json")).unwrap());
    assert_eq!(only_problem(&report).0, "metadata.json");
    assert_eq!(report.manifest, None);
}

#[test]
fn damaged_sheets_are_told_from_wrong_ones() {
    let damage = |change: fn(&mut Vec<u8>)| {
        let report = after(|out| {
            let path = out.join("q1.webp");
            let mut bytes = fs::read(&path).unwrap();
            change(&mut bytes);
            fs::write(path, bytes).unwrap();
        });
        let (file, message) = only_problem(&report);
        assert_eq!(file, "q1.webp");
        message.to_owned()
    };
    assert!(damage(|b| b.truncate(b.len() * 2 / 3)).contains("cut short"));
    assert!(damage(|b| b.truncate(20)).contains("header"));
    assert!(damage(Vec::clear).contains("header"));
    assert!(damage(|b| b[..4].fill(0)).contains("not a webp"));
    // The size of the file and that of the picture in it.
    let claim = |bytes: &mut Vec<u8>| {
        bytes[24..30].copy_from_slice(&[0xfe, 0x3f, 0, 0xfe, 0x3f, 0]);
        bytes[44..48].copy_from_slice(&[255; 4]);
    };
    assert!(damage(claim).contains("16383 x 16383"));
    let swapped = after(|out| {
        fs::copy(out.join("q0_20.webp"), out.join("q0.webp")).unwrap();
    });
    assert!(swapped.is_sound(), "20 of 20: both are 10 x 10");
}

#[test]
fn contradicting_manifests_are_explained() {
    let report = after(|out| edit(&out.join("metadata.json"), "false", "true"));
    assert_eq!(report.problems.len(), 9);
    assert!(report.problems[0].message.contains("no alpha"));
    let report = after(|out| edit(&out.join("metadata.json"), ":24,", ":25,"));
    assert!(report.problems[0].message.contains("240 x 320 px"), "{:?}", report.problems);
    let report = after(|out| edit(&out.join("metadata.json"), ":400,", ":401,"));
    assert!(only_problem(&report).1.starts_with("totalImages is 401"), "{:?}", report.problems);
}

#[test]
fn odd_file_types_are_refused_without_hanging() {
    let report = after(|out| {
        fs::remove_file(out.join("q3.webp")).unwrap();
        fs::create_dir(out.join("q3.webp")).unwrap();
        fs::remove_file(out.join("q2.webp")).unwrap();
        image::RgbImage::new(240, 320).save(out.join("q2.webp")).unwrap();
        let file = fs::File::create(out.join("q1.webp")).unwrap();
        file.set_len(1 << 40).unwrap();
    });
    let messages: Vec<&str> = report.problems.iter().map(|p| p.message.as_str()).collect();
    assert!(messages[0].contains("more than"), "{messages:?}");
    assert!(messages[1].contains("lossless"), "{messages:?}");
    assert!(messages[2].contains("not a file"), "{messages:?}");
}

#[test]
fn what_is_no_folder_is_bad_input() {
    let parent = tempfile::tempdir().unwrap();
    let error = inspect(parent.path().join("nothing")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(inspect(file!()).is_err());
}

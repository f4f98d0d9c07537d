//! Frames around a face: which part of the portrait they show, and how large.
#![cfg(feature = "embedded")]
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use gaze_core::embedded::EmbeddedEngine;
use gaze_core::{
    Crop, FaceChoice, Frame, GazeGenerator, GenerateOptions, Grid, Hint, Portrait, Rect, Size,
    WarningKind,
};

const WIDE: Size = Size { width: 1000, height: 700 };
/// Where the astronaut stands in it, 512 pixels wide, and where in a smaller copy.
const LARGE_AT: [u32; 2] = [20, 150];
const SMALL_AT: [u32; 2] = [580, 200];
const SMALL: u32 = 360;

fn astronaut() -> Portrait {
    Portrait::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/astronaut.png")).unwrap()
}

fn wide() -> Portrait {
    let mut wide = Frame::new(WIDE);
    wide.pixels_mut().as_chunks_mut().0.fill([120, 128, 136, 255]);
    for (her, [x, y]) in [(astronaut(), LARGE_AT), (astronaut().resized(SMALL), SMALL_AT)] {
        for (row, pixels) in her.frame().view().rows().enumerate() {
            let at = ((y as usize + row) * WIDE.width as usize + x as usize) * 4;
            wide.pixels_mut()[at..at + pixels.len()].copy_from_slice(pixels);
        }
    }
    Portrait::from_frame(wide).unwrap()
}

fn generator(options: GenerateOptions) -> GazeGenerator<EmbeddedEngine> {
    let options = options.with_grid(Grid::from_side(2).unwrap());
    GazeGenerator::new(EmbeddedEngine::new().unwrap()).with_options(options)
}

/// Whether a part shows the face of the astronaut who stands at a place, in this scale.
fn holds(part: Rect, [x, y]: [u32; 2], scale: f32) -> bool {
    // Her nose.
    let [x, y] = [(x, 222.0), (y, 132.0)].map(|(at, nose)| at as f32 + nose * scale);
    (part.x as f32..(part.x + part.width) as f32).contains(&x)
        && (part.y as f32..(part.y + part.height) as f32).contains(&y)
}

#[test]
fn frames_show_the_chosen_face_with_the_pixels_that_the_portrait_has() {
    let parent = tempfile::tempdir().unwrap();
    let portrait = wide();
    let at = FaceChoice::At { x: 736.0, y: 293.0 };
    for (name, face, place, scale) in [
        ("largest", FaceChoice::Largest, LARGE_AT, 1.0),
        ("index", FaceChoice::Index(1), SMALL_AT, SMALL as f32 / 512.0),
        ("point", at, SMALL_AT, SMALL as f32 / 512.0),
    ] {
        let options = GenerateOptions::default().with_crop(Crop::Head).with_face(face);
        let out = parent.path().join(name);
        let outcome = generator(options).generate(&portrait, &out, &()).unwrap();
        let part = outcome.crop.unwrap();
        assert!(holds(part, place, scale), "{name}: {part:?}");
        let size = outcome.manifest.frame_size;
        assert_eq!(
            size,
            Size { width: part.width, height: part.height },
            "neither shrunk nor enlarged"
        );
        assert!(size.width == size.height && size.width < 300, "{size:?}");
        // The picture beside them is the same part.
        let shown = Portrait::open(out.join("input.jpg")).unwrap();
        assert_eq!(shown.size(), size);
        let own = portrait.frame().view().part(part).unwrap().to_frame();
        let gaps = shown.frame().pixels().iter().zip(own.pixels());
        let mean =
            gaps.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / own.pixels().len() as f64;
        assert!(mean < 3.0, "{mean} levels");
    }
}

#[test]
fn a_crop_is_shrunk_to_the_size_of_frames_and_made_into_a_rig() {
    let portrait = wide();
    let run = generator(GenerateOptions::default().with_crop(Crop::Bust).with_max_size(200));
    let rig = run.rig(&portrait, &()).unwrap();
    assert_eq!((rig.frame_size.width, rig.frame_size.height), (160, 200));
    let part = rig.crop.unwrap();
    assert!((part.width as f32 / part.height as f32 - 0.8).abs() < 0.01, "{part:?}");
    let prepared = run.prepare(&portrait, &()).unwrap();
    assert_eq!((prepared.frame_size(), prepared.crop()), (rig.frame_size, rig.crop));
}

#[test]
fn a_face_that_a_crop_would_show_larger_is_told() {
    let portrait = wide();
    let warnings = |options: GenerateOptions| {
        let prepared = generator(options).prepare(&portrait, &()).unwrap();
        prepared.warnings().to_vec()
    };
    let small = GenerateOptions::default().with_face(FaceChoice::Index(1));
    let told = warnings(small);
    let distant = told.iter().find(|warning| warning.kind == WarningKind::DistantFace).unwrap();
    assert_eq!(distant.hint(), Some(Hint::CropCloser));
    assert!(told.iter().all(|warning| warning.kind != WarningKind::SmallFace));
    let told = warnings(small.with_crop(Crop::Head));
    assert!(told.iter().all(|warning| warning.kind != WarningKind::DistantFace), "{told:?}");
    // There is nothing more to be seen of it.
    let own = generator(GenerateOptions::default()).prepare(&astronaut(), &()).unwrap();
    assert_eq!(own.warnings(), []);
}

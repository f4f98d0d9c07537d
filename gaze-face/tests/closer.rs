//! Parts of larger pictures: details of faces that are small in the frame, and crops.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::sync::LazyLock;

use gaze_face::embedded::EmbeddedEngine;
use gaze_face::faces::{CloseUp, Face, FaceModels};
use gaze_face::{
    Crop, Engine, ErrorKind, Frame, Portrait, PrepareOptions, PrepareRequest, Rect, Size, Sweep,
};
use gaze_rig::rig::Rig;

static MODELS: LazyLock<FaceModels> = LazyLock::new(|| FaceModels::embedded().unwrap());

fn astronaut() -> Portrait {
    Portrait::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/astronaut.png")).unwrap()
}

fn only_face_in(portrait: &Portrait) -> Face {
    let mut faces = MODELS.find_faces(portrait).unwrap();
    assert_eq!(faces.len(), 1, "faces found");
    faces.remove(0)
}

/// Mean distance of the lids and irises of two faces in the same pixels, in widths of an eye.
fn eye_error(face: &Face, expected: &Face) -> f32 {
    let points = |face: &Face| -> Vec<[f32; 2]> {
        let of = |eye: &gaze_face::faces::EyeLandmarks| {
            [&eye.lower_lid()[..], &eye.upper_lid(), &[eye.iris_center]].concat()
        };
        face.eyes.iter().flat_map(of).collect()
    };
    let (a, b) = (points(face), points(expected));
    let distances = a.iter().zip(&b).map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]));
    distances.sum::<f32>() / a.len() as f32 / expected.eye_widths()[0]
}

fn drawn(rig: &Rig) -> Frame {
    let mut frame = Frame::new(rig.frame_size());
    rig.draw(&Sweep::default().pose_at(15.0, -15.0), &mut frame).unwrap();
    frame
}

#[test]
fn details_of_a_small_face_are_found_in_the_larger_picture() {
    let source = astronaut();
    let truth = only_face_in(&source);
    for max_size in [100, 160] {
        let frame = source.resized(max_size);
        let found = only_face_in(&frame);
        let detailed = MODELS.detailed(&frame, &source, &found).unwrap();
        let expected = truth.resized(source.size(), frame.size());
        let (before, after) = (eye_error(&found, &expected), eye_error(&detailed, &expected));
        assert!(after < 0.015, "{max_size}: {after} of an eye's width");
        assert!(after < 0.6 * before, "{max_size}: {after}, {before} before");
        assert_eq!(detailed.detection_score, found.detection_score);
        assert!(detailed.presence >= found.presence);
    }
}

#[test]
fn a_frame_that_shows_enough_is_left_as_it_is() {
    let source = astronaut();
    let face = only_face_in(&source);
    assert_eq!(MODELS.detailed(&source, &source, &face).unwrap(), face);
    // Larger than the models take, though the source has more.
    let mut large = face.clone();
    for eye in &mut large.eyes {
        eye.contour.iter_mut().flatten().for_each(|at| *at *= 4.0);
    }
    large.mesh.iter_mut().flatten().for_each(|at| *at *= 4.0);
    let frame = Size { width: 2048, height: 2048 };
    assert_eq!(CloseUp::of(&large, frame, Size { width: 4096, height: 4096 }), None);
    assert!(
        CloseUp::of(
            &face.resized(source.size(), Size { width: 256, height: 256 }),
            Size { width: 256, height: 256 },
            source.size()
        )
        .is_some()
    );
}

#[test]
fn close_ups_lie_within_the_picture_wherever_the_face_is() {
    let face = only_face_in(&astronaut())
        .resized(Size { width: 512, height: 512 }, Size { width: 64, height: 64 });
    let (frame, source) = (Size { width: 300, height: 200 }, Size { width: 3001, height: 1999 });
    for x in [-200.0, -20.0, 0.0, 100.0, 270.0, 500.0] {
        for y in [-300.0, 0.0, 170.0, 400.0] {
            let close_up = CloseUp::of(&face.moved([x, y]), frame, source).unwrap();
            assert!(close_up.part.is_within(source), "{close_up:?}");
            assert!(close_up.part.width >= 64 && close_up.part.height >= 64, "{close_up:?}");
            assert!(close_up.max_side < 1000, "{close_up:?}");
        }
    }
}

#[test]
fn frames_without_a_larger_source_are_as_they_were() {
    let source = astronaut();
    let engine = EmbeddedEngine::new().unwrap();
    let prepared = engine.prepare(&PrepareRequest::new(&source, 512), &()).unwrap();
    let (rig, _) = engine.build_rig(&source, &PrepareOptions::default(), &()).unwrap();
    let faces = MODELS.find_faces(&source).unwrap();
    let (plain, _) =
        engine.build_rig_of(&source, &faces[0], &[], &PrepareOptions::default(), &()).unwrap();
    let looking = drawn(&plain);
    assert_eq!(drawn(prepared.rig().unwrap()), looking, "no close-up was taken");
    assert_eq!(drawn(&rig), looking);
    assert_eq!(prepared.crop(), None);
}

#[test]
fn a_crop_is_made_of_the_source_and_the_rig_is_that_of_the_part() {
    let source = astronaut();
    let engine = EmbeddedEngine::new().unwrap();
    let options = PrepareOptions::default().with_crop(Crop::Head);
    let request = PrepareRequest::new(&source, 160).with_options(options);
    let prepared = engine.prepare(&request, &()).unwrap();
    let part = prepared.crop().unwrap();
    let frame = source.part(part, 160).unwrap();
    assert_eq!(
        (frame.size(), frame.source_size()),
        (prepared.frame_size(), Size { width: part.width, height: part.height })
    );
    let mut rest = Frame::new(prepared.frame_size());
    prepared.render(&gaze_face::Pose::default(), &mut rest).unwrap();
    assert_eq!(&rest, frame.frame(), "the rest pose is the part");
    // As large as a rig of the part alone has it, whose face is found in it.
    let (alone, _) = engine.build_rig(&frame, &PrepareOptions::default(), &()).unwrap();
    let [own, other] = [prepared.rig().unwrap(), &alone].map(|rig| rig.parts().eyes[0].frame.width);
    assert!((own / other - 1.0).abs() < 0.03, "{own} {other}");
    // Without a size all of the part's pixels stay.
    let (rig, _) = engine.build_rig(&source, &options, &()).unwrap();
    let size = rig.frame_size();
    assert!(size.width.abs_diff(part.width) <= 2 && size.width == size.height, "{size:?} {part:?}");
}

#[test]
fn parts_are_within_the_picture_and_have_pixels() {
    let portrait = astronaut();
    for part in [
        Rect { x: 500, y: 0, width: 13, height: 10 },
        Rect { x: 0, y: 0, width: 0, height: 10 },
        Rect { x: u32::MAX, y: 0, width: 2, height: 2 },
    ] {
        assert_eq!(portrait.part(part, 100).unwrap_err().kind(), ErrorKind::InvalidOption);
    }
    let part = portrait.part(Rect { x: 3, y: 5, width: 400, height: 200 }, 100).unwrap();
    assert_eq!((part.size().width, part.size().height), (100, 50));
    assert_eq!(part.source_path(), portrait.source_path());
}

#[test]
fn a_face_too_small_for_the_frame_is_found_in_the_source() {
    // Her face has 2.8 % of the longer side.
    let (wide, her) = (Size { width: 3600, height: 2000 }, astronaut());
    let mut frame = Frame::new(wide);
    frame.pixels_mut().as_chunks_mut().0.fill([120, 128, 136, 255]);
    for (y, row) in her.frame().view().rows().enumerate() {
        let at = ((y + 900) * wide.width as usize + 2500) * 4;
        frame.pixels_mut()[at..at + row.len()].copy_from_slice(row);
    }
    let source = Portrait::from_frame(frame).unwrap();
    let small = source.resized(512);
    let faces = MODELS.find_faces_of(&small, &source).unwrap();
    assert_eq!(faces.len(), 1);
    let expected = only_face_in(&her).moved([2500.0, 900.0]).resized(source.size(), small.size());
    let detailed = MODELS.detailed(&small, &source, &faces[0]).unwrap();
    let error = eye_error(&detailed, &expected);
    assert!(error < 0.02, "{error} of an eye's width");
}

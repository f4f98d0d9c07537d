//! What the page calls, natively: the same results as the engine's own.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use gaze_face::embedded::EmbeddedEngine;
use gaze_face::{Crop, Engine, EyeStyle, FaceChoice, Portrait, PrepareOptions, PrepareRequest};
use gaze_generate::{Generator, Made, Picture};
use gaze_rig::rig::{PictureFormat, Rig, StoredPicture, StoredRig};
use gaze_rig::{ErrorKind, Frame, Rect, Size};

fn model(name: &str) -> Vec<u8> {
    let path = format!("{}/../../gaze-face/models/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

fn generator() -> Generator {
    let [detector, mesh, iris, person_mask] =
        ["face_detection_short_range", "face_landmark", "iris_landmark", "selfie_segmentation"]
            .map(|name| model(&format!("{name}.onnx")));
    Generator::new(&detector, &mesh, &iris, &person_mask).unwrap()
}

fn astronaut() -> Portrait {
    Portrait::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/astronaut.png")).unwrap()
}

fn seen(generator: &Generator, portrait: &Portrait, max_size: u32) -> Picture {
    let Size { width, height } = portrait.size();
    generator.find_faces(portrait.frame().pixels().to_vec(), width, height, max_size).unwrap()
}

/// A picture that claims the right size: whoever reads the file decodes it, the rig does not.
fn compressed(size: Size) -> Vec<u8> {
    let mut webp = b"RIFF\0\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a".to_vec();
    webp.extend((size.width as u16).to_le_bytes());
    webp.extend((size.height as u16).to_le_bytes());
    let length = (webp.len() - 8) as u32;
    webp[4..8].copy_from_slice(&length.to_le_bytes());
    webp
}

fn natively(max_size: u32, options: &PrepareOptions) -> Rig {
    let portrait = astronaut().resized(max_size);
    EmbeddedEngine::new().unwrap().build_rig(&portrait, options, &()).unwrap().0
}

fn assert_same_file(made: &Made, rig: &Rig) {
    let bytes = compressed(rig.frame_size());
    assert_eq!(made.picture(), rig.picture_to_store().into_pixels());
    let file = made.to_bytes(true, bytes.clone()).unwrap();
    let expected = StoredPicture { format: PictureFormat::Webp, bytes };
    assert!(file == rig.to_bytes(&expected).unwrap(), "the files differ");
    let stored = StoredRig::from_bytes(&file).unwrap();
    assert_eq!(stored.picture(), &expected);
    let size = stored.frame_size();
    assert_eq!((size.width, size.height), (made.width(), made.height()));
    stored.open(Frame::new(size)).unwrap();
}

#[test]
fn files_are_those_of_the_engine() {
    let generator = generator();
    let picture = seen(&generator, &astronaut(), 256);
    let face = picture.largest_face().unwrap();
    let made = generator.build_rig(&picture, face, false, false, 1.0, None).unwrap();
    assert_same_file(&made, &natively(256, &PrepareOptions::default()));
    assert!(made.warning_kinds().is_empty() && made.warning_messages().is_empty());

    let soft_and_alone = generator.build_rig(&picture, face, true, true, 1.0, None).unwrap();
    let options = PrepareOptions::default().with_background_removed(true).with_eyes(EyeStyle::Soft);
    assert_same_file(&soft_and_alone, &natively(256, &options));
}

#[test]
fn a_face_is_chosen_by_place_and_by_size() {
    let generator = generator();
    // Two of her, the second half as large.
    let large = astronaut().resized(256);
    let small = astronaut().resized(128);
    let mut both = Frame::new(Size { width: 384, height: 256 });
    for (portrait, left) in [(&large, 0), (&small, 256)] {
        let width = portrait.size().width as usize * 4;
        let lines = portrait.frame().pixels().chunks_exact(width);
        for (line, out) in lines.zip(both.pixels_mut().chunks_exact_mut(384 * 4)) {
            out[left * 4..][..width].copy_from_slice(line);
        }
    }
    let picture = seen(&generator, &Portrait::from_frame(both).unwrap(), 384);
    let faces = picture.faces();
    assert_eq!(faces.len(), 8, "{faces:?}");
    let [[left, top, right, bottom], other] =
        [&faces[..4], &faces[4..]].map(|face| <[f32; 4]>::try_from(face).unwrap());
    assert!(left > 60.0 && right < 180.0 && top > 10.0 && bottom < 120.0, "{faces:?}");
    assert!(other[0] > 256.0 && other[2] - other[0] < right - left);

    assert_eq!(picture.largest_face().unwrap(), 0);
    assert_eq!(picture.face_by_index(1).unwrap(), 1);
    assert_eq!(picture.face_at(0.95, 0.1).unwrap(), 1);
    assert_eq!(picture.face_at(0.0, 1.0).unwrap(), 0);
    let message = picture.several_faces().unwrap();
    assert!(message.starts_with("2 faces"), "{message}");
    let made = generator.build_rig(&picture, 1, false, false, 1.0, None).unwrap();
    assert!(!made.warning_kinds().contains(&"several-faces".to_owned()), "one was chosen");

    let failure = picture.face_by_index(2).err().unwrap();
    assert_eq!(failure.kind(), "no-face");
    assert_eq!(
        failure.message(),
        "there is no face 2: 2 faces were found, choose 0 (the largest) to 1"
    );
}

/// The pixels of a part of a picture, and their size.
fn pixels_of(portrait: &Portrait, part: &[u32]) -> (Vec<u8>, u32, u32) {
    let &[x, y, width, height] = part else { panic!("{part:?}") };
    let part = portrait.frame().view().part(Rect { x, y, width, height }).unwrap();
    (part.to_frame().into_pixels(), width, height)
}

#[test]
fn crops_and_details_come_from_the_photograph_as_natively() {
    let (generator, photo) = (generator(), astronaut());
    let engine = EmbeddedEngine::new().unwrap();
    let max_size = 192;
    let natively = |crop| {
        let options = PrepareOptions::default().with_crop(crop);
        let request = PrepareRequest::new(&photo, max_size).with_options(options);
        engine.prepare(&request, &()).unwrap()
    };
    let mut picture = seen(&generator, &photo, max_size);
    let face = picture.largest_face().unwrap();

    let part = picture.part_around(face, "head", 512, 512).unwrap().unwrap();
    let (pixels, width, height) = pixels_of(&photo, &part);
    let cropped = generator
        .cropped(&picture, face, &part, &[512, 512], pixels, width, height, max_size)
        .unwrap();
    let native = natively(Crop::Head);
    let rect = native.crop().unwrap();
    assert_eq!(part, [rect.x, rect.y, rect.width, rect.height]);
    let made = generator.build_rig(&cropped, 0, false, false, 1.0, None).unwrap();
    assert_same_file(&made, native.rig().unwrap());

    let close_up = picture.close_up(face, 512, 512).unwrap().unwrap();
    let (pixels, width, height) = pixels_of(&photo, &close_up.part());
    generator.look_closer(&mut picture, face, &close_up, pixels, width, height).unwrap();
    let gain = picture.crop_gain(face, 512, 512, max_size).unwrap();
    let made = generator.build_rig(&picture, face, false, false, gain, None).unwrap();
    let native = natively(Crop::None);
    assert_same_file(&made, native.rig().unwrap());
    assert_eq!(made.warning_kinds().len(), native.warnings().len());

    assert!(picture.part_around(face, "none", 512, 512).unwrap().is_none());
    assert!(picture.close_up(face, 192, 192).unwrap().is_none(), "nothing more is to be seen");
    let unknown = picture.part_around(face, "feet", 512, 512).err().unwrap();
    assert_eq!(unknown.kind(), "invalid-option");
    assert_eq!(picture.part_around(7, "head", 512, 512).err().unwrap().kind(), "no-face");

    // Words of the page for what a crop would do for a face that is small in a large photograph.
    let told =
        generator.build_rig(&seen(&generator, &photo, 96), 0, false, false, 4.0, None).unwrap();
    let distant = told.warning_kinds().iter().position(|kind| kind == "distant-face").unwrap();
    assert!(told.warning_messages()[distant].ends_with("use crop: 'bust' or crop: 'head'"));
}

#[test]
fn named_eyes_make_a_face_as_natively() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/cat.png");
    let (generator, photo) = (generator(), Portrait::open(path).unwrap());
    let engine = EmbeddedEngine::new().unwrap();
    let (max_size, eyes) = (240, [[172.0, 115.0], [318.0, 135.0]]);
    let shares = eyes.map(|[x, y]: [f32; 2]| [(x + 0.5) / 451.0, (y + 0.5) / 300.0]);
    let natively = |crop| {
        let options = PrepareOptions::default().with_crop(crop).with_face(FaceChoice::Eyes(eyes));
        let request = PrepareRequest::new(&photo, max_size).with_options(options);
        engine.prepare(&request, &()).unwrap()
    };
    let mut picture = seen(&generator, &photo, max_size);
    assert!(picture.faces().is_empty());
    for _ in 0..2 {
        assert_eq!(generator.name_eyes(&mut picture, shares.as_flattened()).unwrap(), 0);
    }
    assert_eq!(picture.faces().len(), 4);
    assert!(picture.close_up(0, 451, 300).unwrap().is_none());
    let gain = picture.crop_gain(0, 451, 300, max_size).unwrap();
    let made = generator.build_rig(&picture, 0, false, false, gain, None).unwrap();
    assert_eq!(made.warning_kinds(), Vec::<String>::new());
    // Shares of the picture are rounded otherwise than its pixels.
    let (size, native) = (made.to_bytes(true, vec![7; 9]).unwrap().len(), natively(Crop::None));
    let picture_file = StoredPicture { format: PictureFormat::Webp, bytes: vec![7; 9] };
    let expected = native.rig().unwrap().to_bytes(&picture_file).unwrap().len();
    assert!(size.abs_diff(expected) < expected / 50, "{size} {expected}");

    if let Some(part) = picture.part_around(0, "head", 451, 300).unwrap() {
        let (pixels, width, height) = pixels_of(&photo, &part);
        let cropped = generator
            .cropped(&picture, 0, &part, &[451, 300], pixels, width, height, max_size)
            .unwrap();
        let rect = natively(Crop::Head).crop().unwrap();
        assert_eq!(part, [rect.x, rect.y, rect.width, rect.height]);
        assert!(generator.build_rig(&cropped, 0, true, false, 1.0, None).is_ok());
    }
    for wrong in [&[0.1, 0.2, 0.3][..], &[0.5; 4], &[-0.1, 0.2, 0.5, 0.5]] {
        let failure = generator.name_eyes(&mut picture, wrong).err().unwrap();
        assert_eq!(failure.kind(), "invalid-option");
    }
}

#[test]
fn failures_have_the_kind_and_the_sentence_of_the_engine() {
    let generator = generator();
    let grey = |side: u32| vec![128; (side * side * 4) as usize];
    let faceless = generator.find_faces(grey(96), 96, 96, 512).unwrap();
    assert!(faceless.faces().is_empty() && faceless.several_faces().is_none());
    let portrait = Portrait::from_frame(Frame::new(Size { width: 96, height: 96 })).unwrap();
    let options = PrepareOptions::default().with_face(FaceChoice::Index(0));
    let native = EmbeddedEngine::new().unwrap().build_rig(&portrait, &options, &()).unwrap_err();
    assert_eq!(native.kind(), ErrorKind::NoFace);
    let failure = generator.build_rig(&faceless, 0, false, false, 1.0, None).err().unwrap();
    // But for what the page calls the way out.
    let message = format!(
        "{}, or place the eyes of any face, also no human one, by face: {{ eyes: [{{ x, y }}, {{ x, y }}] }}",
        native.message()
    );
    assert_eq!((failure.kind().as_str(), failure.message()), ("no-face", message.clone()));
    assert_eq!(faceless.largest_face().err().unwrap().message(), message);

    let small = generator.find_faces(grey(63), 63, 63, 512).err().unwrap();
    assert_eq!(small.kind(), "invalid-input");
    assert!(small.message().contains("63 x 63"), "{}", small.message());
    let cut = generator.find_faces(grey(63), 64, 64, 512).err().unwrap();
    assert_eq!(cut.kind(), "invalid-input");

    let model = Generator::new(b"", b"", b"", b"").err().unwrap();
    assert_eq!(model.kind(), "engine");
    assert!(model.message().contains("face_detection_short_range.onnx"), "{}", model.message());
}

#[test]
fn the_digest_is_sha_256() {
    // FIPS 180-2, appendix B.1.
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let hex: String =
        gaze_generate::sha256(b"abc").iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, expected);
}

//! Rigs written, alone, and read back.

use std::fs;
use std::path::Path;

use gaze_core::ErrorKind;
use gaze_core::Size;
use gaze_core::rig::{PictureFormat, StoredPicture, StoredRig};
use gaze_core::rig_file::{
    RIG_FILE, RigFileOptions, decode_picture, read_rig, rig_from_bytes, rig_to_bytes, write_rig,
};

use crate::one_rig::{difference, draw, generator, names, portrait};
use crate::synthetic_rig::{
    checksums_mended, first_version_rig, layered_rig, picture_of, soft_rig, transparent_rig,
};

#[test]
fn rigs_come_back_from_files_and_draw_the_same() {
    let dir = tempfile::tempdir().unwrap();
    for rig in [layered_rig(), soft_rig(), transparent_rig(), first_version_rig()] {
        let path = dir.path().join(RIG_FILE);
        let options = RigFileOptions::default().with_force(true).with_quality(95);
        let length = write_rig(&path, &rig, &options).unwrap();
        let file = fs::read(&path).unwrap();
        assert_eq!(length, file.len() as u64);
        assert_eq!(rig_to_bytes(&rig, &options).unwrap(), file, "always the same bytes");
        let opened = read_rig(&path).unwrap();
        assert_eq!(opened.has_layered_eyes(), rig.has_layered_eyes());
        assert_eq!(opened.moving_rect(), rig.moving_rect());
        for (x, y) in [(0.0, 0.0), (-15.0, -15.0), (15.0, 3.0)] {
            let again = draw(&rig_from_bytes(&file).unwrap(), x, y);
            assert!(draw(&opened, x, y) == again);
            let off = difference(&again, &draw(&rig, x, y));
            assert!(off < 2.5, "{off} levels off at {x}, {y}");
        }
        let smaller = rig_to_bytes(&rig, &options.with_quality(40)).unwrap();
        assert!(smaller.len() < file.len());
    }
    let error = write_rig(dir.path().join(RIG_FILE), &soft_rig(), &RigFileOptions::default());
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Output, "it is there already");
    let error = rig_to_bytes(&soft_rig(), &RigFileOptions::default().with_quality(101));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidOption);
    assert_eq!(names(dir.path()), [RIG_FILE]);
}

#[test]
fn what_is_no_rig_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let refusal = |bytes: &[u8]| {
        let path = dir.path().join("face.gaze");
        fs::write(&path, bytes).unwrap();
        let (read, found) = (read_rig(&path).unwrap_err(), rig_from_bytes(bytes).unwrap_err());
        assert_eq!(
            (read.kind(), found.kind()),
            (ErrorKind::InvalidFormat, ErrorKind::InvalidFormat)
        );
        assert_eq!(read.path(), Some(&*path));
        found.to_string()
    };
    let sound = rig_to_bytes(&layered_rig(), &RigFileOptions::default()).unwrap();
    assert!(refusal(b"\xff\xd8\xff a photograph").contains("not a gaze pack"));
    assert!(refusal(&sound[..sound.len() - 1]).contains("its header says"));
    assert!(refusal(&[&sound[..], b"x"].concat()).contains("its header says"));
    let mut broken = sound.clone();
    let middle = broken.len() / 2;
    broken[middle] ^= 1;
    assert!(refusal(&broken).contains("is not what was written"));
    let frames = generator(None).generate(&portrait(), dir.path().join("face"), &());
    assert_eq!(frames.unwrap().files.iter().filter(|(name, _)| name == RIG_FILE).count(), 0);
    let frames = fs::read(dir.path().join("face/frames.gaze")).unwrap();
    assert!(refusal(&frames).contains("frames, but no live rig"));
    let missing = read_rig(dir.path().join("missing.gaze")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::InvalidInput);
}

#[test]
fn pictures_that_claim_another_size_get_no_memory() {
    let rig = layered_rig();
    let (size, wide) = (rig.frame_size(), Size { width: 16_000, height: 16_000 });
    let jpeg = |size: Size| {
        // The header alone: nothing of the picture is there.
        let [w, h] = [size.width, size.height].map(|side| (side as u16).to_be_bytes());
        let frame =
            [0xff, 0xc0, 0, 17, 8, h[0], h[1], w[0], w[1], 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];
        let scan = [0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0, 1, 0xff, 0xd9];
        [&[0xff, 0xd8], &frame[..], &scan].concat()
    };
    let lossless = |size: Size| {
        let bits = (size.width - 1) | (size.height - 1) << 14;
        let mut file = b"RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0\x2f".to_vec();
        file.extend(bits.to_le_bytes());
        file.push(0);
        file
    };
    for picture in [
        StoredPicture { format: PictureFormat::Jpeg, bytes: jpeg(wide) },
        StoredPicture { format: PictureFormat::Webp, bytes: lossless(wide) },
        StoredPicture { format: PictureFormat::Webp, bytes: jpeg(size) },
        StoredPicture { format: PictureFormat::Jpeg, bytes: lossless(size) },
        StoredPicture { format: PictureFormat::Jpeg, bytes: b"\xff\xd8\xff".to_vec() },
        picture_of(&rig),
    ] {
        let error = rig_from_bytes(&rig.to_bytes(&picture).unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidFormat);
        assert!(error.to_string().contains("of 96 x 120 px"), "{error}");
        let error = decode_picture(&picture, wide).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidFormat);
    }
}

#[test]
fn rigs_of_another_size_than_the_header_says_are_refused() {
    let mut file = rig_to_bytes(&layered_rig(), &RigFileOptions::default()).unwrap();
    for (at, byte) in [(18, 95), (22, 1)] {
        let before = std::mem::replace(&mut file[at], byte);
        let error = rig_from_bytes(&file).unwrap_err();
        assert!(error.to_string().contains("another size or transparency"), "{error}");
        file[at] = before;
    }
    let mut section = layered_rig().to_section(&picture_of(&layered_rig())).unwrap();
    section[20] ^= 1;
    checksums_mended(&mut section);
    assert!(StoredRig::from_section(&section).is_err(), "a part of another length");
}

#[test]
fn a_rig_alone_goes_to_a_file_or_a_folder() {
    let parent = tempfile::tempdir().unwrap();
    let at = |name: &str| parent.path().join(name);
    let options = RigFileOptions::default().with_engine("one-rig");
    let expected = rig_to_bytes(&soft_rig(), &options).unwrap();
    let make = |target: &Path, force: bool| {
        let options = generator(None).options().with_force(force);
        generator(Some(soft_rig())).with_options(options).generate_rig(&portrait(), target, &())
    };
    for (target, file) in [("me.gaze", "me.gaze"), ("deep/face", "deep/face/portrait.gaze")] {
        let outcome = make(&at(target), false).unwrap();
        assert_eq!(outcome.file, at(file));
        assert_eq!((outcome.bytes, outcome.has_alpha), (expected.len() as u64, false));
        assert_eq!(outcome.frame_size, soft_rig().frame_size());
        assert_eq!(fs::read(at(file)).unwrap(), expected);
        assert_eq!(make(&at(target), false).unwrap_err().kind(), ErrorKind::Output);
        make(&at(target), true).unwrap();
    }
    assert_eq!(names(&at("deep/face")), ["portrait.gaze"]);
    fs::create_dir(at("folder.gaze")).unwrap();
    make(&at("folder.gaze"), false).unwrap();
    assert_eq!(names(&at("folder.gaze")), ["portrait.gaze"]);
    assert_eq!(names(parent.path()), ["deep", "folder.gaze", "me.gaze"]);
}

#[test]
fn a_rig_replaces_no_portrait_and_comes_from_no_engine_without_one() {
    let parent = tempfile::tempdir().unwrap();
    let original = parent.path().join("portrait.gaze");
    fs::write(&original, "a picture").unwrap();
    let portrait = portrait().with_source_path(&original);
    let options = generator(None).options().with_force(true);
    for target in [&original, parent.path()] {
        let generator = generator(Some(soft_rig())).with_options(options);
        let error = generator.generate_rig(&portrait, target, &()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Output, "{error}");
        assert_eq!(fs::read(&original).unwrap(), b"a picture");
    }
    let error = generator(None).generate_rig(&portrait, parent.path().join("me.gaze"), &());
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine);
    assert!(error.to_string().contains("one-rig makes no live rig"), "{error}");
    assert_eq!(names(parent.path()), ["portrait.gaze"]);
}

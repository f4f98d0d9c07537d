//! Live rigs written, read back, and beside the sheets of a run.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

#[path = "../../gaze-rig/tests/synthetic_rig/mod.rs"]
mod synthetic_rig;

use std::fs;
use std::path::Path;

use gaze_core::pack::{PackFile, PackHeader};
use gaze_core::rig::{PictureFormat, Rig, StoredPicture, StoredRig};
use gaze_core::rig_file::{
    RIG_FILE, RigFileOptions, decode_picture, read_rig, rig_from_bytes, rig_to_bytes, write_rig,
};
use gaze_core::{
    Engine, EngineDescription, ErrorKind, Frame, GazeGenerator, Grid, Observer, Portrait, Pose,
    PrepareRequest, PreparedPortrait, Rect, Result, Size, Sweep, Warning,
};
use synthetic_rig::{checksums_mended, layered_rig, picture_of, soft_rig, transparent_rig};

/// An engine that has one rig, whatever the portrait; or none.
struct OneRig(Option<Rig>);

struct Prepared(Rig, bool);

impl Engine for OneRig {
    fn describe(&self) -> EngineDescription {
        EngineDescription::new("one-rig")
    }

    fn prepare(
        &self,
        _: &PrepareRequest<'_>,
        _: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        let rig = self.0.clone();
        Ok(Box::new(Prepared(rig.clone().unwrap_or_else(layered_rig), rig.is_some())))
    }
}

impl PreparedPortrait for Prepared {
    fn frame_size(&self) -> Size {
        self.0.frame_size()
    }

    fn has_alpha(&self) -> bool {
        self.0.has_alpha()
    }

    fn moving_rect(&self) -> Rect {
        self.0.moving_rect()
    }

    fn warnings(&self) -> &[Warning] {
        &[]
    }

    fn rig(&self) -> Option<&Rig> {
        self.1.then_some(&self.0)
    }

    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        self.0.draw(pose, frame)
    }
}

fn portrait() -> Portrait {
    Portrait::from_frame(layered_rig().parts().picture.clone()).unwrap()
}

fn generator(rig: Option<Rig>) -> GazeGenerator<OneRig> {
    GazeGenerator::new(OneRig(rig)).with_grid(Grid::from_side(4).unwrap())
}

fn draw(rig: &Rig, x: f32, y: f32) -> Frame {
    let mut frame = Frame::new(rig.frame_size());
    rig.draw(&Sweep::default().pose_at(x, y), &mut frame).unwrap();
    frame
}

/// Mean difference of the premultiplied channels.
fn difference(a: &Frame, b: &Frame) -> f64 {
    let shown = |frame: &Frame| -> Vec<i32> {
        let pixels = frame.pixels().as_chunks::<4>().0.iter();
        pixels.flat_map(|p| p.map(|v| i32::from(v) * i32::from(p[3]) / 255)).collect()
    };
    let (a, b) = (shown(a), shown(b));
    let sum: i32 = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).sum();
    f64::from(sum) / a.len() as f64
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn rigs_come_back_from_files_and_draw_the_same() {
    let dir = tempfile::tempdir().unwrap();
    for rig in [layered_rig(), soft_rig(), transparent_rig()] {
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
fn a_run_writes_the_rig_beside_the_sheets_and_into_the_pack() {
    let parent = tempfile::tempdir().unwrap();
    let [with, without, bare] = ["with", "without", "bare"].map(|name| parent.path().join(name));
    let outcome = generator(Some(layered_rig())).generate(&portrait(), &with, &()).unwrap();
    let options = *generator(None).options();
    let run = |options, out: &Path| {
        generator(Some(layered_rig()))
            .with_options(options)
            .generate(&portrait(), out, &())
            .unwrap()
    };
    let plain = run(options.with_rig(false), &without);
    assert_eq!(names(&without).len() + 1, names(&with).len());
    for name in names(&without) {
        let [old, new] = [&without, &with].map(|dir| fs::read(dir.join(&name)).unwrap());
        if name != "frames.gaze" {
            assert!(old == new, "{name}");
            continue;
        }
        // The same but for the rig, which comes first.
        let [old_header, header] = [&old, &new].map(|pack| PackHeader::from_bytes(pack).unwrap());
        let (rig, still) = (header.rig.unwrap(), header.still.unwrap());
        assert_eq!(rig.end(), still.offset);
        assert!(old[old_header.still.unwrap().offset as usize..] == new[still.offset as usize..]);
        assert_eq!(header.to_bytes(), new[..rig.offset as usize]);
    }
    let listed = |files: &[(String, u64)], name: &str| files.iter().position(|(n, _)| n == name);
    let at = listed(&outcome.files, RIG_FILE).unwrap();
    assert_eq!(outcome.files[at - 1].0, "frames.gaze");
    assert_eq!(outcome.files[at].1, fs::metadata(with.join(RIG_FILE)).unwrap().len());
    assert_eq!(listed(&plain.files, RIG_FILE), None);

    let file = fs::read(with.join(RIG_FILE)).unwrap();
    let jpeg = portrait();
    let options = RigFileOptions::default().with_jpeg(jpeg.source_jpeg());
    assert_eq!(file, rig_to_bytes(&layered_rig(), &options).unwrap());
    let mut pack = PackFile::open(with.join("frames.gaze")).unwrap();
    pack.check(&()).unwrap();
    let stored = pack.rig().unwrap().unwrap();
    assert_eq!(stored.picture(), StoredRig::from_bytes(&file).unwrap().picture());
    assert!(
        draw(&read_rig(with.join("frames.gaze")).unwrap(), 7.0, 7.0)
            == draw(&rig_from_bytes(&file).unwrap(), 7.0, 7.0)
    );

    let options = *generator(None).options();
    run(options.with_pack(false), &bare);
    assert!(bare.join(RIG_FILE).exists() && !bare.join("frames.gaze").exists());
}

#[test]
fn a_rig_alone_goes_to_a_file_or_a_folder() {
    let parent = tempfile::tempdir().unwrap();
    let at = |name: &str| parent.path().join(name);
    let expected = rig_to_bytes(&soft_rig(), &RigFileOptions::default()).unwrap();
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

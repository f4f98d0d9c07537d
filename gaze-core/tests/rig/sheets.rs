//! Rigs beside sheets, and sheets made of rigs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gaze_core::pack::{PackFile, PackHeader, PackOptions, pack_sheets};
use gaze_core::rig::StoredRig;
use gaze_core::rig_file::{
    RIG_FILE, RigFileOptions, read_rig, rig_from_bytes, rig_to_bytes, write_rig,
};
use gaze_core::{
    ErrorKind, GenerateOptions, Grid, SheetLayout, Size, Sweep, generate_from_rig, inspect,
};

use crate::one_rig::{difference, draw, generator, names, portrait};
use crate::synthetic_rig::{layered_rig, soft_rig, transparent_rig};

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
        // The same but for the rig, which comes first, behind what both say of themselves.
        let [old_header, header] = [&old, &new].map(|pack| PackHeader::from_bytes(pack).unwrap());
        let (rig, still) = (header.rig.unwrap(), header.still.unwrap());
        assert_eq!(rig.end(), still.offset);
        assert!(old[old_header.still.unwrap().offset as usize..] == new[still.offset as usize..]);
        assert!(header.to_bytes() == new[..header.about.unwrap().offset as usize]);
    }
    let listed = |files: &[(String, u64)], name: &str| files.iter().position(|(n, _)| n == name);
    let at = listed(&outcome.files, RIG_FILE).unwrap();
    assert_eq!(outcome.files[at - 1].0, "frames.gaze");
    assert_eq!(outcome.files[at].1, fs::metadata(with.join(RIG_FILE)).unwrap().len());
    assert_eq!(listed(&plain.files, RIG_FILE), None);

    let file = fs::read(with.join(RIG_FILE)).unwrap();
    let jpeg = portrait();
    let options = RigFileOptions::default().with_jpeg(jpeg.source_jpeg()).with_engine("one-rig");
    assert!(file == rig_to_bytes(&layered_rig(), &options).unwrap());
    let mut pack = PackFile::open(with.join("frames.gaze")).unwrap();
    pack.check(&()).unwrap();
    let stored = pack.stored_rig().unwrap().unwrap();
    assert_eq!(stored.picture(), StoredRig::from_bytes(&file).unwrap().picture());
    assert!(
        draw(&read_rig(with.join("frames.gaze")).unwrap(), 7.0, 7.0)
            == draw(&rig_from_bytes(&file).unwrap(), 7.0, 7.0)
    );

    let options = *generator(None).options();
    run(options.with_pack(false), &bare);
    assert!(bare.join(RIG_FILE).exists() && !bare.join("frames.gaze").exists());
}

fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    names(dir).into_iter().map(|name| (name.clone(), fs::read(dir.join(name)).unwrap())).collect()
}

fn small_sweep() -> GenerateOptions {
    GenerateOptions::default().with_grid(Grid::from_side(4).unwrap())
}

#[test]
fn sheets_of_a_rig_are_those_that_its_engine_would_make() {
    let parent = tempfile::tempdir().unwrap();
    let at = |name: &str| parent.path().join(name);
    for (name, rig) in [("opaque", layered_rig()), ("clear", transparent_rig())] {
        let file = at(&format!("{name}.gaze"));
        write_rig(&file, &rig, &RigFileOptions::default().with_engine("one-rig")).unwrap();
        for layout in [SheetLayout::Quadrants, SheetLayout::Single] {
            let [made, drawn] =
                ["made", "drawn"].map(|kind| at(&format!("{name}-{}-{kind}", layout.name())));
            let options = small_sweep().with_layout(layout);
            let outcome = generate_from_rig(&file, &made, &options, &()).unwrap();
            let opened = read_rig(&file).unwrap();
            let run = generator(Some(opened.clone())).with_options(options);
            let expected = run.generate(&portrait(), &drawn, &()).unwrap();
            assert_eq!(outcome.manifest, expected.manifest);
            let [mut made, mut drawn] = [&made, &drawn].map(|dir| contents(dir));
            assert!(made.keys().eq(drawn.keys()));
            // The rig goes from hand to hand as it is; a portrait's own picture is its rest pose.
            assert!(made[RIG_FILE] == fs::read(&file).unwrap());
            for name in [RIG_FILE, "frames.gaze", "input.jpg"] {
                made.remove(name);
                drawn.remove(name);
            }
            assert!(made == drawn);
        }
        let mut pack = PackFile::open(at(&format!("{name}-quadrants-made/frames.gaze"))).unwrap();
        pack.check(&()).unwrap();
        let opened = read_rig(&file).unwrap();
        assert!(draw(&pack.rig().unwrap().unwrap(), 9.0, 4.0) == draw(&opened, 9.0, 4.0));
        for cell in small_sweep().sweep.cells() {
            let pose = Sweep::default().with_grid(Grid::from_side(4).unwrap()).pose(cell);
            let mut expected = gaze_core::Frame::new(opened.frame_size());
            opened.draw(&pose, &mut expected).unwrap();
            let off = difference(&pack.frame(cell).unwrap(), &expected);
            assert!(off < 4.0, "{name}, {cell:?}: {off}");
        }
        assert!(inspect(at(&format!("{name}-single-made"))).unwrap().is_sound());
    }
}

#[test]
fn sheets_of_a_rig_may_be_smaller_and_come_from_any_pack_that_has_one() {
    let parent = tempfile::tempdir().unwrap();
    let at = |name: &str| parent.path().join(name);
    let options = small_sweep();
    generator(Some(soft_rig())).generate(&portrait(), at("face"), &()).unwrap();
    let outcome =
        generate_from_rig(at("face/frames.gaze"), at("small"), &options.with_max_size(60), &());
    assert_eq!(outcome.unwrap().manifest.frame_size, Size { width: 48, height: 60 });
    assert!(!at("small").join(RIG_FILE).exists(), "one of another size would puzzle");
    let report = inspect(at("small")).unwrap();
    assert!(report.is_sound() && report.rigs.is_empty(), "{report:?}");
    assert_eq!(PackFile::open(at("small/frames.gaze")).unwrap().header().rig, None);

    generate_from_rig(at("face/portrait.gaze"), at("bare"), &options.with_rig(false), &()).unwrap();
    assert!(!at("bare").join(RIG_FILE).exists());
    let error = generate_from_rig(at("bare/frames.gaze"), at("none"), &options, &()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidFormat);
    assert_eq!(error.path(), Some(&*at("bare/frames.gaze")));
    let error =
        generate_from_rig(at("face/portrait.gaze"), at("face"), &options.with_force(true), &());
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Output);
    let huge = options.with_layout(SheetLayout::Single).with_grid(Grid::from_side(60).unwrap());
    let wide = generator(Some(layered_rig().resized(Size { width: 600, height: 750 }).unwrap()));
    assert!(wide.with_options(huge).generate(&portrait(), at("wide"), &()).is_err());
    assert_eq!(names(parent.path()), ["bare", "face", "small"]);
}

#[test]
fn a_pack_made_of_sheets_takes_the_rig_beside_them_along() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("face");
    generator(Some(layered_rig())).generate(&portrait(), &out, &()).unwrap();
    let pack = out.join("frames.gaze");
    let again = PackOptions::default().with_force(true);
    let section = |path: &Path| {
        let file = fs::read(path).unwrap();
        let span = PackHeader::from_bytes(&file).unwrap().rig?;
        Some(file[span.offset as usize..span.end() as usize].to_vec())
    };
    pack_sheets(&out, &pack, &again, &()).unwrap();
    assert!(section(&pack).is_some() && section(&pack) == section(&out.join(RIG_FILE)));
    assert!(inspect(&out).unwrap().is_sound());
    // One of another size is let alone, one that is damaged named.
    let small = generate_from_rig(
        out.join(RIG_FILE),
        parent.path().join("small"),
        &small_sweep().with_max_size(60),
        &(),
    );
    small.unwrap();
    let small = parent.path().join("small");
    fs::copy(out.join(RIG_FILE), small.join(RIG_FILE)).unwrap();
    pack_sheets(&small, small.join("frames.gaze"), &again, &()).unwrap();
    assert_eq!(section(&small.join("frames.gaze")), None);
    let problems = inspect(&small).unwrap().problems;
    assert!(problems.len() == 1 && problems[0].message.contains("a live rig of 96 x 120"));
    fs::write(out.join(RIG_FILE), "no rig").unwrap();
    let error = pack_sheets(&out, &pack, &again, &()).unwrap_err();
    assert_eq!(error.path(), Some(&*out.join(RIG_FILE)));
    // It is an input, and not replaced.
    let error = pack_sheets(&out, out.join(RIG_FILE), &again, &()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Output);
}

#[test]
fn inspection_tells_what_a_rig_is() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("me.gaze");
    let bytes = rig_to_bytes(&soft_rig(), &RigFileOptions::default()).unwrap();
    fs::write(&file, &bytes).unwrap();
    let report = inspect(&file).unwrap();
    assert!(report.is_sound() && report.pack.is_none() && report.manifest.is_none());
    let [rig] = &report.rigs[..] else { panic!("{report:?}") };
    assert_eq!((&*rig.file, rig.has_alpha, rig.has_layered_eyes), ("me.gaze", false, true));
    assert_eq!(rig.frame_size, soft_rig().frame_size());
    let about = PackHeader::from_bytes(&bytes).unwrap().about.unwrap().len;
    let sum: u64 = rig.parts.iter().map(|(_, bytes)| bytes).sum();
    assert_eq!(sum, bytes.len() as u64 - 108 - about - 12 - 4 * 16);

    // A picture that is none.
    let picture = gaze_core::rig::StoredPicture {
        bytes: vec![7; 50],
        ..StoredRig::from_bytes(&bytes).unwrap().picture().clone()
    };
    fs::write(&file, soft_rig().to_bytes(&picture).unwrap()).unwrap();
    let report = inspect(&file).unwrap();
    assert!(report.rigs.is_empty() && report.problems[0].file == "me.gaze");
    assert!(report.problems[0].message.contains("is no image/webp of 96 x 120 px"), "{report:?}");
    assert_eq!(inspect(parent.path().join("no.gaze")).unwrap_err().kind(), ErrorKind::InvalidInput);
    // Without any of gaze's files a folder lacks its metadata.
    assert_eq!(inspect(parent.path()).unwrap().problems[0].file, "metadata.json");
}

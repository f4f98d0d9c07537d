//! Rigs written, read back and drawn; and what is no rig.

use crate::synthetic_rig::{
    checksums_mended, first_version_rig, layered_rig, picture_of, soft_rig, transparent_rig,
};
use gaze_rig::layers::{FillNode, Filling, Plane};
use gaze_rig::rig::{Backdrop, PictureFormat, Rig, RigParts, RigVersion, StoredPicture, StoredRig};
use gaze_rig::{ErrorKind, Frame, Result, Size, Sweep};
use proptest::prelude::*;

/// Mean and largest difference of the premultiplied channels of two frames: what is hardly there is hardly seen.
fn difference(a: &Frame, b: &Frame) -> (f32, u8) {
    let premultiplied = |frame: &Frame| -> Vec<u8> {
        let pixels = frame.pixels().as_chunks::<4>().0.iter();
        let shown = |v: u8, alpha: u8| (u16::from(v) * u16::from(alpha) / 255) as u8;
        pixels.flat_map(|&[r, g, b, a]| [shown(r, a), shown(g, a), shown(b, a), a]).collect()
    };
    let (a, b) = (premultiplied(a), premultiplied(b));
    let each = || a.iter().zip(&b).map(|(a, b)| a.abs_diff(*b));
    let sum: u32 = each().map(u32::from).sum();
    (sum as f32 / a.len() as f32, each().max().unwrap_or_default())
}

fn draw(rig: &Rig, x: f32, y: f32) -> Frame {
    let mut frame = Frame::new(rig.frame_size());
    rig.draw(&Sweep::default().pose_at(x, y), &mut frame).unwrap();
    frame
}

/// A round rig with its background, whose middle of the mask lies to the left of the head.
fn round_rig() -> Rig {
    let rig = layered_rig();
    let Size { width, height } = rig.frame_size();
    let seen = |x: usize, y: usize| {
        let distance = (x as f32 - 40.0).hypot(y as f32 - height as f32 / 2.0);
        (45.5 - distance).clamp(0.0, 1.0)
    };
    let mask = Plane::from_fn(width as usize, height as usize, seen);
    Rig::from_parts(rig.parts().clone().with_mask(mask)).unwrap()
}

/// A rig whose background is filled with texture.
fn filled_rig() -> Rig {
    let rig = layered_rig();
    let Size { width, height } = rig.frame_size();
    let [cols, rows] = Filling::sides(6, [width as usize, height as usize]);
    let node = |i: usize| FillNode {
        from: if i.is_multiple_of(5) {
            [0; 2]
        } else {
            [(i % 7) as i16 - 20, 30 - (i % 11) as i16]
        },
        trust: (i % 5) as u8,
    };
    let filling = Filling { spacing: 6, cols, nodes: (0..cols * rows).map(node).collect() };
    Rig::from_parts(rig.parts().clone().with_filling(filling)).unwrap()
}

#[test]
fn fillings_are_of_the_second_version_and_of_the_picture() {
    let filled = filled_rig();
    let other = draw(&filled, 12.0, 0.0);
    assert!(difference(&other, &draw(&layered_rig(), 12.0, 0.0)).1 > 4, "it is seen");
    let refusal = |parts: RigParts| Rig::from_parts(parts).unwrap_err().to_string();
    let Backdrop::Kept { filling: Some(filling), .. } = &filled.parts().backdrop else {
        panic!("the filling is kept");
    };
    let first = first_version_rig().parts().clone();
    assert!(refusal(first.with_filling(filling.clone())).contains("the filling"));
    let mut far = filling.clone();
    far.nodes[3].from[1] = 121;
    assert!(refusal(layered_rig().parts().clone().with_filling(far)).contains("the filling"));
}

#[test]
fn a_mask_stays_where_it_is_in_every_pose() {
    let (rig, whole) = (round_rig(), layered_rig());
    assert!(rig.has_alpha());
    let mask = rig.parts().mask.clone().unwrap();
    let mut moved = 0;
    for (x, y) in [(0.0, 0.0), (-15.0, -15.0), (15.0, 3.0), (4.0, 15.0)] {
        let (shaped, whole) = (draw(&rig, x, y), draw(&whole, x, y));
        let pixels = shaped.pixels().as_chunks::<4>().0.iter();
        for ((shown, [r, g, b, _]), seen) in
            pixels.zip(whole.pixels().as_chunks::<4>().0).zip(&mask.values)
        {
            match (seen * 255.0 + 0.5) as u8 {
                0 => assert_eq!(shown, &[0; 4]),
                alpha => assert_eq!(shown, &[*r, *g, *b, alpha]),
            }
        }
        moved += u32::from(difference(&shaped, &draw(&rig, 0.0, 0.0)).0 > 0.3);
    }
    assert_eq!(moved, 3);
}

#[test]
fn masks_are_for_backgrounds_of_the_pictures_size() {
    let refusal = |parts: RigParts| Rig::from_parts(parts).unwrap_err().to_string();
    let parts = || layered_rig().parts().clone();
    assert!(refusal(parts().with_mask(Plane::new(3, 3))).contains("the mask"));
    let mask = Plane::of_size(layered_rig().frame_size());
    assert!(refusal(parts().with_mask(mask.map(|_| 2.0))).contains("the mask"));
    assert!(refusal(transparent_rig().parts().clone().with_mask(mask)).contains("no background"));
}

#[test]
fn a_rig_comes_back_with_all_that_it_shows() {
    for (name, rig) in [
        ("layered", layered_rig()),
        ("soft", soft_rig()),
        ("clear", transparent_rig()),
        ("round", round_rig()),
        ("filled", filled_rig()),
        ("of version 1", first_version_rig()),
    ] {
        let file = rig.to_bytes(&picture_of(&rig)).unwrap();
        let stored = StoredRig::from_bytes(&file).unwrap();
        assert_eq!((stored.frame_size(), stored.has_alpha()), (rig.frame_size(), rig.has_alpha()));
        assert_eq!(stored.picture(), &picture_of(&rig));
        let opened = stored.open(rig.picture_to_store()).unwrap();
        assert_eq!(opened.moving_rect(), rig.moving_rect());
        assert_eq!(opened.parts().version, rig.parts().version);
        let eyes = |rig: &Rig| -> Vec<bool> {
            rig.parts().eyes.iter().map(|eye| eye.iris.is_some()).collect()
        };
        assert_eq!(eyes(&opened), eyes(&rig), "{name}");
        for (x, y) in [(0.0, 0.0), (-15.0, -15.0), (15.0, 3.0), (4.0, 15.0)] {
            let (mean, most) = difference(&draw(&rig, x, y), &draw(&opened, x, y));
            // Transparent pixels keep 64 levels of coverage; still pixels of the others are exact.
            let allowed = if rig.has_alpha() { (0.3, 12) } else { (0.05, 8) };
            assert!(mean < allowed.0 && most <= allowed.1, "{name} at {x}, {y}: {mean}, {most}");
        }
        // Once stored, nothing more is lost.
        assert_eq!(opened.to_bytes(&picture_of(&rig)).unwrap(), file, "{name}");
    }
}

#[test]
fn rigs_are_written_as_the_version_that_they_are_of() {
    for (rig, version) in [(first_version_rig(), RigVersion::V1), (soft_rig(), RigVersion::V2)] {
        let section = rig.to_section(&picture_of(&rig)).unwrap();
        assert_eq!(u16::from_le_bytes([section[0], section[1]]), version.number());
        assert_eq!(StoredRig::from_section(&section).unwrap().version(), version);
    }
    assert_eq!(RigVersion::LATEST, RigVersion::V2);
}

#[test]
fn soft_eyes_with_outlines_are_none_of_the_first_version() {
    let parts = soft_rig().parts().clone().with_version(RigVersion::V1);
    let error = Rig::from_parts(parts).unwrap_err();
    assert!(error.to_string().contains("soft eyes"), "{error}");
}

#[test]
fn motion_is_seen_after_storing() {
    let rig = layered_rig();
    let file = rig.to_bytes(&picture_of(&rig)).unwrap();
    let opened = StoredRig::from_bytes(&file).unwrap().open(rig.picture_to_store()).unwrap();
    let rest = draw(&opened, 0.0, 0.0);
    assert_eq!(&rest, &rig.parts().picture);
    for (x, y) in [(15.0, 0.0), (-15.0, 0.0), (0.0, 15.0), (0.0, -15.0)] {
        assert!(difference(&rest, &draw(&opened, x, y)).0 > 0.5, "{x}, {y}");
    }
}

#[test]
fn what_lies_aside_at_both_ends_of_a_turn_is_stored() {
    let without = layered_rig();
    let mut parts = without.parts().clone();
    let aside = parts.head.basis[0].iter().map(|[right, _]| [-0.05 * right, 0.0]).collect();
    parts.head.basis.push(aside);
    let rig = Rig::from_parts(parts.clone()).unwrap();
    let file = rig.to_bytes(&picture_of(&rig)).unwrap();
    let opened = StoredRig::from_bytes(&file).unwrap().open(rig.picture_to_store()).unwrap();
    for (x, y, is_aside) in [(15.0, 0.0, true), (-15.0, 0.0, true), (0.0, 15.0, false)] {
        let change = difference(&draw(&without, x, y), &draw(&opened, x, y)).0;
        assert_eq!(change > 0.5, is_aside, "{x}, {y}: {change}");
    }
    let error = Rig::from_parts(parts.with_version(RigVersion::V1)).unwrap_err();
    assert!(error.to_string().contains("the head"), "{error}");
}

#[test]
fn frames_of_any_size_show_the_same() -> Result<()> {
    for rig in [layered_rig(), transparent_rig(), round_rig()] {
        let size = rig.frame_size();
        // A quarter of this is 24 x 30 px, of which many are edges.
        for (part, allowed) in [(2, 1.5), (4, 2.5)] {
            let size = Size { width: size.width / part, height: size.height / part };
            let small = rig.resized(size)?;
            for (x, y) in [(0.0, 0.0), (-15.0, 9.0), (15.0, -15.0)] {
                let expected = gaze_rig::resample::resize(&draw(&rig, x, y), size);
                let (mean, _) = difference(&expected, &draw(&small, x, y));
                assert!(mean < allowed, "a {part}. at {x}, {y} is off by {mean} levels");
            }
        }
        let large = rig.resized(Size { width: size.width * 2, height: size.height * 2 })?;
        let back = gaze_rig::resample::resize(&draw(&large, 11.0, -7.0), size);
        let (mean, _) = difference(&back, &draw(&rig, 11.0, -7.0));
        assert!(mean < 1.5, "twice as large it is off by {mean} levels");
        assert_eq!(rig.resized(size)?.moving_rect(), rig.moving_rect());
    }
    for (width, height) in [(0, 5), (5, 0), (16_384, 5), (16_383, 16_383)] {
        let error = layered_rig().resized(Size { width, height }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
    }
    Ok(())
}

#[test]
fn pictures_of_another_size_are_refused() {
    let rig = soft_rig();
    let stored = StoredRig::from_bytes(&rig.to_bytes(&picture_of(&rig)).unwrap()).unwrap();
    let error = stored.open(Frame::new(Size { width: 9, height: 9 })).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidFormat);
    assert!(error.to_string().contains("9 x 9 px instead of 96 x 120"), "{error}");
}

#[test]
fn what_cannot_be_stored_is_refused() {
    let picture =
        |length: usize| StoredPicture { format: PictureFormat::Jpeg, bytes: vec![7; length] };
    let error = soft_rig().to_bytes(&picture(17 << 20)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Output);
    assert!(error.to_string().contains("use a smaller picture"), "{error}");
}

/// The section of a sound rig.
fn section() -> Vec<u8> {
    section_of(&layered_rig())
}

fn section_of(rig: &Rig) -> Vec<u8> {
    rig.to_section(&picture_of(rig)).unwrap()
}

#[test]
fn damage_is_named() {
    let sound = section();
    let refusal = |changes: &[(usize, u8)]| {
        let mut bytes = sound.clone();
        changes.iter().for_each(|&(at, byte)| bytes[at] = byte);
        let error = StoredRig::from_section(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidFormat);
        error.to_string()
    };
    for (changes, says) in [
        (&[(0, 3)][..], "version 3"),
        (&[(2, 7)], "kind 7"),
        (&[(4, 0)], "0 x 120 px"),
        (&[(5, 0xff), (7, 0xff)], "px"),
        (&[(10, 17)], "17 parts"),
        (&[(10, 3)], "do not add up"),
        (&[(12, b'Z')], "needs the part \"ZOVE\""),
        (&[(12, b'Z'), (18, 0)], "lacks the part MOVE"),
        (&[(16, 9)], "coding 9"),
        (&[(28, b'M'), (29, b'O'), (30, b'V'), (31, b'E')], "comes twice"),
        (&[(100, 1), (101, 2)], "is not what was written"),
    ] {
        let said = refusal(changes);
        assert!(said.contains(says), "{changes:?}: {said:?} does not say {says:?}");
    }
    for length in 0..sound.len() {
        StoredRig::from_section(&sound[..length]).unwrap_err();
    }
    let error = StoredRig::from_section(&[&sound[..], &[0]].concat()).unwrap_err();
    assert!(error.to_string().contains("add up"), "{error}");
}

#[test]
fn a_mask_needs_the_flag_that_says_so() {
    let rig = round_rig();
    let mut bytes = rig.to_section(&picture_of(&rig)).unwrap();
    bytes[8] = 0;
    let error = StoredRig::from_section(&bytes).unwrap_err().to_string();
    assert!(error.contains("mask"), "{error}");
}

#[test]
fn later_rigs_may_have_parts_that_are_skipped() {
    // An entry and four bytes more, at the end.
    let mut bytes = section();
    let table = 12 + 4 * 16;
    let mut entry = b"tint".to_vec();
    entry.extend([1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
    bytes.splice(table..table, entry);
    bytes.extend([1, 2, 3, 4]);
    bytes[10] = 5;
    assert!(StoredRig::from_section(&bytes).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn hostile_rigs_never_panic(
        which in 0usize..3,
        changes in prop::collection::vec((0usize..900, any::<u8>()), 1..6),
    ) {
        let mut bytes = section_of(&[layered_rig, soft_rig, first_version_rig][which]());
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        checksums_mended(&mut bytes);
        if let Ok(stored) = StoredRig::from_section(&bytes) {
            let size = stored.frame_size();
            prop_assume!(size.area() < 1 << 16);
            let rig = stored.open(Frame::new(size)).unwrap();
            for (x, y) in [(-15.0, -15.0), (15.0, 15.0)] {
                let pose = Sweep::default().pose_at(x, y).with_blinks([0.3, 1.0]);
                rig.draw(&pose, &mut Frame::new(rig.frame_size())).unwrap();
            }
        }
    }
}

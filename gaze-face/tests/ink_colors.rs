//! Colours of inks, of L*a*b* and of TIFFs of every kind, against what littleCMS makes of them.

use std::path::Path;

use gaze_face::portrait::ReadOptions;
use gaze_face::{Frame, Portrait};

/// A small profile for inks: sixteen corners, between which a reader interpolates.
fn ink_profile() -> Vec<u8> {
    let mut table = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
    for i in 0..9 {
        table.extend(if i % 4 == 0 { 65_536u32 } else { 0 }.to_be_bytes());
    }
    let straight: Vec<u8> = (0..=255).collect();
    table.extend(straight.repeat(4));
    for corner in 0i32..16 {
        let [c, m, y, k] = [3, 2, 1, 0].map(|bit| corner >> bit & 1);
        let lightness = (255 - 60 * c - 90 * m - 20 * y) * (4 - 3 * k) / 4;
        let across = 128 + (-40 * c + 70 * m - 5 * y).div_euclid(1 + k);
        let down = 128 + (-45 * c - 10 * m + 85 * y).div_euclid(1 + k);
        table.extend([lightness, across, down].map(|v: i32| v as u8));
    }
    table.extend(straight.repeat(3));
    let numbers = |values: &[u32]| values.iter().flat_map(|v| v.to_be_bytes()).collect::<Vec<u8>>();
    let white = [b"XYZ \0\0\0\0".to_vec(), numbers(&[63_190, 65_536, 54_061])].concat();
    let name = [b"desc\0\0\0\0\0\0\0\x05inks\0".to_vec(), vec![0; 78]].concat();
    let rights = b"text\0\0\0\0none\0".to_vec();
    let tags = [(b"A2B0", table), (b"wtpt", white), (b"desc", name), (b"cprt", rights)];
    let (mut directory, mut body) = (numbers(&[tags.len() as u32]), Vec::new());
    for (name, data) in tags {
        let at = 128 + 4 + 12 * 4 + body.len();
        directory.extend(name);
        directory.extend(numbers(&[at as u32, data.len() as u32]));
        body.extend(&data);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let length = 128 + directory.len() + body.len();
    let mut header = numbers(&[length as u32]);
    header.extend(b"none\x02\x40\0\0prtrCMYKLab \x07\xea\0\x01\0\x01\0\0\0\0\0\0acsp");
    header.resize(68, 0);
    header.extend(numbers(&[63_190, 65_536, 54_061]));
    header.resize(128, 0);
    [header, directory, body].concat()
}

#[track_caller]
fn assert_near(found: &Frame, expected: [[u8; 3]; 4], tolerance: u8) {
    for (i, expected) in expected.iter().enumerate() {
        let [x, y] = [i as u32 % 2 * 2 + 1, i as u32 / 2 * 2 + 1];
        let found = found.pixel(x * found.size().width / 4, y * found.size().height / 4);
        let near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(*b) <= tolerance);
        assert!(near, "quarter {i}: {found:?} instead of {expected:?}");
    }
}

/// Within 3 levels on average: the profile's table is coarse, and between its corners there is more than one way.
#[track_caller]
fn assert_inks_near(found: &Frame) {
    let differences: Vec<u32> = (0..4)
        .flat_map(|i| {
            let [x, y] = [i % 2 * 2 + 1, i / 2 * 2 + 1];
            let found = found.pixel(x * found.size().width / 4, y * found.size().height / 4);
            found.into_iter().zip(INKS_IN_SRGB[i as usize]).map(|(a, b)| a.abs_diff(b).into())
        })
        .collect();
    assert_eq!(differences.len(), 12);
    assert!(differences.iter().sum::<u32>() <= 3 * 12, "{differences:?}");
}

/// What littleCMS makes of the fixtures with this profile, perceptually, through Pillow 13.
const INKS_IN_SRGB: [[u8; 3]; 4] =
    [[232, 101, 36], [131, 162, 111], [138, 117, 173], [245, 227, 213]];

#[test]
fn inks_in_jpegs_are_seen_by_their_profile() {
    let profile = ink_profile();
    let segment = [b"ICC_PROFILE\0\x01\x01", &profile[..]].concat();
    for name in ["cmyk.jpg", "ycck.jpg"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
        let file = std::fs::read(file).unwrap();
        let length = (segment.len() as u16 + 2).to_be_bytes();
        let bytes = [&file[..2], &[0xff, 0xe2], &length, &segment, &file[2..]].concat();
        assert_inks_near(Portrait::from_bytes(&bytes).unwrap().frame());
        let stored = ReadOptions::default().with_stored_colors(true);
        let ignored = Portrait::from_bytes_with(&bytes, stored).unwrap();
        assert_eq!(ignored.frame(), Portrait::from_bytes(&file).unwrap().frame());
    }
}

/// An uncompressed TIFF of four quarters, 8 bits a sample, and entries besides those that it needs.
fn tiff(photometric: u16, quarters: [&[u8]; 4], more: &[(u16, u16, Vec<u8>)]) -> Vec<u8> {
    let (width, height, samples) = (80u32, 64u32, quarters[0].len() as u32);
    let number = |id: u16, value: u32| (id, 4, value.to_le_bytes().to_vec());
    let short = |id: u16, values: &[u16]| {
        (id, 3, values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>())
    };
    let mut entries = vec![
        number(256, width),
        number(257, height),
        short(258, &vec![8; samples as usize]),
        short(259, &[1]),
        short(262, &[photometric]),
        number(273, 8),
        short(277, &[samples as u16]),
        number(278, height),
        number(279, width * height * samples),
    ];
    entries.extend_from_slice(more);
    entries.sort_by_key(|entry| entry.0);
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let quarter = |(x, y): (u32, u32)| quarters[(y / 32 * 2 + x / 40) as usize].to_vec();
    let data: Vec<u8> = pixels.flat_map(quarter).collect();
    let directory = 8 + data.len() as u32;
    let mut extra_at = directory + 2 + entries.len() as u32 * 12 + 4;
    let mut bytes = [b"II*\0", &directory.to_le_bytes()[..], &data].concat();
    bytes.extend((entries.len() as u16).to_le_bytes());
    let mut extra = Vec::new();
    for (id, kind, value) in entries {
        let size = if kind == 3 {
            2
        } else if kind == 4 {
            4
        } else {
            1
        };
        bytes.extend(id.to_le_bytes());
        bytes.extend(u16::to_le_bytes(kind));
        bytes.extend((value.len() as u32 / size).to_le_bytes());
        if value.len() <= 4 {
            bytes.extend(&value);
            bytes.resize(bytes.len() + 4 - value.len(), 0);
        } else {
            bytes.extend(extra_at.to_le_bytes());
            extra_at += value.len() as u32;
            extra.extend(value);
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(extra);
    bytes
}

#[test]
fn inks_in_tiffs_are_seen_by_their_profile() {
    let quarters: [&[u8]; 4] =
        [&[35, 215, 225, 0], &[215, 75, 195, 0], &[205, 185, 55, 0], &[25, 35, 45, 0]];
    let with_profile = tiff(5, quarters, &[(34_675, 7, ink_profile())]);
    assert_inks_near(Portrait::from_bytes(&with_profile).unwrap().frame());
    // Without one, or where it is not to count, inks take their share of white.
    let plain = [[220, 40, 30], [40, 180, 60], [50, 70, 200], [230, 220, 210]];
    let stored = ReadOptions::default().with_stored_colors(true);
    assert_near(Portrait::from_bytes_with(&with_profile, stored).unwrap().frame(), plain, 1);
    assert_near(Portrait::from_bytes(&tiff(5, quarters, &[])).unwrap().frame(), plain, 1);
}

#[test]
fn lab_is_read() {
    // What littleCMS makes of them, through Pillow 13.
    let expected = [[197, 120, 108], [89, 120, 58], [74, 89, 158], [128, 128, 128]];
    let signed: [&[u8]; 4] = [&[150, 30, 20], &[120, 236, 30], &[100, 10, 216], &[137, 0, 0]];
    let frame = Portrait::from_bytes(&tiff(8, signed, &[])).unwrap();
    assert_near(frame.frame(), expected, 1);
    let offset = signed.map(|lab| [lab[0], lab[1].wrapping_add(128), lab[2].wrapping_add(128)]);
    let offset: [&[u8]; 4] = std::array::from_fn(|i| &offset[i][..]);
    let frame = Portrait::from_bytes(&tiff(9, offset, &[])).unwrap();
    assert_near(frame.frame(), expected, 1);
}

#[test]
fn colours_that_are_multiplied_by_their_alpha_are_divided() {
    let quarters: [&[u8]; 4] =
        [&[100, 50, 25, 128], &[200, 100, 50, 255], &[0, 0, 0, 0], &[20, 10, 5, 26]];
    let kind = |kind: u16| [(338, 3, kind.to_le_bytes().to_vec())];
    let frame = Portrait::from_bytes(&tiff(2, quarters, &kind(1))).unwrap();
    assert_eq!(frame.frame().pixel(5, 5), [199, 100, 50, 128]);
    assert_eq!(frame.frame().pixel(75, 5), [200, 100, 50, 255]);
    assert_eq!(frame.frame().pixel(5, 60), [0, 0, 0, 0]);
    assert_eq!(frame.frame().pixel(75, 60), [196, 98, 49, 26]);
    let straight = Portrait::from_bytes(&tiff(2, quarters, &kind(2))).unwrap();
    assert_eq!(straight.frame().pixel(5, 5), [100, 50, 25, 128]);
}

#[test]
fn a_cameras_raw_data_is_named_not_its_thumbnail_read() {
    let quarters: [&[u8]; 4] = [&[1, 2, 3]; 4];
    for more in [
        vec![(50_706, 1, vec![1, 4, 0, 0])],
        vec![(254, 4, vec![1, 0, 0, 0]), (330, 4, vec![8, 0, 0, 0])],
    ] {
        let error = Portrait::from_bytes(&tiff(2, quarters, &more)).unwrap_err();
        assert!(error.to_string().contains("raw"), "{error}");
    }
}

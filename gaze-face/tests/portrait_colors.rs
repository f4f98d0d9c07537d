//! Colours of every kind, against what browsers and littleCMS make of them.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::path::Path;

use gaze_face::{Frame, Portrait};
use png::chunk::{ChunkType, IDAT, IEND, IHDR, cHRM, cICP, gAMA, sRGB};

const PATCHES: [[u8; 3]; 8] = [
    [200, 60, 40],
    [60, 180, 70],
    [40, 80, 200],
    [128, 128, 128],
    [230, 210, 200],
    [20, 30, 40],
    [250, 250, 250],
    [90, 90, 10],
];
const PATCH_WIDTH: u32 = 16;
const HEIGHT: u32 = 64;

/// A PNG of the patches, side by side, that says this of its colours.
fn png_of(said: &[(ChunkType, Vec<u8>)]) -> Vec<u8> {
    let width = PATCH_WIDTH * PATCHES.len() as u32;
    let row: Vec<u8> =
        PATCHES.iter().flat_map(|patch| patch.repeat(PATCH_WIDTH as usize)).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, HEIGHT);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    for (kind, data) in said {
        writer.write_chunk(*kind, data).unwrap();
    }
    writer.write_image_data(&row.repeat(HEIGHT as usize)).unwrap();
    writer.finish().unwrap();
    assert!([IHDR, IDAT, IEND].iter().all(|kind| bytes.windows(4).any(|part| part == kind.0)));
    bytes
}

fn gamma(scaled: u32) -> (ChunkType, Vec<u8>) {
    (gAMA, scaled.to_be_bytes().to_vec())
}

/// White, red, green and blue, in 1/100000.
fn primaries(points: [u32; 8]) -> (ChunkType, Vec<u8>) {
    (cHRM, points.iter().flat_map(|v| v.to_be_bytes()).collect())
}

fn code_points(
    primaries: u8,
    transfer: u8,
    matrix: u8,
    is_full_range: bool,
) -> (ChunkType, Vec<u8>) {
    (cICP, vec![primaries, transfer, matrix, is_full_range.into()])
}

const P3: [u32; 8] = [31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000];
const ADOBE: [u32; 8] = [31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000];
const NO_SPACE: [u32; 8] = [31270, 32900, 30000, 30000, 30000, 30000, 30000, 30000];

#[track_caller]
fn assert_patches(name: &str, said: &[(ChunkType, Vec<u8>)], expected: [[u8; 3]; 8]) {
    let portrait = Portrait::from_bytes(&png_of(said)).unwrap();
    for (i, expected) in expected.iter().enumerate() {
        let found = portrait.frame().pixel(i as u32 * PATCH_WIDTH + 8, 32);
        let near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(*b) <= 2);
        assert!(near, "{name}, patch {i}: {found:?} instead of {expected:?}");
    }
}

/// The values are Chromium's, taken from screenshots of these files.
#[test]
fn pngs_look_as_in_browsers() {
    for (name, said, expected) in [
        (
            "g100",
            vec![gamma(100_000)],
            [
                [229, 133, 110],
                [133, 219, 143],
                [110, 152, 229],
                [188, 188, 188],
                [244, 234, 229],
                [79, 96, 110],
                [253, 253, 253],
                [160, 160, 56],
            ],
        ),
        (
            "g55",
            vec![gamma(55_000)],
            [
                [210, 76, 52],
                [76, 193, 87],
                [52, 98, 210],
                [146, 146, 146],
                [235, 218, 210],
                [25, 39, 52],
                [251, 251, 251],
                [108, 108, 9],
            ],
        ),
        (
            "g30",
            vec![gamma(30_000)],
            [
                [178, 22, 7],
                [22, 152, 31],
                [7, 40, 178],
                [89, 89, 89],
                [219, 191, 178],
                [1, 3, 7],
                [248, 248, 248],
                [49, 49, 0],
            ],
        ),
        (
            "g45",
            vec![gamma(45_455)],
            [
                [200, 60, 40],
                [60, 180, 70],
                [40, 80, 200],
                [128, 128, 128],
                [230, 210, 200],
                [20, 30, 40],
                [250, 250, 250],
                [90, 90, 10],
            ],
        ),
        (
            "srgb_g",
            vec![(sRGB, vec![0]), gamma(100_000)],
            [
                [200, 60, 40],
                [60, 180, 70],
                [40, 80, 200],
                [128, 128, 128],
                [230, 210, 200],
                [20, 30, 40],
                [250, 250, 250],
                [90, 90, 10],
            ],
        ),
        (
            "c_p3",
            vec![primaries(P3)],
            [
                [200, 60, 40],
                [60, 180, 70],
                [40, 80, 200],
                [128, 128, 128],
                [230, 210, 200],
                [20, 30, 40],
                [250, 250, 250],
                [90, 90, 10],
            ],
        ),
        (
            "g45_c_p3",
            vec![gamma(45_455), primaries(P3)],
            [
                [219, 37, 13],
                [0, 185, 45],
                [11, 80, 209],
                [129, 129, 129],
                [235, 210, 200],
                [8, 24, 36],
                [250, 250, 250],
                [90, 90, 0],
            ],
        ),
        (
            "g55_c_adobe",
            vec![gamma(55_556), primaries(ADOBE)],
            [
                [240, 77, 52],
                [0, 193, 79],
                [1, 99, 213],
                [146, 146, 146],
                [241, 219, 210],
                [18, 40, 54],
                [251, 251, 251],
                [109, 109, 0],
            ],
        ),
        (
            "g100_c_p3",
            vec![gamma(100_000), primaries(P3)],
            [
                [244, 127, 104],
                [101, 221, 135],
                [98, 153, 235],
                [188, 188, 188],
                [246, 234, 228],
                [75, 97, 112],
                [253, 253, 253],
                [160, 160, 23],
            ],
        ),
        (
            "g_bad",
            vec![gamma(0)],
            [
                [200, 60, 40],
                [60, 180, 70],
                [40, 80, 200],
                [128, 128, 128],
                [230, 210, 200],
                [20, 30, 40],
                [250, 250, 250],
                [90, 90, 10],
            ],
        ),
        (
            "c_bad",
            vec![gamma(45_455), primaries(NO_SPACE)],
            [
                [200, 60, 40],
                [60, 180, 70],
                [40, 80, 200],
                [128, 128, 128],
                [230, 210, 200],
                [20, 30, 40],
                [250, 250, 250],
                [90, 90, 10],
            ],
        ),
        (
            "ci_p3",
            vec![code_points(12, 13, 0, true)],
            [
                [217, 42, 23],
                [0, 183, 49],
                [22, 81, 208],
                [128, 128, 128],
                [234, 209, 199],
                [17, 30, 41],
                [250, 250, 250],
                [90, 90, 0],
            ],
        ),
        (
            "ci_p3_over_srgb",
            vec![code_points(12, 13, 0, true), (sRGB, vec![0])],
            [
                [217, 42, 23],
                [0, 183, 49],
                [22, 81, 208],
                [128, 128, 128],
                [234, 209, 199],
                [17, 30, 41],
                [250, 250, 250],
                [90, 90, 0],
            ],
        ),
        (
            "ci_p3_then_gama",
            vec![code_points(12, 13, 0, true), gamma(100_000)],
            [
                [217, 42, 23],
                [0, 183, 49],
                [22, 81, 208],
                [128, 128, 128],
                [234, 209, 199],
                [17, 30, 41],
                [250, 250, 250],
                [90, 90, 0],
            ],
        ),
        (
            "ci_709_709",
            vec![code_points(1, 1, 0, true)],
            [
                [197, 49, 28],
                [49, 176, 60],
                [28, 70, 197],
                [121, 121, 121],
                [229, 208, 197],
                [7, 18, 28],
                [250, 250, 250],
                [81, 81, 1],
            ],
        ),
        (
            "ci_2020_10",
            vec![code_points(9, 14, 0, true)],
            [
                [244, 0, 0],
                [0, 185, 18],
                [0, 72, 206],
                [121, 121, 121],
                [242, 205, 195],
                [0, 19, 29],
                [250, 250, 250],
                [84, 81, 0],
            ],
        ),
        (
            "ci_2020_lin",
            vec![code_points(9, 8, 0, true)],
            [
                [255, 114, 104],
                [0, 227, 132],
                [37, 155, 237],
                [188, 188, 188],
                [250, 233, 228],
                [63, 98, 112],
                [253, 253, 253],
                [165, 161, 7],
            ],
        ),
        (
            "ci_470bg",
            vec![code_points(5, 5, 0, true)],
            [
                [192, 36, 17],
                [5, 165, 49],
                [13, 56, 188],
                [106, 106, 106],
                [225, 200, 189],
                [2, 8, 17],
                [249, 249, 249],
                [66, 66, 2],
            ],
        ),
        (
            "ci_601",
            vec![code_points(6, 6, 0, true)],
            [
                [192, 56, 27],
                [64, 173, 59],
                [39, 74, 197],
                [121, 121, 121],
                [227, 208, 197],
                [8, 18, 28],
                [250, 250, 250],
                [81, 80, 0],
            ],
        ),
        (
            "ci_240",
            vec![code_points(7, 7, 0, true)],
            [
                [201, 82, 57],
                [88, 186, 86],
                [65, 99, 207],
                [141, 141, 141],
                [232, 215, 206],
                [39, 48, 58],
                [251, 251, 251],
                [105, 105, 24],
            ],
        ),
        (
            "ci_narrow",
            vec![code_points(12, 13, 0, false)],
            [
                [200, 60, 40],
                [60, 180, 70],
                [40, 80, 200],
                [128, 128, 128],
                [230, 210, 200],
                [20, 30, 40],
                [250, 250, 250],
                [90, 90, 10],
            ],
        ),
        (
            "ci_unspec",
            vec![code_points(2, 2, 0, true)],
            [
                [200, 60, 40],
                [60, 180, 70],
                [40, 80, 200],
                [128, 128, 128],
                [230, 210, 200],
                [20, 30, 40],
                [250, 250, 250],
                [90, 90, 10],
            ],
        ),
        (
            "ci_431",
            vec![code_points(11, 17, 0, true)],
            [
                [213, 8, 0],
                [0, 181, 19],
                [1, 65, 208],
                [118, 118, 118],
                [239, 211, 199],
                [3, 14, 24],
                [255, 255, 255],
                [76, 76, 0],
            ],
        ),
        (
            "ci_470m",
            vec![code_points(4, 4, 0, true)],
            [
                [238, 45, 1],
                [0, 178, 57],
                [0, 96, 207],
                [129, 129, 129],
                [240, 210, 200],
                [1, 25, 36],
                [250, 250, 250],
                [93, 86, 0],
            ],
        ),
        (
            "ci_film",
            vec![code_points(8, 13, 0, true)],
            [
                [226, 39, 21],
                [0, 185, 54],
                [0, 77, 206],
                [128, 128, 128],
                [236, 209, 199],
                [15, 30, 41],
                [250, 250, 250],
                [90, 91, 0],
            ],
        ),
        (
            "ci_ebu",
            vec![code_points(22, 13, 0, true)],
            [
                [202, 66, 39],
                [52, 176, 70],
                [39, 87, 200],
                [128, 128, 128],
                [230, 210, 200],
                [20, 30, 40],
                [250, 250, 250],
                [90, 89, 9],
            ],
        ),
        (
            "ci_2020_g22",
            vec![code_points(9, 4, 0, true)],
            [
                [249, 0, 14],
                [0, 191, 36],
                [0, 81, 210],
                [129, 129, 129],
                [243, 209, 200],
                [0, 25, 36],
                [250, 250, 250],
                [93, 90, 0],
            ],
        ),
    ] {
        assert_patches(name, &said, expected);
    }
}

/// A brighter world's greys, as Chromium maps them; saturated colours are not as exact.
#[test]
fn high_dynamic_range_is_mapped_to_what_a_display_shows() {
    for (transfer, expected) in [(16, [132, 255]), (18, [99, 251])] {
        let bytes = png_of(&[code_points(9, transfer, 0, true)]);
        let portrait = Portrait::from_bytes(&bytes).unwrap();
        for (patch, expected) in [3, 6].into_iter().zip(expected) {
            let found = portrait.frame().pixel(patch * PATCH_WIDTH + 8, 32);
            assert!(found[..3].iter().all(|v| v.abs_diff(expected) <= 2), "{found:?}, {expected}");
        }
    }
}

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
    // Without one, inks take their share of white.
    let plain = [[220, 40, 30], [40, 180, 60], [50, 70, 200], [230, 220, 210]];
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

//! Colours of PNGs of every kind, against what browsers make of them.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use gaze_face::Portrait;
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

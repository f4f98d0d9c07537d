//! Colours of PNGs of every kind, against what browsers make of them: values are Chromium's, taken from screenshots.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use gaze_face::Portrait;
use gaze_face::portrait::ReadOptions;
use png::chunk::{ChunkType, cHRM, cICP, gAMA, sRGB};

/// Colours of patches, side by side.
const PATCHES: &str = "c83c28 3cb446 2850c8 808080 e6d2c8 141e28 fafafa 5a5a0a";
/// Those of pictures that are brighter than displays.
const BRIGHT: &str = "823c28 3c7346 283c7d 808080 968c82 141e28 b4a5aa 5a5a0a";
const PATCH_WIDTH: u32 = 16;
const HEIGHT: u32 = 64;

/// What a PNG says of its colours.
type Said = Vec<(ChunkType, Vec<u8>)>;

fn colors(patches: &str) -> impl Iterator<Item = [u8; 3]> {
    patches.split(' ').map(|hex| {
        let [_, r, g, b] = u32::from_str_radix(hex, 16).unwrap().to_be_bytes();
        [r, g, b]
    })
}

fn png_of(patches: &str, said: &Said) -> Vec<u8> {
    let row: Vec<u8> = colors(patches).flat_map(|c| c.repeat(PATCH_WIDTH as usize)).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, row.len() as u32 / 3, HEIGHT);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    for (kind, data) in said {
        writer.write_chunk(*kind, data).unwrap();
    }
    writer.write_image_data(&row.repeat(HEIGHT as usize)).unwrap();
    writer.finish().unwrap();
    bytes
}

fn gamma(scaled: u32) -> (ChunkType, Vec<u8>) {
    (gAMA, scaled.to_be_bytes().to_vec())
}

/// White, red, green and blue, in 1/100000.
fn primaries(points: [u32; 8]) -> (ChunkType, Vec<u8>) {
    (cHRM, points.iter().flat_map(|v| v.to_be_bytes()).collect())
}

/// Primaries and transfer.
fn points(primaries: u8, transfer: u8) -> (ChunkType, Vec<u8>) {
    (cICP, vec![primaries, transfer, 0, 1])
}

/// Light of the brightest point, in cd/m2.
fn brightest(nits: u32) -> (ChunkType, Vec<u8>) {
    (ChunkType(*b"cLLI"), [nits * 10_000, 0].map(u32::to_be_bytes).concat())
}

/// Light of the display that it was made with, in cd/m2.
fn display(nits: u32) -> (ChunkType, Vec<u8>) {
    let bt2020 = [35_400u16, 14_600, 8500, 39_850, 6550, 2300, 15_635, 16_450];
    let light = [nits * 10_000, 1].map(u32::to_be_bytes).concat();
    (ChunkType(*b"mDCV"), [bt2020.map(u16::to_be_bytes).concat(), light].concat())
}

const P3: [u32; 8] = [31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000];
const ADOBE: [u32; 8] = [31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000];
const NO_SPACE: [u32; 8] = [31270, 32900, 30000, 30000, 30000, 30000, 30000, 30000];

#[track_caller]
fn assert_patches(patches: &str, said: &Said, expected: &str) {
    let portrait = Portrait::from_bytes(&png_of(patches, said)).unwrap();
    for (i, expected) in colors(expected).enumerate() {
        let found = portrait.frame().pixel(i as u32 * PATCH_WIDTH + 8, 32);
        let near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2);
        assert!(near, "{said:?}, patch {i}: {found:?} instead of {expected:?}");
    }
}

#[test]
fn colors_stay_as_they_are_stored_where_that_is_asked_for() {
    let options = ReadOptions::default().with_stored_colors(true);
    for said in [vec![], vec![gamma(100_000)], vec![points(9, 16)], vec![primaries(P3)]] {
        let portrait = Portrait::from_bytes_with(&png_of(PATCHES, &said), options).unwrap();
        for (i, [r, g, b]) in colors(PATCHES).enumerate() {
            assert_eq!(portrait.frame().pixel(i as u32 * PATCH_WIDTH + 8, 32), [r, g, b, 255]);
        }
    }
}

#[test]
fn pngs_look_as_in_browsers() {
    for (said, expected) in [
        (vec![gamma(100_000)], "e5856e 85db8f 6e98e5 bcbcbc f4eae5 4f606e fdfdfd a0a038"),
        (vec![gamma(55_000)], "d24c34 4cc157 3462d2 929292 ebdad2 192734 fbfbfb 6c6c09"),
        (vec![gamma(30_000)], "b21607 16981f 0728b2 595959 dbbfb2 010307 f8f8f8 313100"),
        (
            vec![gamma(45_455), primaries(P3)],
            "db250d 00b92d 0b50d1 818181 ebd2c8 081824 fafafa 5a5a00",
        ),
        (
            vec![gamma(55_556), primaries(ADOBE)],
            "f04d34 00c14f 0163d5 929292 f1dbd2 122836 fbfbfb 6d6d00",
        ),
        (
            vec![gamma(100_000), primaries(P3)],
            "f47f68 65dd87 6299eb bcbcbc f6eae4 4b6170 fdfdfd a0a017",
        ),
        (vec![points(12, 13)], "d92a17 00b731 1651d0 808080 ead1c7 111e29 fafafa 5a5a00"),
        (
            vec![points(12, 13), (sRGB, vec![0])],
            "d92a17 00b731 1651d0 808080 ead1c7 111e29 fafafa 5a5a00",
        ),
        (
            vec![points(12, 13), gamma(100_000)],
            "d92a17 00b731 1651d0 808080 ead1c7 111e29 fafafa 5a5a00",
        ),
        (vec![points(1, 1)], "c5311c 31b03c 1c46c5 797979 e5d0c5 07121c fafafa 515101"),
        (vec![points(9, 14)], "f40000 00b912 0048ce 797979 f2cdc3 00131d fafafa 545100"),
        (vec![points(9, 8)], "ff7268 00e384 259bed bcbcbc fae9e4 3f6270 fdfdfd a5a107"),
        (vec![points(5, 5)], "c02411 05a531 0d38bc 6a6a6a e1c8bd 020811 f9f9f9 424202"),
        (vec![points(6, 6)], "c0381b 40ad3b 274ac5 797979 e3d0c5 08121c fafafa 515000"),
        (vec![points(7, 7)], "c95239 58ba56 4163cf 8d8d8d e8d7ce 27303a fbfbfb 696918"),
        (vec![points(11, 17)], "d50800 00b513 0141d0 767676 efd3c7 030e18 ffffff 4c4c00"),
        (vec![points(4, 4)], "ee2d01 00b239 0060cf 818181 f0d2c8 011924 fafafa 5d5600"),
        (vec![points(8, 13)], "e22715 00b936 004dce 808080 ecd1c7 0f1e29 fafafa 5a5b00"),
        (vec![points(22, 13)], "ca4227 34b046 2757c8 808080 e6d2c8 141e28 fafafa 5a5909"),
        (vec![points(9, 4)], "f9000e 00bf24 0051d2 818181 f3d1c8 001924 fafafa 5d5a00"),
    ] {
        assert_patches(PATCHES, &said, expected);
    }
}

#[test]
fn what_means_srgb_or_nothing_changes_nothing() {
    for said in [
        vec![gamma(45_455)],
        vec![(sRGB, vec![0]), gamma(100_000)],
        vec![primaries(P3)],
        vec![gamma(0)],
        vec![gamma(45_455), primaries(NO_SPACE)],
        vec![(cICP, vec![12, 13, 0, 0])],
        vec![points(2, 2)],
    ] {
        assert_patches(PATCHES, &said, PATCHES);
    }
}

#[test]
fn high_dynamic_range_is_mapped_to_what_a_display_shows() {
    for (said, expected) in [
        (vec![points(9, 16)], "ac0000 006e11 001984 848484 d39f84 00040a ffb5cf 3f3d00"),
        (vec![points(12, 16)], "960000 006a17 041a83 848484 c8a285 01040a ffc1d5 3d3d00"),
        (vec![points(1, 16)], "891a09 1a6824 091a7d 848484 c2a389 010409 fec7d8 3d3d00"),
        (
            vec![points(9, 16), brightest(400)],
            "d20000 008718 0021a2 a3a3a3 ffc2a2 00070f ffc0da 504d00",
        ),
        (
            vec![points(9, 16), brightest(100)],
            "ea0000 00971c 0026b4 b5b5b5 ffd9b6 000912 ffffff 595700",
        ),
        (
            vec![points(9, 16), display(4000)],
            "ac0000 006e11 001984 848484 d39f84 00040a f1a3b9 3f3d00",
        ),
        (
            vec![points(9, 16), brightest(0), display(600)],
            "c20000 007d15 001d95 969696 eeb496 00060d ffc0da 494700",
        ),
        (vec![points(9, 18)], "721e15 005a2f 002858 636363 7f6e66 000d14 af8d96 444200"),
        (vec![points(12, 18)], "642615 1a5730 132858 636363 7b6f66 040d14 a78e96 414100"),
        (vec![points(1, 18)], "5c2a1a 2c5634 182855 636363 796f67 060c14 a38f96 414102"),
        (
            vec![points(9, 18), display(600)],
            "822319 006637 002f65 717171 907e74 001019 c6a0aa 4e4b00",
        ),
        (
            vec![points(9, 18), brightest(2000), display(600)],
            "721e15 005a2f 002858 636363 7f6e66 000d14 af8d96 444200",
        ),
    ] {
        assert_patches(BRIGHT, &said, expected);
    }
}

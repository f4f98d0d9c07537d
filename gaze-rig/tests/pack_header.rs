//! The header of a pack: written, read, and refused for every reason that docs/pack-format.md gives.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use gaze_rig::pack::{PACK_PREFIX_BYTES, PackHeader, coarse_to_fine};
use gaze_rig::{Cell, ErrorKind, Grid, Rect, Size};
use proptest::prelude::*;

const FRAME: Size = Size { width: 410, height: 512 };
const MOVING: Rect = Rect { x: 104, y: 0, width: 208, height: 200 };
/// Where the section table begins, and the frame table of a pack with two sections.
const SECTIONS: usize = 36;
const FRAMES: usize = SECTIONS + 48;

fn header(side: u32, still: u64, len: u64) -> PackHeader {
    let grid = Grid::from_side(side).unwrap();
    let lens: Vec<(Cell, u64)> = coarse_to_fine(grid).into_iter().zip(len..).collect();
    PackHeader::new(grid, FRAME, false, MOVING, still, &lens).unwrap()
}

/// Where bytes are replaced, and by what.
type Change<'a> = (usize, &'a [u8]);

/// What is said of a header of 4 x 4 cells after these bytes of it were replaced.
fn refusal(changes: &[Change<'_>]) -> String {
    let mut bytes = header(4, 900, 300).to_bytes();
    for (at, new) in changes {
        bytes[*at..at + new.len()].copy_from_slice(new);
    }
    let error = PackHeader::from_bytes(&bytes).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidFormat);
    error.to_string()
}

#[test]
fn images_lie_one_after_another() {
    let header = header(4, 900, 300);
    assert_eq!(header.still.unwrap().offset, FRAMES as u64 + 16 * 6);
    let mut end = header.still.unwrap().end();
    for frame in header.frames() {
        assert_eq!(frame.span.offset, end);
        end = frame.span.end();
    }
    assert_eq!((header.file_len(), header.frames().len()), (end, 16));
    assert_eq!(header.frames()[0].cell, Cell { row: 1, col: 1 });
}

#[test]
fn every_reason_to_refuse_is_named() {
    let u16 = |value: u16| value.to_le_bytes();
    let u64 = |value: u64| value.to_le_bytes();
    let cases: [(&[Change<'_>], &str); 23] = [
        (&[(0, b"\x88")], "not a gaze pack"),
        (&[(5, b"\n")], "not a gaze pack"),
        (&[(8, &u16(2))], "version 2"),
        (&[(8, &u16(0))], "version 0"),
        (&[(12, &[0xff; 4])], "header claims 4294967295 bytes"),
        (&[(12, &[107, 0, 0, 0])], "header claims 107 bytes"),
        (&[(16, &u16(5))], "grid of 5"),
        (&[(16, &u16(62))], "grid of 62"),
        (&[(16, &u16(6))], "another length than its grid"),
        (&[(18, &u16(0))], "frames of 0 x 512"),
        (&[(20, &u16(16_384))], "410 x 16384"),
        (&[(24, &u16(203))], "moving rectangle"),
        (&[(28, &u16(0))], "moving rectangle"),
        (&[(30, &u16(u16::MAX))], "moving rectangle"),
        (&[(32, &u16(2))], "images of kind 2"),
        (&[(34, &u16(17))], "17 sections"),
        (&[(34, &u16(1))], "a still image without frames"),
        (&[(34, &u16(0))], "neither frames nor a rig"),
        (&[(SECTIONS + 24, b"STIL")], "section comes twice"),
        (&[(SECTIONS, b"RIG1")], "needs the section \"RIG1\""),
        (&[(SECTIONS + 8, &u64(5))], "overlap or leave gaps"),
        (&[(SECTIONS + 16, &u64(1 << 40))], "more bytes than a pack may have"),
        (&[(FRAMES, &[1])], "do not add up"),
    ];
    for (changes, says) in cases {
        let said = refusal(changes);
        assert!(said.contains(says), "{changes:?}: {said:?} does not say {says:?}");
    }
    // A frame less and one more of the same length; a cell twice; a cell outside.
    let twice = refusal(&[(FRAMES + 4, &[0, 0])]);
    assert!(twice.contains("comes twice"), "{twice}");
    let outside = refusal(&[(FRAMES + 4, &[16, 0])]);
    assert!(outside.contains("outside the grid"), "{outside}");
    let wild = refusal(&[(FRAMES + 4, &[0xff, 0xff])]);
    assert!(wild.contains("outside the grid"), "{wild}");
    // Lengths that add up, one of them nothing: the first two have 300 and 301.
    let empty = refusal(&[(FRAMES, &[0, 0]), (FRAMES + 6, &601u16.to_le_bytes())]);
    assert!(empty.contains("empty or too large"), "{empty}");
}

#[test]
fn heads_cut_short_are_refused() {
    let bytes = header(4, 900, 300).to_bytes();
    for length in 0..bytes.len() {
        let error = PackHeader::from_bytes(&bytes[..length]).unwrap_err();
        assert!(error.to_string().contains("cut short"), "{length}: {error}");
    }
    assert_eq!(PackHeader::length_of(&bytes[..PACK_PREFIX_BYTES]).unwrap(), bytes.len());
}

/// The header of 4 x 4 cells with a third section of 40 bytes.
fn with_section(kind: &[u8; 4], flags: u32) -> Vec<u8> {
    let plain = header(4, 900, 300);
    let mut bytes = plain.to_bytes();
    let mut entry = kind.to_vec();
    entry.extend(flags.to_le_bytes());
    entry.extend((plain.file_len() + 24).to_le_bytes());
    entry.extend(40u64.to_le_bytes());
    bytes.splice(FRAMES..FRAMES, entry);
    let length = bytes.len() as u32;
    bytes[12..16].copy_from_slice(&length.to_le_bytes());
    bytes[34] = 3;
    for section in 0..2 {
        let at = SECTIONS + section * 24 + 8;
        let offset = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) + 24;
        bytes[at..at + 8].copy_from_slice(&offset.to_le_bytes());
    }
    bytes
}

#[test]
fn sections_of_later_versions_are_skipped_unless_they_are_needed() {
    let plain = header(4, 900, 300);
    let mut bytes = with_section(b"RIG1", 0);
    bytes[10] = 7;
    let read = PackHeader::from_bytes(&bytes).unwrap();
    assert_eq!(read.file_len(), plain.file_len() + 24 + 40);
    assert_eq!(read.frames()[0].span.offset, plain.frames()[0].span.offset + 24);
    // Written again without it, everything moves forward.
    assert_eq!(PackHeader::from_bytes(&read.to_bytes()).unwrap(), plain);
    let error = PackHeader::from_bytes(&with_section(b"RIG1", 1)).unwrap_err();
    assert!(error.to_string().contains("RIG1"), "{error}");
}

#[test]
fn a_rig_comes_before_the_frames_and_may_be_left_out() {
    let plain = header(4, 900, 300);
    let both = plain.clone().with_rig(777).unwrap();
    let rig = both.rig.unwrap();
    assert_eq!((rig.offset, rig.len), (plain.still.unwrap().offset + 24, 777));
    assert_eq!(both.still.unwrap().offset, rig.end());
    assert_eq!(both.file_len(), plain.file_len() + 24 + 777);
    let bytes = both.to_bytes();
    // Players that know no rigs skip it.
    assert_eq!((&bytes[SECTIONS..SECTIONS + 4], bytes[SECTIONS + 4]), (&b"RIGD"[..], 0));
    assert_eq!(PackHeader::from_bytes(&bytes).unwrap(), both);
}

#[test]
fn a_pack_may_be_nothing_but_a_rig() {
    let alone = PackHeader::of_rig(FRAME, true, MOVING, 40_000).unwrap();
    let bytes = alone.to_bytes();
    // So long that players that know no rigs read on, and say which section they do not know.
    assert_eq!((bytes.len(), bytes[SECTIONS + 4]), (108, 1));
    assert_eq!(PackHeader::length_of(&bytes).unwrap(), 108);
    let read = PackHeader::from_bytes(&bytes).unwrap();
    assert_eq!((&read, read.still, read.frames().len()), (&alone, None, 0));
    assert_eq!((read.rig.unwrap().offset, read.file_len()), (108, 40_108));
    let mut longer = bytes.clone();
    longer[107] = 1;
    assert!(PackHeader::from_bytes(&longer).unwrap_err().to_string().contains("goes on"));
    for (len, moving) in [(0, MOVING), (1 << 30, MOVING), (9, Rect { x: 411, ..MOVING })] {
        let error = PackHeader::of_rig(FRAME, false, moving, len).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Output);
    }
}

#[test]
fn frames_that_make_no_pack_are_refused() {
    let grid = Grid::from_side(2).unwrap();
    let lens: Vec<(Cell, u64)> = coarse_to_fine(grid).into_iter().map(|cell| (cell, 9)).collect();
    let new = |moving: Rect, still: u64, lens: &[(Cell, u64)]| {
        PackHeader::new(grid, FRAME, false, moving, still, lens).unwrap_err().kind()
    };
    let huge = Rect { x: u32::MAX, y: 0, width: u32::MAX, height: 1 };
    assert_eq!(new(huge, 9, &lens), ErrorKind::Output);
    assert_eq!(new(MOVING, 0, &lens), ErrorKind::Output);
    assert_eq!(new(MOVING, u64::MAX, &lens), ErrorKind::Output);
    assert_eq!(new(MOVING, 9, &lens[..3]), ErrorKind::Output);
    assert_eq!(new(MOVING, 9, &[lens[0]; 4]), ErrorKind::Output);
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        half in 1u32..=30, alpha: bool, still in 1u64..1 << 26, len in 1u64..1 << 16,
        x in 0u32..400, y in 0u32..500,
    ) {
        let grid = Grid::from_side(half * 2).unwrap();
        let lens: Vec<(Cell, u64)> = coarse_to_fine(grid).into_iter().zip(len..).collect();
        let moving = Rect { x, y, width: 410 - x, height: 512 - y };
        let header = PackHeader::new(grid, FRAME, alpha, moving, still, &lens).unwrap();
        let bytes = header.to_bytes();
        prop_assert_eq!(PackHeader::length_of(&bytes).unwrap(), bytes.len());
        prop_assert_eq!(PackHeader::from_bytes(&bytes).unwrap(), header);
    }

    #[test]
    fn changed_bytes_never_panic(changes in prop::collection::vec((0usize..180, any::<u8>()), 1..5)) {
        let mut bytes = header(4, 900, 300).to_bytes();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        if let Ok(header) = PackHeader::from_bytes(&bytes) {
            prop_assert!(PackHeader::from_bytes(&header.to_bytes()).is_ok());
        }
    }
}

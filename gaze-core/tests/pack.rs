//! Packs: written with the sheets, made from them, read back, refused.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod pattern;

use std::fs;
use std::io::Cursor;
use std::path::Path;

use gaze_core::pack::{PackFile, PackHeader, PackOptions, coarse_to_fine, pack_sheets};
use gaze_core::{
    Cell, ErrorKind, Frame, GazeGenerator, GenerateOptions, Grid, Observer, Portrait, Rect, Size,
    Sweep, inspect,
};
use pattern::{PatternEngine, alpha_at, flat_color};
use proptest::prelude::*;

fn options(grid: u32, alpha: bool) -> GenerateOptions {
    let mut options = GenerateOptions::default();
    options.sweep.grid = Grid::from_side(grid).unwrap();
    options.remove_background = alpha;
    options
}

fn without_pack(mut options: GenerateOptions) -> GenerateOptions {
    options.pack = false;
    options
}

/// A folder of results; frames have 45 x 63 px.
fn generate(out: &Path, options: GenerateOptions) {
    let mut frame = Frame::new(Size { width: 90, height: 126 });
    frame.pixels_mut().fill(200);
    let portrait = Portrait::from_frame(frame).unwrap().resized(63);
    let generator = GazeGenerator::new(PatternEngine::default()).with_options(options);
    generator.generate(&portrait, out, &()).unwrap();
}

/// Whether each cell of a pack shows what the engine drew.
fn assert_shows_pattern(path: &Path, grid: u32, alpha: bool) {
    let mut pack = PackFile::open(path).unwrap();
    pack.check(&()).unwrap();
    let sweep = Sweep::default().with_grid(Grid::from_side(grid).unwrap());
    for cell in sweep.cells() {
        let frame = pack.frame(cell).unwrap();
        let (seen, drawn) = (frame.pixel(22, 31), flat_color(&sweep.pose(cell)));
        for channel in 0..3 {
            assert!(seen[channel].abs_diff(drawn[channel]) <= 14, "{cell:?}: {seen:?}, {drawn:?}");
        }
        let size = frame.size();
        assert!(!alpha || frame.pixel(1, 31)[3] == alpha_at(1, 31, size));
    }
}

#[test]
fn packs_show_what_the_engine_drew() {
    let parent = tempfile::tempdir().unwrap();
    for alpha in [false, true] {
        let out = parent.path().join(alpha.to_string());
        generate(&out, options(6, alpha));
        let pack = PackFile::open(out.join("frames.gaze")).unwrap();
        let header = pack.header();
        assert_eq!((header.grid.side(), header.has_alpha), (6, alpha));
        assert_eq!(header.frame_size, Size { width: 45, height: 63 });
        let cells: Vec<Cell> = header.frames().iter().map(|frame| frame.cell).collect();
        assert_eq!(cells, coarse_to_fine(header.grid));
        assert_shows_pattern(&out.join("frames.gaze"), 6, alpha);
        let report = inspect(&out).unwrap();
        assert!(report.is_sound() && report.pack.is_some(), "{:?}", report.problems);
    }
}

#[test]
fn packs_can_be_left_out_and_go_with_their_sheets() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("face");
    generate(&out, options(4, false));
    let mut again = without_pack(options(4, false));
    again.force = true;
    generate(&out, again);
    assert!(!out.join("frames.gaze").exists(), "the older pack shows other frames");
    assert!(inspect(&out).unwrap().is_sound());
}

#[test]
fn sheets_become_packs() {
    let parent = tempfile::tempdir().unwrap();
    for (name, alpha, single) in [("q", false, false), ("qa", true, false), ("s", false, true)] {
        let out = parent.path().join(name);
        let mut options = without_pack(options(6, alpha));
        if single {
            options.layout = gaze_core::SheetLayout::Single;
        }
        generate(&out, options);
        let target = out.join("frames.gaze");
        let header = pack_sheets(&out, &target, &PackOptions::default(), &()).unwrap();
        assert_eq!(header.file_len(), fs::metadata(&target).unwrap().len());
        assert_shows_pattern(&target, 6, alpha);
        assert!(inspect(&out).unwrap().is_sound());

        let error = pack_sheets(&out, &target, &PackOptions::default(), &()).unwrap_err();
        assert!(error.kind() == ErrorKind::Output && error.to_string().contains("allow replacing"));
        let before = fs::read(&target).unwrap();
        let mut again = PackOptions::default();
        (again.force, again.threads) = (true, 1);
        pack_sheets(&out, &target, &again, &()).unwrap();
        assert_eq!(fs::read(&target).unwrap(), before, "the number of threads does not matter");
    }
}

#[test]
fn folders_without_metadata_are_taken_for_the_default_grid() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("face");
    generate(&out, without_pack(options(30, false)));
    for name in ["metadata.json", "input.jpg", "contact.png", "preview.webp", "q0_20.webp"] {
        fs::remove_file(out.join(name)).unwrap();
    }
    let header = pack_sheets(&out, out.join("frames.gaze"), &PackOptions::default(), &()).unwrap();
    assert_eq!((header.grid.side(), header.frame_size.width), (30, 45));
}

struct Cancelled;

impl Observer for Cancelled {
    fn is_cancelled(&self) -> bool {
        true
    }
}

#[test]
fn a_conversion_that_fails_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("face");
    generate(&out, without_pack(options(4, false)));
    let count = || fs::read_dir(&out).unwrap().count();
    let before = count();
    let convert = |observer: &dyn Observer| {
        pack_sheets(&out, out.join("frames.gaze"), &PackOptions::default(), observer)
    };
    assert_eq!(convert(&Cancelled).unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(count(), before);
    let sheet = fs::read(out.join("q3.webp")).unwrap();
    fs::write(out.join("q3.webp"), &sheet[..sheet.len() / 2]).unwrap();
    let error = convert(&()).unwrap_err();
    assert!(error.to_string().contains("cut short") && error.to_string().contains("q3.webp"));
    fs::remove_file(out.join("q3.webp")).unwrap();
    assert_eq!(convert(&()).unwrap_err().kind(), ErrorKind::InvalidFormat);
    assert_eq!(count(), before - 1);
    assert_eq!(
        pack_sheets(parent.path(), out.join("x"), &PackOptions::default(), &()).unwrap_err().kind(),
        ErrorKind::InvalidFormat
    );
    assert_eq!(
        pack_sheets(out.join("no"), out.join("x"), &PackOptions::default(), &())
            .unwrap_err()
            .kind(),
        ErrorKind::InvalidInput
    );
}

/// Bytes of a sound pack of 2 x 2 cells.
fn small_pack() -> Vec<u8> {
    let parent = tempfile::tempdir().unwrap();
    generate(&parent.path().join("face"), options(2, false));
    fs::read(parent.path().join("face/frames.gaze")).unwrap()
}

/// What reading all of a pack says.
fn refusal(bytes: Vec<u8>) -> String {
    let checked = PackFile::from_reader(Cursor::new(bytes)).and_then(|mut pack| pack.check(&()));
    let error = checked.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidFormat);
    error.to_string()
}

#[test]
fn wrong_images_are_named() {
    let pack = small_pack();
    assert!(refusal(pack[..pack.len() - 1].to_vec()).contains("bytes, its header says"));
    assert!(refusal([&pack[..], b"x"].concat()).contains("bytes, its header says"));
    let header = PackHeader::from_bytes(&pack).unwrap();
    let still = header.still.unwrap().offset as usize;
    let first = header.frames()[0].span.offset as usize;
    let changed = |at: usize, bytes: &[u8]| {
        let mut pack = pack.clone();
        pack[at..at + bytes.len()].copy_from_slice(bytes);
        refusal(pack)
    };
    assert!(changed(still, b"RIFX").contains("the still image is no webp"));
    assert!(changed(first, b"RIFX").contains("row 0, column 0 is no webp"));
    assert!(changed(first + 26, &[44]).contains("44 x 63 px instead of 45 x 63"));
    assert!(changed(first + 23, &[0]).contains("row 0, column 0 is"));
    // The header says alpha, the images have none.
    assert!(changed(22, &[1]).contains("the still image has no alpha"));
    assert!(refusal(Vec::new()).contains("cut short"));
}

#[test]
fn errors_of_files_name_the_path() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("frames.gaze");
    assert_eq!(PackFile::open(&path).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(PackFile::open(parent.path()).unwrap_err().kind(), ErrorKind::InvalidInput);
    fs::write(&path, "GIF89a and so on, for long enough").unwrap();
    let error = PackFile::open(&path).unwrap_err().to_string();
    assert!(error.contains("not a gaze pack") && error.contains("frames.gaze"), "{error}");
    fs::write(&path, small_pack()).unwrap();
    let mut pack = PackFile::open(&path).unwrap();
    assert_eq!(pack.frame(Cell { row: 2, col: 0 }).unwrap_err().kind(), ErrorKind::InvalidOption);
}

#[test]
fn packs_of_other_sheets_are_noticed() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("face");
    generate(&out, options(4, false));
    fs::write(out.join("frames.gaze"), small_pack()).unwrap();
    let report = inspect(&out).unwrap();
    assert_eq!(report.problems.len(), 1);
    assert!(report.problems[0].message.contains("does not fit metadata.json"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever was changed, reading ends in an error or in frames of the size that the header says.
    #[test]
    fn changed_bytes_never_panic(changes in prop::collection::vec((0usize..4000, any::<u8>()), 1..6)) {
        static PACK: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut pack = PACK.get_or_init(small_pack).clone();
        for (at, byte) in changes {
            let at = at % pack.len();
            pack[at] = byte;
        }
        let Ok(mut pack) = PackFile::from_reader(Cursor::new(pack)) else { return Ok(()) };
        let size = pack.header().frame_size;
        if size.area() < 1 << 20 {
            let _ = pack.check(&());
            if let Ok(frame) = pack.frame(Cell { row: 0, col: 0 }) {
                prop_assert_eq!(frame.size(), size);
            }
        }
    }
}

#[test]
fn still_and_moving_parts_make_whole_frames() {
    let bytes = small_pack();
    let header = PackHeader::from_bytes(&bytes).unwrap();
    assert_eq!(header.moving, Rect::covering(header.frame_size), "the pattern moves everywhere");
    let mut pack = PackFile::from_reader(Cursor::new(bytes)).unwrap();
    assert_eq!(pack.still().unwrap().size(), header.frame_size);
}

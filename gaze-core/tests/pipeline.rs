//! The way from a portrait to a folder of sheets, on an engine that draws a moving pattern.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod pattern;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use gaze_core::portrait::MIN_SIDE;
use gaze_core::{
    ErrorKind, Frame, GazeGenerator, GenerateOptions, Grid, Manifest, Observer, Portrait, Progress,
    SheetLayout, Size, Stage, Warning, WarningKind,
};
use pattern::PatternEngine;

/// A plain portrait of this size. Small frames keep tests quick; small pictures are refused, so it is
/// made smaller afterwards.
fn portrait(width: u32, height: u32) -> Portrait {
    let scale = MIN_SIDE.div_ceil(width.min(height));
    let mut frame = Frame::new(Size { width: width * scale, height: height * scale });
    frame.pixels_mut().fill(200);
    Portrait::from_frame(frame).unwrap().resized(width.max(height))
}

fn generator(grid: u32) -> GazeGenerator<PatternEngine> {
    GazeGenerator::new(PatternEngine::default()).with_grid(Grid::from_side(grid).unwrap())
}

fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
    });
    entries.collect()
}

#[test]
fn a_run_writes_what_the_contract_says() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("face");
    let outcome = generator(20).generate(&portrait(61, 77), &out, &()).unwrap();
    let files = contents(&out);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let expected = [
        "contact.png",
        "frames.gaze",
        "input.jpg",
        "metadata.json",
        "preview.webp",
        "q0.webp",
        "q0_20.webp",
        "q1.webp",
        "q1_20.webp",
        "q2.webp",
        "q2_20.webp",
        "q3.webp",
        "q3_20.webp",
    ];
    assert_eq!(names, expected);
    assert_eq!(Manifest::from_json(&files["metadata.json"]).unwrap(), outcome.manifest);
    for (name, bytes) in &outcome.files {
        assert_eq!(files[name].len() as u64, *bytes);
    }
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
}

#[test]
fn transparent_runs_have_a_transparent_portrait_beside_them() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("face");
    let run = generator(4).with_background_removed();
    let outcome = run.generate(&portrait(61, 77), &out, &()).unwrap();
    assert!(outcome.manifest.has_alpha);
    let named = outcome.files.iter().any(|(name, _)| name == "input.webp");
    let still = image::open(out.join("input.webp")).unwrap();
    assert!(named && still.color().has_alpha());
    let metadata = fs::read_to_string(out.join("metadata.json")).unwrap();
    assert!(metadata.contains(r#","placeholder":"input.webp","generator":"#), "{metadata}");
    assert_eq!((still.width(), still.height()), (61, 77));
}

#[test]
fn cells_lie_where_the_contract_says() {
    let sheets = Mutex::new(BTreeMap::new());
    let manifest = generator(20)
        .generate_sheets(&portrait(61, 77), &(), |spec, webp| {
            sheets.lock().unwrap().insert(spec.file_name().to_owned(), webp.to_vec());
            Ok(())
        })
        .unwrap();
    let sheets = sheets.into_inner().unwrap();
    for spec in manifest.sheets().unwrap() {
        let sheet = image::load_from_memory(&sheets[spec.file_name()]).unwrap().to_rgb8();
        assert_eq!((sheet.width(), sheet.height()), (spec.size().width, spec.size().height));
        for place in spec.placements() {
            let sweep = gaze_core::Sweep::default().with_grid(manifest.grid);
            let expected = pattern::flat_color(&sweep.pose(place.cell));
            let seen = sheet.get_pixel(place.x + 30, place.y + 38).0;
            for channel in 0..3 {
                let gap = i32::from(seen[channel]) - i32::from(expected[channel]);
                assert!(
                    gap.abs() <= 12,
                    "{} {place:?}: {seen:?}, not {expected:?}",
                    spec.file_name()
                );
            }
        }
    }
}

#[test]
fn bytes_do_not_depend_on_the_number_of_threads() {
    let parent = tempfile::tempdir().unwrap();
    let run = |threads: usize| {
        let out = parent.path().join(threads.to_string());
        generator(20).with_threads(threads).generate(&portrait(45, 63), &out, &()).unwrap();
        contents(&out)
    };
    let one = run(1);
    for threads in [2, 3, 8] {
        assert!(run(threads) == one, "{threads} threads");
    }
}

#[test]
fn transparent_sheets_keep_their_alpha_exactly() {
    let sheets = Mutex::new(BTreeMap::new());
    let manifest = generator(4)
        .with_background_removed()
        .generate_sheets(&portrait(50, 40), &(), |spec, webp| {
            sheets.lock().unwrap().insert(spec.file_name().to_owned(), webp.to_vec());
            Ok(())
        })
        .unwrap();
    assert!(manifest.has_alpha);
    let sheets = sheets.into_inner().unwrap();
    for spec in manifest.sheets().unwrap() {
        let sheet = image::load_from_memory(&sheets[spec.file_name()]).unwrap().to_rgba8();
        for (x, y, pixel) in sheet.enumerate_pixels() {
            let expected = pattern::alpha_at(x % 50, y % 40, Size { width: 50, height: 40 });
            assert_eq!(pixel.0[3], expected, "{x} {y}");
        }
    }
}

#[test]
fn single_sheets_hold_all_cells() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("face");
    let outcome = generator(6)
        .with_layout(SheetLayout::Single)
        .generate(&portrait(20, 30), &out, &())
        .unwrap();
    let sheet = image::open(out.join("sheet.webp")).unwrap();
    assert_eq!((sheet.width(), sheet.height()), (120, 180));
    assert_eq!(outcome.manifest.mobile_grid, None);
}

#[test]
fn large_portraits_are_resized_and_warnings_passed_on() {
    let mut engine = PatternEngine::default();
    let warning = Warning { kind: WarningKind::ClosedEyes, message: "closed".to_owned() };
    engine.warnings = vec![warning.clone()];
    let parent = tempfile::tempdir().unwrap();
    let outcome = GazeGenerator::new(engine)
        .with_grid(Grid::from_side(2).unwrap())
        .with_max_size(100)
        .generate(&portrait(300, 400), parent.path().join("face"), &())
        .unwrap();
    assert_eq!(outcome.manifest.frame_size, Size { width: 75, height: 100 });
    assert_eq!(outcome.warnings, [warning]);
}

/// Notes all progress and cancels after so many questions.
#[derive(Default)]
struct Witness {
    seen: Mutex<Vec<Progress>>,
    asked: AtomicU32,
    cancel_after: Option<u32>,
}

impl Observer for Witness {
    fn on_progress(&self, progress: &Progress) {
        self.seen.lock().unwrap().push(progress.clone());
    }

    fn is_cancelled(&self) -> bool {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        self.cancel_after.is_some_and(|after| asked >= after)
    }
}

#[test]
fn progress_rises_by_stage_and_names_every_sheet() {
    let parent = tempfile::tempdir().unwrap();
    let witness = Witness::default();
    let out = parent.path().join("face");
    generator(20).with_threads(4).generate(&portrait(32, 32), &out, &witness).unwrap();
    let seen = witness.seen.into_inner().unwrap();
    for pair in seen.windows(2) {
        let key = |p: &Progress| (p.stage, p.current);
        assert!(key(&pair[0]) <= key(&pair[1]), "{pair:?}");
    }
    assert_eq!(seen[0].stage, Stage::Initializing);
    assert_eq!(seen[seen.len() - 1].stage, Stage::Complete);
    let mut finished: Vec<&str> = seen.iter().filter_map(|p| p.finished.as_deref()).collect();
    finished.sort_unstable();
    assert_eq!(finished.len(), 8);
    assert_eq!(finished[7], "q3_20.webp");
    let asked = witness.asked.into_inner();
    assert!(asked > 400, "asked {asked} times for 400 frames");
}

#[test]
fn a_cancelled_run_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    for cancel_after in [0, 1, 100, 450, 520] {
        let witness = Witness { cancel_after: Some(cancel_after), ..Witness::default() };
        let out = parent.path().join("face");
        let error = generator(20).generate(&portrait(40, 40), &out, &witness).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{cancel_after}");
        assert!(contents(parent.path()).is_empty());
    }
}

#[test]
fn a_failing_or_panicking_engine_stops_the_run() {
    let parent = tempfile::tempdir().unwrap();
    for panics in [false, true] {
        let engine = PatternEngine { fails_after: Some(37), panics, ..PatternEngine::default() };
        let error = GazeGenerator::new(engine)
            .with_threads(3)
            .generate(&portrait(40, 40), parent.path().join("face"), &())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Engine);
        assert!(error.to_string().contains("pattern torn"), "{error}");
        assert!(contents(parent.path()).is_empty());
    }
}

#[test]
fn a_failing_sink_stops_the_run() {
    let error = generator(4)
        .generate_sheets(&portrait(40, 40), &(), |spec, _| {
            Err(gaze_core::Error::new(ErrorKind::Output, "full").with_path(spec.file_name()))
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Output);
}

#[test]
fn what_cannot_be_done_is_refused_before_the_engine_runs() {
    let parent = tempfile::tempdir().unwrap();
    let engine = || PatternEngine { fails_after: Some(0), ..PatternEngine::default() };
    let mut options = GenerateOptions::default();
    options.sweep.grid = Grid::from_side(60).unwrap();
    options.max_size = 2000;
    let error = GazeGenerator::new(engine())
        .with_options(options)
        .generate(&portrait(2000, 2000), parent.path().join("face"), &())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOption);
    fs::write(parent.path().join("file"), "x").unwrap();
    let error = GazeGenerator::new(engine())
        .generate(&portrait(40, 40), parent.path().join("file"), &())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Output);
}

#[test]
fn frames_can_be_streamed_without_sheets() {
    let mut count = 0;
    generator(6)
        .render_frames(&portrait(30, 20), &(), |cell, frame| {
            assert_eq!((cell.row * 6 + cell.col, frame.size().width), (count, 30));
            count += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(count, 36);
}

#[test]
fn frames_come_in_order_whoever_renders_them() {
    for threads in [1, 2, 5] {
        let generator = generator(6).with_threads(threads);
        let mut expected = Vec::new();
        generator
            .render_frames(&portrait(30, 20), &(), |cell, frame| {
                expected.push((cell, frame.clone()));
                Ok(())
            })
            .unwrap();
        let frames = generator.frames(&portrait(30, 20), &()).unwrap();
        assert_eq!(frames.size_hint(), (1, Some(36)));
        let taken: Vec<_> = frames.map(Result::unwrap).collect();
        assert!(taken == expected, "{threads} threads");
    }
}

#[test]
fn frames_are_not_rendered_far_ahead() {
    static RENDERED: AtomicU32 = AtomicU32::new(0);
    let engine = PatternEngine { counter: Some(&RENDERED), ..PatternEngine::default() };
    let generator =
        GazeGenerator::new(engine).with_grid(Grid::from_side(20).unwrap()).with_threads(3);
    let mut frames = generator.frames(&portrait(30, 20), &()).unwrap();
    for _ in 0..5 {
        frames.next().unwrap().unwrap();
    }
    // Ends the threads and waits for them.
    drop(frames);
    let rendered = RENDERED.load(Ordering::Relaxed);
    assert!((5..=5 + 3 * 2).contains(&rendered), "{rendered}");
}

#[test]
fn errors_and_panics_are_the_last_frame() {
    for panics in [false, true] {
        let engine = PatternEngine { fails_after: Some(7), panics, ..PatternEngine::default() };
        let generator =
            GazeGenerator::new(engine).with_grid(Grid::from_side(6).unwrap()).with_threads(2);
        let mut frames = generator.frames(&portrait(30, 20), &()).unwrap();
        let error = frames.find_map(Result::err).unwrap();
        assert_eq!(error.kind(), ErrorKind::Engine);
        assert!(error.to_string().contains("pattern torn"), "{error}");
        assert!(frames.next().is_none());
    }
}

#[test]
fn sheets_tell_when_they_begin_and_end_and_backgrounds_when_they_are_gone() {
    #[derive(Default)]
    struct Log(Mutex<Vec<Progress>>);
    impl Observer for Log {
        fn on_progress(&self, progress: &Progress) {
            self.0.lock().unwrap().push(progress.clone());
        }
    }
    let log = Log::default();
    let generator = generator(4).with_background_removed().with_threads(2);
    generator.generate_sheets(&portrait(30, 20), &log, |_, _| Ok(())).unwrap();
    let told = log.0.into_inner().unwrap();
    let files = |of: fn(&Progress) -> Option<&String>| {
        let mut names: Vec<&String> = told.iter().filter_map(of).collect();
        names.sort();
        names.into_iter().map(String::as_str).collect::<Vec<_>>()
    };
    let sheets = ["q0.webp", "q1.webp", "q2.webp", "q3.webp"];
    assert_eq!(files(|p| p.started.as_ref()), sheets);
    assert_eq!(files(|p| p.finished.as_ref()), sheets);
    let at = |stage| told.iter().position(|p| p.stage == stage).unwrap();
    let removed = &told[at(Stage::RemovingBackground)];
    assert_eq!((removed.current, removed.total), (16, 16));
    assert!(at(Stage::Generating) < at(Stage::RemovingBackground));
    assert!(at(Stage::RemovingBackground) < at(Stage::Stitching));
}

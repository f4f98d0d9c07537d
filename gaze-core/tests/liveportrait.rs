//! Whole sweeps of the LivePortrait engine on small stand-ins for its models, which `scripts/stand_in_models.py`
//! makes.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use gaze_core::faces::FaceModels;
use gaze_core::liveportrait::{Device, Landmarks, LivePortraitEngine, LivePortraitOptions};
use gaze_core::{
    Cell, Engine, EngineChoice, EngineOptions, ErrorKind, Frame, GazeGenerator, GenerateOptions,
    Grid, Observer, Portrait, PrepareOptions, PrepareRequest, PreparedPortrait, Progress, Rect,
    SheetLayout, Size, Stage, inspect,
};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../gaze-liveportrait/tests/fixtures")
}

fn models() -> PathBuf {
    fixtures().join("models")
}

fn options(models: &Path) -> LivePortraitOptions {
    let mut options = LivePortraitOptions::default();
    options.models = Some(models.to_owned());
    options.device = Device::Cpu;
    options
}

fn engine(batch: usize) -> LivePortraitEngine {
    // The adapted graph is written beside the models.
    let folder = changed_models(|_| ());
    let mut options = options(folder.path());
    options.batch = Some(batch);
    LivePortraitEngine::open(&options)
        .expect("tests need ONNX Runtime: pip install onnxruntime, or set ORT_DYLIB_PATH")
}

fn portrait() -> Portrait {
    Portrait::open(fixtures().join("../../../examples/astronaut.png")).unwrap()
}

fn small(side: u32) -> GenerateOptions {
    let mut options = GenerateOptions::default();
    options.sweep.grid = Grid::from_side(side).unwrap();
    options.max_size = 256;
    options
}

/// Every file of a folder, by name.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

/// Compares two folders file by file.
fn assert_same(a: &Path, b: &Path) {
    let (a, b) = (contents(a), contents(b));
    assert!(a.keys().eq(b.keys()));
    for (name, bytes) in &a {
        assert!(*bytes == b[name], "{name} differs");
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Stops a run after so many frames.
struct StopAfter {
    frames: u32,
    seen: AtomicU32,
}

impl Observer for StopAfter {
    fn on_progress(&self, progress: &Progress) {
        if progress.stage == Stage::Generating {
            self.seen.fetch_max(progress.current, Ordering::Relaxed);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.seen.load(Ordering::Relaxed) >= self.frames
    }
}

#[test]
fn a_sweep_makes_a_sound_folder_whose_frames_move() {
    let out = tempfile::tempdir().unwrap();
    let target = out.path().join("face");
    let generator = GazeGenerator::new(engine(1)).with_options(small(6));
    let outcome = generator.generate(&portrait(), &target, &()).unwrap();
    assert!(inspect(&target).unwrap().is_sound());
    assert_eq!(names(out.path()), ["face"], "no work is left beside the result");
    let network = outcome.network_time.expect("the engine counts");
    assert!(network > std::time::Duration::ZERO && network <= outcome.sweep_time);

    let mut frames = BTreeMap::new();
    generator
        .render_frames(&portrait(), &(), |cell, frame| {
            frames.insert(cell, frame.clone());
            Ok(())
        })
        .unwrap();
    let size = frames[&Cell { row: 0, col: 0 }].size();
    assert_eq!((size.width, size.height), (256, 256));
    // Neighbours differ a little, ends a lot, and the corners of the picture not at all.
    let distance = |a: Cell, b: Cell| {
        let pairs = frames[&a].pixels().iter().zip(frames[&b].pixels());
        pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / (256.0 * 256.0 * 3.0)
    };
    for row in 0..6 {
        let near = distance(Cell { row, col: 2 }, Cell { row, col: 3 });
        let far = distance(Cell { row, col: 0 }, Cell { row, col: 5 });
        assert!(near > 0.05 && far > 2.0 * near, "row {row}: {near} and {far}");
    }
    let corner = |frame: &Frame| frame.pixel(0, 255);
    assert!(
        frames.values().all(|frame| corner(frame) == corner(&frames[&Cell { row: 0, col: 0 }]))
    );
}

#[test]
fn threads_change_no_byte() {
    let out = tempfile::tempdir().unwrap();
    let engine = engine(3);
    for threads in [1, 2, 4] {
        let mut options = small(4);
        options.threads = threads;
        let generator = GazeGenerator::new(&engine).with_options(options);
        generator.generate(&portrait(), out.path().join(threads.to_string()), &()).unwrap();
    }
    assert_same(&out.path().join("1"), &out.path().join("2"));
    assert_same(&out.path().join("1"), &out.path().join("4"));
}

#[test]
fn batches_change_a_grey_level_at_most() {
    let frames = |batch: usize| {
        let mut frames = Vec::new();
        GazeGenerator::new(engine(batch))
            .with_options(small(4))
            .render_frames(&portrait(), &(), |_, frame| {
                frames.push(frame.clone());
                Ok(())
            })
            .unwrap();
        frames
    };
    let singly = frames(1);
    for batch in [3, 8] {
        for (a, b) in singly.iter().zip(&frames(batch)) {
            // Kernels sum in another order where the shape is another.
            let worst = a.pixels().iter().zip(b.pixels()).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst <= Some(1), "{worst:?} at {batch} at a time");
        }
    }
}

#[test]
fn a_removed_background_follows_the_head() {
    let engine = engine(1);
    let portrait = portrait();
    let opaque = engine.prepare(&PrepareRequest::new(&portrait, 256), &()).unwrap();
    let options = PrepareOptions::default().with_background_removed(true);
    let request = PrepareRequest::new(&portrait, 256).with_options(options);
    let prepared = engine.prepare(&request, &()).unwrap();
    assert!(prepared.has_alpha() && !opaque.has_alpha());
    let frame_at = |prepared: &dyn PreparedPortrait, x: f32| {
        let mut frame = Frame::new(prepared.frame_size());
        prepared.render(&gaze_core::Sweep::default().pose_at(x, 0.0), &mut frame).unwrap();
        frame
    };
    let [left, rest, right] = [-15.0, 0.0, 15.0].map(|x| frame_at(prepared.as_ref(), x));
    let face =
        FaceModels::embedded().unwrap().find_faces(&portrait.resized(256)).unwrap().remove(0);
    let nose = face.mesh[1];
    let moving = prepared.moving_rect();
    for frame in [&left, &rest, &right] {
        // Both upper corners lie in the background, as does a corner of the part that moves.
        let corners = [(1, 1), (254, 1), (moving.x + 12, moving.y + 4)];
        assert!(corners.iter().all(|&(x, y)| frame.pixel(x, y) == [0; 4]));
        let pixel = frame.pixel(nose[0] as u32, nose[1] as u32);
        assert_eq!(pixel[3], 255);
        // Nothing changes outside of that part.
        for (x, y) in (0..256).flat_map(|y| (0..256).map(move |x| (x, y))) {
            let inside = (moving.x..moving.x + moving.width).contains(&x)
                && (moving.y..moving.y + moving.height).contains(&y);
            assert!(inside || frame.pixel(x, y) == rest.pixel(x, y), "({x}, {y})");
        }
    }
    // What covers all keeps its colour.
    let whole = frame_at(opaque.as_ref(), 15.0);
    assert_eq!(
        right.pixel(nose[0] as u32, nose[1] as u32),
        whole.pixel(nose[0] as u32, nose[1] as u32)
    );

    // The outline moves: on one side it gives way, on the other it comes forward.
    let [mut only_left, mut only_right] = [0, 0];
    for (a, b) in left.pixels().chunks_exact(4).zip(right.pixels().chunks_exact(4)) {
        only_left += u32::from(a[3] > b[3].saturating_add(24));
        only_right += u32::from(b[3] > a[3].saturating_add(24));
    }
    assert!(only_left > 20 && only_right > 20, "{only_left} and {only_right} pixels");
}

#[test]
fn transparent_frames_are_the_same_whatever_renders_them() {
    let out = tempfile::tempdir().unwrap();
    let engine = engine(2);
    for threads in [1, 3] {
        let mut options = small(4);
        options.threads = threads;
        let generator = GazeGenerator::new(&engine).with_options(options).with_background_removed();
        let target = out.path().join(threads.to_string());
        let outcome = generator.generate(&portrait(), &target, &()).unwrap();
        assert!(outcome.manifest.has_alpha && inspect(&target).unwrap().is_sound());
    }
    assert_same(&out.path().join("1"), &out.path().join("3"));
}

#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    let out = tempfile::tempdir().unwrap();
    let generator = GazeGenerator::new(engine(2)).with_options(small(6));
    generator.generate(&portrait(), out.path().join("whole"), &()).unwrap();

    let target = out.path().join("face");
    let stop = StopAfter { frames: 10, seen: AtomicU32::new(0) };
    let error = generator.generate(&portrait(), &target, &stop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(!target.exists());
    let work = names(out.path()).into_iter().find(|name| name.starts_with(".gaze-work-")).unwrap();
    let kept = names(&out.path().join(&work)).iter().filter(|name| name.ends_with(".png")).count();
    assert!((10..30).contains(&kept), "{kept} frames were kept of 10 pasted");
    // One of them damaged, as after a power cut.
    fs::write(out.path().join(&work).join("0003.png"), b"half a fr").unwrap();

    let before = generator.engine().decoded_frames();
    generator.generate(&portrait(), &target, &()).unwrap();
    let decoded = (generator.engine().decoded_frames() - before) as usize;
    // Two at a time: the pair of the damaged one, and the pair in which the run was stopped.
    let missing = 36 - kept + 1;
    assert!((missing..=missing + 2).contains(&decoded), "{decoded} decoded, {missing} missing");
    assert_same(&target, &out.path().join("whole"));
    assert_eq!(names(out.path()), ["face", "whole"]);
}

#[test]
fn work_serves_only_the_same_frames() {
    let out = tempfile::tempdir().unwrap();
    let engine = engine(1);
    let generator = GazeGenerator::new(engine).with_options(small(4));
    let stop = || StopAfter { frames: 4, seen: AtomicU32::new(0) };
    generator.generate(&portrait(), out.path().join("a"), &stop()).unwrap_err();
    let other = generator.with_max_size(200);
    other.generate(&portrait(), out.path().join("a"), &stop()).unwrap_err();
    let works = names(out.path()).iter().filter(|name| name.starts_with(".gaze-work-")).count();
    assert_eq!(works, 2, "each has a folder of its own");

    let mut options = small(4);
    options.resume = false;
    let fresh = other.with_options(options);
    fresh.generate(&portrait(), out.path().join("b"), &stop()).unwrap_err();
    let works = names(out.path()).len();
    assert_eq!(works, 2, "nothing is left without resume");
    fresh.generate(&portrait(), out.path().join("b"), &()).unwrap();
    assert!(!out.path().join("b/work").exists());
}

#[test]
fn one_engine_serves_portraits_at_the_same_time() {
    let engine = engine(2);
    let portrait = portrait();
    let frame_of = |size: u32, pose_x: f32| {
        let prepared = engine.prepare(&PrepareRequest::new(&portrait, size), &()).unwrap();
        let mut frame = Frame::new(prepared.frame_size());
        let pose = gaze_core::Sweep::default().pose_at(pose_x, 0.0);
        prepared.render(&pose, &mut frame).unwrap();
        frame
    };
    let alone = [frame_of(200, -15.0), frame_of(300, 15.0)];
    let together = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for (size, x) in [(200, -15.0), (300, 15.0)] {
            let (frame_of, together) = (&frame_of, &together);
            scope.spawn(move || {
                let frame = frame_of(size, x);
                together.lock().unwrap().push(frame);
            });
        }
    });
    let mut together = together.into_inner().unwrap();
    together.sort_by_key(|frame| frame.size().width);
    assert_eq!(together, alone);
}

#[test]
fn frames_may_be_larger_than_512() {
    let mut options = small(2);
    options.max_size = 512;
    let generator =
        GazeGenerator::new(engine(1)).with_options(options).with_layout(SheetLayout::Quadrants);
    let mut sizes = Vec::new();
    generator
        .render_frames(&portrait(), &(), |_, frame| {
            sizes.push(frame.size());
            Ok(())
        })
        .unwrap();
    assert_eq!(sizes.len(), 4);
    assert!(sizes.iter().all(|size| size.width == 512));
}

#[test]
fn auto_takes_liveportrait_only_where_it_is_there() {
    let mut all = EngineOptions::default();
    let folder = changed_models(|_| ());
    all.liveportrait = options(folder.path());
    let opened = EngineChoice::Auto.open(&all).unwrap();
    assert_eq!(opened.engine.describe().name, "liveportrait");
    assert!(
        opened.note.contains("liveportrait on cpu") && opened.note.contains("ONNX Runtime"),
        "{}",
        opened.note
    );

    let empty = tempfile::tempdir().unwrap();
    all.liveportrait = options(empty.path());
    let opened = EngineChoice::Auto.open(&all).unwrap();
    assert_eq!(opened.engine.describe().name, "embedded");
    assert!(opened.note.contains("lacks appearance_feature_extractor.onnx"), "{}", opened.note);
}

#[test]
fn a_process_has_one_library_which_its_folder_names_too() {
    let first = engine(1);
    let library = &first.library().path;
    let folder = changed_models(|_| ());
    let mut again = options(folder.path());
    again.library = Some(library.parent().unwrap().to_owned());
    assert_eq!(LivePortraitEngine::open(&again).unwrap().library(), first.library());

    let other = folder.path().join("libonnxruntime.so");
    fs::write(&other, "another").unwrap();
    again.library = Some(other);
    let error = LivePortraitEngine::open(&again).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine);
    assert!(error.to_string().contains("a process can use one ONNX Runtime"), "{error}");
}

/// The models with InsightFace's beside them.
fn models_with_insightface() -> tempfile::TempDir {
    changed_models(|folder| {
        for entry in fs::read_dir(models().join("insightface")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    })
}

/// The portrait at a place of a grey picture of 700 x 700 px.
fn portrait_at(left: usize, top: usize) -> Portrait {
    let portrait = portrait();
    let mut canvas = Frame::new(Size { width: 700, height: 700 });
    canvas.pixels_mut().as_chunks_mut().0.fill([128, 128, 128, 255]);
    let stride = portrait.size().width as usize * 4;
    let lines = canvas.pixels_mut().chunks_exact_mut(700 * 4).skip(top);
    for (line, pixels) in lines.zip(portrait.frame().pixels().chunks_exact(stride)) {
        line[left * 4..][..stride].copy_from_slice(pixels);
    }
    Portrait::from_frame(canvas).unwrap()
}

/// Frames as large as the portrait.
fn whole(portrait: &Portrait) -> PrepareRequest<'_> {
    PrepareRequest::new(portrait, u32::MAX)
}

#[test]
fn the_crop_follows_insightfaces_landmarks() {
    let folder = models_with_insightface();
    let mut options = options(folder.path());
    let moving = |engine: &LivePortraitEngine, [left, top]: [usize; 2]| {
        let portrait = portrait_at(left, top);
        let prepared = engine.prepare(&whole(&portrait), &()).unwrap();
        let Rect { x, y, width, height } = prepared.moving_rect();
        [x, y, width, height].map(f64::from)
    };
    let embedded = LivePortraitEngine::open(&options).unwrap();
    options.landmarks = Landmarks::InsightFace;
    let engine = LivePortraitEngine::open(&options).unwrap();
    assert!(engine.to_string().contains("not for commercial use"), "{engine}");

    // The stand-ins' box has 110 px in a picture of 512, here 150 px, and is the middle of what looks most like
    // skin: (219, 133) of the portrait. In the square of 1.5 times that, the landmarks go from -0.5 to 0.5 and
    // from -0.62 to 0.62; the crop has 2.3 times the latter and lies an eighth of that above their middle.
    let side = 2.3 * 0.62 * 150.4 * 1.5;
    for [left, top] in [[20, 160], [180, 90]] {
        let [x, y, width, height] = moving(&engine, [left, top]);
        assert!((width - side).abs() < 6.0 && (height - side).abs() < 6.0, "{width} x {height}");
        let middle = [x + width / 2.0 - left as f64, y + height / 2.0 - top as f64];
        let expected = [219.0, 133.0 - side / 8.0];
        // Landmarks lean to the brighter side by 0.1 of half a square at most.
        assert!((middle[0] - expected[0]).abs() < 14.0, "{middle:?} for {expected:?}");
        assert!((middle[1] - expected[1]).abs() < 4.0, "{middle:?} for {expected:?}");
        assert_ne!(moving(&embedded, [left, top]), [x, y, width, height]);
    }
}

#[test]
fn insightfaces_models_are_only_wanted_where_they_are_asked_for() {
    let without = changed_models(|_| ());
    let mut wanting = options(without.path());
    LivePortraitEngine::open(&wanting).unwrap();
    wanting.landmarks = Landmarks::InsightFace;
    let error = LivePortraitEngine::open(&wanting).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine);
    let remedy = "gaze models pull retinaface_det_static.onnx face_2dpose_106_static.onnx --accept-noncommercial";
    assert!(error.to_string().contains(remedy), "{error}");

    let swapped = models_with_insightface();
    let [detector, landmarks] = ["retinaface_det_static.onnx", "face_2dpose_106_static.onnx"];
    fs::copy(swapped.path().join(landmarks), swapped.path().join(detector)).unwrap();
    wanting.models = Some(swapped.path().to_owned());
    let error = LivePortraitEngine::open(&wanting).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains(landmarks), "{error}");
}

#[test]
fn a_face_that_insightface_does_not_see_is_an_error() {
    let folder = models_with_insightface();
    let mut options = options(folder.path());
    options.landmarks = Landmarks::InsightFace;
    let engine = LivePortraitEngine::open(&options).unwrap();
    // More like the stand-in's skin than the face, and elsewhere.
    let mut canvas = portrait_at(20, 160).frame().clone();
    for line in canvas.pixels_mut().chunks_exact_mut(700 * 4).take(100) {
        line[500 * 4..].as_chunks_mut().0.fill([225, 175, 160, 255]);
    }
    let portrait = Portrait::from_frame(canvas).unwrap();
    let prepared = engine.prepare(&whole(&portrait), &());
    let error = prepared.map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoFace);
    assert!(error.to_string().contains("--landmarks embedded"), "{error}");
}

/// A copy of the models in which one file has been changed.
fn changed_models(change: impl Fn(&Path)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(models()).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_file() && !name.contains(".gaze") {
            fs::copy(entry.path(), folder.path().join(name)).unwrap();
        }
    }
    change(folder.path());
    folder
}

fn refusal(folder: &Path) -> String {
    let error = LivePortraitEngine::open(&options(folder)).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine);
    error.to_string()
}

#[test]
fn models_that_are_not_what_they_should_be_are_refused() {
    let decoder = "warping_spade.onnx";
    let missing = changed_models(|folder| fs::remove_file(folder.join(decoder)).unwrap());
    assert!(refusal(missing.path()).contains("gaze models pull"));

    let truncated = changed_models(|folder| {
        let whole = fs::read(folder.join(decoder)).unwrap();
        fs::write(folder.join(decoder), &whole[..whole.len() / 2]).unwrap();
    });
    assert!(refusal(truncated.path()).contains(decoder));

    let swapped = changed_models(|folder| {
        fs::copy(folder.join("stitching.onnx"), folder.join(decoder)).unwrap();
    });
    assert!(refusal(swapped.path()).contains("stitching"));
}

#[test]
fn the_adapted_graph_is_kept_beside_an_untouched_original() {
    let folder = changed_models(|_| ());
    let original = fs::read(folder.path().join("warping_spade.onnx")).unwrap();
    LivePortraitEngine::open(&options(folder.path())).unwrap();
    assert_eq!(fs::read(folder.path().join("warping_spade.onnx")).unwrap(), original);
    let adapted =
        names(folder.path()).into_iter().filter(|name| name.contains(".gaze")).collect::<Vec<_>>();
    assert_eq!(adapted.len(), 1, "{adapted:?}");
    LivePortraitEngine::open(&options(folder.path())).unwrap();

    // Another decoder under the same name gets a graph of its own.
    fs::copy(models().join("fp16/warping_spade.onnx"), folder.path().join("warping_spade.onnx"))
        .unwrap();
    LivePortraitEngine::open(&options(folder.path())).unwrap();
    assert_eq!(names(folder.path()).iter().filter(|name| name.contains(".gaze")).count(), 2);
}

#[test]
fn a_device_that_is_not_there_is_an_error_and_never_the_cpu() {
    let mut cuda = options(&models());
    cuda.device = Device::Cuda(0);
    // Machines with a GPU have it tested by the sweep itself.
    match LivePortraitEngine::open(&cuda) {
        Ok(engine) => assert_eq!(engine.device(), Device::Cuda(0)),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Engine);
            assert!(error.to_string().contains("--device cpu"), "{error}");
        }
    }
}

#[test]
fn a_run_is_cancelled_while_it_decodes() {
    struct Cancel(AtomicBool);
    impl Observer for Cancel {
        fn is_cancelled(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }
    let out = tempfile::tempdir().unwrap();
    let cancel = Cancel(AtomicBool::new(false));
    let generator = GazeGenerator::new(engine(8)).with_options(small(20));
    std::thread::scope(|scope| {
        let run = scope.spawn(|| generator.generate(&portrait(), out.path().join("face"), &cancel));
        while generator.engine().decoded_frames() == 0 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        cancel.0.store(true, Ordering::Relaxed);
        assert_eq!(run.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
    });
    assert!(!out.path().join("face").exists());
}

#[test]
fn numbers_out_of_range_are_refused() {
    for batch in [0, 65] {
        let mut options = options(&models());
        options.batch = Some(batch);
        let error = LivePortraitEngine::open(&options).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
    }
}

//! Runs of the LivePortrait engine that are killed, ended, disturbed or short of room, and what the next one makes of it.

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::onnxruntime;
use crate::setup::{BATCH, Ended, Setup, assert_same};

/// Numbers that are others in every run.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let seed = RandomState::new().build_hasher().finish();
        println!("seed {seed}");
        Self(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % limit
    }
}

/// The results of a run that nobody disturbed.
fn undisturbed(setup: &Setup) -> PathBuf {
    let folder = setup.path().join("whole/face");
    assert_eq!(setup.run(&["--out", folder.to_str().unwrap()]).resumed(), 0);
    folder
}

#[test]
fn killed_runs_go_on_where_they_stopped() {
    if onnxruntime::is_missing() {
        return;
    }
    const KILLS: u64 = 10;
    let setup = Setup::new(10);
    let whole = undisturbed(&setup);
    let mut random = Random::new();
    let (mut kept, mut log) = (0, Vec::new());
    for kill in 0..KILLS {
        let mut run = setup.start(&[]);
        if kill % 5 != 4 {
            let more = random.below(5) as usize;
            assert!(run.wait_for_frames((kept + more).max(1)), "it ends before it is killed");
        }
        // While it starts up, or somewhere within a batch. Not for long: where a frame takes 10 ms, all kills together
        // must leave some for the last run.
        thread::sleep(Duration::from_millis(random.below(60)));
        run.child.kill().unwrap();
        assert_eq!(run.end().code, -1);
        let before = kept;
        kept = setup.kept().len();
        assert!(kept >= before, "{kept} of {before} frames are left");
        log.push(kept - before);
        assert!(!setup.out().exists());
    }
    // Of a batch that was being written the rest is decoded again, and with it what was there.
    let last = setup.run(&[]);
    assert!(
        (kept / BATCH * BATCH..=kept).contains(&last.resumed()),
        "{} of {kept} kept frames are used",
        last.resumed()
    );
    println!(
        "{KILLS} kills of {} frames, kept by each run: {log:?}, then {}",
        setup.frames(),
        setup.frames() - kept
    );
    assert!(kept > 0 && kept < setup.frames());
    assert_same(&setup.out(), &whole);
    assert_eq!(setup.leftovers(), ["face"]);
}

#[test]
fn ended_runs_leave_their_work_for_the_next() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(6);
    let whole = undisturbed(&setup);
    for signal in ["TERM", "INT"] {
        let mut run = setup.start(&[]);
        run.wait_for_frames(10);
        run.signal(signal);
        run.end().assert_refused(130, &["cancelled"]);
        assert_eq!(setup.leftovers(), ["work"]);
        let kept = setup.kept().len();
        assert!(kept >= 10 && kept < setup.frames(), "{kept}");
        assert_eq!(setup.run(&[]).resumed(), kept / BATCH * BATCH);
        assert_same(&setup.out(), &whole);
        assert_eq!(setup.leftovers(), ["face"]);
        fs::remove_dir_all(setup.out()).unwrap();
    }
}

#[test]
fn without_resume_nothing_is_left_or_used() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(6);
    let mut run = setup.start(&["--no-resume"]);
    run.wait_for_frames(8);
    run.signal("TERM");
    run.end().assert_refused(130, &["cancelled"]);
    assert!(setup.leftovers().is_empty());

    // Nobody can clean up after a kill but the next run.
    let mut run = setup.start(&["--no-resume"]);
    run.wait_for_frames(8);
    run.child.kill().unwrap();
    run.end();
    assert_eq!(setup.leftovers(), ["partial"]);

    setup.interrupt_at(8, &[]);
    assert_eq!(setup.leftovers(), ["work"], "what the killed run left is gone");
    assert_eq!(setup.run(&["--no-resume"]).resumed(), 0);
    assert_eq!(setup.leftovers(), ["face", "work"], "and what another left stays");
}

#[test]
fn a_second_run_of_the_same_frames_is_refused() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(6);
    let whole = undisturbed(&setup);
    let mut first = setup.start(&[]);
    first.wait_for_frames(3);
    // However long the others take to start.
    first.signal("STOP");
    setup.run(&[]).assert_refused(6, &["another run renders the same frames", ".gaze-work-"]);
    let beside = setup.path().join("out/beside");
    setup.run(&["--out", beside.to_str().unwrap()]).assert_refused(6, &["another run"]);
    first.signal("CONT");
    assert_eq!(first.end().resumed(), 0);
    assert_same(&setup.out(), &whole);
    assert_eq!(setup.leftovers(), ["face"]);
}

#[test]
fn damaged_frames_are_decoded_anew() {
    if onnxruntime::is_missing() {
        return;
    }
    let picture = |side: u32, color: png::ColorType, bytes: usize| {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, side, side);
        encoder.set_color(color);
        encoder.write_header().unwrap().write_image_data(&vec![7; bytes]).unwrap();
        file
    };
    let setup = Setup::new(6);
    let whole = undisturbed(&setup);
    setup.interrupt_at(20, &[]);
    let kept = setup.kept();
    let cut = fs::read(&kept[0]).unwrap();
    let damage = [
        cut[..cut.len() / 2].to_vec(),
        Vec::new(),
        picture(256, png::ColorType::Rgb, 256 * 256 * 3),
        picture(512, png::ColorType::Rgba, 512 * 512 * 4),
        picture(512, png::ColorType::Grayscale, 512 * 512),
        b"a note of somebody".to_vec(),
    ];
    // One in each batch of two.
    for (path, bytes) in kept.iter().step_by(BATCH).zip(&damage) {
        fs::write(path, bytes).unwrap();
    }
    fs::remove_file(&kept[13]).unwrap();
    fs::create_dir(&kept[13]).unwrap();
    let work = setup.work().unwrap();
    fs::write(work.join("notes.txt"), "mine").unwrap();
    fs::write(work.join("0001.part"), "half").unwrap();
    fs::write(work.join("9999.png"), "beyond the sweep").unwrap();
    // A folder in a file's place cannot be written over, and is nothing that gaze makes.
    setup.run(&[]).assert_refused(6, &["0013.png"]);
    fs::remove_dir(&kept[13]).unwrap();
    let resumed = setup.run(&[]).resumed();
    assert!(resumed >= kept.len() / BATCH * BATCH - BATCH, "{resumed} of {}", kept.len());
    assert_same(&setup.out(), &whole);
    assert_eq!(setup.leftovers(), ["face"]);
}

#[test]
fn a_full_disk_is_an_error_and_the_next_run_goes_on() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(6);
    let whole = undisturbed(&setup);
    // What a file may hold is bounded, in blocks of half a KiB: frames fit, pictures of all of them do not.
    setup.interrupt_at(6, &[]);
    let largest = setup.kept().iter().map(|path| path.metadata().unwrap().len()).max().unwrap();
    for bytes in [largest / 2, largest + largest / 8] {
        let before = setup.kept().len();
        let told = format!("trap '' XFSZ; ulimit -f {}", bytes.div_ceil(512));
        let output = setup.limited_command(&told, &[]).output().unwrap();
        Ended::of(&output).assert_refused(6, &["a result cannot be written"]);
        assert_eq!(setup.leftovers(), ["work"]);
        assert!(setup.kept().len() >= before);
        let parts = fs::read_dir(setup.work().unwrap()).unwrap().flatten();
        assert!(
            !parts
                .map(|entry| entry.path())
                .any(|path| path.extension().is_some_and(|e| e == "part"))
        );
    }
    let kept = setup.kept().len();
    assert_eq!(setup.run(&[]).resumed(), kept / BATCH * BATCH);
    assert_same(&setup.out(), &whole);
    assert_eq!(setup.leftovers(), ["face"]);
}

/// Largest address space of a run, in KiB.
#[cfg(target_os = "linux")]
fn peak_of(setup: &Setup, batch: &str) -> u64 {
    let mut run = setup.start(&["--batch", batch]);
    let status = format!("/proc/{}/status", run.child.id());
    let mut peak = 0;
    while run.child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmPeak:"));
        let seen = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
        peak = peak.max(seen.unwrap_or(0));
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(run.end().code, 0);
    fs::remove_dir_all(setup.out()).unwrap();
    peak
}

// Elsewhere the address space cannot be bounded or its size not be asked for.
#[cfg(target_os = "linux")]
#[test]
fn where_memory_lacks_the_batch_is_halved_and_the_run_goes_on() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(8);
    let (few, many) = (peak_of(&setup, "1"), peak_of(&setup, "32"));
    println!("address space: {} MiB with 1 at a time, {} MiB with 32", few >> 10, many >> 10);
    let told = format!("ulimit -v {}", few + (many - few) / 2);
    let output = setup.limited_command(&told, &["--batch", "32"]).output().unwrap();
    assert_eq!(Ended::of(&output).resumed(), 0);
    assert_eq!(setup.leftovers(), ["face"]);
}

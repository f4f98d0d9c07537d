use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gaze_rig::Hint;

use super::*;
use crate::run::decoder::{CROP_BYTES, DecodeError};

/// Gives crops that are filled with the number in their key points.
#[derive(Clone, Default)]
struct Fake {
    decoded: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
    /// What happens at this number instead.
    trouble: Option<(usize, Trouble)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Trouble {
    Error,
    Panic,
    /// Waits to be stopped.
    Endless,
}

impl Decode for Fake {
    fn decode(&mut self, driving: &[KeyPoints]) -> Result<Vec<DecodedCrop>, DecodeError> {
        let failed = |why: &str| {
            let error = Error::new(ErrorKind::Engine, why).with_hint(Hint::UseCpu);
            Err(DecodeError::Failed(error.with_detail("gone")))
        };
        let mut crops = Vec::new();
        for points in driving {
            let number = points[0][0] as usize;
            match self.trouble.filter(|(at, _)| *at == number) {
                Some((_, Trouble::Error)) => return failed("the device is gone"),
                Some((_, Trouble::Panic)) => panic!("tests want it"),
                Some((_, Trouble::Endless)) => {
                    while !self.stopped.load(Ordering::Relaxed) {
                        thread::sleep(Duration::from_millis(1));
                    }
                }
                None => {}
            }
            if self.stopped.load(Ordering::Relaxed) {
                return failed("stopped");
            }
            crops.push(vec![number as u8; CROP_BYTES]);
        }
        self.decoded.fetch_add(crops.len(), Ordering::Relaxed);
        Ok(crops)
    }

    fn stopper(&self) -> Box<dyn Fn() + Send + Sync> {
        let stopped = self.stopped.clone();
        Box::new(move || stopped.store(true, Ordering::Relaxed))
    }

    fn allow(&mut self) {
        self.stopped.store(false, Ordering::Relaxed);
    }

    fn clock(&self) -> Arc<AtomicU64> {
        Arc::default()
    }
}

fn with(trouble: Option<(usize, Trouble)>) -> (Fake, SharedDecoder) {
    let fake = Fake { trouble, ..Default::default() };
    (fake.clone(), Arc::new(Mutex::new(Box::new(fake))))
}

fn points(count: usize) -> Vec<KeyPoints> {
    (0..count).map(|number| [[number as f32; 3]; 21]).collect()
}

fn number_of(crop: &DecodedCrop) -> usize {
    assert!(crop.len() == CROP_BYTES && crop.iter().all(|byte| *byte == crop[0]));
    crop[0].into()
}

fn wait_until(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < Duration::from_secs(60), "it never comes");
        thread::sleep(Duration::from_millis(1));
    }
}

fn kept_in(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().ends_with(".png")).count()
}

#[test]
fn crops_come_by_index_to_any_thread() {
    let (_, decoder) = with(None);
    for batch in [1, 3, 64] {
        let sequence = DecodeAhead::start(decoder.clone(), points(40), batch, None).unwrap();
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..5 {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= 40 {
                            return;
                        }
                        assert_eq!(number_of(&sequence.take(index).unwrap()), index);
                    }
                });
            }
        });
    }
}

#[test]
fn what_is_decoded_ahead_is_bounded_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (fake, decoder) = with(None);
    let decoded = || fake.decoded.load(Ordering::Relaxed);
    let sequence = DecodeAhead::start(decoder.clone(), points(40), 4, Some(folder.path())).unwrap();
    for taken in 0..6 {
        wait_until(|| decoded() == (16 + taken) / 4 * 4);
        // Nobody takes any: still, nothing that was decoded is in memory alone.
        wait_until(|| kept_in(folder.path()) == decoded());
        thread::sleep(Duration::from_millis(30));
        assert_eq!(decoded(), (16 + taken) / 4 * 4, "after {taken}");
        assert_eq!(number_of(&sequence.take(taken).unwrap()), taken);
    }
    // Others may use the decoder meanwhile.
    assert_eq!(number_of(&lock(&decoder).decode(&points(8)[7..]).unwrap()[0]), 7);
    for index in 6..40 {
        assert_eq!(number_of(&sequence.take(index).unwrap()), index);
    }
    assert_eq!(number_of(&sequence.take(0).unwrap()), 0, "kept ones come again");
    assert_eq!(sequence.resumed(), 0);
}

#[test]
fn kept_crops_are_not_decoded_again() {
    let folder = tempfile::tempdir().unwrap();
    let (fake, decoder) = with(Some((7, Trouble::Error)));
    let first = DecodeAhead::start(decoder, points(12), 2, Some(folder.path())).unwrap();
    assert!(first.take(11).is_err());
    drop(first);
    assert_eq!(fake.decoded.load(Ordering::Relaxed), 6);
    assert_eq!(kept_in(folder.path()), 6);
    fs::write(folder.path().join("0003.png"), "damaged").unwrap();

    let (fake, decoder) = with(None);
    let second = DecodeAhead::start(decoder, points(12), 2, Some(folder.path())).unwrap();
    for index in 0..12 {
        assert_eq!(number_of(&second.take(index).unwrap()), index);
    }
    // With its neighbour, which it was decoded with.
    assert_eq!(fake.decoded.load(Ordering::Relaxed), 8);
    assert_eq!(second.resumed(), 4);
}

#[test]
fn an_error_reaches_all_that_wait() {
    let (_, decoder) = with(Some((4, Trouble::Error)));
    let sequence = DecodeAhead::start(decoder, points(40), 1, None).unwrap();
    thread::scope(|scope| {
        let waiting: Vec<_> = (4..10)
            .map(|index| {
                scope.spawn({
                    let s = &sequence;
                    move || s.take(index)
                })
            })
            .collect();
        for thread in waiting {
            let error = thread.join().unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Engine);
            assert_eq!(error.to_string(), "the device is gone: use the CPU: gone");
        }
    });
    assert!(sequence.take(39).is_err(), "and all that ask later");
}

#[test]
fn a_panic_is_an_error() {
    let (_, decoder) = with(Some((2, Trouble::Panic)));
    let sequence = DecodeAhead::start(decoder, points(6), 2, None).unwrap();
    assert_eq!(number_of(&sequence.take(0).unwrap()), 0);
    let error = sequence.take(3).unwrap_err();
    assert!(error.to_string().contains("ended early"), "{error}");
}

#[test]
fn a_folder_that_vanishes_is_an_error() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("work");
    let (_, decoder) = with(Some((20, Trouble::Endless)));
    let sequence = DecodeAhead::start(decoder, points(40), 4, Some(&folder)).unwrap();
    sequence.take(0).unwrap();
    // At once: what removes it file by file may meet one that was just written.
    fs::rename(&folder, parent.path().join("gone")).unwrap();
    let error = (1..40).find_map(|index| sequence.take(index).err()).unwrap();
    assert_eq!(error.kind(), ErrorKind::Output);
}

#[test]
fn dropping_ends_a_call_and_spoils_no_later_one() {
    let (fake, decoder) = with(Some((5, Trouble::Endless)));
    let sequence = DecodeAhead::start(decoder.clone(), points(40), 1, None).unwrap();
    wait_until(|| fake.decoded.load(Ordering::Relaxed) == 5);
    sequence.take(0).unwrap();
    let start = Instant::now();
    drop(sequence);
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(number_of(&lock(&decoder).decode(&points(2)[1..]).unwrap()[0]), 1);
    // One that waits for room, and one that nobody has asked yet.
    for _ in 0..2 {
        let sequence = DecodeAhead::start(decoder.clone(), points(5), 1, None).unwrap();
        drop(sequence);
    }
    assert!(!fake.stopped.load(Ordering::Relaxed));
}

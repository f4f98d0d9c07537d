//! A sweep's crops, decoded ahead of those who paste them.
//!
//! One thread decodes, in the order in which frames will be asked for; a second one keeps what it decoded and hands
//! it out. So the device computes the next batch while the processor compresses, pastes and encodes the one before,
//! and memory holds a fixed number of crops.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::decoder::{Decode, DecodedCrop, decode_each};
use super::keypoints::KeyPoints;
use super::store::CropStore;
use gaze_rig::{Error, ErrorKind, Result};

/// Batches in memory at most: one that is being decoded, one that is being kept, and two that wait to be pasted.
const BATCHES_AHEAD: usize = 4;
/// Crops in memory at the least, so that single ones are decoded while sheets are encoded; more than the schedule of the
/// sheets has left when it begins with what waits for the last.
const MIN_AHEAD: usize = 12;

/// Decoders are handed from one sequence to the next.
pub(super) type SharedDecoder = Arc<Mutex<Box<dyn Decode>>>;

/// The crops of a sweep, by index.
pub(super) struct CropSequence {
    shared: Arc<Shared>,
    stop_decoder: Box<dyn Fn() + Send + Sync>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    store: Option<CropStore>,
    /// Most crops in memory.
    ahead: usize,
}

#[derive(Default)]
struct State {
    waiting: BTreeMap<usize, DecodedCrop>,
    /// Crops that are being decoded or kept.
    underway: usize,
    /// Crops that an earlier run left.
    resumed: usize,
    /// Whether a thread of this sequence is inside the decoder.
    decoding: bool,
    /// Crops below this index have been handed out or wait.
    delivered: usize,
    /// Set when no more will come.
    ended: Option<Arc<Error>>,
    stopped: bool,
}

/// Crops on their way to be kept and handed out.
struct Parcel {
    /// Index of the first.
    first: usize,
    crops: Vec<DecodedCrop>,
    /// Whether they come from the store.
    is_kept: bool,
}

impl CropSequence {
    /// Starts decoding `driving`, `batch` at a time, except for what lies in `work` already.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where the folder cannot be used.
    pub(super) fn start(
        decoder: SharedDecoder,
        driving: Vec<KeyPoints>,
        batch: usize,
        work: Option<&Path>,
    ) -> Result<Self> {
        let store = work.map(CropStore::open).transpose()?;
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            store,
            ahead: (BATCHES_AHEAD * batch).max(MIN_AHEAD),
        });
        let batch = batch.max(1);
        let stop_decoder = lock(&decoder).stopper();
        // Without a place to wait in: a batch is decoded while the one before is kept, no more.
        let (sender, receiver) = sync_channel::<Parcel>(0);
        let decoding = {
            let shared = shared.clone();
            move || {
                let result = decode_all(&shared, &decoder, &driving, batch, &sender);
                if let Err(error) = result {
                    shared.end(error);
                }
            }
        };
        let keeping = {
            let shared = shared.clone();
            move || {
                let ending = Ending(shared);
                if let Err(error) = keep_all(&ending.0, &receiver) {
                    ending.0.end(error);
                }
            }
        };
        Ok(Self {
            shared,
            stop_decoder,
            threads: vec![thread::spawn(decoding), thread::spawn(keeping)],
        })
    }

    /// Crops found in the work folder so far.
    pub(super) fn resumed(&self) -> usize {
        lock(&self.shared.state).resumed
    }

    /// The crop of this index, as soon as it is there. Every index is asked for once, about in order; those that
    /// were kept may be asked for again.
    ///
    /// # Errors
    /// What ended the decoding.
    pub(super) fn take(&self, index: usize) -> Result<DecodedCrop> {
        let mut state = lock(&self.shared.state);
        loop {
            if let Some(crop) = state.waiting.remove(&index) {
                self.shared.changed.notify_all();
                return Ok(crop);
            }
            if index < state.delivered {
                drop(state);
                let kept = self.shared.store.as_ref().and_then(|store| store.load(index));
                return kept.ok_or_else(|| {
                    Error::new(ErrorKind::Engine, "a frame is gone from the work folder")
                });
            }
            if let Some(error) = &state.ended {
                return Err(repeat(error));
            }
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for CropSequence {
    fn drop(&mut self) {
        {
            let mut state = lock(&self.shared.state);
            state.stopped = true;
            // Decoders are shared: only a call of this sequence is ended.
            if state.decoding {
                (self.stop_decoder)();
            }
        }
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A panic there has been told as an error, or nobody asks any more.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn end(&self, error: Error) {
        lock(&self.state).ended.get_or_insert(Arc::new(error));
        self.changed.notify_all();
    }

    /// Waits until there is room for so many crops more and takes it; false when none are wanted any more. Before they
    /// are decoded, not after: what is decoded is kept at once, and not lost with a process that is killed.
    fn reserve(&self, crops: usize) -> bool {
        let mut state = lock(&self.state);
        loop {
            if state.stopped || state.ended.is_some() {
                return false;
            }
            if state.waiting.len() + state.underway + crops <= self.ahead {
                state.underway += crops;
                return true;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Decodes crops, unless none are wanted any more.
    fn decode(
        &self,
        decoder: &SharedDecoder,
        batch: &mut usize,
        points: &[KeyPoints],
        each: impl FnMut(usize, DecodedCrop) -> Result<()>,
    ) -> Result<()> {
        let mut decoder = lock(decoder);
        {
            let mut state = lock(&self.state);
            if state.stopped {
                return Ok(());
            }
            state.decoding = true;
        }
        let result = decode_each(decoder.as_mut(), batch, points, each);
        let mut state = lock(&self.state);
        state.decoding = false;
        if state.stopped {
            decoder.allow();
        }
        result
    }
}

/// Makes sure that nobody waits for ever, whatever ends the threads.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end(Error::new(ErrorKind::Engine, "the decoder ended early, please report it"));
    }
}

/// Goes through the sweep batch by batch: loads what is kept, decodes what is not.
fn decode_all(
    shared: &Shared,
    decoder: &SharedDecoder,
    driving: &[KeyPoints],
    mut batch: usize,
    sender: &SyncSender<Parcel>,
) -> Result<()> {
    let mut start = 0;
    while start < driving.len() {
        let end = driving.len().min(start + batch);
        if !shared.reserve(end - start) {
            return Ok(());
        }
        let kept = |index| shared.store.as_ref().and_then(|store| store.load(index));
        let parcel = match (start..end).map(kept).collect::<Option<Vec<_>>>() {
            Some(crops) => {
                lock(&shared.state).resumed += crops.len();
                Parcel { first: start, crops, is_kept: true }
            }
            // All of them again, where one lacks: in other company a frame may differ by a grey level.
            None => {
                let mut crops = Vec::with_capacity(end - start);
                shared.decode(decoder, &mut batch, &driving[start..end], |_, crop| {
                    crops.push(crop);
                    Ok(())
                })?;
                Parcel { first: start, crops, is_kept: false }
            }
        };
        start = end;
        if sender.send(parcel).is_err() {
            // The other side has said why.
            return Ok(());
        }
    }
    Ok(())
}

/// Keeps crops and hands them out.
fn keep_all(shared: &Shared, receiver: &Receiver<Parcel>) -> Result<()> {
    for parcel in receiver {
        if let Some(store) = shared.store.as_ref().filter(|_| !parcel.is_kept) {
            for (index, crop) in (parcel.first..).zip(&parcel.crops) {
                store.save(index, crop)?;
            }
        }
        let mut state = lock(&shared.state);
        for (index, crop) in (parcel.first..).zip(parcel.crops) {
            state.underway -= 1;
            state.waiting.insert(index, crop);
            state.delivered = index + 1;
        }
        drop(state);
        shared.changed.notify_all();
    }
    Ok(())
}

/// A lock that a panic elsewhere does not spoil.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same error for each of several that wait.
fn repeat(error: &Arc<Error>) -> Error {
    let same = Error::new(error.kind(), error.message()).with_source(error.clone());
    match error.path() {
        Some(path) => same.with_path(path),
        None => same,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use super::super::decoder::{CROP_BYTES, DecodeError};
    use super::*;

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
            let failed =
                |why: &str| Err(DecodeError::Failed(Error::new(ErrorKind::Engine, why.to_owned())));
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
            let sequence = CropSequence::start(decoder.clone(), points(40), batch, None).unwrap();
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
        let sequence =
            CropSequence::start(decoder.clone(), points(40), 4, Some(folder.path())).unwrap();
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
        let first = CropSequence::start(decoder, points(12), 2, Some(folder.path())).unwrap();
        assert!(first.take(11).is_err());
        drop(first);
        assert_eq!(fake.decoded.load(Ordering::Relaxed), 6);
        assert_eq!(kept_in(folder.path()), 6);
        fs::write(folder.path().join("0003.png"), "damaged").unwrap();

        let (fake, decoder) = with(None);
        let second = CropSequence::start(decoder, points(12), 2, Some(folder.path())).unwrap();
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
        let sequence = CropSequence::start(decoder, points(40), 1, None).unwrap();
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
                assert!(error.to_string().contains("the device is gone"), "{error}");
            }
        });
        assert!(sequence.take(39).is_err(), "and all that ask later");
    }

    #[test]
    fn a_panic_is_an_error() {
        let (_, decoder) = with(Some((2, Trouble::Panic)));
        let sequence = CropSequence::start(decoder, points(6), 2, None).unwrap();
        assert_eq!(number_of(&sequence.take(0).unwrap()), 0);
        let error = sequence.take(3).unwrap_err();
        assert!(error.to_string().contains("ended early"), "{error}");
    }

    #[test]
    fn a_folder_that_vanishes_is_an_error() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("work");
        let (_, decoder) = with(Some((20, Trouble::Endless)));
        let sequence = CropSequence::start(decoder, points(40), 4, Some(&folder)).unwrap();
        sequence.take(0).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        let error = (1..40).find_map(|index| sequence.take(index).err()).unwrap();
        assert_eq!(error.kind(), ErrorKind::Output);
    }

    #[test]
    fn dropping_ends_a_call_and_spoils_no_later_one() {
        let (fake, decoder) = with(Some((5, Trouble::Endless)));
        let sequence = CropSequence::start(decoder.clone(), points(40), 1, None).unwrap();
        wait_until(|| fake.decoded.load(Ordering::Relaxed) == 5);
        sequence.take(0).unwrap();
        let start = Instant::now();
        drop(sequence);
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_eq!(number_of(&lock(&decoder).decode(&points(2)[1..]).unwrap()[0]), 1);
        // One that waits for room, and one that nobody has asked yet.
        for _ in 0..2 {
            let sequence = CropSequence::start(decoder.clone(), points(5), 1, None).unwrap();
            drop(sequence);
        }
        assert!(!fake.stopped.load(Ordering::Relaxed));
    }
}

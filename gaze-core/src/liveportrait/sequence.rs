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
use crate::{Error, ErrorKind, Result};

/// Batches that wait to be pasted at most: one while the next is on its way.
const BATCHES_AHEAD: usize = 2;
/// Crops that wait at the least: one a thread that pastes, or they would wait for each other.
const MIN_AHEAD: usize = 8;

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
    /// Most crops that wait.
    ahead: usize,
}

#[derive(Default)]
struct State {
    waiting: BTreeMap<usize, DecodedCrop>,
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
        lock(&self.shared.state).stopped = true;
        self.shared.changed.notify_all();
        if !self.threads.iter().all(JoinHandle::is_finished) {
            (self.stop_decoder)();
        }
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

    fn is_over(&self) -> bool {
        let state = lock(&self.state);
        state.stopped || state.ended.is_some()
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
    let mut decoder = lock(decoder);
    let mut start = 0;
    while start < driving.len() && !shared.is_over() {
        let end = driving.len().min(start + batch);
        let kept = |index| shared.store.as_ref().and_then(|store| store.load(index));
        let parcel = match (start..end).map(kept).collect() {
            Some(crops) => Parcel { first: start, crops, is_kept: true },
            // All of them again, where one lacks: in other company a frame may differ by a grey level.
            None => {
                let mut crops = Vec::with_capacity(end - start);
                decode_each(decoder.as_mut(), &mut batch, &driving[start..end], |_, crop| {
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

/// Keeps crops and hands them out, as many as are wanted.
fn keep_all(shared: &Shared, receiver: &Receiver<Parcel>) -> Result<()> {
    for parcel in receiver {
        if let Some(store) = shared.store.as_ref().filter(|_| !parcel.is_kept) {
            for (index, crop) in (parcel.first..).zip(&parcel.crops) {
                store.save(index, crop)?;
            }
        }
        for (index, crop) in (parcel.first..).zip(parcel.crops) {
            let mut state = lock(&shared.state);
            while state.waiting.len() >= shared.ahead && !state.stopped {
                state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.stopped {
                return Ok(());
            }
            state.waiting.insert(index, crop);
            state.delivered = index + 1;
            shared.changed.notify_all();
        }
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

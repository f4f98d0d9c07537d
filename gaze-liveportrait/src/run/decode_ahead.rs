//! A sweep's crops, decoded ahead of the threads that paste them.
//!
//! One thread decodes, in the order in which frames will be asked for; a second one keeps what it decoded and hands
//! it out. So the device computes the next batch while the processor compresses, pastes and encodes the one before,
//! and memory holds a fixed number of crops.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use gaze_rig::{Error, ErrorKind, Result};

use crate::math::keypoints::KeyPoints;
use crate::run::crop_store::CropStore;
use crate::run::decoder::{Decode, DecodedCrop, decode_each};
use gaze_face::threads::lock;

/// Batches in memory at most: one that is being decoded, one that is being kept, and two that wait to be pasted.
const BATCHES_AHEAD: usize = 4;
/// Crops in memory at the least, so that single ones are decoded while sheets are encoded; more than the schedule of the
/// sheets has left when it begins with what waits for the last.
const MIN_AHEAD: usize = 12;

/// Most crops in memory, of so many a call.
pub(crate) fn ahead(batch: usize) -> usize {
    (BATCHES_AHEAD * batch).max(MIN_AHEAD)
}

/// Decoders are handed from one sequence to the next.
pub(crate) type SharedDecoder = Arc<Mutex<Box<dyn Decode>>>;

/// The crops of a sweep, by index.
pub(crate) struct DecodeAhead {
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

impl DecodeAhead {
    /// Starts decoding `driving`, `batch` at a time, except for what lies in `work` already.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where the folder cannot be used.
    pub(crate) fn start(
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
            ahead: ahead(batch),
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
    pub(crate) fn resumed(&self) -> usize {
        lock(&self.shared.state).resumed
    }

    /// The crop of this index, as soon as it is there. Every index is asked for once, about in order; those that
    /// were kept may be asked for again.
    ///
    /// # Errors
    /// What ended the decoding.
    pub(crate) fn take(&self, index: usize) -> Result<DecodedCrop> {
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

impl Drop for DecodeAhead {
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

/// Makes sure that no thread waits for ever, whatever ends the decoding ones.
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

/// The same error for each of several that wait.
fn repeat(error: &Arc<Error>) -> Error {
    let same = Error::new(error.kind(), error.message()).with_source(error.clone());
    let mut same = error.hints().iter().fold(same, |same, hint| same.with_hint(*hint));
    if let Some(detail) = error.detail() {
        same = same.with_detail(detail);
    }
    match error.path() {
        Some(path) => same.with_path(path),
        None => same,
    }
}

#[cfg(test)]
mod tests;

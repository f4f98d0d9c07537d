//! The decoder: driving key points in, cropped pictures out, some at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, NoSelectedOutputs, RunOptions, Session};
use ort::value::Tensor;

use super::crop::CROP_SIDE;
use super::fixed_memory::{FixedMemory, PortraitTensors};
use super::keypoints::KeyPoints;
use super::networks::VOLUME;
use super::sessions::engine_error;
use crate::{Error, ErrorKind, Result};

/// Bytes of a decoded crop: red, green and blue, rows top to bottom.
pub(super) const CROP_BYTES: usize = (CROP_SIDE * CROP_SIDE * 3) as usize;

/// A decoded crop, [`CROP_BYTES`] long.
pub(super) type DecodedCrop = Vec<u8>;

/// Why a call gave no crops.
#[derive(Debug)]
pub(super) enum DecodeError {
    /// Less at a time may fit.
    OutOfMemory(Error),
    /// Nothing helps.
    Failed(Error),
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::OutOfMemory(error) | DecodeError::Failed(error) => error,
        }
    }
}

/// Decodes driving key points of one portrait.
pub(super) trait Decode: Send {
    /// Decodes at most as many as were agreed on.
    fn decode(&mut self, driving: &[KeyPoints]) -> Result<Vec<DecodedCrop>, DecodeError>;

    /// Ends a call that another thread is in, and every later one.
    fn stopper(&self) -> Box<dyn Fn() + Send + Sync>;

    /// Counts the nanoseconds inside the network.
    fn clock(&self) -> Arc<AtomicU64>;
}

/// The decoder's graph, loaded. Portraits that are rendered at the same time take turns.
pub(super) struct DecoderSession {
    pub(super) session: Session,
    /// Where inputs and outputs must keep their addresses.
    pub(super) fixed: Option<FixedMemory>,
}

/// How one portrait's features and key points get to the graph.
enum Feed {
    /// Bound, once.
    Bound(Box<IoBinding>),
    /// Copied to the session's own memory whenever another portrait had its turn.
    Copied(Box<PortraitTensors>),
}

/// The decoder's graph and one portrait's features and key points.
pub(super) struct OrtDecoder {
    session: Arc<Mutex<DecoderSession>>,
    feed: Feed,
    options: Arc<RunOptions<NoSelectedOutputs>>,
    batch: usize,
    clock: Arc<AtomicU64>,
    /// Counts frames, of all portraits.
    decoded: Arc<AtomicU64>,
}

impl OrtDecoder {
    /// Binds what is the same in every call, once, to the memory of the session's device.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where the device takes no more.
    pub(super) fn new(
        session: Arc<Mutex<DecoderSession>>,
        batch: usize,
        volume: Vec<f32>,
        source: &KeyPoints,
        decoded: Arc<AtomicU64>,
    ) -> Result<Self> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let failed = |e: ort::Error| engine_error("the decoder cannot be prepared", e);
        let volume = Tensor::from_array((VOLUME, volume)).map_err(failed)?;
        let source = points_tensor(std::slice::from_ref(source), 1)?;
        let guard = lock(&session);
        let feed = if guard.fixed.is_some() {
            let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
            Feed::Copied(Box::new(PortraitTensors { id, volume, source }))
        } else {
            let mut binding = guard.session.create_binding().map_err(failed)?;
            // Where the session runs on another device this copies, now and never again.
            binding.bind_input("feature_3d", &volume).map_err(failed)?;
            binding.bind_input("kp_source", &source).map_err(failed)?;
            bind_outputs(&mut binding).map_err(failed)?;
            binding.synchronize_inputs().map_err(failed)?;
            Feed::Bound(Box::new(binding))
        };
        drop(guard);
        let options = Arc::new(RunOptions::new().map_err(failed)?);
        Ok(Self { session, feed, options, batch: batch.max(1), clock: Arc::default(), decoded })
    }

    fn run(&mut self, driving: &[KeyPoints]) -> Result<Vec<DecodedCrop>, DecodeError> {
        // Fewer are filled up: outputs keep the shape, and with it the memory, of the first call.
        let rows = self.batch.max(driving.len());
        let points = points_tensor(driving, rows).map_err(DecodeError::Failed)?;
        let mut guard = lock(&self.session);
        let DecoderSession { session, fixed } = &mut *guard;
        let start = Instant::now();
        let mut crops = match (&mut self.feed, fixed) {
            (Feed::Bound(binding), _) => {
                binding.bind_input("kp_driving", &points).map_err(refused)?;
                binding.synchronize_inputs().map_err(refused)?;
                let outputs =
                    session.run_binding_with_options(binding, &self.options).map_err(refused)?;
                let read = |name: &str| outputs[name].try_extract_tensor::<u8>().map_err(refused);
                copied(read("pixels")?.1, read("not_finite")?.1, rows)?
            }
            (Feed::Copied(portrait), Some(fixed)) => {
                let (pixels, not_finite) =
                    fixed.run(session, &self.options, portrait, &points).map_err(refused)?;
                copied(pixels.extract_tensor().1, not_finite.extract_tensor().1, rows)?
            }
            (Feed::Copied(_), None) => unreachable!("a session keeps its memory"),
        };
        self.clock.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        self.decoded.fetch_add(driving.len() as u64, Ordering::Relaxed);
        crops.truncate(driving.len());
        Ok(crops)
    }
}

impl Decode for OrtDecoder {
    fn decode(&mut self, driving: &[KeyPoints]) -> Result<Vec<DecodedCrop>, DecodeError> {
        let result = self.run(driving);
        match (&mut self.feed, result) {
            (Feed::Bound(binding), Err(DecodeError::OutOfMemory(error))) => {
                // The next call may be for half as many.
                self.batch = (self.batch / 2).max(1);
                binding.clear_outputs();
                bind_outputs(binding).map_err(refused)?;
                Err(DecodeError::OutOfMemory(error))
            }
            // What was recorded is for that many.
            (Feed::Copied(_), Err(DecodeError::OutOfMemory(error))) => {
                Err(DecodeError::Failed(error))
            }
            (_, result) => result,
        }
    }

    fn stopper(&self) -> Box<dyn Fn() + Send + Sync> {
        let options = self.options.clone();
        Box::new(move || {
            // Refused only where the options are gone, and they are held here.
            let _ = options.terminate();
        })
    }

    fn clock(&self) -> Arc<AtomicU64> {
        self.clock.clone()
    }
}

fn lock(session: &Mutex<DecoderSession>) -> MutexGuard<'_, DecoderSession> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes what the graph gave apart, after checking that it is as much as it should be and all of it numbers.
fn copied(pixels: &[u8], not_finite: &[u8], rows: usize) -> Result<Vec<DecodedCrop>, DecodeError> {
    let failed = |message: String| Err(DecodeError::Failed(Error::new(ErrorKind::Engine, message)));
    if pixels.len() != rows * CROP_BYTES || not_finite.len() != rows {
        return failed(format!(
            "the decoder answers with {} bytes for {rows} frames: run `gaze models verify`",
            pixels.len()
        ));
    }
    if not_finite.contains(&1) {
        return failed(
            "the decoder answers with values that are no numbers; its file is damaged or its precision too low: run \
             `gaze models verify`, or use models in float32"
                .to_owned(),
        );
    }
    Ok(pixels.chunks_exact(CROP_BYTES).map(<[u8]>::to_vec).collect())
}

/// Has outputs come to the processor's memory.
fn bind_outputs(binding: &mut IoBinding) -> ort::Result<()> {
    let host =
        MemoryInfo::new(AllocationDevice::CPU, 0, AllocatorType::Device, MemoryType::CPUOutput)?;
    ["pixels", "not_finite"]
        .into_iter()
        .try_for_each(|output| binding.bind_output_to_device(output, &host))
}

/// Key points as the decoder takes them, filled up to `rows` with the last ones.
fn points_tensor(points: &[KeyPoints], rows: usize) -> Result<Tensor<f32>> {
    let last = points.last().expect("a call decodes something");
    let filling = std::iter::repeat_n(last, rows - points.len());
    let values: Vec<f32> = points.iter().chain(filling).flatten().flatten().copied().collect();
    Tensor::from_array(([rows, last.len(), 3], values))
        .map_err(|e| engine_error("key points cannot be handed over", e))
}

/// Tells a lack of memory from other failures by what providers say.
fn refused(error: ort::Error) -> DecodeError {
    const SIGNS: [&str; 6] = [
        "out of memory",
        "failed to allocate",
        "bad_alloc",
        "bad allocation",
        "cudaerrormemoryallocation",
        "alloc_failed",
    ];
    let said = error.message().to_ascii_lowercase();
    if SIGNS.iter().any(|sign| said.contains(sign)) {
        let what = "the device has too little free memory for one frame: end what else runs on it, or use --device cpu";
        return DecodeError::OutOfMemory(engine_error(what, error));
    }
    DecodeError::Failed(engine_error("the decoder failed", error))
}

/// Decodes all of `driving`, in order, at most `batch` at a time; halves the batch where memory lacks. Each crop
/// goes to `each` with its index.
///
/// # Errors
/// Those of the decoder and of `each`.
pub(super) fn decode_each(
    decoder: &mut dyn Decode,
    batch: &mut usize,
    driving: &[KeyPoints],
    mut each: impl FnMut(usize, DecodedCrop) -> Result<()>,
) -> Result<()> {
    let mut done = 0;
    while done < driving.len() {
        let end = driving.len().min(done + *batch);
        match decoder.decode(&driving[done..end]) {
            Ok(crops) => {
                for crop in crops {
                    each(done, crop)?;
                    done += 1;
                }
            }
            Err(DecodeError::OutOfMemory(_)) if *batch > 1 => *batch /= 2,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

//! The decoder: driving key points in, cropped pictures out, some at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, NoSelectedOutputs, RunOptions, Session};
use ort::value::Tensor;

use super::crop::CROP_SIDE;
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

/// The decoder's graph with one portrait's features and key points bound to it.
pub(super) struct OrtDecoder {
    /// Portraits that are rendered at the same time take turns.
    session: Arc<Mutex<Session>>,
    binding: IoBinding,
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
        session: Arc<Mutex<Session>>,
        batch: usize,
        volume: Vec<f32>,
        source: &KeyPoints,
        decoded: Arc<AtomicU64>,
    ) -> Result<Self> {
        let failed = |e: ort::Error| engine_error("the decoder cannot be prepared", e);
        let mut binding = lock(&session).create_binding().map_err(failed)?;
        let volume = Tensor::from_array((VOLUME, volume)).map_err(failed)?;
        // Where the session runs on another device this copies, now and never again.
        binding.bind_input("feature_3d", &volume).map_err(failed)?;
        binding
            .bind_input("kp_source", &points_tensor(std::slice::from_ref(source), 1)?)
            .map_err(failed)?;
        bind_outputs(&mut binding).map_err(failed)?;
        binding.synchronize_inputs().map_err(failed)?;
        let options = Arc::new(RunOptions::new().map_err(failed)?);
        Ok(Self { session, binding, options, batch: batch.max(1), clock: Arc::default(), decoded })
    }

    fn run(&mut self, driving: &[KeyPoints]) -> Result<Vec<DecodedCrop>, DecodeError> {
        // Fewer are filled up: outputs keep the shape, and with it the memory, of the first call.
        let rows = self.batch.max(driving.len());
        let points = points_tensor(driving, rows).map_err(DecodeError::Failed)?;
        self.binding.bind_input("kp_driving", &points).map_err(refused)?;
        self.binding.synchronize_inputs().map_err(refused)?;
        let mut session = lock(&self.session);
        let start = Instant::now();
        let outputs =
            session.run_binding_with_options(&self.binding, &self.options).map_err(refused)?;
        self.clock.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        let (_, not_finite) = outputs["not_finite"].try_extract_tensor::<u8>().map_err(refused)?;
        let (shape, pixels) = outputs["pixels"].try_extract_tensor::<u8>().map_err(refused)?;
        if pixels.len() != rows * CROP_BYTES || not_finite.len() != rows {
            return Err(DecodeError::Failed(Error::new(
                ErrorKind::Engine,
                format!("the decoder answers with {shape:?}: run `gaze models verify`"),
            )));
        }
        if not_finite[..driving.len()].contains(&1) {
            return Err(DecodeError::Failed(Error::new(
                ErrorKind::Engine,
                "the decoder answers with values that are no numbers; its file is damaged or its precision too low: \
                 run `gaze models verify`, or use models in float32",
            )));
        }
        self.decoded.fetch_add(driving.len() as u64, Ordering::Relaxed);
        Ok(pixels.chunks_exact(CROP_BYTES).take(driving.len()).map(<[u8]>::to_vec).collect())
    }
}

impl Decode for OrtDecoder {
    fn decode(&mut self, driving: &[KeyPoints]) -> Result<Vec<DecodedCrop>, DecodeError> {
        let result = self.run(driving);
        if let Err(DecodeError::OutOfMemory(_)) = result {
            // The next call may be for half as many.
            self.batch = (self.batch / 2).max(1);
            self.binding.clear_outputs();
            bind_outputs(&mut self.binding).map_err(refused)?;
        }
        result
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

fn lock(session: &Mutex<Session>) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
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

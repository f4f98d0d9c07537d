//! The decoder: driving key points in, cropped pictures out, some at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use gaze_rig::{Error, ErrorKind, Hint, Result};
use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, NoSelectedOutputs, RunOptions, Session};
use ort::value::Tensor;

use crate::math::crop::CROP_SIDE;
use crate::math::keypoints::KeyPoints;
use crate::onnx::catalog::VOLUME_SHAPE;
use crate::runtime::fixed_memory::{FixedMemory, PortraitTensors};
use crate::runtime::sessions::engine_error;
use gaze_face::threads::lock;

/// Bytes of a decoded crop: red, green and blue, rows top to bottom.
pub(crate) const CROP_BYTES: usize = (CROP_SIDE * CROP_SIDE * 3) as usize;

/// A decoded crop, [`CROP_BYTES`] long.
pub(crate) type DecodedCrop = Vec<u8>;

/// Why a call gave no crops.
#[derive(Debug)]
pub(crate) enum DecodeError {
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
pub(crate) trait Decode: Send {
    /// Decodes at most as many as were agreed on.
    fn decode(&mut self, driving: &[KeyPoints]) -> Result<Vec<DecodedCrop>, DecodeError>;

    /// Ends the call that another thread is in, and every later one.
    fn stopper(&self) -> Box<dyn Fn() + Send + Sync>;

    /// Makes calls possible again after a stop.
    fn allow(&mut self);

    /// Counts the nanoseconds inside the network.
    fn clock(&self) -> Arc<AtomicU64>;
}

/// The decoder's graph, loaded. Portraits that are rendered at the same time take turns.
pub(crate) struct DecoderSession {
    pub(crate) session: Session,
    /// Where inputs and outputs must keep their addresses.
    pub(crate) fixed: Option<FixedMemory>,
    /// Whether its graph is in 16-bit floats where its file is in 32.
    pub(crate) is_halved: bool,
}

/// How one portrait's features and key points get to the graph.
enum Feed {
    /// Bound, once.
    Bound(Box<IoBinding>),
    /// Copied to the session's own memory whenever another portrait had its turn.
    Copied(Box<PortraitTensors>),
}

/// The decoder's graph and one portrait's features and key points.
pub(crate) struct OrtDecoder {
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
    pub(crate) fn new(
        session: Arc<Mutex<DecoderSession>>,
        batch: usize,
        volume: Vec<f32>,
        source: &KeyPoints,
        decoded: Arc<AtomicU64>,
    ) -> Result<Self> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let failed = |e: ort::Error| engine_error("the decoder cannot be prepared", e);
        let volume = Tensor::from_array((VOLUME_SHAPE, volume)).map_err(failed)?;
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
        let DecoderSession { session, fixed, is_halved } = &mut *guard;
        let is_halved = *is_halved;
        let start = Instant::now();
        let mut crops = match (&mut self.feed, fixed) {
            (Feed::Bound(binding), _) => {
                binding.bind_input("kp_driving", &points).map_err(refused)?;
                binding.synchronize_inputs().map_err(refused)?;
                let outputs =
                    session.run_binding_with_options(binding, &self.options).map_err(refused)?;
                let read = |name: &str| outputs[name].try_extract_tensor::<u8>().map_err(refused);
                copied(read("pixels")?.1, read("not_finite")?.1, rows, is_halved)?
            }
            (Feed::Copied(portrait), Some(fixed)) => {
                let (pixels, not_finite) =
                    fixed.run(session, &self.options, portrait, &points).map_err(refused)?;
                let not_finite = not_finite.extract_tensor().1;
                copied(pixels.extract_tensor().1, not_finite, rows, is_halved)?
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

    fn allow(&mut self) {
        // As above.
        let _ = self.options.unterminate();
    }

    fn clock(&self) -> Arc<AtomicU64> {
        self.clock.clone()
    }
}

/// Cuts the graph's output into crops, after checking its length and that all of it are numbers.
fn copied(
    pixels: &[u8],
    not_finite: &[u8],
    rows: usize,
    is_halved: bool,
) -> Result<Vec<DecodedCrop>, DecodeError> {
    let failed = |message: String| Error::new(ErrorKind::Engine, message);
    let check = |error: Error| Err(DecodeError::Failed(error.with_hint(Hint::VerifyModels)));
    if pixels.len() != rows * CROP_BYTES || not_finite.len() != rows {
        return check(failed(format!(
            "the decoder answers with {} bytes for {rows} frames",
            pixels.len()
        )));
    }
    if not_finite.contains(&1) {
        let what = "the decoder answers with values that are no numbers; its file is damaged or its precision too low";
        return check(match is_halved {
            true => failed(what.to_owned()).with_hint(Hint::UseFullPrecision),
            false => failed(format!("{what}: use models in float32")),
        });
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

fn refused(error: ort::Error) -> DecodeError {
    if tells_of_memory(error.message()) {
        let what = "the device has too little free memory for one frame: end what else runs on it";
        return DecodeError::OutOfMemory(engine_error(what, error).with_hint(Hint::UseCpu));
    }
    DecodeError::Failed(engine_error("the decoder failed", error))
}

/// Tells a lack of memory from other failures by what providers say.
fn tells_of_memory(said: &str) -> bool {
    const SIGNS: [&str; 6] = [
        "out of memory",
        "failed to allocate",
        "bad_alloc",
        "bad allocation",
        "cudaerrormemoryallocation",
        "alloc_failed",
    ];
    let said = said.to_ascii_lowercase();
    SIGNS.iter().any(|sign| said.contains(sign))
}

/// Decodes all of `driving`, in order, at most `batch` at a time; halves the batch where memory lacks. Each crop
/// goes to `each` with its index.
///
/// # Errors
/// Those of the decoder and of `each`.
pub(crate) fn decode_each(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnxruntime;

    /// Has memory for so many crops of two bytes, and says in which numbers it was asked.
    struct Small {
        room: usize,
        asked: Vec<usize>,
    }

    impl Decode for Small {
        fn decode(&mut self, driving: &[KeyPoints]) -> Result<Vec<DecodedCrop>, DecodeError> {
            self.asked.push(driving.len());
            if driving.len() > self.room {
                let error = Error::new(ErrorKind::Engine, "too little free memory");
                return Err(DecodeError::OutOfMemory(error));
            }
            Ok(driving.iter().map(|points| vec![points[0][0] as u8, points[20][2] as u8]).collect())
        }

        fn stopper(&self) -> Box<dyn Fn() + Send + Sync> {
            Box::new(|| ())
        }

        fn allow(&mut self) {}

        fn clock(&self) -> Arc<AtomicU64> {
            Arc::default()
        }
    }

    fn decode(room: usize, count: usize) -> (Result<()>, Vec<(usize, DecodedCrop)>, Vec<usize>) {
        let driving: Vec<KeyPoints> = (0..count).map(|i| [[i as f32; 3]; 21]).collect();
        let mut decoder = Small { room, asked: Vec::new() };
        let (mut batch, mut crops) = (8, Vec::new());
        let result = decode_each(&mut decoder, &mut batch, &driving, |index, crop| {
            crops.push((index, crop));
            Ok(())
        });
        (result, crops, decoder.asked)
    }

    #[test]
    fn batches_are_halved_until_they_fit_and_keep_their_order() {
        for (room, expected) in [
            (8, &[8, 8, 4][..]),
            (7, &[8, 4, 4, 4, 4, 4]),
            (3, &[8, 4, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]),
        ] {
            let (result, crops, asked) = decode(room, 20);
            result.unwrap();
            assert_eq!(asked, expected);
            let in_order: Vec<_> = (0..20).map(|i| (i, vec![i as u8; 2])).collect();
            assert_eq!(crops, in_order);
        }
        let (result, crops, asked) = decode(1, 10);
        result.unwrap();
        assert_eq!(asked[..5], [8, 4, 2, 1, 1]);
        assert_eq!(crops.len(), 10);
    }

    #[test]
    fn one_frame_that_does_not_fit_is_an_error() {
        let (result, crops, asked) = decode(0, 20);
        let error = result.unwrap_err();
        assert_eq!(asked, [8, 4, 2, 1]);
        assert!(crops.is_empty());
        assert_eq!(error.kind(), ErrorKind::Engine);
        assert!(error.to_string().contains("too little free memory"), "{error}");
    }

    #[test]
    fn a_lack_of_memory_is_told_from_other_failures() {
        // The library makes its errors.
        if onnxruntime::is_missing() {
            return;
        }
        for said in [
            "CUDA failure 2: out of memory ; GPU=0",
            "BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 7",
            "std::bad_alloc",
            "CUBLAS_STATUS_ALLOC_FAILED",
        ] {
            assert!(
                matches!(refused(ort::Error::new(said)), DecodeError::OutOfMemory(_)),
                "{said}"
            );
        }
        let other = refused(ort::Error::new("Only 4-D tensor is supported"));
        assert!(matches!(other, DecodeError::Failed(_)));
    }
}

//! Opening the decoder: for as many frames at a time as its graph takes, after trying whether it does.

use std::sync::{Arc, Mutex};

use gaze_rig::{Error, ErrorKind, Result};
use ort::memory::AllocationDevice;

use crate::math::keypoints::KeyPoints;
use crate::onnx::adapt::{BatchForm, DecoderForm};
use crate::onnx::catalog::VOLUME_SHAPE;
use crate::onnx::signature::Precision;
use crate::run::adapted_files::{AdaptedDecoder, graph_precision, wanted_forms};
use crate::run::decoder::{Decode, DecoderSession, OrtDecoder};
use crate::run::loading::Loading;
use crate::run::model_folder::ModelFolder;
use crate::runtime::fixed_memory::FixedMemory;
use crate::runtime::placement::check_placement;
use crate::runtime::precision::PrecisionChoice;
use crate::runtime::sessions::{
    SessionOptions, engine_error, open_session, open_session_from_memory,
};
use gaze_face::threads::lock;

/// The decoder, ready to run.
pub(crate) struct OpenedDecoder {
    pub(crate) session: Arc<Mutex<DecoderSession>>,
    /// Frames at a time.
    pub(crate) batch: usize,
    /// Why these are fewer than were wanted.
    pub(crate) note: Option<String>,
}

/// Opens the decoder for `wanted` frames at a time, or for one where its graph cannot take more, in a form of this
/// `precision`.
///
/// # Errors
/// [`ErrorKind::Engine`] where it does not load in any form, [`ErrorKind::Cancelled`].
pub(crate) fn open_decoder(
    folder: &ModelFolder,
    options: &SessionOptions<'_>,
    wanted: usize,
    precision: Precision,
    loading: Loading<'_>,
) -> Result<OpenedDecoder> {
    let open = |form: DecoderForm, batch: usize| {
        if batch == 1 {
            return open_form(folder, options, form, loading);
        }
        // For several frames only after trying whether they are sound. Trying runs several shapes, and recorded launches
        // are for one.
        let mut plain = *options;
        plain.provider.cuda_graph = false;
        let session = open_form(folder, &plain, form, loading)?;
        batches_are_sound(&session, loading)?;
        if plain.provider == options.provider {
            return Ok(session);
        }
        drop(session);
        open_form(folder, options, form, loading)
    };
    let (session, batch, limit) = first_form(options, wanted, precision, open)?;
    let note = limit
        .filter(|_| batch < wanted)
        .map(|e| format!("its graph takes no more: {}", e.without_hints()));
    fix_memory(&session, options, batch)?;
    Ok(OpenedDecoder { session, batch, note })
}

/// Opens the decoder for exactly so many frames at a time in this precision, untried.
///
/// # Errors
/// [`ErrorKind::Engine`] where graph or device take no such number, [`ErrorKind::Cancelled`].
pub(crate) fn open_as_is(
    folder: &ModelFolder,
    options: &SessionOptions<'_>,
    batch: usize,
    choice: PrecisionChoice,
    loading: Loading<'_>,
) -> Result<Arc<Mutex<DecoderSession>>> {
    let of_file = folder.decoder_precision();
    let precision = graph_precision(choice.on(options.device, of_file)?, of_file);
    let open = |form, _| open_form(folder, options, form, loading);
    let (session, possible, limit) = first_form(options, batch, precision, open)?;
    if possible < batch {
        let nothing = || Error::new(ErrorKind::Engine, "the decoder's graph takes one frame");
        return Err(limit.unwrap_or_else(nothing));
    }
    fix_memory(&session, options, batch)?;
    Ok(session)
}

/// The first form that `open` can open, for how many frames, and why the ones before it could not be.
fn first_form<T>(
    options: &SessionOptions<'_>,
    wanted: usize,
    precision: Precision,
    open: impl Fn(DecoderForm, usize) -> Result<T>,
) -> Result<(T, usize, Option<Error>)> {
    let mut limit = None;
    for form in wanted_forms(options.device, wanted, precision) {
        let batch = if form.batch == BatchForm::Dynamic { wanted } else { 1 };
        match open(form, batch) {
            Ok(opened) => return Ok((opened, batch, limit)),
            Err(e) if e.kind() == ErrorKind::Cancelled => return Err(e),
            // What the last form fails with is the reason, what others failed with a remark.
            Err(e) => limit = Some(e),
        }
    }
    Err(limit.unwrap_or_else(|| Error::new(ErrorKind::Engine, "the decoder has no form")))
}

fn open_form(
    folder: &ModelFolder,
    options: &SessionOptions<'_>,
    form: DecoderForm,
    loading: Loading<'_>,
) -> Result<Arc<Mutex<DecoderSession>>> {
    let adapted = folder.adapted_decoder(form, loading)?;
    loading.begin(&format!("loading the decoder on {}", options.device))?;
    let session = match &adapted {
        AdaptedDecoder::File(path) => open_session(path, options)?,
        AdaptedDecoder::Bytes { model, .. } => open_session_from_memory(model, options)?,
    };
    check_placement(&session, options.device, || adapted.graph())?;
    let is_halved = form.precision == Precision::Float16;
    Ok(Arc::new(Mutex::new(DecoderSession { session, fixed: None, is_halved })))
}

/// Takes the memory whose addresses recorded launches hold.
fn fix_memory(
    session: &Mutex<DecoderSession>,
    options: &SessionOptions<'_>,
    batch: usize,
) -> Result<()> {
    if let (true, Some(index)) = (options.provider.cuda_graph, options.device.cuda_index()) {
        let mut decoder = lock(session);
        let fixed = FixedMemory::new(&decoder.session, AllocationDevice::CUDA, index, batch);
        decoder.fixed =
            Some(fixed.map_err(|e| engine_error("the device takes no recorded launches", e))?);
    }
    Ok(())
}

/// Checks that a frame decoded together with another is what it is alone: a graph that was exported for one frame may
/// still hold that one somewhere inside. The second of the two is compared, which such a graph gets wrong.
fn batches_are_sound(session: &Arc<Mutex<DecoderSession>>, loading: Loading<'_>) -> Result<()> {
    /// Grey levels: kernels differ by the shape they are given.
    const TOLERANCE: u8 = 2;
    loading.begin("comparing a frame decoded together with another with the same one alone")?;
    let wave = |i: usize| ((i * 7919 % 1009) as f32 / 504.5 - 1.0) * 0.5;
    let volume: Vec<f32> = (0..VOLUME_SHAPE.iter().product()).map(wave).collect();
    let points = |seed: usize| -> KeyPoints {
        std::array::from_fn(|i| std::array::from_fn(|axis| wave(seed + i * 3 + axis)))
    };
    let (source, driving) = (points(0), [points(1), points(100)]);
    let decode = |driving: &[KeyPoints], volume| {
        let clock = Arc::default();
        let mut decoder = OrtDecoder::new(session.clone(), driving.len(), volume, &source, clock)?;
        let stop = decoder.stopper();
        loading.interruptible(&*stop, || decoder.decode(driving))
    };
    let together = decode(&driving, Vec::clone(&volume))?;
    let alone = decode(&driving[1..], volume)?;
    if together[1].iter().zip(&alone[0]).any(|(a, b)| a.abs_diff(*b) > TOLERANCE) {
        return Err(Error::new(
            ErrorKind::Engine,
            "a frame together with another is not what it is alone",
        ));
    }
    Ok(())
}

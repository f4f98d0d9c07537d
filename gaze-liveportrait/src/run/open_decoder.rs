//! Opening the decoder: for as many frames at a time as its graph takes, after trying whether it does.

use std::sync::{Arc, Mutex};

use gaze_rig::{Error, ErrorKind, Result};
use ort::memory::AllocationDevice;

use crate::math::keypoints::KeyPoints;
use crate::onnx::adapt::{BatchForm, DecoderForm};
use crate::onnx::catalog::VOLUME_SHAPE;
use crate::onnx::signature::Precision;
use crate::run::decoder::{Decode, DecoderSession, OrtDecoder};
use crate::run::model_folder::{AdaptedDecoder, ModelFolder};
use crate::runtime::fixed_memory::FixedMemory;
use crate::runtime::placement::check_placement;
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

/// Opens the decoder for `wanted` frames at a time, or for one where its graph cannot take more, in a form of
/// this `precision`.
pub(crate) fn open_decoder(
    folder: &ModelFolder,
    options: &SessionOptions<'_>,
    wanted: usize,
    precision: Precision,
) -> Result<OpenedDecoder> {
    let open = |batch: BatchForm, options: &SessionOptions<'_>| {
        let form = DecoderForm::new(options.device.grid_sample_form(), batch);
        let adapted = folder.adapted_decoder(form.with_precision(precision))?;
        let session = match &adapted {
            AdaptedDecoder::File(path) => open_session(path, options)?,
            AdaptedDecoder::Bytes(model) => open_session_from_memory(model, options)?,
        };
        check_placement(&session, options.device, || adapted.graph())?;
        Ok::<_, Error>(Arc::new(Mutex::new(DecoderSession { session, fixed: None })))
    };
    // Trying runs several shapes, and recorded launches are for one.
    let mut plain = *options;
    plain.provider.cuda_graph = false;
    let (session, batch, note) = if wanted == 1 {
        (open(BatchForm::One, options)?, 1, None)
    } else {
        match open(BatchForm::Dynamic, &plain).and_then(|session| {
            batches_are_sound(&session)?;
            Ok(session)
        }) {
            Ok(session) if plain.provider == options.provider => (session, wanted, None),
            Ok(session) => {
                drop(session);
                (open(BatchForm::Dynamic, options)?, wanted, None)
            }
            Err(e) => (
                open(BatchForm::One, options)?,
                1,
                Some(format!("its graph takes no more: {}", e.without_hints())),
            ),
        }
    };
    if let (true, Some(index)) = (options.provider.cuda_graph, options.device.cuda_index()) {
        let mut decoder = lock(&session);
        let fixed = FixedMemory::new(&decoder.session, AllocationDevice::CUDA, index, batch);
        decoder.fixed =
            Some(fixed.map_err(|e| engine_error("the device takes no recorded launches", e))?);
    }
    Ok(OpenedDecoder { session, batch, note })
}

/// Checks that two frames decoded together equal the same two decoded one by one: a graph that was exported for one
/// frame may still hold that one somewhere inside.
fn batches_are_sound(session: &Arc<Mutex<DecoderSession>>) -> Result<()> {
    /// Grey levels: kernels differ by the shape they are given.
    const TOLERANCE: u8 = 2;
    let wave = |i: usize| ((i * 7919 % 1009) as f32 / 504.5 - 1.0) * 0.5;
    let volume: Vec<f32> = (0..VOLUME_SHAPE.iter().product()).map(wave).collect();
    let points = |seed: usize| -> KeyPoints {
        std::array::from_fn(|i| std::array::from_fn(|axis| wave(seed + i * 3 + axis)))
    };
    let (source, driving) = (points(0), [points(1), points(100)]);
    let decoder =
        |batch, volume| OrtDecoder::new(session.clone(), batch, volume, &source, Arc::default());
    let (mut pair, mut single) = (decoder(2, Vec::clone(&volume))?, decoder(1, volume)?);
    let together = pair.decode(&driving)?;
    for (one, both) in driving.iter().zip(&together) {
        let alone = single.decode(std::slice::from_ref(one))?;
        if alone[0].iter().zip(both).any(|(a, b)| a.abs_diff(*b) > TOLERANCE) {
            return Err(Error::new(
                ErrorKind::Engine,
                "two frames together are not what they are one by one",
            ));
        }
    }
    Ok(())
}

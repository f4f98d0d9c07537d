//! One combination on the device: opened, timed, compared.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use gaze_face::faces::{FaceChoice, FaceModels, choose_face};
use gaze_face::threads::lock;
use gaze_face::{Portrait, PrepareRequest};
use gaze_rig::{Error, Pose, Result};

use crate::lids::Lids;
use crate::math::affine::Rgb;
use crate::math::crop::Crop;
use crate::math::keypoints::{KeyPoints, stitched};
use crate::measure::difference::Difference;
use crate::measure::measurement::Timed;
use crate::measure::timing::time_calls;
use crate::run::decoder::{Decode, DecodeError, DecodedCrop, DecoderSession, OrtDecoder};
use crate::run::framing::{Framing, SOURCE_SIDE};
use crate::run::loading::Loading;
use crate::run::model_folder::ModelFolder;
use crate::run::networks::Networks;
use crate::run::open_decoder::open_as_is;
use crate::runtime::device::Device;
use crate::runtime::gpu_memory::used_device_memory;
use crate::runtime::library::Runtime;
use crate::runtime::sessions::{SessionOptions, nodes_on_cpu};
use crate::tuning::{Arithmetic, Combination};

/// How often cancellation is checked while a call runs.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Poses at hand: as many as the largest batch.
const POSES: usize = 16;

/// What the decoder is given: one portrait's features and key points.
pub(super) struct Inputs {
    pub(super) volume: Vec<f32>,
    pub(super) source: KeyPoints,
    /// [`POSES`] of them.
    pub(super) driving: Vec<KeyPoints>,
}

impl Inputs {
    /// What the networks make of a portrait.
    ///
    /// # Errors
    /// Those of the face models and the networks.
    pub(super) fn of(networks: &Networks, input: &Rgb) -> Result<Self> {
        let motion = networks.motion(input)?;
        let volume = networks.features(input)?;
        let source = motion.source_points();
        // Corners and middles of what a sweep asks for.
        let pose = |i: usize| {
            let at = |step: usize| (i * step % POSES) as f32 / (POSES - 1) as f32 * 2.0 - 1.0;
            Pose::default()
                .with_pupils(15.0 * at(3), 15.0 * at(7))
                .with_head_pitch_deg(10.0 * at(5))
                .with_head_yaw_deg(10.0 * at(11))
        };
        let plain: Vec<KeyPoints> =
            (0..POSES).map(|i| motion.driving_points(&pose(i).axes(), Lids::Still)).collect();
        let deltas = networks.stitch(&source, &plain)?;
        let driving = plain
            .iter()
            .zip(&deltas)
            .map(|(points, deltas)| stitched(points, deltas))
            .collect::<Result<_>>()?;
        Ok(Self { volume, source, driving })
    }
}

/// What the networks see of a portrait: its largest face.
///
/// # Errors
/// [`NoFace`](gaze_rig::ErrorKind::NoFace) where there is none.
pub(super) fn network_input(portrait: &Portrait) -> Result<Rgb> {
    let models = FaceModels::embedded()?;
    let request = PrepareRequest::new(portrait, SOURCE_SIDE);
    let whole = portrait.resized(SOURCE_SIDE);
    let faces = models.find_faces(&whole)?;
    let face = choose_face(&faces, FaceChoice::Largest, &whole)?;
    let framing = Framing::of(&request, &models, &whole, face)?;
    let picture = Rgb::from_frame(&framing.seen.flattened());
    Ok(Crop::from_face(&framing.face)?.cut(&picture).halved())
}

/// A combination's decoder, ready to run.
pub(super) struct Opened {
    session: Arc<Mutex<DecoderSession>>,
    decoder: OrtDecoder,
    device: Device,
    combination: Combination,
    opening: Duration,
    /// Of the device's memory, before it was opened.
    used_before: Option<u64>,
}

impl Opened {
    /// # Errors
    /// Where the device refuses the combination.
    pub(super) fn open(
        folder: &ModelFolder,
        runtime: &Runtime,
        device: Device,
        combination: Combination,
        inputs: &Inputs,
        loading: Loading<'_>,
    ) -> Result<Self> {
        let options = SessionOptions {
            runtime,
            device,
            provider: combination.provider(),
            threads: combination.threads,
        };
        let used_before = used_device_memory(device);
        let start = Instant::now();
        let session =
            open_as_is(folder, &options, combination.batch, combination.precision(), loading)?;
        let decoder = OrtDecoder::new(
            session.clone(),
            combination.batch,
            inputs.volume.clone(),
            &inputs.source,
            Arc::default(),
        )?;
        let opening = start.elapsed();
        Ok(Self { session, decoder, device, combination, opening, used_before })
    }

    /// Times calls and compares what they give with `references`, the crops of the first poses.
    ///
    /// # Errors
    /// Where a call fails, or is cancelled.
    pub(super) fn time(
        &mut self,
        inputs: &Inputs,
        references: &[DecodedCrop],
        is_cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<(Timed, Vec<DecodedCrop>)> {
        // The first pose comes last: a graph that holds a batch of one somewhere would give the first row everywhere.
        let driving: Vec<KeyPoints> =
            inputs.driving.iter().take(self.combination.batch).rev().copied().collect();
        let mut crops = Vec::new();
        let prepares_itself = self.device != Device::Cpu;
        let times = cancellable(&mut self.decoder, is_cancelled, |decoder| {
            time_calls(prepares_itself, || {
                crops = decoder.decode(&driving)?;
                Ok::<_, DecodeError>(())
            })
            .map_err(Error::from)
        })?;
        let compared = crops.iter().rev().zip(references);
        let difference = compared.fold(Difference::default(), |worst, (crop, reference)| {
            worst.or_worse(Difference::between(crop, reference))
        });
        let used_after = used_device_memory(self.device);
        let timed = Timed {
            frame_ms: times.median.as_secs_f64() * 1000.0 / self.combination.batch as f64,
            calls: times.calls,
            first_call: times.first,
            opening: self.opening,
            device_bytes: used_after
                .zip(self.used_before)
                .map(|(after, before)| after.saturating_sub(before)),
            nodes_on_cpu: match self.device {
                Device::Cpu => Vec::new(),
                _ => counted(nodes_on_cpu(&lock(&self.session).session)?),
            },
            difference,
        };
        Ok((timed, crops))
    }

    /// Decodes poses one by one.
    ///
    /// # Errors
    /// As [`time`](Self::time).
    pub(super) fn decode_each(
        &mut self,
        poses: &[KeyPoints],
        is_cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<DecodedCrop>> {
        cancellable(&mut self.decoder, is_cancelled, |decoder| {
            let mut crops = Vec::new();
            for pose in poses {
                crops.extend(decoder.decode(std::slice::from_ref(pose)).map_err(Error::from)?);
            }
            Ok(crops)
        })
    }
}

/// Whether one has ten bits of mantissa where the other has more.
pub(super) fn is_reduced(arithmetic: Arithmetic, reference: Arithmetic) -> bool {
    arithmetic != reference && arithmetic != Arithmetic::Fp32
}

/// Ends the call that `work` is in when the caller wants no more.
fn cancellable<T>(
    decoder: &mut OrtDecoder,
    is_cancelled: &(dyn Fn() -> bool + Sync),
    work: impl FnOnce(&mut OrtDecoder) -> Result<T>,
) -> Result<T> {
    let stop = decoder.stopper();
    let is_done = AtomicBool::new(false);
    let result = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                if is_cancelled() {
                    return stop();
                }
                thread::sleep(POLL_INTERVAL);
            }
        });
        // Dropped by a panic as well: the scope waits for its thread.
        let _done = SetOnDrop(&is_done);
        work(decoder)
    });
    if is_cancelled() { Err(Error::cancelled()) } else { result }
}

struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How many there are of each operator.
fn counted(nodes: Vec<(String, String)>) -> Vec<(String, usize)> {
    let mut counts = BTreeMap::new();
    for (operator, _) in nodes {
        *counts.entry(operator).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetics_are_compared_with_the_first() {
        assert!(is_reduced(Arithmetic::Fp16, Arithmetic::Fp32));
        assert!(is_reduced(Arithmetic::Tf32, Arithmetic::Fp32));
        assert!(!is_reduced(Arithmetic::Fp32, Arithmetic::Fp32));
        // A file of 16-bit floats is compared with itself.
        assert!(!is_reduced(Arithmetic::Fp16, Arithmetic::Fp16));
    }

    #[test]
    fn operators_are_counted() {
        let nodes = ["Shape", "Gather", "Shape"].map(|name| (name.to_owned(), String::new()));
        let counts = counted(nodes.to_vec());
        assert_eq!(counts, [("Gather".to_owned(), 1), ("Shape".to_owned(), 2)]);
    }
}

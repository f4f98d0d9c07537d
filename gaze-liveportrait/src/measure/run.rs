//! Measuring all that fits into the time.

use std::fs;
use std::time::{Duration, Instant};

use gaze_face::Portrait;
use gaze_rig::{Error, ErrorKind, Observer, Progress, Result};

use crate::math::affine::Rgb;
use crate::measure::difference::Difference;
use crate::measure::keeping::keep;
use crate::measure::measurement::{Comparison, Measurement, Outcome, Timed, Trial};
use crate::measure::plan::{Axes, Plan};
use crate::measure::trial::{Inputs, Opened, is_reduced, network_input};
use crate::onnx::catalog::DECODER;
use crate::onnx::signature::Precision;
use crate::options::LivePortraitOptions;
use crate::run::decoder::DecodedCrop;
use crate::run::liveportrait_engine::start;
use crate::run::loading::Loading;
use crate::run::model_folder::ModelFolder;
use crate::run::networks::Networks;
use crate::runtime::device::Device;
use crate::runtime::library::Runtime;
use crate::runtime::provider::ProviderOptions;
use crate::runtime::sessions::SessionOptions;
use crate::tuning::{Arithmetic, Combination, Place};

/// Time for frames that others are compared with, beside the first.
const REFERENCES_WITHIN: Duration = Duration::from_secs(5);
/// A frame that takes longer means that little can be tried.
const SLOW_FRAME: Duration = Duration::from_secs(2);

/// How long to measure, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MeasureOptions {
    /// No combination is begun that would take longer than this in all. Default: 180 seconds.
    pub limit: Duration,
    /// Compare a frame with one of the CPU. Default: false.
    pub check_cpu: bool,
}

impl Default for MeasureOptions {
    fn default() -> Self {
        Self { limit: Duration::from_secs(180), check_cpu: false }
    }
}

impl MeasureOptions {
    /// Sets the time for all combinations.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Sets whether a frame is compared with one of the CPU.
    #[must_use]
    pub fn with_cpu_check(mut self, check_cpu: bool) -> Self {
        self.check_cpu = check_cpu;
        self
    }
}

/// Hears what is being measured, and may end it: what was measured until then is kept.
pub trait MeasureObserver: Sync {
    /// A combination is begun, the one of this number, from 1 on, of about so many.
    fn on_begin(&self, combination: &Combination, number: usize, about: usize) {
        let _ = (combination, number, about);
    }

    /// A combination was tried, or left out.
    fn on_trial(&self, trial: &Trial) {
        let _ = trial;
    }

    /// Something else is being done, as a sentence.
    fn on_note(&self, note: &str) {
        let _ = note;
    }

    /// Whether to stop as soon as possible. Asked some times a second.
    fn is_cancelled(&self) -> bool {
        false
    }
}

// Ignores what is told and never cancels.
impl MeasureObserver for () {}

/// Measures which way of running the decoder is the fastest on the device that `options` name, with the largest face of
/// `portrait`, and keeps it beside the models, where [`LivePortraitEngine::open`](crate::LivePortraitEngine::open) finds it.
///
/// The first is what ONNX Runtime does by itself, one frame at a time; others differ by one thing after the other. Those that
/// do not run, or whose frames differ from the first's, are told and not taken: by more than 2 grey levels anywhere, or, with
/// 16-bit floats or TF32, by more than 2 in over 1 % of the pixels. `options.batch`, `tf32` and `cuda_graph` are not looked
/// at.
///
/// # Errors
/// [`ErrorKind::Engine`] where library, device or a model cannot be used or the first combination does not run;
/// [`ErrorKind::NoFace`] where the portrait shows none; [`ErrorKind::Cancelled`] where it is ended before the first
/// combination was measured.
pub fn measure(
    options: &LivePortraitOptions,
    portrait: &Portrait,
    how: &MeasureOptions,
    observer: &dyn MeasureObserver,
) -> Result<Measurement> {
    let begun = Instant::now();
    observer.on_note("loading the models");
    let plain =
        LivePortraitOptions { tf32: false, cuda_graph: false, batch: None, ..options.clone() };
    plain.check()?;
    let path = plain.models_folder()?;
    if let Some(name) = ModelFolder::missing(path) {
        return Err(ModelFolder::without(path, name));
    }
    let runtime = Runtime::load(plain.library.as_deref(), &plain.library_folders)?;
    let opening = Opening { observer };
    let folder = ModelFolder::open(path, Loading::new(&opening))?;
    let (device, networks, fallback) = start(&runtime, &folder, &plain)?;
    let input = network_input(portrait)?;
    let inputs = Inputs::of(&networks, &input)?;
    let place = Place::of(device, &runtime.library, &folder.decoder_digest());
    let decoder_file = folder.path().join(DECODER);
    let mut measurement = Measurement {
        device,
        device_name: place
            .as_ref()
            .map_or("a device that its driver does not name", |p| &p.device)
            .to_owned(),
        driver: place.as_ref().and_then(|place| place.driver.clone()),
        library: runtime.library.clone(),
        decoder_digest: hex::encode(folder.decoder_digest()),
        decoder_bytes: fs::metadata(&decoder_file).map_or(0, |meta| meta.len()),
        fallback,
        trials: Vec::new(),
        best: None,
        kept: Err("nothing was measured".to_owned()),
        cpu: None,
        is_cancelled: false,
    };
    let bench = Bench {
        folder: &folder,
        runtime: &runtime,
        device,
        inputs: &inputs,
        end: begun + how.limit,
        observer,
    };
    let is_half = folder.decoder_precision() != Precision::Float32;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let axes = Axes::of(device, cores, is_half);
    let first_arithmetic = axes.base().arithmetic;
    let mut plan = Plan::new(axes);
    let references = bench.measure_all(&mut plan, &mut measurement.trials)?;
    measurement.best = plan.best();
    measurement.is_cancelled = observer.is_cancelled();
    if how.check_cpu && !measurement.is_cancelled {
        observer.on_note("decoding a frame on the CPU to compare");
        let compared = bench.compare_with_cpu(&input, &references, first_arithmetic);
        match compared {
            Err(error) if error.kind() == ErrorKind::Cancelled => measurement.is_cancelled = true,
            compared => measurement.cpu = Some(compared?),
        }
    }
    measurement.kept = match place {
        Some(place) => keep(&folder, place, &measurement),
        None => Err("nothing is kept: the driver does not tell which card this is".to_owned()),
    };
    Ok(measurement)
}

/// Hears of files that are read and adapted, for whoever watches a measurement.
struct Opening<'a> {
    observer: &'a dyn MeasureObserver,
}

impl Observer for Opening<'_> {
    fn on_progress(&self, progress: &Progress) {
        // Each thing once, not its progress.
        if let Some(activity) = progress.activity.as_deref().filter(|_| progress.current == 0) {
            self.observer.on_note(activity);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.observer.is_cancelled()
    }
}

struct Bench<'a> {
    folder: &'a ModelFolder,
    runtime: &'a Runtime,
    device: Device,
    inputs: &'a Inputs,
    end: Instant,
    observer: &'a dyn MeasureObserver,
}

impl Bench<'_> {
    /// Goes through the plan; gives the frames that all were compared with. The first must succeed.
    fn measure_all(&self, plan: &mut Plan, trials: &mut Vec<Trial>) -> Result<Vec<DecodedCrop>> {
        let Some(first) = plan.next() else { return Ok(Vec::new()) };
        self.observer.on_begin(&first, 1, plan.about());
        let begun = Instant::now();
        let mut opened = self.open(first)?;
        let (timed, mut references) = opened.time(self.inputs, &[], &|| self.is_cancelled())?;
        let mut last = begun.elapsed();
        let frame = Duration::from_secs_f64(timed.frame_ms / 1000.0);
        if frame > SLOW_FRAME {
            self.observer.on_note(&format!(
                "a frame takes {:.0} s: only what fits into the time is tried",
                frame.as_secs_f64()
            ));
        }
        plan.record(first, timed.sweep_seconds(first.batch));
        self.tell(trials, first, Outcome::Timed(timed.clone()));
        // One by one, as many as there is time for.
        let more = REFERENCES_WITHIN.as_secs_f64() / frame.as_secs_f64().max(1e-6);
        let poses = &self.inputs.driving[1..plan.largest_batch().min(1 + more as usize)];
        match opened.decode_each(poses, &|| self.is_cancelled()) {
            Ok(crops) => references.extend(crops),
            Err(_) if self.is_cancelled() => return Ok(references),
            Err(error) => return Err(error),
        }
        drop(opened);
        let reference = first.arithmetic;
        while let Some(next) = plan.next() {
            if self.is_cancelled() {
                break;
            }
            let estimate = self.estimate(&next, &timed, last);
            let left = self.end.saturating_duration_since(Instant::now());
            if estimate > left {
                let why = format!(
                    "would take about {:.0} s, and {:.0} s are left",
                    estimate.as_secs_f64().ceil(),
                    left.as_secs_f64().floor()
                );
                plan.skip_larger(next);
                self.tell(trials, next, Outcome::LeftOut(why));
                continue;
            }
            self.observer.on_begin(&next, trials.len() + 1, plan.about());
            let begun = Instant::now();
            let tried = self.open(next).and_then(|mut opened| {
                opened.time(self.inputs, &references, &|| self.is_cancelled())
            });
            last = begun.elapsed();
            let outcome = match tried {
                Ok((timed, _)) => {
                    match timed.difference.refusal(is_reduced(next.arithmetic, reference)) {
                        None => Outcome::Timed(timed),
                        Some(why) => Outcome::Failed(why),
                    }
                }
                Err(_) if self.is_cancelled() => break,
                Err(error) => Outcome::Failed(error.without_hints().to_string()),
            };
            match &outcome {
                Outcome::Timed(timed) => plan.record(next, timed.sweep_seconds(next.batch)),
                _ => plan.skip_larger(next),
            }
            self.tell(trials, next, outcome);
        }
        Ok(references)
    }

    fn open(&self, combination: Combination) -> Result<Opened> {
        let opening = Opening { observer: self.observer };
        let loading = Loading::new(&opening);
        Opened::open(self.folder, self.runtime, self.device, combination, self.inputs, loading)
    }

    fn tell(&self, trials: &mut Vec<Trial>, combination: Combination, outcome: Outcome) {
        let trial = Trial { combination, outcome };
        self.observer.on_trial(&trial);
        trials.push(trial);
    }

    fn is_cancelled(&self) -> bool {
        self.observer.is_cancelled()
    }

    /// How long a combination will take: on a device that prepares itself as long as the last one, elsewhere by its frames.
    fn estimate(&self, next: &Combination, first: &Timed, last: Duration) -> Duration {
        if self.device != Device::Cpu {
            return last;
        }
        let call = Duration::from_secs_f64(first.frame_ms / 1000.0) * next.batch as u32;
        first.opening + call * first.calls.clamp(1, 4) as u32
    }

    /// Does the same on the CPU.
    fn compare_with_cpu(
        &self,
        input: &Rgb,
        references: &[DecodedCrop],
        arithmetic: Arithmetic,
    ) -> Result<Comparison> {
        let options = SessionOptions {
            runtime: self.runtime,
            device: Device::Cpu,
            provider: ProviderOptions::default(),
            threads: 0,
        };
        let theirs = Inputs::of(&Networks::open(self.folder.path(), &options)?, input)?;
        let first = references.first().ok_or_else(Error::cancelled)?;
        let decode = |inputs: &Inputs| {
            let plain = Combination { arithmetic, ..Combination::default() };
            let opening = Opening { observer: self.observer };
            let loading = Loading::new(&opening);
            let mut opened =
                Opened::open(self.folder, self.runtime, Device::Cpu, plain, inputs, loading)?;
            let crops = opened.decode_each(&inputs.driving[..1], &|| self.is_cancelled())?;
            Ok::<_, Error>(Difference::between(&crops[0], first))
        };
        Ok(Comparison {
            volume: apart(&self.inputs.volume, &theirs.volume),
            points: apart(
                self.inputs.driving.as_flattened().as_flattened(),
                theirs.driving.as_flattened().as_flattened(),
            ),
            decoded: decode(self.inputs)?,
            whole: decode(&theirs)?,
        })
    }
}

/// The largest difference of two lists of the same length.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_as_far_apart_as_their_worst() {
        assert_eq!(apart(&[1.0, 2.0], &[1.5, 0.0]), 2.0);
    }
}

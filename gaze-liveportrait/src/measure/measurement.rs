//! What was measured.

use std::path::PathBuf;
use std::time::Duration;

use crate::measure::difference::Difference;
use crate::measure::peaks;
use crate::runtime::device::Device;
use crate::runtime::library::RuntimeLibrary;
use crate::tuning::{Arithmetic, Combination};

/// Frames of the sweep that a combination is judged by: 30 x 30.
const SWEEP_FRAMES: f64 = 900.0;

/// What [`measure`](crate::measure()) found.
#[derive(Debug)]
#[non_exhaustive]
pub struct Measurement {
    /// Where the networks ran.
    pub device: Device,
    /// The card, or the processor and how many cores of it there are.
    pub device_name: String,
    /// Version of the card's driver.
    pub driver: Option<String>,
    /// The library that ran them.
    pub library: RuntimeLibrary,
    /// SHA-256 of the decoder's file, in hexadecimal.
    pub decoder_digest: String,
    /// Length of that file in bytes.
    pub decoder_bytes: u64,
    /// Why another device was not taken, where that was left open.
    pub fallback: Option<String>,
    /// Every combination, in the order in which they were tried.
    pub trials: Vec<Trial>,
    /// The one with which a sweep of 900 frames takes least time.
    pub best: Option<Combination>,
    /// The file that keeps it for later runs, or why there is none, as a sentence.
    pub kept: Result<PathBuf, String>,
    /// How a frame differs from that of the CPU, where that was asked for.
    pub cpu: Option<Comparison>,
    /// Whether it was ended early.
    pub is_cancelled: bool,
}

impl Measurement {
    /// Times of the best combination.
    pub fn best_times(&self) -> Option<&Timed> {
        self.times_of(&self.best?)
    }

    /// Times of a combination that was measured.
    pub fn times_of(&self, combination: &Combination) -> Option<&Timed> {
        self.trials.iter().find(|trial| trial.combination == *combination)?.outcome.timed()
    }

    /// What the device can do at best with this arithmetic, in 10^12 operations a second; none where that is not known.
    pub fn peak(&self, arithmetic: Arithmetic) -> Option<f64> {
        self.device.gpu_index()?;
        peaks::peak(&self.device_name, arithmetic)
    }

    /// Share of the device's peak with its arithmetic, 0 to 1, that a combination reaches; none where the peak is not known or
    /// the decoder is not the published one.
    pub fn peak_share(&self, trial: &Trial) -> Option<f64> {
        let peak = self.peak(trial.combination.arithmetic)?;
        peaks::share_of(peak, trial.outcome.timed()?.frame_ms, self.decoder_bytes)
    }
}

/// One combination, and what became of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trial {
    /// How the decoder was to run.
    pub combination: Combination,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a combination.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome {
    /// It runs, and its frames are right.
    Timed(Timed),
    /// It does not run here, or its frames are wrong: why.
    Failed(String),
    /// It was not tried: why.
    LeftOut(String),
}

impl Outcome {
    /// The times, where it runs.
    pub fn timed(&self) -> Option<&Timed> {
        match self {
            Outcome::Timed(timed) => Some(timed),
            _ => None,
        }
    }
}

/// Times of a combination.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Timed {
    /// Milliseconds a frame: the median of the calls that count, divided by the frames of a call.
    pub frame_ms: f64,
    /// Calls that count.
    pub calls: usize,
    /// Time of the first call, in which a device may look for algorithms.
    pub first_call: Duration,
    /// Time to load the decoder.
    pub opening: Duration,
    /// What it took of the device's memory, in bytes, where the driver tells.
    pub device_bytes: Option<u64>,
    /// Operators of nodes that were left to the CPU, and how many of each: arithmetic of shapes.
    pub nodes_on_cpu: Vec<(String, usize)>,
    /// How far frames are from those of the first combination.
    pub difference: Difference,
}

impl Timed {
    /// Time in seconds inside the decoder for 900 frames, the first call's preparations with it: what combinations are judged by.
    pub fn sweep_seconds(&self, batch: usize) -> f64 {
        let call = self.frame_ms / 1000.0 * batch as f64;
        (self.first_call.as_secs_f64() - call).max(0.0) + self.frame_ms / 1000.0 * SWEEP_FRAMES
    }
}

/// How results of the device differ from those of the CPU, both with 32-bit floats.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// The feature volume, at worst; its values are about 1.
    pub volume: f32,
    /// The driving key points, at worst; a face is about 2 wide.
    pub points: f32,
    /// A frame that is decoded from the same volume and key points.
    pub decoded: Difference,
    /// A frame for which everything was computed there.
    pub whole: Difference,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preparations_count_once_a_sweep() {
        let timed = Timed {
            frame_ms: 10.0,
            calls: 3,
            first_call: Duration::from_millis(5040),
            opening: Duration::from_secs(2),
            device_bytes: None,
            nodes_on_cpu: Vec::new(),
            difference: Difference::default(),
        };
        assert!((timed.sweep_seconds(4) - 14.0).abs() < 1e-9);
        let quick = Timed { first_call: Duration::from_millis(5), ..timed };
        assert!((quick.sweep_seconds(4) - 9.0).abs() < 1e-9);
    }
}

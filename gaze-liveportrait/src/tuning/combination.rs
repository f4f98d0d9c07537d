//! One way to run the decoder.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::options::{LivePortraitOptions, MAX_BATCH};
use crate::runtime::precision::PrecisionChoice;
use crate::runtime::provider::{ArenaGrowth, ConvSearch, ProviderOptions};

/// The numbers that a network multiplies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Arithmetic {
    /// 32-bit floats. The default.
    #[default]
    Fp32,
    /// 32-bit floats, multiplied with ten bits of mantissa.
    Tf32,
    /// 16-bit floats where they do, 32-bit ones elsewhere.
    Fp16,
}

impl Arithmetic {
    /// `fp32`, `tf32` or `fp16`.
    pub fn name(self) -> &'static str {
        match self {
            Arithmetic::Fp32 => "fp32",
            Arithmetic::Tf32 => "tf32",
            Arithmetic::Fp16 => "fp16",
        }
    }
}

/// One way to run the decoder on a device. The default is what ONNX Runtime does by itself, one frame at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Combination {
    /// The numbers that it multiplies. Default: 32-bit floats.
    pub arithmetic: Arithmetic,
    /// Frames at a time. Default: 1.
    pub batch: usize,
    /// Whether channels come last, as tensor cores like it; CUDA only. Default: false.
    pub prefer_nhwc: bool,
    /// How cuDNN's algorithms are chosen; CUDA only. Default: [`ConvSearch::Exhaustive`].
    pub conv_search: ConvSearch,
    /// Whether convolutions have all the scratch memory that they ask for; CUDA only. Default: true.
    pub conv_max_workspace: bool,
    /// How the session's memory grows; CUDA only. Default: [`ArenaGrowth::Doubling`].
    pub arena: ArenaGrowth,
    /// Whether launches are recorded once and replayed; CUDA and TensorRT only. Default: false.
    pub cuda_graph: bool,
    /// Threads that compute on the CPU; 0 for ONNX Runtime's own choice, one a core. Default: 0.
    pub threads: usize,
}

impl Default for Combination {
    fn default() -> Self {
        Self {
            arithmetic: Arithmetic::default(),
            batch: 1,
            prefer_nhwc: false,
            conv_search: ConvSearch::default(),
            conv_max_workspace: true,
            arena: ArenaGrowth::default(),
            cuda_graph: false,
            threads: 0,
        }
    }
}

impl Combination {
    /// The precision of the decoder's graph.
    pub(crate) fn precision(&self) -> PrecisionChoice {
        match self.arithmetic {
            Arithmetic::Fp32 | Arithmetic::Tf32 => PrecisionChoice::Float32,
            Arithmetic::Fp16 => PrecisionChoice::Float16,
        }
    }

    /// What the provider is told.
    pub(crate) fn provider(&self) -> ProviderOptions {
        ProviderOptions {
            cuda_graph: self.cuda_graph,
            tf32: self.arithmetic == Arithmetic::Tf32,
            prefer_nhwc: self.prefer_nhwc,
            conv_search: self.conv_search,
            conv_max_workspace: self.conv_max_workspace,
            arena: self.arena,
        }
    }

    /// Whether a caller could ask for it.
    pub(crate) fn is_possible(&self) -> bool {
        let options =
            LivePortraitOptions::default().with_batch(self.batch).with_threads(self.threads);
        (1..=MAX_BATCH).contains(&self.batch) && options.check().is_ok()
    }
}

impl fmt::Display for Combination {
    /// In words, but for what is as ONNX Runtime does it by itself: `fp16, batch 4, NHWC, heuristic search`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, batch {}", self.arithmetic.name(), self.batch)?;
        let search = match self.conv_search {
            ConvSearch::Exhaustive => "",
            ConvSearch::Heuristic => "heuristic search",
            ConvSearch::Fixed => "no search",
        };
        let words = [
            (self.prefer_nhwc, "NHWC"),
            (!search.is_empty(), search),
            (self.cuda_graph, "CUDA graph"),
            (!self.conv_max_workspace, "small workspace"),
            (self.arena == ArenaGrowth::AsRequested, "memory as requested"),
        ];
        words.iter().filter(|(is_so, _)| *is_so).try_for_each(|(_, word)| write!(f, ", {word}"))?;
        match self.threads {
            0 => Ok(()),
            1 => f.write_str(", 1 thread"),
            threads => write!(f, ", {threads} threads"),
        }
    }
}

/// A combination that was measured, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeptCombination {
    #[serde(flatten)]
    pub(crate) combination: Combination,
    /// Milliseconds a frame.
    pub(crate) frame_ms: f64,
    /// What it took of the device's memory, in bytes, where the driver told.
    pub(crate) device_bytes: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_what_is_unusual() {
        let plain = Combination::default();
        assert_eq!(plain.to_string(), "fp32, batch 1");
        let other = Combination {
            arithmetic: Arithmetic::Fp16,
            batch: 4,
            prefer_nhwc: true,
            conv_search: ConvSearch::Heuristic,
            conv_max_workspace: false,
            arena: ArenaGrowth::AsRequested,
            cuda_graph: true,
            threads: 2,
        };
        assert_eq!(
            other.to_string(),
            "fp16, batch 4, NHWC, heuristic search, CUDA graph, small workspace, memory as requested, 2 threads"
        );
    }

    #[test]
    fn the_default_tells_the_provider_nothing_new() {
        assert_eq!(Combination::default().provider(), ProviderOptions::default());
    }

    #[test]
    fn impossible_ones_are_told() {
        let with = |batch, threads| Combination { batch, threads, ..Combination::default() };
        assert!(with(64, 256).is_possible());
        for wrong in [with(0, 0), with(65, 0), with(1, 257)] {
            assert!(!wrong.is_possible(), "{wrong:?}");
        }
    }
}

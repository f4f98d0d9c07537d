//! What execution providers may be told, and in which words ONNX Runtime hears it.

use ort::ep::cuda::ConvAlgorithmSearch;
use ort::ep::{self, ArenaExtendStrategy};
use serde::{Deserialize, Serialize};

/// How cuDNN's algorithm is chosen for each convolution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConvSearch {
    /// All are tried in the first call, which takes seconds. The default, as ONNX Runtime's.
    #[default]
    Exhaustive,
    /// The one that cuDNN expects to be the fastest.
    Heuristic,
    /// Always the same one.
    Fixed,
}

/// How much memory a session takes from the device when it needs more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ArenaGrowth {
    /// Twice as much each time. The default, as ONNX Runtime's.
    #[default]
    Doubling,
    /// What is asked for.
    AsRequested,
}

/// What a provider may be told. The default is ONNX Runtime's own, but for TF32, which it would use unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProviderOptions {
    /// Record the decoder's launches once and replay them.
    pub(crate) cuda_graph: bool,
    /// Multiply with ten bits of mantissa.
    pub(crate) tf32: bool,
    /// Keep channels last, as tensor cores like it.
    pub(crate) prefer_nhwc: bool,
    pub(crate) conv_search: ConvSearch,
    /// Let convolutions have all the scratch memory that they ask for, not 32 MB at most.
    pub(crate) conv_max_workspace: bool,
    pub(crate) arena: ArenaGrowth,
}

impl Default for ProviderOptions {
    fn default() -> Self {
        Self {
            cuda_graph: false,
            tf32: false,
            prefer_nhwc: false,
            conv_search: ConvSearch::default(),
            conv_max_workspace: true,
            arena: ArenaGrowth::default(),
        }
    }
}

impl ProviderOptions {
    /// For networks that run once a portrait: neither recording nor searching pays there.
    pub(crate) fn for_single_calls(tf32: bool) -> Self {
        Self { conv_search: ConvSearch::Heuristic, tf32, ..Self::default() }
    }

    /// What changes the numbers of a frame, for the key of interrupted runs. Recorded launches and the growth of memory do
    /// not.
    pub(crate) fn arithmetic_key(self) -> String {
        format!(
            "{:?} {:?} {:?} {:?}",
            self.tf32, self.prefer_nhwc, self.conv_search, self.conv_max_workspace
        )
    }

    /// The CUDA provider on the GPU of this number.
    pub(crate) fn cuda(self, index: u32) -> ep::CUDA {
        ep::CUDA::default()
            .with_device_id(index as i32)
            .with_tf32(self.tf32)
            .with_cuda_graph(self.cuda_graph)
            .with_prefer_nhwc(self.prefer_nhwc)
            .with_conv_algorithm_search(match self.conv_search {
                ConvSearch::Exhaustive => ConvAlgorithmSearch::Exhaustive,
                ConvSearch::Heuristic => ConvAlgorithmSearch::Heuristic,
                ConvSearch::Fixed => ConvAlgorithmSearch::Default,
            })
            .with_conv_max_workspace(self.conv_max_workspace)
            .with_arena_extend_strategy(match self.arena {
                ArenaGrowth::Doubling => ArenaExtendStrategy::NextPowerOfTwo,
                ArenaGrowth::AsRequested => ArenaExtendStrategy::SameAsRequested,
            })
    }

    /// The TensorRT provider on the GPU of this number.
    pub(crate) fn tensorrt(self, index: u32) -> ep::TensorRT {
        ep::TensorRT::default().with_device_id(index as i32).with_cuda_graph(self.cuda_graph)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key and value as the crate `ort` shows them.
    fn told(options: ProviderOptions, expected: &[(&str, &str)]) {
        let shown = format!("{:?}", options.cuda(1));
        for (key, value) in expected {
            let pair = format!("{key:?}: {value:?}");
            assert!(shown.contains(&pair), "{pair} is not in {shown}");
        }
        assert_eq!(shown.matches("\": \"").count(), expected.len(), "{shown}");
    }

    #[test]
    fn the_default_is_what_onnx_runtime_does_by_itself_without_tf32() {
        told(
            ProviderOptions::default(),
            &[
                ("device_id", "1"),
                ("use_tf32", "false"),
                ("enable_cuda_graph", "false"),
                ("prefer_nhwc", "false"),
                ("cudnn_conv_algo_search", "EXHAUSTIVE"),
                ("cudnn_conv_use_max_workspace", "true"),
                ("arena_extend_strategy", "kNextPowerOfTwo"),
            ],
        );
    }

    #[test]
    fn every_choice_reaches_the_provider() {
        let options = ProviderOptions {
            cuda_graph: true,
            tf32: true,
            prefer_nhwc: true,
            conv_search: ConvSearch::Heuristic,
            conv_max_workspace: false,
            arena: ArenaGrowth::AsRequested,
        };
        let expected = [
            ("device_id", "1"),
            ("use_tf32", "true"),
            ("enable_cuda_graph", "true"),
            ("prefer_nhwc", "true"),
            ("cudnn_conv_algo_search", "HEURISTIC"),
            ("cudnn_conv_use_max_workspace", "false"),
            ("arena_extend_strategy", "kSameAsRequested"),
        ];
        told(options, &expected);
        let fixed = ProviderOptions { conv_search: ConvSearch::Fixed, ..options };
        assert!(format!("{:?}", fixed.cuda(0)).contains("\"cudnn_conv_algo_search\": \"DEFAULT\""));
    }

    #[test]
    fn keys_tell_what_changes_numbers_and_nothing_else() {
        let plain = ProviderOptions::default();
        let same = ProviderOptions { cuda_graph: true, arena: ArenaGrowth::AsRequested, ..plain };
        assert_eq!(plain.arithmetic_key(), same.arithmetic_key());
        for other in [
            ProviderOptions { tf32: true, ..plain },
            ProviderOptions { prefer_nhwc: true, ..plain },
            ProviderOptions { conv_search: ConvSearch::Heuristic, ..plain },
            ProviderOptions { conv_max_workspace: false, ..plain },
        ] {
            assert_ne!(plain.arithmetic_key(), other.arithmetic_key(), "{other:?}");
        }
    }
}

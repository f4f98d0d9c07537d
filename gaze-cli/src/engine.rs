//! Options of the engines: model files, library and device.

use std::path::PathBuf;

use clap::Args;
use gaze_core::liveportrait::{Device, Landmarks};
use gaze_core::{EngineChoice, EngineOptions, OpenedEngine, Result};

use crate::models::ModelsOption;

/// Options of the LivePortrait engine.
#[derive(Args)]
#[command(next_help_heading = "LivePortrait")]
pub(crate) struct EngineArguments {
    #[command(flatten)]
    models: ModelsOption,
    /// Where networks run: auto, cuda, cuda:N, tensorrt, tensorrt:N, coreml, directml or cpu
    #[arg(long, default_value = "auto")]
    device: Device,
    /// Whose landmarks place the crop: embedded, or insightface (not for commercial use)
    #[arg(long, value_name = "WHOSE", default_value = "embedded")]
    landmarks: Landmarks,
    /// Frames decoded at a time [default: by free memory]
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// The library of ONNX Runtime, or its folder [default: looked for]
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
    /// Multiply with ten bits of mantissa on GPUs that can
    #[arg(long)]
    tf32: bool,
    /// Let CUDA or TensorRT record the decoder's launches and replay them
    #[arg(long)]
    cuda_graph: bool,
}

impl EngineArguments {
    /// These arguments as options of gaze-core.
    pub(crate) fn options(&self) -> Result<EngineOptions> {
        let mut options = EngineOptions::default();
        let liveportrait = &mut options.liveportrait;
        liveportrait.models = Some(self.models.folder()?);
        liveportrait.library = self.onnxruntime.clone();
        liveportrait.device = self.device;
        liveportrait.landmarks = self.landmarks;
        liveportrait.batch = self.batch;
        liveportrait.tf32 = self.tf32;
        liveportrait.cuda_graph = self.cuda_graph;
        Ok(options)
    }

    /// Loads the chosen engine.
    pub(crate) fn open(&self, choice: EngineChoice) -> Result<OpenedEngine> {
        choice.open(&self.options()?)
    }
}

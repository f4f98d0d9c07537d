//! Options of the engines: model files, library and device.

use std::path::PathBuf;

use clap::Args;
use gaze_core::liveportrait::{
    Device, Landmarks, Lids, LivePortraitOptions, MODEL_FILES, PrecisionChoice, RuntimeLibrary,
};
use gaze_core::{EngineChoice, EngineOptions, Observer, OpenedEngine, Result};

use crate::models_folder::ModelsOption;
use crate::python;

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
    /// What the lids do while the eyes look up and down: still, or follow as in LivePortrait's own editor
    #[arg(long, value_name = "HOW", default_value = "still")]
    lids: Lids,
    /// Make large pictures smaller exactly as LivePortrait's own program does, and ignore colour profiles, to compare with it
    #[arg(long)]
    reference_preprocessing: bool,
    /// Frames decoded at a time [default: by free memory]
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// The library of ONNX Runtime, or its folder [default: looked for]
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
    /// Floats that the decoder computes with: auto, fp32 or fp16; auto is fp16 on NVIDIA GPUs with tensor cores
    #[arg(long, value_name = "FLOATS", default_value = "auto")]
    precision: PrecisionChoice,
    /// Multiply with ten bits of mantissa on GPUs that can
    #[arg(long)]
    tf32: bool,
    /// Let CUDA or TensorRT record the decoder's launches and replay them
    #[arg(long)]
    cuda_graph: bool,
    /// Take no notice of what gaze bench measured
    #[arg(long)]
    no_tuning: bool,
}

impl EngineArguments {
    /// These arguments as options of gaze-core.
    pub(crate) fn options(&self) -> Result<EngineOptions> {
        let mut options = LivePortraitOptions::default()
            .with_models(self.models.folder()?)
            .with_device(self.device)
            .with_landmarks(self.landmarks)
            .with_lids(self.lids)
            .with_reference_preprocessing(self.reference_preprocessing)
            .with_precision(self.precision)
            .with_tf32(self.tf32)
            .with_cuda_graph(self.cuda_graph)
            .with_tuning_ignored(self.no_tuning);
        options.library.clone_from(&self.onnxruntime);
        options.batch = self.batch;
        Ok(EngineOptions::default().with_liveportrait(options))
    }

    /// The folder with the model files.
    pub(crate) fn models_folder(&self) -> Result<PathBuf> {
        self.models.folder()
    }

    /// Loads the chosen engine.
    pub(crate) fn open(
        &self,
        choice: EngineChoice,
        observer: &dyn Observer,
    ) -> Result<OpenedEngine> {
        let options = self.options()?;
        let may_be_liveportrait =
            choice != EngineChoice::Embedded && has_models(&options.liveportrait);
        let options = if may_be_liveportrait { with_python(options) } else { options };
        choice.open_observed(&options, observer)
    }
}

/// Whether the files that LivePortrait needs are there, whatever is in them: without them no library is wanted.
fn has_models(options: &LivePortraitOptions) -> bool {
    let Some(folder) = &options.models else { return false };
    let mut required = MODEL_FILES.iter().filter(|file| file.is_required);
    required.all(|file| folder.join(file.name).is_file())
}

/// The same options with the folder of Python's ONNX Runtime, where there is no other: Python takes a moment to start.
pub(crate) fn with_python(mut options: EngineOptions) -> EngineOptions {
    let liveportrait = &mut options.liveportrait;
    let found =
        RuntimeLibrary::locate(liveportrait.library.as_deref(), &liveportrait.library_folders);
    if let Ok(None) = found {
        liveportrait.library_folders.extend(python::onnxruntime_folder());
    }
    options
}

/// An engine by its name.
pub(crate) fn parse_engine(text: &str) -> Result<EngineChoice, &'static str> {
    EngineChoice::from_name(text).ok_or("use auto, embedded or liveportrait")
}

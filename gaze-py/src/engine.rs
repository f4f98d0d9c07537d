//! Choosing an engine, and finding the ONNX Runtime that pip has installed.

use std::path::PathBuf;
use std::str::FromStr;

use gaze_core::liveportrait::{
    Device, Landmarks, LivePortraitEngine, LivePortraitOptions, PrecisionChoice,
};
use gaze_core::{EngineChoice, EngineOptions, OpenedEngine, Result};
use pyo3::prelude::*;

use crate::errors::{invalid_option, raise};
use crate::running::observe;

/// What a generator is opened with, as users give it.
#[derive(Clone, Default)]
pub(crate) struct EngineArguments {
    pub(crate) engine: String,
    pub(crate) device: String,
    pub(crate) models: Option<PathBuf>,
    pub(crate) threads: usize,
    pub(crate) landmarks: String,
    pub(crate) batch: Option<usize>,
    pub(crate) onnxruntime: Option<PathBuf>,
    pub(crate) precision: String,
    pub(crate) tf32: bool,
    pub(crate) cuda_graph: bool,
}

impl EngineArguments {
    /// Loads the engine that they name.
    pub(crate) fn open(&self, py: Python<'_>) -> PyResult<(EngineChoice, OpenedEngine)> {
        let choice = EngineChoice::from_name(&self.engine).ok_or_else(|| {
            let message =
                format!("there is no engine {:?}: use auto, embedded or liveportrait", self.engine);
            invalid_option(py, message)
        })?;
        let options = self.options(py).map_err(|error| raise(py, &error))?;
        if choice != EngineChoice::Embedded
            && options.liveportrait.device != Device::Cpu
            && LivePortraitEngine::lacks(&options.liveportrait).is_none()
        {
            py.import("gaze_generator._cuda")?.call_method0("preload")?;
        }
        Ok((choice, observe(py, None, |_| choice.open(&options))?))
    }

    fn options(&self, py: Python<'_>) -> Result<EngineOptions> {
        let mut options = LivePortraitOptions::default()
            .with_models(gaze_cli::models_folder(self.models.as_deref())?)
            .with_device(Device::from_str(&self.device)?)
            .with_landmarks(Landmarks::from_str(&self.landmarks)?)
            .with_library_folders(onnxruntime_folder(py).into_iter().collect())
            .with_threads(self.threads)
            .with_precision(PrecisionChoice::from_str(&self.precision)?)
            .with_tf32(self.tf32)
            .with_cuda_graph(self.cuda_graph);
        options.library.clone_from(&self.onnxruntime);
        options.batch = self.batch;
        Ok(EngineOptions::default().with_liveportrait(options))
    }
}

/// The folder of the library in the package `onnxruntime` of the interpreter that runs this, whether its environment is
/// activated or not. The package is not imported, which would load another copy.
pub(crate) fn onnxruntime_folder(py: Python<'_>) -> Option<PathBuf> {
    let find = || -> PyResult<PathBuf> {
        let spec = py.import("importlib.util")?.call_method1("find_spec", ("onnxruntime",))?;
        let places = spec.getattr("submodule_search_locations")?;
        Ok(places.get_item(0)?.extract::<PathBuf>()?.join("capi"))
    };
    find().ok().filter(|folder| folder.is_dir())
}

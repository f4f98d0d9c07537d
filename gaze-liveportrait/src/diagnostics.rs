//! What this machine has for the engine.

use ort::ep::{self, ExecutionProvider};

use crate::onnx::catalog::{MODEL_FILES, ModelFile};
use crate::onnx::signature::verify_model;
use crate::options::{Landmarks, LivePortraitOptions};
use crate::run::liveportrait_engine::LivePortraitEngine;
use crate::runtime::gpu_memory;
use crate::runtime::library::{Runtime, RuntimeLibrary};

/// What was found, a line each, and the first thing that stands in the way.
#[derive(Debug)]
#[non_exhaustive]
pub struct Diagnostics {
    /// Libraries, providers, GPUs, models, a line each.
    pub found: Vec<String>,
    /// What stands in the way; none where the engine opens.
    pub problem: Option<String>,
}

/// Looks for the library, its providers, GPUs and models, and opens the engine to be sure.
pub fn diagnose(options: &LivePortraitOptions) -> Diagnostics {
    let mut found = Vec::new();
    match RuntimeLibrary::find(options.library.as_deref()) {
        Ok(library) => {
            let RuntimeLibrary { path, origin, version } = &library;
            found.push(format!("ONNX Runtime {version}, {origin}: {}", path.display()));
            match Runtime::load(options.library.as_deref()) {
                Ok(_) => found.push(format!("its providers: {}", providers().join(", "))),
                Err(e) => found.push(e.to_string()),
            }
        }
        Err(e) => found.push(e.to_string()),
    }
    match gpu_memory::query(0) {
        Some(gpu) => found.push(format!(
            "{} with {:.1} of {:.1} GiB free: {} frames at a time",
            gpu.name,
            gib(gpu.free),
            gib(gpu.total),
            gpu_memory::batch_for(gpu.free)
        )),
        None => found.push("no NVIDIA GPU, or its driver does not answer".to_owned()),
    }
    match options.models.as_deref() {
        None => found.push("no folder of models is given".to_owned()),
        Some(folder) => {
            found.push(format!("models in {}", folder.display()));
            let is_used = |file: &&ModelFile| {
                file.is_required
                    || file.is_non_commercial && options.landmarks == Landmarks::InsightFace
            };
            for file in MODEL_FILES.iter().filter(is_used) {
                let state = match verify_model(folder.join(file.name), file) {
                    Ok(report) => report
                        .differences
                        .first()
                        .cloned()
                        .unwrap_or_else(|| "as declared".to_owned()),
                    Err(e) => e.to_string(),
                };
                found.push(format!("{}: {state}", file.name));
            }
        }
    }
    found.push("CUDA, TensorRT, Core ML and DirectML are written by the book and were never run by gaze's developers".to_owned());
    let problem = match LivePortraitEngine::open(options) {
        Ok(engine) => {
            found.push(format!("opens: {engine}"));
            None
        }
        Err(e) => Some(e.to_string()),
    };
    Diagnostics { found, problem }
}

/// Names of the providers that the loaded library has.
fn providers() -> Vec<&'static str> {
    let has = |available: ort::Result<bool>| available.unwrap_or(false);
    let known = [
        (ep::CUDA::NAME, has(ep::CUDA::is_available())),
        (ep::TensorRT::NAME, has(ep::TensorRT::is_available())),
        (ep::CoreML::NAME, has(ep::CoreML::is_available())),
        (ep::DirectML::NAME, has(ep::DirectML::is_available())),
        (ep::CPU::NAME, has(ep::CPU::is_available())),
    ];
    known.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect()
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

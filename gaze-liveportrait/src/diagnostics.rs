//! What this machine has for the engine.

use gaze_rig::{Error, Finding, Observer};
use ort::ep::{self, ExecutionProvider};

use crate::onnx::catalog::{MODEL_FILES, ModelFile};
use crate::onnx::signature::verify_model;
use crate::options::{Landmarks, LivePortraitOptions};
use crate::run::adapted_files::adapted_files;
use crate::run::liveportrait_engine::LivePortraitEngine;
use crate::run::misplaced_models::misplaced_models;
use crate::runtime::gpu_memory;
use crate::runtime::library::{Runtime, RuntimeLibrary};

/// What was found, a line each, and what stands in the way.
#[derive(Debug)]
#[non_exhaustive]
pub struct Diagnostics {
    /// Libraries, providers, GPUs, models, a line each.
    pub found: Vec<Finding>,
    /// Why the engine does not open; none where it does.
    pub problem: Option<Error>,
}

/// Looks for the library, its providers, GPUs and models, and opens the engine to be sure.
pub fn diagnose(options: &LivePortraitOptions) -> Diagnostics {
    diagnose_observed(options, &())
}

/// The same; the observer hears of what takes long, and may cancel, which is then the problem.
pub fn diagnose_observed(options: &LivePortraitOptions, observer: &dyn Observer) -> Diagnostics {
    let mut found = library(options);
    found.push(Finding::new(gpu()));
    found.extend(models(options));
    found.push(Finding::new(
        "CUDA, TensorRT, Core ML and DirectML are written by the book and were never run by gaze's developers",
    ));
    let problem = match LivePortraitEngine::open_observed(options, observer) {
        Ok(engine) => {
            found.push(Finding::new(format!("opens: {engine}")));
            None
        }
        Err(e) => Some(e),
    };
    // After opening, which may have written one and removed others.
    let folder = options.models.as_deref();
    match folder.map(|folder| adapted_files(folder, observer)) {
        Some(Ok(files)) => found.extend(files.iter().map(|file| Finding::new(file.to_string()))),
        Some(Err(e)) => found.push(e.into()),
        None => {}
    }
    Diagnostics { found, problem }
}

/// ONNX Runtime and what it can use.
fn library(options: &LivePortraitOptions) -> Vec<Finding> {
    let (named, folders) = (options.library.as_deref(), &options.library_folders[..]);
    let library = match RuntimeLibrary::find(named, folders) {
        Ok(library) => library,
        Err(e) => return vec![e.into()],
    };
    let RuntimeLibrary { path, origin, version } = &library;
    let found = Finding::new(format!("ONNX Runtime {version}, {origin}: {}", path.display()));
    let providers = match Runtime::load(named, folders) {
        Ok(_) => Finding::new(format!("its providers: {}", providers().join(", "))),
        Err(e) => e.into(),
    };
    vec![found, providers]
}

/// The first NVIDIA GPU and its memory.
fn gpu() -> String {
    gpu_memory::query(0).map_or_else(
        || "no NVIDIA GPU, or its driver does not answer".to_owned(),
        |gpu| {
            format!(
                "{} with {:.1} of {:.1} GiB free: {} frames at a time",
                gpu.name,
                gib(gpu.free),
                gib(gpu.total),
                gpu_memory::batch_for(gpu.free)
            )
        },
    )
}

/// The files that these options need.
fn models(options: &LivePortraitOptions) -> Vec<Finding> {
    let Some(folder) = options.models.as_deref() else {
        return vec![Finding::new("no folder of models is given")];
    };
    // The absence of each file is told by the problem.
    let misplaced = misplaced_models(folder);
    let is_used = |file: &&ModelFile| {
        file.is_required || file.is_non_commercial && options.landmarks == Landmarks::InsightFace
    };
    let state = |file: &ModelFile| match verify_model(folder.join(file.name), file) {
        Ok(report) => {
            let state = report.differences.first().map_or("as declared", String::as_str);
            Finding::new(format!("{}: {state}", file.name))
        }
        Err(e) => Finding::new(file.name).with_error(e),
    };
    let is_told = |file: &&ModelFile| misplaced.is_none() || folder.join(file.name).exists();
    let files = MODEL_FILES.iter().filter(is_used).filter(is_told).map(state);
    std::iter::once(Finding::new(format!("models in {}", folder.display()))).chain(files).collect()
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

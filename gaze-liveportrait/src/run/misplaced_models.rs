//! What lies in a folder instead of the model files: they themselves further down, or LivePortrait's weights in a
//! form that another program reads.

use std::fs;
use std::path::{Path, PathBuf};

use gaze_rig::{Error, ErrorKind, Finding, Hint};

use crate::onnx::catalog::{DECODER, MODEL_FILES};
use crate::run::model_folder::ModelFolder;

/// The decoder for a TensorRT plug-in, which lies beside it in the public set.
const PLUGIN_DECODER_FILE: &str = "warping_spade-fix.onnx";
/// Folders down to which model files are looked for, and how many on each level.
const MAX_DEPTH: usize = 2;
const MAX_FOLDERS: usize = 64;
/// Names in a folder that are looked at.
const MAX_NAMES: usize = 4096;

/// Files of LivePortrait's own program.
const PROGRAM: [&str; 2] = ["src/live_portrait_pipeline.py", "src/config/inference_config.py"];
/// Where that program and its download have the weights.
const WEIGHT_FOLDERS: [&str; 5] = [
    "",
    "base_models",
    "liveportrait/base_models",
    "pretrained_weights/liveportrait/base_models",
    "pretrained_weights",
];
/// Files of other programs by their ending, and what they are.
const OTHER_WEIGHTS: [(&str, &str); 8] = [
    ("pth", "PyTorch's weights (.pth)"),
    ("pt", "PyTorch's weights (.pt)"),
    ("ckpt", "PyTorch's weights (.ckpt)"),
    ("safetensors", "weights without a graph (.safetensors)"),
    ("trt", "TensorRT's engines (.trt), which are made for one GPU"),
    ("engine", "TensorRT's engines (.engine), which are made for one GPU"),
    ("xml", "a model of OpenVINO (.xml)"),
    ("mlpackage", "a model of Core ML (.mlpackage)"),
];

/// The absence of a file in a folder of models, with what was found instead and what to do.
pub(crate) fn absence(folder: &Path, missing: &str) -> Error {
    absence_with(folder, missing, instead(folder, missing))
}

fn absence_with(folder: &Path, missing: &str, instead: Option<Instead>) -> Error {
    let says = |rest: String| {
        Error::new(ErrorKind::Engine, format!("there is no {missing} here{rest}")).with_path(folder)
    };
    match instead {
        Some(Instead::Plugin) => says(format!(
            ", and {PLUGIN_DECODER_FILE} is made for a TensorRT plug-in and cannot take its place"
        ))
        .with_hint(Hint::FetchModels),
        Some(Instead::Below(path)) => {
            says(format!(", but the model files lie in {}", path.display()))
                .with_hint(Hint::NameThatFolder)
        }
        Some(Instead::Program) => says(
            " but a checkout of LivePortrait's own program, which runs PyTorch's weights; gaze takes the ONNX set"
                .to_owned(),
        )
        .with_hint(Hint::FetchModelsElsewhere),
        Some(Instead::Weights(what)) => {
            says(format!(", but {what}; gaze takes the ONNX set")).with_hint(Hint::FetchModelsElsewhere)
        }
        None => says(String::new()).with_hint(Hint::FetchModels),
    }
}

/// What a folder lacks and what was found instead, as the end of a sentence, where that is something known; none where
/// the folder is whole or merely lacks files.
pub fn misplaced_models(folder: impl AsRef<Path>) -> Option<Finding> {
    let folder = folder.as_ref();
    let missing = ModelFolder::missing(folder)?;
    let instead = instead(folder, missing)?;
    let error = absence_with(folder, missing, Some(instead));
    Some(Finding::new("lacks its models").with_error(error))
}

enum Instead {
    /// The decoder for a TensorRT plug-in.
    Plugin,
    /// The whole set, in a folder further down.
    Below(PathBuf),
    /// A checkout of LivePortrait.
    Program,
    /// Weights that gaze does not read, in words.
    Weights(&'static str),
}

fn instead(folder: &Path, missing: &str) -> Option<Instead> {
    if missing == DECODER && folder.join(PLUGIN_DECODER_FILE).is_file() {
        return Some(Instead::Plugin);
    }
    if let Some(path) = whole_set_below(folder) {
        return Some(Instead::Below(path));
    }
    // A set that lacks a file is no other program's.
    if MODEL_FILES.iter().any(|file| file.is_required && folder.join(file.name).is_file()) {
        return None;
    }
    if PROGRAM.iter().any(|file| folder.join(file).is_file()) {
        return Some(Instead::Program);
    }
    WEIGHT_FOLDERS.iter().find_map(|inner| other_weights(&folder.join(inner)))
}

/// The folder with all that a sweep needs that is the least far down, the first by name of several.
fn whole_set_below(folder: &Path) -> Option<PathBuf> {
    let mut level = vec![folder.to_owned()];
    for _ in 0..MAX_DEPTH {
        level = level.iter().flat_map(|folder| folders_in(folder)).take(MAX_FOLDERS).collect();
        if let Some(found) = level.iter().find(|path| ModelFolder::missing(path).is_none()) {
            return Some(found.clone());
        }
    }
    None
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MAX_NAMES);
    let mut folders: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Weights in a folder that gaze does not read.
fn other_weights(folder: &Path) -> Option<Instead> {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().take(MAX_NAMES);
    let endings: Vec<String> = names
        .filter_map(|entry| Some(entry.path().extension()?.to_str()?.to_ascii_lowercase()))
        .collect();
    let known = OTHER_WEIGHTS.iter().find(|(ending, _)| endings.iter().any(|seen| seen == ending));
    known.map(|(_, what)| Instead::Weights(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(folder: &Path, files: &[&str]) {
        for file in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
    }

    fn set_in(folder: &Path) {
        let names: Vec<&str> =
            MODEL_FILES.iter().filter(|file| file.is_required).map(|file| file.name).collect();
        put(folder, &names);
    }

    fn error_of(folder: &Path) -> Error {
        absence(folder, ModelFolder::missing(folder).unwrap())
    }

    #[test]
    fn the_folder_below_is_named() {
        for inner in ["liveportrait_onnx", "checkpoints/liveportrait_onnx"] {
            let folder = tempfile::tempdir().unwrap();
            put(folder.path(), &["a/readme.txt", "src/live_portrait_pipeline.py"]);
            set_in(&folder.path().join(inner));
            let error = error_of(folder.path());
            assert!(error.message().contains(inner), "{error}");
            assert_eq!(error.hints(), [Hint::NameThatFolder]);
            assert!(misplaced_models(folder.path()).is_some());
        }
        // Not three levels down, and not where a file lacks.
        let folder = tempfile::tempdir().unwrap();
        set_in(&folder.path().join("a/b/c"));
        put(folder.path(), &["d/warping_spade.onnx"]);
        assert_eq!(error_of(folder.path()).hints(), [Hint::FetchModels]);
        assert!(misplaced_models(folder.path()).is_none());
    }

    #[test]
    fn files_of_other_programs_are_named() {
        for (files, word) in [
            (&["inference.py", "src/live_portrait_pipeline.py"][..], "checkout"),
            (&["pretrained_weights/liveportrait/base_models/warping_module.pth"], ".pth"),
            (&["base_models/spade_generator.pth"], ".pth"),
            (&["spade_generator.pth"], ".pth"),
            (&["warping_spade.safetensors"], ".safetensors"),
            (&["warping_spade-fix.trt"], ".trt"),
            (&["warping_spade.xml", "warping_spade.bin"], "OpenVINO"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            put(folder.path(), files);
            let error = error_of(folder.path());
            assert!(error.message().contains(word), "{error}");
            assert!(error.message().contains("ONNX set"), "{error}");
            assert_eq!(error.hints(), [Hint::FetchModelsElsewhere]);
        }
    }

    #[test]
    fn an_empty_folder_and_the_plugins_decoder() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(error_of(folder.path()).hints(), [Hint::FetchModels]);
        assert_eq!(error_of(&folder.path().join("missing")).hints(), [Hint::FetchModels]);
        set_in(folder.path());
        assert!(misplaced_models(folder.path()).is_none());
        fs::rename(folder.path().join(DECODER), folder.path().join(PLUGIN_DECODER_FILE)).unwrap();
        let error = error_of(folder.path());
        assert!(error.message().contains("TensorRT plug-in"), "{error}");
        assert!(misplaced_models(folder.path()).is_some());
    }
}

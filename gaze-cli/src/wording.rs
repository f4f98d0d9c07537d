//! Errors in the words of the command line.

use gaze_core::liveportrait::MODEL_FILES;
use gaze_core::{Error, Finding, Hint, OpenedEngine, Warning};

/// What went wrong, and by which option or command to go on.
pub(crate) fn in_words(error: &Error) -> String {
    error.worded(phrase)
}

/// The same of something that was found.
pub(crate) fn finding_in_words(finding: &Finding) -> String {
    finding.worded(phrase)
}

/// The same of something that may look wrong.
pub(crate) fn warning_in_words(warning: &Warning) -> String {
    warning.worded(phrase)
}

/// Which engine renders and why.
pub(crate) fn engine_in_words(opened: &OpenedEngine) -> String {
    opened.worded_note(phrase)
}

/// The way out of an error, as the end of a sentence.
fn phrase(hint: &Hint) -> String {
    match hint {
        Hint::AllowReplacing => "replace it with --force".to_owned(),
        Hint::FetchModels => "run `gaze models pull`".to_owned(),
        Hint::FetchNonCommercialModels => {
            let files = MODEL_FILES.iter().filter(|file| file.is_non_commercial);
            let names: Vec<&str> = files.map(|file| file.name).collect();
            format!(
                "run `gaze models pull {} --accept-noncommercial`, if your use is not commercial",
                names.join(" ")
            )
        }
        Hint::VerifyModels => "run `gaze models verify`".to_owned(),
        Hint::NameModels => "name one in --models or LIVEPORTRAIT_PATH".to_owned(),
        Hint::InstallRuntime => {
            "run `pip install onnxruntime` (with a GPU: onnxruntime-gpu)".to_owned()
        }
        Hint::UpdateRuntime => "run `pip install -U onnxruntime`".to_owned(),
        Hint::InstallGpuRuntime => {
            "run `pip install -U onnxruntime-gpu` in the environment it comes from".to_owned()
        }
        Hint::InstallDirectMlRuntime => {
            "run `pip install onnxruntime-directml` on Windows".to_owned()
        }
        Hint::NameRuntime => "name a library in --onnxruntime or ORT_DYLIB_PATH".to_owned(),
        Hint::Diagnose => "see `gaze doctor`".to_owned(),
        Hint::UseCpu => "use --device cpu".to_owned(),
        Hint::UseFullPrecision => "use --precision fp32".to_owned(),
        Hint::UseCuda => "use --device cuda".to_owned(),
        Hint::UseOwnLandmarks => "use --landmarks embedded".to_owned(),
        Hint::UseEmbedded => "use --engine embedded".to_owned(),
        Hint::NameEyes => {
            "place the eyes of any face, also no human one, by --eyes X,Y X,Y".to_owned()
        }
        Hint::CropCloser => "use --crop bust or --crop head".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::ErrorKind;

    #[test]
    fn hints_name_options_and_commands() {
        let error = Error::new(ErrorKind::Output, "the output folder is not empty: choose another")
            .with_hint(Hint::AllowReplacing)
            .with_path("face");
        assert_eq!(
            in_words(&error),
            "the output folder is not empty: choose another, or replace it with --force (face)"
        );
        let finding = Finding::new("stitching.onnx").with_error(
            Error::new(ErrorKind::Engine, "the model is missing").with_hint(Hint::FetchModels),
        );
        assert_eq!(
            finding_in_words(&finding),
            "stitching.onnx: the model is missing: run `gaze models pull`"
        );
        let insightface = phrase(&Hint::FetchNonCommercialModels);
        assert!(insightface.contains("retinaface_det_static.onnx face_2dpose_106_static.onnx"));
    }
}

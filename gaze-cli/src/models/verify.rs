//! `gaze models verify`: compares the files that are there with what the engine needs of them.

use std::path::Path;

use clap::Args;
use gaze_core::liveportrait::{MODEL_FILES, ModelFile, Precision, misplaced_models, verify_model};
use gaze_core::{ErrorKind, Result};

use crate::console::{print_error, print_line};
use crate::exit;
use crate::models_folder::ModelsOption;
use crate::wording::{finding_in_words, in_words};

/// Check the inputs, outputs and operators of the model files that are there, and say what differs
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    models: ModelsOption,
}

pub(crate) fn run(arguments: &Arguments) -> u8 {
    match verify(arguments) {
        Ok(true) => exit::DONE,
        Ok(false) => exit::code_of(ErrorKind::Engine),
        Err(error) => {
            print_error(&error);
            exit::code_of(error.kind())
        }
    }
}

/// Whether the files that are there are as they should be, and all that are required are there.
fn verify(arguments: &Arguments) -> Result<bool> {
    let folder = arguments.models.folder()?;
    print_line(&format!("in {}", folder.display()));
    let (mut is_sound, mut missing) = (true, 0);
    for file in MODEL_FILES {
        // A link that leads nowhere is there too, and wrong.
        if folder.join(file.name).symlink_metadata().is_ok() {
            is_sound &= verify_file(&folder, file);
        } else if file.is_required {
            missing += 1;
            print_line(&format!("missing  {}", file.name));
        }
    }
    if missing > 0 {
        print_line(&missing_in_words(&folder));
    }
    Ok(is_sound && missing == 0)
}

/// What to do about missing files: they may lie elsewhere, or others in their place.
fn missing_in_words(folder: &Path) -> String {
    match misplaced_models(folder) {
        Some(found) => format!("it {}", finding_in_words(&found)),
        None => "fetch what is missing with gaze models pull".to_owned(),
    }
}

/// Tells what there is to say of a file, and whether it can be used.
fn verify_file(folder: &Path, file: &ModelFile) -> bool {
    let report = match verify_model(folder.join(file.name), file) {
        Ok(report) => report,
        Err(error) => {
            print_line(&format!("bad      {}: {}", file.name, in_words(&error)));
            return false;
        }
    };
    if report.differences.is_empty() {
        // 32-bit ones go without saying.
        let precision = match report.precision {
            Precision::Float32 => String::new(),
            other => format!(", {other}"),
        };
        print_line(&format!("ok       {} (opset {}{precision})", file.name, report.opset));
        return true;
    }
    print_line(&format!("bad      {}", file.name));
    for difference in &report.differences {
        print_line(&format!("         {difference}"));
    }
    false
}

//! `gaze models list`: the public files, and which of them are there.

use std::fs;
use std::path::Path;

use clap::Args;
use gaze_core::liveportrait::{MODEL_FILES, ModelFile, adapted_files, misplaced_models};

use super::partial_download::partial_len;
use super::progress::size_text;
use crate::console::{print_error, print_line};
use crate::exit;
use crate::models_folder::ModelsOption;
use crate::wording::finding_in_words;

/// Say which model files there are, what for, under which licence, and whether they are on this machine
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    models: ModelsOption,
}

pub(crate) fn run(arguments: &Arguments) -> u8 {
    let folder = match arguments.models.folder() {
        Ok(folder) => folder,
        Err(error) => {
            print_error(&error);
            return exit::code_of(error.kind());
        }
    };
    print_line(&format!("in {}", folder.display()));
    for file in MODEL_FILES {
        let need = if file.is_required { "required" } else { "optional" };
        print_line(&format!("{:36} {:18} {need}", file.name, state_of(&folder, file)));
        print_line(&format!("    {}; {}", file.purpose, file.licence));
    }
    // What is read for it takes a second or two at most, and cannot be cancelled by anything but the program's end.
    for file in adapted_files(&folder, &()).unwrap_or_default() {
        print_line(&file.to_string());
    }
    if let Some(found) = misplaced_models(&folder) {
        print_line(&format!("it {}", finding_in_words(&found)));
    }
    print_line(
        "gaze models pull fetches what is required, gaze models verify checks what is there",
    );
    exit::DONE
}

/// Whether a file is there, and how large it is.
fn state_of(folder: &Path, file: &ModelFile) -> String {
    let path = folder.join(file.name);
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => size_text(metadata.len()),
        Ok(_) => "no file".to_owned(),
        Err(_) => partial_len(&path)
            .map_or("missing".to_owned(), |len| format!("{} so far", size_text(len))),
    }
}

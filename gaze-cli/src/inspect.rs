//! `gaze inspect`: checks a folder of sheets.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use gaze_core::ErrorKind;

use crate::console::{print_error, print_line};
use crate::exit;

/// Check a folder of sheets against its metadata and say what is wrong
#[derive(Args)]
pub(crate) struct Arguments {
    /// Folder with metadata.json and sheets
    dir: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let report = match gaze_core::inspect(&arguments.dir) {
        Ok(report) => report,
        Err(error) => {
            print_error(&error);
            return exit::code_of(error.kind());
        }
    };
    if let Some(manifest) = &report.manifest {
        print_line(&format!(
            "{} x {} frames of {} x {} px, {}{}",
            manifest.grid.side(),
            manifest.grid.side(),
            manifest.frame_size.width,
            manifest.frame_size.height,
            manifest.layout.name(),
            if manifest.has_alpha { ", transparent background" } else { "" },
        ));
    }
    for problem in &report.problems {
        print_line(&format!("{}: {}", problem.file, problem.message));
    }
    if let Some(header) = &report.pack {
        print_line(&format!("frames.gaze is sound: {} bytes", header.file_len()));
    }
    if report.is_sound() {
        print_line(&format!("all {} sheets are sound", report.good_sheets.len()));
        return ExitCode::SUCCESS;
    }
    exit::code_of(ErrorKind::InvalidFormat)
}

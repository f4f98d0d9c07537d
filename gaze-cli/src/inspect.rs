//! `gaze inspect`: checks a folder of results, or a pack.

use std::path::PathBuf;

use clap::Args;
use gaze_core::pack::PACK_FILE;
use gaze_core::{ErrorKind, RigReport, Size};

use crate::console::{print_error, print_line};
use crate::exit;

/// Check a folder of results against its metadata, or a pack, and say what is wrong
#[derive(Args)]
pub(crate) struct Arguments {
    /// Folder with metadata.json and sheets, or with portrait.gaze; or such a file
    path: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> u8 {
    let report = match gaze_core::inspect(&arguments.path) {
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
        let name = arguments.path.file_name().filter(|_| arguments.path.is_file());
        let name = name.map_or(PACK_FILE.into(), |name| name.to_string_lossy());
        print_line(&format!("{name} is sound: {} bytes", header.file_len()));
    }
    for rig in &report.rigs {
        print_line(&describe(rig));
    }
    if !report.is_sound() {
        return exit::code_of(ErrorKind::InvalidFormat);
    }
    if report.manifest.is_some() {
        print_line(&format!("all {} sheets are sound", report.good_sheets.len()));
    }
    exit::DONE
}

/// A rig in one line: what it draws, and what its bytes are spent for.
fn describe(rig: &RigReport) -> String {
    let Size { width, height } = rig.frame_size;
    let parts = rig.parts.iter().map(|(kind, bytes)| format!("{} {bytes}", kind.escape_ascii()));
    format!(
        "the live rig in {} is sound: {width} x {height} px{}, {} eyes; {} bytes: {} ({})",
        rig.file,
        if rig.has_alpha { ", transparent background" } else { "" },
        if rig.has_layered_eyes { "layered" } else { "soft" },
        rig.parts.iter().map(|(_, bytes)| bytes).sum::<u64>(),
        parts.collect::<Vec<_>>().join(", "),
        rig.picture.mime_type(),
    )
}

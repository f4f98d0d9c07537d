//! `gaze pack`: existing sheets become `frames.gaze`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use gaze_core::PACK_QUALITY;
use gaze_core::pack::{PACK_FILE, PackOptions, pack_sheets};

use crate::console::{self, Console};
use crate::exit;

/// Make frames.gaze from the sheets in a folder
#[derive(Args)]
pub(crate) struct Arguments {
    /// Folder with sheets; the pack is written beside them
    dir: PathBuf,
    /// WebP quality of the frames, 0 to 100
    #[arg(long, value_name = "Q", default_value_t = PACK_QUALITY, value_parser = clap::value_parser!(u8).range(0..=100))]
    quality: u8,
    /// Threads that encode [default: one a core]
    #[arg(long, value_name = "N", value_parser = crate::generate::parse_threads)]
    threads: Option<usize>,
    /// Replace the pack that is there already
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    console::cancel_on_interrupt();
    let console = Console::new(false);
    let mut options = PackOptions::default();
    options.quality = arguments.quality;
    options.threads = arguments.threads.unwrap_or(0);
    options.force = arguments.force;
    let target = arguments.dir.join(PACK_FILE);
    let start = Instant::now();
    match pack_sheets(&arguments.dir, &target, &options, &console) {
        Ok(header) => {
            console.finish(&format!(
                "{}: {} frames, {:.1} MB in {:.1} s",
                target.display(),
                header.grid.cells(),
                header.file_len() as f64 / 1e6,
                start.elapsed().as_secs_f64(),
            ));
            ExitCode::SUCCESS
        }
        Err(error) => {
            console.fail(&error);
            exit::code_of(error.kind())
        }
    }
}

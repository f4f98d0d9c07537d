//! `gaze doctor`: says what is there and what to do about what isn't.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use gaze_core::ErrorKind;

use crate::console::print_line;
use crate::exit;

/// Say which engines, libraries and models are found, and what to do about those that aren't
#[derive(Args)]
pub(crate) struct Arguments {
    /// Folder with LivePortrait's model files
    #[arg(long, value_name = "DIR", env = "LIVEPORTRAIT_PATH")]
    liveportrait_path: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    print_line(&format!("gaze {}, {cores} cores", env!("CARGO_PKG_VERSION")));
    print_line(&format!("ok       libwebp {} (built in)", gaze_core::libwebp_version()));
    let engines = gaze_core::survey_engines(arguments.liveportrait_path.as_deref());
    for engine in &engines {
        let mark = if engine.is_available { "ok     " } else { "missing" };
        print_line(&format!("{mark}  engine {}: {}", engine.choice.name(), engine.found));
        if let Some(advice) = &engine.advice {
            print_line(&format!("         {advice}"));
        }
    }
    if engines.iter().any(|engine| engine.is_available) {
        ExitCode::SUCCESS
    } else {
        exit::code_of(ErrorKind::Engine)
    }
}

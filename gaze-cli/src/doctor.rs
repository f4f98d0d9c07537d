//! `gaze doctor`: says what is there and what to do about what isn't.

use std::process::ExitCode;

use clap::Args;
use gaze_core::ErrorKind;

use crate::console::{print_error, print_line};
use crate::engine::EngineArguments;
use crate::exit;

/// Say which engines, libraries and models are found, and what to do about those that aren't
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    liveportrait: EngineArguments,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    print_line(&format!("gaze {}, {cores} cores", env!("CARGO_PKG_VERSION")));
    print_line(&format!("ok       libwebp {} (built in)", gaze_core::libwebp_version()));
    let options = arguments.liveportrait.options();
    let options = match options.and_then(|options| options.check().map(|()| options)) {
        Ok(options) => options,
        Err(error) => {
            print_error(&error);
            return exit::code_of(error.kind());
        }
    };
    let engines = gaze_core::survey_engines(&options);
    for engine in &engines {
        let mark = if engine.is_available { "ok     " } else { "missing" };
        print_line(&format!("{mark}  engine {}", engine.choice.name()));
        for line in &engine.found {
            print_line(&format!("         {line}"));
        }
        if let Some(advice) = &engine.advice {
            print_line(&format!("         to do: {advice}"));
        }
    }
    if engines.iter().any(|engine| engine.is_available) {
        ExitCode::SUCCESS
    } else {
        exit::code_of(ErrorKind::Engine)
    }
}

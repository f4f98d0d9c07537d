//! `gaze doctor`: says what is there and what to do about what isn't.

use clap::Args;
use gaze_core::{EngineStatus, Error, ErrorKind};

use crate::console::{self, Console, print_error, print_line};
use crate::engine::{self, EngineArguments};
use crate::exit;
use crate::wording::{finding_in_words, in_words};

/// Say which engines, libraries and models are found, and what to do about those that aren't
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    liveportrait: EngineArguments,
}

pub(crate) fn run(arguments: &Arguments) -> u8 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    print_line(&format!("gaze {}, {cores} cores", env!("CARGO_PKG_VERSION")));
    print_line(&format!("ok       libwebp {} (built in)", gaze_core::libwebp_version()));
    let options = arguments.liveportrait.options();
    let options = match options.and_then(|options| options.check().map(|()| options)) {
        Ok(options) => engine::with_python(options),
        Err(error) => {
            print_error(&error);
            return exit::code_of(error.kind());
        }
    };
    // What takes long is said while it lasts, and Ctrl-C ends it.
    let console = Console::new(false);
    console::cancel_on_interrupt();
    let engines = gaze_core::survey_engines_observed(&options, &console);
    console.clear();
    let is_cancelled = |problem: &Error| problem.kind() == ErrorKind::Cancelled;
    if engines.iter().filter_map(|engine| engine.problem.as_ref()).any(is_cancelled) {
        return exit::code_of(ErrorKind::Cancelled);
    }
    for engine in &engines {
        let mark = if engine.is_available() { "ok     " } else { "missing" };
        print_line(&format!("{mark}  engine {}", engine.choice.name()));
        for finding in &engine.found {
            print_line(&format!("         {}", finding_in_words(finding)));
        }
        if let Some(problem) = &engine.problem {
            print_line(&format!("         to do: {}", in_words(problem)));
        }
    }
    if engines.iter().any(EngineStatus::is_available) {
        exit::DONE
    } else {
        exit::code_of(ErrorKind::Engine)
    }
}

//! The program of the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(gaze_cli::run(std::env::args_os(), None))
}

//! The `gaze` command: turns a portrait into sprite sheets of a face that looks round.
//!
//! A library, so that the Python package has the same command: [`run`] is all of it.
//!
//! # Features
//!
//! - `servers` (default): `gaze studio` and `gaze pod`.

mod bench;
mod console;
mod doctor;
mod engine;
mod exit;
mod export;
mod generate;
mod inspect;
mod maker;
mod models;
mod models_folder;
mod pack;
mod player;
#[cfg(feature = "servers")]
mod pod;
mod preview;
mod python;
#[cfg(feature = "servers")]
mod servers;
#[cfg(feature = "servers")]
mod studio;
#[cfg(feature = "servers")]
mod token;
mod wording;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use gaze_player::PLAYER;
pub use models_folder::models_folder;

/// Turns a portrait into sprite sheets of a face that looks round.
#[derive(Parser)]
#[command(name = "gaze", version, about, after_help = exit::HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Generate(generate::Arguments),
    Inspect(inspect::Arguments),
    Pack(pack::Arguments),
    Preview(preview::Arguments),
    Export(export::Arguments),
    Player(player::Arguments),
    Maker(maker::Arguments),
    #[cfg(feature = "servers")]
    Studio(Box<studio::Arguments>),
    Models(models::Arguments),
    Doctor(doctor::Arguments),
    Bench(bench::Arguments),
    #[cfg(feature = "servers")]
    Pod(Box<pod::Arguments>),
}

/// Runs the command that `arguments` name, the program's name first, and gives its exit code, which `--help` explains.
///
/// `onnxruntime` is a folder in which ONNX Runtime's library is looked for last: that of a package, where the caller knows
/// one. Without it the Python on the search path is asked. Called once in a process.
pub fn run(arguments: impl IntoIterator<Item = OsString>, onnxruntime: Option<PathBuf>) -> u8 {
    python::set_onnxruntime_folder(onnxruntime);
    let command = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments.command,
        Err(refusal) => {
            // Help is printed in the same way. A closed pipe is nobody to tell.
            let _ = refusal.print();
            return u8::try_from(refusal.exit_code()).unwrap_or(1);
        }
    };
    match command {
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Pack(arguments) => pack::run(&arguments),
        Command::Preview(arguments) => preview::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Player(arguments) => player::run(&arguments),
        Command::Maker(arguments) => maker::run(&arguments),
        #[cfg(feature = "servers")]
        Command::Studio(arguments) => studio::run(&arguments),
        Command::Models(arguments) => models::run(arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        #[cfg(feature = "servers")]
        Command::Pod(arguments) => pod::run(*arguments),
    }
}

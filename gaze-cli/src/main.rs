//! The `gaze` command: turns a portrait into sprite sheets of a face that looks round.

mod console;
mod doctor;
mod engine;
mod exit;
mod export;
mod generate;
mod inspect;
mod maker;
mod models;
mod pack;
mod page;
mod player;
mod preview;
mod python;
mod wording;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Turns a portrait into sprite sheets of a face that looks round.
#[derive(Parser)]
#[command(version, about, after_help = exit::HELP)]
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
    Models(models::Arguments),
    Doctor(doctor::Arguments),
}

fn main() -> ExitCode {
    // Wrong usage ends here, with exit code 2.
    match Arguments::parse().command {
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Pack(arguments) => pack::run(&arguments),
        Command::Preview(arguments) => preview::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Player(arguments) => player::run(&arguments),
        Command::Maker(arguments) => maker::run(&arguments),
        Command::Models(arguments) => models::run(arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
    }
}

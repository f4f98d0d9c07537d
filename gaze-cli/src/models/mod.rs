//! `gaze models`: the files that the LivePortrait engine runs. The library never fetches anything: where files come
//! from, where they lie and under which licence they may be used is decided here.
//!
//! - [`list`], [`pull`], [`verify`], [`adapt`]: the commands.
//! - [`hub`] and [`digest`]: the files that a hub lists, and their digests; [`transfer`] and [`partial_download`]: getting
//!   the bytes, and keeping unfinished files so that they can be resumed; [`failure`]: network errors and retries;
//!   [`progress`] and [`cancel`]: what the user sees of a download, and Ctrl-C.

mod adapt;
mod cancel;
mod digest;
mod failure;
mod hub;
mod list;
mod partial_download;
mod progress;
mod pull;
mod transfer;
mod verify;

use clap::{Args, Subcommand};

/// List, fetch, check and adapt LivePortrait's model files
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    List(list::Arguments),
    Pull(pull::Arguments),
    Verify(verify::Arguments),
    Adapt(adapt::Arguments),
}

pub(crate) fn run(arguments: Arguments) -> u8 {
    match arguments.command {
        Command::List(arguments) => list::run(&arguments),
        Command::Pull(arguments) => pull::run(arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Adapt(arguments) => adapt::run(&arguments),
    }
}

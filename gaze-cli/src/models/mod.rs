//! `gaze models`: the files that the LivePortrait engine runs. The library never fetches anything: where files come
//! from, where they lie and under which licence they may be used is decided here.
//!
//! - [`folder`]: where they lie.
//! - [`list`], [`pull`], [`verify`], [`adapt`]: the commands.
//! - [`hub`] and [`digest`]: what a hub announces; [`transfer`] and [`part`]: how the bytes come and where they wait;
//!   [`failure`]: what can go wrong on the way, and trying again; [`attend`] and [`progress`]: what the user sees of it
//!   and how they end it.

mod adapt;
mod attend;
mod digest;
mod failure;
mod folder;
mod hub;
mod list;
mod part;
mod progress;
mod pull;
mod transfer;
mod verify;

pub(crate) use folder::ModelsOption;

use std::process::ExitCode;

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

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    match arguments.command {
        Command::List(arguments) => list::run(&arguments),
        Command::Pull(arguments) => pull::run(arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Adapt(arguments) => adapt::run(&arguments),
    }
}

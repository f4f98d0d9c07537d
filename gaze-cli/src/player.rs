//! `gaze player`: writes the player that the program carries, for a page of one's own.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use gaze_core::{Error, ErrorKind, OutputFile, Result};
use gaze_player::PLAYER;

use crate::console::{print_error, print_line};
use crate::exit;

/// Write the player, gaze-tracker.js: one script that a page needs to show a folder
#[derive(Args)]
pub(crate) struct Arguments {
    /// The script to write, for instance gaze-tracker.js
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace a file that is there already
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments) -> u8 {
    match write_player(&arguments.out, arguments.force) {
        Ok(()) => {
            let kilobytes = PLAYER.len() as f64 / 1e3;
            print_line(&format!("{}: {kilobytes:.0} kB", arguments.out.display()));
            exit::DONE
        }
        Err(error) => {
            print_error(&error);
            exit::code_of(error.kind())
        }
    }
}

fn write_player(out: &Path, force: bool) -> Result<()> {
    // The program is all that the script is taken from.
    let inputs: Vec<PathBuf> = std::env::current_exe().into_iter().collect();
    let file = OutputFile::create_from(out, force, &inputs)?;
    file.start()?.write_all(PLAYER.as_bytes()).map_err(|e| {
        let message = format!("the player cannot be written: {e}");
        Error::new(ErrorKind::Output, message).with_path(out).with_source(e)
    })?;
    file.commit()
}

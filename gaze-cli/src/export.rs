//! `gaze export`: a folder or a live rig becomes one page that needs nothing else, not even a server.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use clap::Args;
use gaze_core::pack::{PACK_FILE, PackFile, PackOptions, pack_sheets};
use gaze_core::{Error, ErrorKind, OutputFile, Result, gaze_files};
use gaze_player::page;

use crate::console::{self, Console};
use crate::exit;

/// Make one HTML file of a folder or a live rig, which works from a disk and without a network
#[derive(Args)]
pub(crate) struct Arguments {
    /// portrait.gaze, or a folder with one, with frames.gaze or with sheets
    path: PathBuf,
    /// The page to write
    #[arg(long, value_name = "FILE")]
    html: PathBuf,
    /// Replace a file that is there already
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments) -> u8 {
    console::cancel_on_interrupt();
    let console = Console::new(false);
    match export(arguments, &console) {
        Ok(bytes) => {
            let (path, megabytes) = (arguments.html.display(), bytes as f64 / 1e6);
            console.finish(&format!("{path}: one page of {megabytes:.2} MB"));
            exit::DONE
        }
        Err(error) => {
            console.fail(&error);
            exit::code_of(error.kind())
        }
    }
}

/// Writes the page and says how large it is.
fn export(arguments: &Arguments, console: &Console) -> Result<u64> {
    let path = &arguments.path;
    let inputs = if path.is_file() { vec![path.clone()] } else { gaze_files(path) };
    let out = OutputFile::create_from(&arguments.html, arguments.force, &inputs)?;
    let pack = pack_of(path, &out, console)?;
    let mut opened = PackFile::open(&pack)?;
    // A page that shows nothing would be found out much later.
    opened.check(console)?;
    let file = out.start()?;
    let mut html = BufWriter::new(file);
    page::write_page(path, &pack, &mut html, console).map_err(|e| match e.kind() {
        ErrorKind::Output => e.with_path(out.target()),
        _ => e,
    })?;
    let file = html.into_inner().map_err(|e| not_written(&out, e.into_error()))?;
    let bytes = file.metadata().map_err(|e| not_written(&out, e))?.len();
    // Open files cannot be moved everywhere.
    drop(file);
    out.commit()?;
    Ok(bytes)
}

/// The rig or the pack, or a pack made of the folder's sheets for the time being.
fn pack_of(path: &Path, out: &OutputFile, console: &Console) -> Result<PathBuf> {
    if let Some(pack) = page::pack_at(path) {
        return Ok(pack);
    }
    let made = out.scratch(PACK_FILE);
    pack_sheets(path, &made, &PackOptions::default(), console)?;
    Ok(made)
}

fn not_written(out: &OutputFile, e: io::Error) -> Error {
    Error::new(ErrorKind::Output, format!("the page cannot be written: {e}"))
        .with_path(out.target())
        .with_source(e)
}

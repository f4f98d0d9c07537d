//! `gaze maker`: writes the page that makes portraits in the browser.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use gaze_core::{Error, ErrorKind, OutputFile, Result};
use gaze_player::maker_page;

use crate::console::{print_error, print_line, print_stderr};
use crate::exit;

/// Write a page that makes portraits: drop a photo, save the face that looks round; no server, no upload
#[derive(Args)]
pub(crate) struct Arguments {
    /// The page to write
    #[arg(long, value_name = "FILE", default_value = "maker.html")]
    out: PathBuf,
    /// Open it in the browser
    #[arg(long)]
    open: bool,
    /// Replace a file that is there already
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments) -> u8 {
    let out = &arguments.out;
    match write_page(out, arguments.force) {
        Ok(bytes) => {
            let megabytes = bytes as f64 / 1e6;
            print_line(&format!("{}: one page of {megabytes:.1} MB", out.display()));
            if arguments.open {
                open_page(out);
            }
            exit::DONE
        }
        Err(error) => {
            print_error(&error);
            exit::code_of(error.kind())
        }
    }
}

/// Writes the page and says how large it is.
fn write_page(out: &Path, force: bool) -> Result<usize> {
    // The program is all that the page is taken from.
    let inputs: Vec<PathBuf> = std::env::current_exe().into_iter().collect();
    let file = OutputFile::create_from(out, force, &inputs)?;
    let page = maker_page();
    file.start()?.write_all(page.as_bytes()).map_err(|e| {
        let message = format!("the page cannot be written: {e}");
        Error::new(ErrorKind::Output, message).with_path(out).with_source(e)
    })?;
    file.commit()?;
    Ok(page.len())
}

fn open_page(out: &Path) {
    // Browsers want whole paths.
    let path = out.canonicalize().unwrap_or_else(|_| out.to_owned());
    if let Err(e) = open::that_detached(path) {
        print_stderr(&format!("warning: no browser could be opened, open the page yourself: {e}"));
    }
}

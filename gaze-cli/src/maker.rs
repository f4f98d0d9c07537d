//! `gaze maker`: writes the page that makes portraits in the browser.

use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use gaze_core::faces::FaceModelBytes;
use gaze_core::{Error, ErrorKind, OutputFile, Result};
use sha2::{Digest, Sha256};

use crate::console::{print_error, print_line, print_stderr};
use crate::exit;
use crate::page::inline_script;
use crate::player::PLAYER;

/// The page without the player and the face models, which the program has anyway. build.rs says which one it is.
const PAGE: &str = include_str!(env!("GAZE_MAKER"));
/// Where they go, and the player's digest, by which the page's policy allows it: each once in the page.
const MODELS_PLACE: &str = "<!--models-->";
const PLAYER_PLACE: &str = "{{carried-player}}";
const PLAYER_DIGEST_PLACE: &str = "{{player-digest}}";

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
    let page = whole_page();
    file.start()?.write_all(page.as_bytes()).map_err(|e| {
        let message = format!("the page cannot be written: {e}");
        Error::new(ErrorKind::Output, message).with_path(out).with_source(e)
    })?;
    file.commit()?;
    Ok(page.len())
}

/// The page with all that it needs.
fn whole_page() -> String {
    let player = inline_script(PLAYER);
    let models = models().map(|(name, bytes)| {
        let base64 = STANDARD.encode(bytes);
        format!(
            "<script type=\"application/octet-stream\" data-name=\"{name}\">{base64}</script>\n"
        )
    });
    PAGE.replacen(PLAYER_DIGEST_PLACE, &STANDARD.encode(Sha256::digest(&player)), 1)
        .replacen(MODELS_PLACE, &models.concat(), 1)
        .replacen(PLAYER_PLACE, &player, 1)
}

/// The face models, by the names under which the page looks for them.
fn models() -> [(&'static str, &'static [u8]); 4] {
    let FaceModelBytes { detector, mesh, iris, person_mask } = FaceModelBytes::BUNDLED;
    [
        ("face_detection_short_range.onnx", detector),
        ("face_landmark.onnx", mesh),
        ("iris_landmark.onnx", iris),
        ("selfie_segmentation.onnx", person_mask),
    ]
}

fn open_page(out: &Path) {
    // Browsers want whole paths.
    let path = out.canonicalize().unwrap_or_else(|_| out.to_owned());
    if let Err(e) = open::that_detached(path) {
        print_stderr(&format!("warning: no browser could be opened, open the page yourself: {e}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_one_place_for_each_part() {
        for place in [MODELS_PLACE, PLAYER_PLACE, PLAYER_DIGEST_PLACE] {
            assert_eq!(PAGE.matches(place).count(), 1, "{place}");
        }
    }

    #[test]
    fn the_page_takes_just_these_models() {
        // If this fails, the page was made for other models: run scripts/build-player.sh --snapshot.
        for (name, bytes) in models() {
            let digest = hex::encode(Sha256::digest(bytes));
            assert!(PAGE.contains(&digest), "{name}");
            assert!(PAGE.contains(name), "{name}");
        }
    }
}

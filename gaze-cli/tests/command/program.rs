//! Running the program, and a small folder of sheets to run it on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs the program without anything of this machine's user: no models, no library, no settings.
pub(crate) fn gaze(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// The same, not started yet.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gaze"));
    command.args(arguments);
    // The models folder is a missing one, so that the search for engines ends there.
    command.env("LIVEPORTRAIT_PATH", "/nothing/here");
    command
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A sound folder of 2 x 2 cells of 8 x 6 px, without help of the engine.
pub(crate) fn small_sheets(dir: &Path) {
    // An 8 x 6 px lossy WebP, as libwebp writes it.
    let sheet = include_bytes!("sheet-8x6.webp");
    fs::create_dir_all(dir).unwrap();
    for q in 0..4 {
        fs::write(dir.join(format!("q{q}.webp")), sheet).unwrap();
    }
    fs::write(dir.join("metadata.json"), r#"{"gridSize":2,"imageWidth":8,"imageHeight":6}"#)
        .unwrap();
    fs::write(dir.join("input.jpg"), b"\xff\xd8 no real one").unwrap();
}

/// A portrait with a face.
pub(crate) fn astronaut() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/astronaut.png")
}

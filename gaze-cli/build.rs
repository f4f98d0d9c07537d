//! Chooses the player and the maker's page that the program carries: those that were just built, or else the committed
//! snapshots.

use std::env;
use std::path::Path;

/// What `scripts/build-player.sh` makes; git does not keep it.
const BUILT: &str = "../gaze-wasm/dist";
/// The snapshots, so that building gaze needs no Node.
const SNAPSHOTS: &str = "player";

fn main() {
    let root = env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets it for build scripts");
    for (variable, name) in [("GAZE_PLAYER", "gaze-tracker.js"), ("GAZE_MAKER", "maker.html")] {
        let [built, snapshot] =
            [BUILT, SNAPSHOTS].map(|folder| Path::new(&root).join(folder).join(name));
        watch(&built);
        watch(&snapshot);
        let chosen = if built.is_file() { built } else { snapshot };
        println!("cargo::rustc-env={variable}={}", chosen.display());
    }
}

/// Runs this again when the file changes, appears or goes. Cargo takes a path that is missing for one that always
/// changes, so its folder is watched instead, or the one above; without those, as in a published package, there is
/// nothing to wait for.
fn watch(file: &Path) {
    if let Some(path) = file.ancestors().take(3).find(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

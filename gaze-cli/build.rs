//! Chooses the player that the program carries: the one that was just built, or else the committed snapshot.

use std::env;
use std::path::Path;

/// What `scripts/build-player.sh` makes; git does not keep it.
const BUILT: &str = "../gaze-wasm/dist/gaze-tracker.js";
/// The snapshot, so that building gaze needs no Node.
const SNAPSHOT: &str = "player/gaze-tracker.js";

fn main() {
    let root = env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets it for build scripts");
    let [built, snapshot] = [BUILT, SNAPSHOT].map(|path| Path::new(&root).join(path));
    watch(&built);
    watch(&snapshot);
    let chosen = if built.is_file() { built } else { snapshot };
    println!("cargo::rustc-env=GAZE_PLAYER={}", chosen.display());
}

/// Runs this again when the file changes, appears or goes. Cargo takes a path that is missing for one that always
/// changes, so its folder is watched instead, or the one above; without those, as in a published package, there is
/// nothing to wait for.
fn watch(file: &Path) {
    if let Some(path) = file.ancestors().take(3).find(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

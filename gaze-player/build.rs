//! Chooses the player, the maker's page and the studio's that programs carry: those that were just built, or else the
//! committed snapshots.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// What `scripts/build-player.sh` makes; git does not keep it.
const BUILT: &str = "../gaze-wasm/dist";
/// The snapshots, so that building gaze needs no Node.
const SNAPSHOTS: &str = "files";

fn main() {
    let root = env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets it for build scripts");
    let root = Path::new(&root);
    for (variable, name) in [("GAZE_PLAYER", "gaze-tracker.js"), ("GAZE_MAKER", "maker.html")] {
        println!("cargo::rustc-env={variable}={}", chosen(root, name).display());
    }
    let out = env::var_os("OUT_DIR").expect("Cargo sets it for build scripts");
    let list = list_files(&chosen(root, "studio"));
    fs::write(Path::new(&out).join("studio_files.rs"), list).expect("the folder is Cargo's own");
}

/// The file or folder of that name that was just built, or its snapshot.
fn chosen(root: &Path, name: &str) -> PathBuf {
    let [built, snapshot] = [BUILT, SNAPSHOTS].map(|folder| root.join(folder).join(name));
    watch(&built);
    watch(&snapshot);
    if built.exists() { built } else { snapshot }
}

/// The files of a folder, by name, as an expression of Rust.
fn list_files(folder: &Path) -> String {
    let files = fs::read_dir(folder).map(|entries| entries.filter_map(Result::ok).collect());
    let mut files: Vec<fs::DirEntry> = files.unwrap_or_default();
    files.sort_by_key(fs::DirEntry::file_name);
    let mut list = String::from("&[\n");
    for file in files {
        let (name, path) = (file.file_name(), file.path());
        println!("cargo::rerun-if-changed={}", path.display());
        let _ = writeln!(list, "({:?}, include_bytes!({:?})),", name.to_string_lossy(), path);
    }
    list + "]"
}

/// Runs this again when the file changes, appears or goes. Cargo takes a path that is missing for one that always
/// changes, so its folder is watched instead, or the one above; without those, as in a published package, there is
/// nothing to wait for.
fn watch(file: &Path) {
    if let Some(path) = file.ancestors().take(3).find(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

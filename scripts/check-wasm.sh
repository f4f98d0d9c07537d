#!/usr/bin/env bash
# Compiles for WebAssembly what a page may use of gaze's crates: gaze-rig, and gaze-face with and without the face
# models inside and with reading of picture files. The player itself: build-player.sh.
set -eu
cd "$(dirname "$0")/.."

# Maybe another compiler: its files are kept apart.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/wasm-std"
scripts/wasm-cargo.sh -q -p gaze-rig --lib
for features in "" bundled-models picture-files; do
  scripts/wasm-cargo.sh -q -p gaze-face --lib --no-default-features --features "$features"
done

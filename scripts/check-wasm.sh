#!/usr/bin/env bash
# Compiles the parts of gaze-core that the player shares for WebAssembly, with and without the rig. The player
# itself: build-player.sh.
set -eu
cd "$(dirname "$0")/.."

# Maybe another compiler: its files are kept apart.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/wasm-std"
scripts/wasm-cargo.sh -q -p gaze-core --lib --no-default-features
scripts/wasm-cargo.sh -q -p gaze-core --lib --no-default-features --features rig

#!/usr/bin/env bash
# Compiles for WebAssembly what players and browsers take: gaze-rig, and gaze-face with and without its models. The
# player itself: build-player.sh.
set -eu
cd "$(dirname "$0")/.."

# Maybe another compiler: its files are kept apart.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/wasm-std"
scripts/wasm-cargo.sh -q -p gaze-rig --lib
scripts/wasm-cargo.sh -q -p gaze-face --lib --no-default-features
scripts/wasm-cargo.sh -q -p gaze-face --lib

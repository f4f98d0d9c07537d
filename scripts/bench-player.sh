#!/usr/bin/env bash
# Measures the player against PixiJS in Chromium and writes benches/results/player.md and .csv.
#
#   scripts/bench-player.sh [--rounds 3] [--only ours|peer]
#   scripts/bench-player.sh --render [--rounds 3]   the ways to draw a frame: benches/results/renderer.md
#
# Frames are made once, in benches/player/build/frames, or taken from the folder in BENCH_FRAMES.
# The player must be built before (scripts/build-player.sh); BENCH_PLAYER names another folder than
# gaze-wasm/dist. How each figure is taken: benches/player/README.md
set -eu
cd "$(dirname "$0")/.."
bench=benches/player
frames=${BENCH_FRAMES:-$bench/build/frames}

if [ ! -d "$bench/node_modules" ]; then
  npm ci --prefix "$bench" --no-audit --no-fund
fi
if [ ! -f "$frames/metadata.json" ]; then
  mkdir -p "$bench/build"
  node "$bench/portrait.mjs" "$bench/build/portrait.png"
  cargo run --release -p gaze-cli -- generate --engine embedded --force --out "$frames" "$bench/build/portrait.png"
fi

if [ "${1:-}" = --render ]; then
  shift
  exec node "$bench/render.mjs" "$frames" "$@"
fi
exec node "$bench/measure.mjs" "$frames" --player "${BENCH_PLAYER:-gaze-wasm/dist}" "$@"

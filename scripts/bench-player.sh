#!/usr/bin/env bash
# Measures the player with a rig and with a pack, and PixiJS, in Chromium and writes benches/results/player.md and .csv.
#
#   scripts/bench-player.sh [--rounds 3] [--only rig|pack|peer]
#   scripts/bench-player.sh --render [--rounds 3]   the ways to draw a frame: benches/results/renderer.md
#
# Frames and rig are made once, in benches/player/build/frames and rig, or taken from the folders in BENCH_FRAMES and
# BENCH_RIG.
# The player must be built before (scripts/build-player.sh); BENCH_PLAYER names another folder than
# gaze-wasm/dist. How each figure is taken: benches/player/README.md
set -eu
cd "$(dirname "$0")/.."
bench=benches/player
frames=${BENCH_FRAMES:-$bench/build/frames}
rig=${BENCH_RIG:-$bench/build/rig}

if [ ! -d "$bench/node_modules" ]; then
  npm ci --prefix "$bench" --no-audit --no-fund
fi
if [ ! -f "$frames/metadata.json" ]; then
  mkdir -p "$bench/build"
  node "$bench/portrait.mjs" "$bench/build/portrait.png"
  cargo run --release -p gaze-cli -- generate --engine embedded --no-rig --force --out "$frames" "$bench/build/portrait.png"
fi
if [ ! -f "$rig/portrait.gaze" ]; then
  cargo run --release -p gaze-cli -- generate --engine embedded --only-rig --force --out "$rig" "$bench/build/portrait.png"
fi

if [ "${1:-}" = --render ]; then
  shift
  exec node "$bench/render.mjs" "$frames" "$@"
fi
exec node "$bench/measure.mjs" "$frames" "$rig" --player "${BENCH_PLAYER:-gaze-wasm/dist}" "$@"

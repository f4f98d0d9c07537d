#!/usr/bin/env bash
# Measures the player with a rig and with a pack, and PixiJS, in Chromium and writes benches/results/player.md and .csv.
#
#   scripts/bench-player.sh [--rounds 3] [--only rig|pack|peer]
#   scripts/bench-player.sh --render [--rounds 3]   the ways to draw a frame: benches/results/renderer.md
#   scripts/bench-player.sh --motion [--before DIST] what is shown while the gaze moves: benches/results/motion.md
#   scripts/bench-player.sh --moving [--before DIST] what moving costs at equal pictures, on the terminal
#
# Frames and rig are made once, in benches/player/build/frames and rig, or taken from the folders in BENCH_FRAMES and
# BENCH_RIG; those of --motion in benches/player/build/faces, or BENCH_FACES.
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
if [ "${1:-}" = --motion ]; then
  shift
  faces=${BENCH_FACES:-$bench/build/faces}
  make_face() { # make_face FOLDER OPTIONS
    local folder=$faces/$1
    shift
    [ -d "$folder" ] || cargo run --release -p gaze-cli -- generate --engine embedded "$@" --out "$folder" examples/astronaut.png
  }
  mkdir -p "$faces"
  make_face rig --only-rig
  for grid in 6 12 30; do make_face "$grid" --no-rig --grid "$grid"; done
  exec node "$bench/motion.mjs" "$faces" --player "${BENCH_PLAYER:-gaze-wasm/dist}" "$@"
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
if [ "${1:-}" = --moving ]; then
  shift
  exec node "$bench/moving.mjs" "$frames" "$rig" --player "${BENCH_PLAYER:-gaze-wasm/dist}" "$@"
fi
exec node "$bench/measure.mjs" "$frames" "$rig" --player "${BENCH_PLAYER:-gaze-wasm/dist}" "$@"

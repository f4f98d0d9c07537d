#!/usr/bin/env bash
# The packed npm package in pages of real tools: Vite 5 to 8, webpack, esbuild, Rollup, Parcel, Next, and no tool at all; writes
# gaze-wasm/test/bundlers/RESULTS.md.
#
#   scripts/test-bundlers.sh          all of them
#   scripts/test-bundlers.sh REGEXP   those whose names match; writes nothing
#
# Needs the built player (scripts/build-player.sh), the player's fixtures (scripts/test.sh web makes both), Chromium, and npm's registry
# the first time: the tools stay installed in GAZE_BUNDLERS_DIR, some 700 MB.
set -eu
cd "$(dirname "$0")/.."

GAZE_PLAYER_FIXTURES=${GAZE_PLAYER_FIXTURES:-$(realpath -m "${CARGO_TARGET_DIR:-target}")/player-fixtures}
export GAZE_PLAYER_FIXTURES GAZE_BUNDLERS=${1:-}
cd gaze-wasm
npx --no-install vitest run --config vitest.bundlers.config.ts

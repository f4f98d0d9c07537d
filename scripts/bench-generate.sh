#!/usr/bin/env bash
# Measures how long a photograph takes to become a live face in a page, and the memory of the module: writes
# benches/results/generate.md.
#
#   scripts/bench-generate.sh [--rounds 5]
#   scripts/bench-generate.sh --browser 'firefox-esr --headless --profile /tmp/empty'   another browser, nothing written
#
# From the call of generate() with a file to two animation frames after the element's `ready`, on a fresh browser each
# time: with nothing loaded before, with prepare() called before, and the next faces of the same page. Medians. The player
# must be built before (scripts/build-player.sh), and benches/player has the tools.
set -eu
cd "$(dirname "$0")/.."
build=benches/generate/build

[ -d benches/player/node_modules ] || npm ci --prefix benches/player --no-audit --no-fund
if [ ! -f "$build/twelve-megapixels.jpg" ]; then
  mkdir -p "$build"
  node benches/generate/pictures.mjs "$build"
fi

out=(--out benches/results/generate.md)
case " $* " in *" --browser "*) out=() ;; esac
exec node benches/generate/measure.mjs "${out[@]}" "$@" "$build/portrait.png:640" "$build/twelve-megapixels.jpg:512"

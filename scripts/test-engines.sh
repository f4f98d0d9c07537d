#!/usr/bin/env bash
# The player in Firefox and WebKit: what the browser tests of gaze-wasm do in Chromium, as far as engines may differ.
#
#   scripts/test-engines.sh              all checks that engines share
#   scripts/test-engines.sh DIR          the same, and screenshots of a face that looks about in each
#
# Needs the built player (scripts/build-player.sh) and the player's fixtures (scripts/test.sh web makes both), Firefox,
# WebKitGTK's MiniBrowser with its driver, and Xvfb; installs the browsers with apt when it may.
set -eu
cd "$(dirname "$0")/.."

. scripts/need.sh

[ -n "${FIREFOX:-}" ] || command -v firefox >/dev/null || need firefox-esr firefox-esr
need WebKitWebDriver webkit2gtk-driver
need Xvfb xvfb

GAZE_PLAYER_FIXTURES=${GAZE_PLAYER_FIXTURES:-$(realpath -m "${CARGO_TARGET_DIR:-target}")/player-fixtures}
export GAZE_PLAYER_FIXTURES
[ -z "${1:-}" ] || GAZE_SCREENSHOTS=$(realpath -m "$1")
export GAZE_SCREENSHOTS=${GAZE_SCREENSHOTS:-}
cd gaze-wasm
npx --no-install vitest run --config vitest.engines.config.ts

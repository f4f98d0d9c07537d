#!/usr/bin/env bash
# The maker's page in Firefox and WebKit: a photo becomes a face, which follows the pointer, and what is saved lives again.
# Prints how long each took; test-engines.sh, which runs this among the rest, says what is needed.
#
#   scripts/test-maker-engines.sh          checks
#   scripts/test-maker-engines.sh DIR      the same, and screenshots of the page in each
set -eu
cd "$(dirname "$0")/.."
[ -z "${1:-}" ] || GAZE_SCREENSHOTS=$(realpath -m "$1")
export GAZE_SCREENSHOTS=${GAZE_SCREENSHOTS:-}
cd gaze-wasm
npx --no-install vitest run --config vitest.engines.config.ts maker

#!/usr/bin/env bash
# The npm package in apps of React, Preact, Vue, Svelte and Next, in Chromium: rendered there alone, and by the server before;
# in development and as built. gaze-wasm/test/frameworks/RESULTS.md says what came of it.
#
#   scripts/test-frameworks.sh           all of it
#   scripts/test-frameworks.sh FILE...   some, such as test/frameworks/next.frameworks.ts
#
# Needs the built player (scripts/build-player.sh), the player's fixtures (scripts/test.sh web makes both) and Chromium;
# installs the frameworks from npm beside their package.json.
set -eu
cd "$(dirname "$0")/.."

GAZE_PLAYER_FIXTURES=${GAZE_PLAYER_FIXTURES:-$(realpath -m "${CARGO_TARGET_DIR:-target}")/player-fixtures}
export GAZE_PLAYER_FIXTURES
cd gaze-wasm
for folder in test/frameworks test/frameworks/next; do
  [ -d "$folder/node_modules" ] && [ "$folder/node_modules" -nt "$folder/package-lock.json" ] ||
    (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error)
done
npx --no-install vitest run --config vitest.frameworks.config.ts "$@"

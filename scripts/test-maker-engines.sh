#!/usr/bin/env bash
# Tries the maker's page in the browsers that are installed: `gaze maker` writes it, a photo is chosen in each, the face
# follows the pointer, what is saved is opened again. Prints what was measured; screenshots go to a folder.
#
#   scripts/test-maker-engines.sh [FOLDER [ENGINE...]]     engines: chromium, firefox, webkit; all three unless named
#
# Needs Chromium, Firefox (firefox-esr) and WebKitGTK's driver (webkit2gtk-driver, with xvfb), and the player built
# (scripts/build-player.sh).
set -eu
cd "$(dirname "$0")/.."
folder=${1:-target/maker-engines}
shift $(($# > 0 ? 1 : 0))
mkdir -p "$folder"
folder=$(realpath "$folder")
cargo run -q -p gaze-cli -- maker --out "$folder/maker.html" --force
cd gaze-wasm
node test/engines/maker.mjs "$folder/maker.html" ../examples/astronaut.png "$folder" "$@"

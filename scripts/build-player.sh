#!/usr/bin/env bash
# Builds the npm package: gaze-wasm/pkg/ and gaze-wasm/dist/, which git ignores.
#
#   scripts/build-player.sh              builds
#   scripts/build-player.sh --snapshot   builds, then copies dist/gaze-tracker.js, dist/maker.html and dist/studio/ to
#                                        gaze-player/files/, and dist/rig-player.js to gaze-py/python/gaze_generator/static/
#
# The copies are committed, so that `gaze preview`, `gaze export`, `gaze maker` and faces in notebooks work where the player was
# not built. Refresh them for a release, or when a format changes so that an older player cannot
# show what gaze makes; not with every change.
#
# Needs Node 20 or later with npm, the wasm32 target (see wasm-cargo.sh) and wasm-bindgen's command in the version
# that Cargo.lock names; installs the latter into a folder of its own (GAZE_TOOLS_DIR) where it is missing.
set -eu
cd "$(dirname "$0")/.."

case "${1:-}" in
  "" | --snapshot) ;;
  *)
    echo "usage: scripts/build-player.sh [--snapshot]" >&2
    exit 2
    ;;
esac

major=$(node -p 'parseInt(process.versions.node)' 2>/dev/null || echo 0)
if [ "$major" -lt 20 ] || ! command -v npm >/dev/null; then
  echo "needs Node 20 or later with npm: https://nodejs.org, or your system's nodejs and npm" >&2
  exit 1
fi

version=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print }' Cargo.lock)
tools=${GAZE_TOOLS_DIR:-${CI_CACHE_DIR:-$HOME/.cache/gaze}/tools}
bindgen=$(command -v wasm-bindgen || true)
if [ -z "$bindgen" ] || [ "$("$bindgen" --version)" != "wasm-bindgen $version" ]; then
  bindgen=$tools/bin/wasm-bindgen
  if [ ! -x "$bindgen" ] || [ "$("$bindgen" --version)" != "wasm-bindgen $version" ]; then
    echo "installing wasm-bindgen-cli $version into $tools"
    # A registry's mirror may lack one of the locked dependencies: then whatever fits.
    cargo install -q --locked wasm-bindgen-cli --version "$version" --root "$tools" --force ||
      cargo install -q wasm-bindgen-cli --version "$version" --root "$tools" --force
  fi
fi

# Before it is compiled, so that an edit meanwhile does not count as built.
digest=$(node gaze-wasm/rust-sources.mjs)

# Maybe another compiler, and for each set of features another standard library: their files are kept apart.
target=${CARGO_TARGET_DIR:-target}
glue=()
module() { # module CRATE LIBRARY PROFILE FOLDER [FEATURES]
  CARGO_TARGET_DIR=$target/$4 WASM_FEATURES=${5:-} scripts/wasm-cargo.sh -q -p "$1" --lib --profile "$3"
  "$bindgen" --target web "${glue[@]}" --out-dir "$target/$4/$2" "$target/$4/wasm32-unknown-unknown/$3/$2.wasm"
}
module gaze-wasm gaze_tracker player wasm-std
module gaze-wasm-rig live_rig rig wasm-std
module gaze-wasm-rig live_rig rig wasm-simd +simd128
# What makes faces in a page may run out of memory there, and is started anew.
glue=(--experimental-reset-state-function)
module gaze-wasm-generate gaze_generate rig wasm-std
module gaze-wasm-generate gaze_generate rig wasm-simd +simd128
mkdir -p gaze-wasm/pkg/generate
cp "$target"/wasm-std/{gaze_tracker,live_rig}/* gaze-wasm/pkg/
# One script starts either.
cmp "$target"/{wasm-std,wasm-simd}/live_rig/live_rig.js
cp "$target/wasm-simd/live_rig/live_rig_bg.wasm" gaze-wasm/pkg/live_rig_simd_bg.wasm
cp "$target"/wasm-std/gaze_generate/* gaze-wasm/pkg/generate/
cmp "$target"/{wasm-std,wasm-simd}/gaze_generate/gaze_generate.js
cp "$target/wasm-simd/gaze_generate/gaze_generate_bg.wasm" gaze-wasm/pkg/generate/gaze_generate_simd_bg.wasm
echo "$digest" >gaze-wasm/pkg/rust.sha256

cd gaze-wasm
[ -d node_modules ] && [ node_modules -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error
node build.mjs

if [ "${1:-}" = --snapshot ]; then
  cp dist/gaze-tracker.js dist/maker.html ../gaze-player/files/
  rm -rf ../gaze-player/files/studio
  cp -R dist/studio ../gaze-player/files/
  cp dist/rig-player.js ../gaze-py/python/gaze_generator/static/
fi

#!/usr/bin/env bash
# Builds what makes faces in the page: gaze-wasm/pkg/generate/, which git ignores. Called by build-player.sh, which says
# what it needs; BINDGEN names wasm-bindgen's command.
set -eu
cd "$(dirname "$0")/.."
bindgen=${BINDGEN:-wasm-bindgen}
package=gaze-wasm/pkg/generate

# Before it is compiled, so that an edit meanwhile does not count as built.
digest=$(node gaze-wasm/build-generate.mjs --digest)
[ -f "$package/rust.sha256" ] && [ "$(cat "$package/rust.sha256")" = "$digest" ] && exit

target=${CARGO_TARGET_DIR:-target/wasm-std}
rm -rf "$package"
build() { # build TARGET OUT FEATURES
  CARGO_TARGET_DIR=$1 WASM_FEATURES=$3 scripts/wasm-cargo.sh -q -p gaze-wasm-generate --lib --profile rig
  "$bindgen" --target web --out-dir "$2" "$1/wasm32-unknown-unknown/rig/gaze_generate.wasm"
}
build "$target/simd" "$package/simd" +simd128
build "$target" "$package" ""
# One script drives both modules.
cmp "$package/simd/gaze_generate.js" "$package/gaze_generate.js"
mv "$package/simd/gaze_generate_bg.wasm" "$package/gaze_generate_simd_bg.wasm"
rm -r "$package/simd"
echo "$digest" >"$package/rust.sha256"

#!/usr/bin/env bash
# Compiles the parts of gaze-core that the player shares for WebAssembly, with and without the rig.
#
# With rustup's target (rustup target add wasm32-unknown-unknown) that is all there is to it. Without
# it, as root on Debian, the standard library is built from Debian's source with Debian's compiler.
set -eu
cd "$(dirname "$0")/.."
target=wasm32-unknown-unknown

build() { # build CARGO [FLAG...]
  "$@" --target "$target" -p gaze-core --lib --no-default-features
  "$@" --target "$target" -p gaze-core --lib --no-default-features --features rig
}

if [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
  build cargo build -q
  exit
fi

if [ ! -x /usr/bin/cargo ] || [ ! -d /usr/lib/rustlib/src/rust/library ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "needs the target $target: rustup target add $target" >&2
    exit 1
  fi
  echo "installing rustc-web, cargo-web and rust-web-src"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    rustc-web cargo-web rust-web-src >/dev/null
fi

# Another compiler: its files are kept apart from rustup's.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/wasm-std"
unset RUSTUP_TOOLCHAIN
# Building the standard library is an unstable feature of a stable compiler.
export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
build /usr/bin/cargo build -q -Zbuild-std=std,panic_abort

#!/usr/bin/env bash
# Runs `cargo build ARGUMENTS` for wasm32-unknown-unknown.
#
# With rustup's target (rustup target add wasm32-unknown-unknown) that is all there is to it. Without
# it, as root on Debian, the standard library is built from Debian's source with Debian's compiler.
#
# WASM_FEATURES names features that the module may use beyond the usual ones, for instance +simd128.
set -eu
cd "$(dirname "$0")/.."
target=wasm32-unknown-unknown
features=${WASM_FEATURES:+-Ctarget-feature=$WASM_FEATURES}

if [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
  [ -z "$features" ] || export RUSTFLAGS="${RUSTFLAGS:-} $features"
  exec cargo build --target "$target" "$@"
fi

if [ ! -x /usr/bin/cargo ] || [ ! -d /usr/lib/rustlib/src/rust/library ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "needs the target $target: rustup target add $target" >&2
    exit 1
  fi
  echo "installing rustc-web, cargo-web and rust-web-src" >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    rustc-web cargo-web rust-web-src lld >/dev/null
fi

unset RUSTUP_TOOLCHAIN
# Building the standard library is an unstable feature of a stable compiler. Its linker is Debian's lld.
export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
command -v wasm-ld >/dev/null && export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld
# Since it is built here anyway: a standard library made for size, whose panics say nothing but stop. Saves a
# seventh of the player.
export RUSTFLAGS="-Zunstable-options -Cpanic=immediate-abort $features"
exec /usr/bin/cargo build -Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size \
  --target "$target" "$@"

#!/usr/bin/env bash
# The wheels that are published: optimized, for every Linux of glibc 2.28 and later, in dist/ of gaze-py.
#
#   scripts/build-wheels.sh [OUT]
#
# One wheel fits CPython 3.10 and later; where a free-threaded CPython (python3.14t) is found, one for that is built beside it.
# Needs Rust and Python; linking against an old glibc takes the zig compiler, which comes from PyPI.
set -eu
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-gaze-py/dist}")
tools=$(realpath -m "${CARGO_TARGET_DIR:-target}")/python/wheel-tools

if [ ! -x "$tools/bin/maturin" ]; then
  python3 -m venv "$tools"
  "$tools/bin/python" -m pip install -q --disable-pip-version-check 'maturin==1.16.0' 'ziglang==0.17.1'
fi
build() { PATH="$tools/bin:$PATH" maturin build -q --release --zig --compatibility manylinux_2_28 -m gaze-py/Cargo.toml -o "$out" "$@"; }
build
if command -v python3.14t >/dev/null; then build -i python3.14t; fi
ls -l "$out"

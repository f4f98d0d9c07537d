#!/usr/bin/env bash
# Measures the LivePortrait engine on stand-in models against a Python peer and writes
# benches/results/liveportrait.md.
#
#   scripts/bench-liveportrait.sh [--grid 20] [--grids 6,10,20,30] [--pads 0,8] [--slow 8,24] [--rounds 1] [--max-size 512]
#
# Makes a Python environment in benches/liveportrait/.venv from PyPI, or takes the one of BENCH_PYTHON. Both sides use
# its ONNX Runtime.
set -eu
cd "$(dirname "$0")/.."
bench=benches/liveportrait

python=${BENCH_PYTHON:-$bench/.venv/bin/python}
if [ ! -x "$python" ]; then
  python3 -m venv "$bench/.venv"
  "$bench/.venv/bin/pip" install -q -r "$bench/requirements.txt"
  python=$bench/.venv/bin/python
fi
capi=$("$python" -c 'import importlib.util as u; print(u.find_spec("onnxruntime").submodule_search_locations[0])')/capi
export ORT_DYLIB_PATH=${ORT_DYLIB_PATH:-$capi}

cargo build --release -p gaze-cli
"$python" "$bench/bench.py" --gaze "${CARGO_TARGET_DIR:-target}/release/gaze" "$@" |
  tee benches/results/liveportrait.md.part
mv benches/results/liveportrait.md.part benches/results/liveportrait.md

#!/usr/bin/env bash
# Measures gaze against a Python peer in one run and writes benches/results/.
#
#   scripts/bench.sh [--grid 30] [--rounds 3] [--grids 10,20,30,40]
#
# Makes a Python environment in benches/.venv from PyPI, or takes the one of BENCH_PYTHON.
# Kernels one at a time: cargo bench -p gaze-bench
set -eu
cd "$(dirname "$0")/.."

python=${BENCH_PYTHON:-benches/.venv/bin/python}
if [ ! -x "$python" ]; then
  python3 -m venv benches/.venv
  benches/.venv/bin/pip install -q -r benches/requirements.txt
  python=benches/.venv/bin/python
fi

cargo build --release -p gaze-cli -p gaze-bench
"${CARGO_TARGET_DIR:-target}/release/compare" --python "$python" "$@"

#!/usr/bin/env bash
# Measures the Python package beside the Rust command and a Python peer, and writes benches/results/python.md.
#
#   scripts/bench-python.sh [--rounds 5]
#
# GAZE_WHEEL names the wheel; without it scripts/build-wheels.sh builds one.
set -eu
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
wheel=${GAZE_WHEEL:-}
if [ -z "$wheel" ]; then
  scripts/build-wheels.sh "$target/python/published"
  wheel=$(ls "$target"/python/published/*abi3*.whl)
fi
python=$target/python/bench/bin/python
[ -x "$python" ] || python3 -m venv "$target/python/bench"
"$python" -m pip install -q --disable-pip-version-check numpy opencv-python-headless pillow
"$python" -m pip install -q --disable-pip-version-check --no-deps --force-reinstall "$wheel"
cargo build -q --release -p gaze-cli -p gaze-bench --bins
"$python" benches/python/measure.py --gaze "$target/release/gaze" --frame-rate "$target/release/frame_rate" \
  --peer benches/peer/peer.py --portrait examples/astronaut.png --out benches/results/python.md "$@"

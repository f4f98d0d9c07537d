#!/usr/bin/env bash
# Measures the LivePortrait engine: what a sweep takes beside a decoder that leaves the processor alone, as a graphics
# card does, into benches/results/liveportrait-overhead.md; then, on stand-in models and against a Python peer, into
# benches/results/liveportrait.md. The first alone needs no Python:
#
#   scripts/bench-liveportrait.sh overhead [--calls 12,25,50] [--cores 2,4,8] [--batch 4] [--rounds 1]
#   scripts/bench-liveportrait.sh [--grid 20] [--grids 6,10,20,30] [--pads 0,8] [--slow 8,24] [--rounds 1] [--max-size 512]
#
# Makes a Python environment in benches/liveportrait/.venv from PyPI, or takes the one of BENCH_PYTHON. Both sides use
# its ONNX Runtime.
set -euo pipefail
cd "$(dirname "$0")/.."
bench=benches/liveportrait
results=benches/results
target=${CARGO_TARGET_DIR:-target}

# Writes the table to a file, which appears when it is whole.
overhead() {
  cargo build --release -p gaze-bench --bin liveportrait_overhead
  {
    echo "# What a LivePortrait sweep takes beside its decoder"
    echo
    echo "$(date +%F), $(nproc) cores, $(git rev-parse --short HEAD). Remake it: \`scripts/bench-liveportrait.sh overhead\`. 900 frames of 512 px with"
    echo "pack, preview and all; the decoder sleeps for so long a frame, everything else is real. Overhead: time of the sweep,"
    echo "divided by the time inside the decoder. *Measured* is a whole run on this machine. *Simulated* is the same in virtual"
    echo "time: the real schedule, with the processor time of each part as measured on a core of this machine, on cores that"
    echo "nobody else uses; on as many cores as are here, it can be compared with what was measured."
    echo
    "$target/release/liveportrait_overhead" "$@"
  } | tee "$results/liveportrait-overhead.md.part"
  mv "$results/liveportrait-overhead.md.part" "$results/liveportrait-overhead.md"
}

if [ "${1:-}" = overhead ]; then
  shift
  overhead "$@"
  exit
fi
overhead

python=${BENCH_PYTHON:-$bench/.venv/bin/python}
if [ ! -x "$python" ]; then
  python3 -m venv "$bench/.venv"
  "$bench/.venv/bin/pip" install -q -r "$bench/requirements.txt"
  python=$bench/.venv/bin/python
fi
capi=$("$python" -c 'import importlib.util as u; print(u.find_spec("onnxruntime").submodule_search_locations[0])')/capi
export ORT_DYLIB_PATH=${ORT_DYLIB_PATH:-$capi}

cargo build --release -p gaze-cli
"$python" "$bench/bench.py" --gaze "$target/release/gaze" "$@" |
  tee benches/results/liveportrait.md.part
mv benches/results/liveportrait.md.part benches/results/liveportrait.md

#!/usr/bin/env bash
# The Python package: builds its wheel and tests it as installed, on the oldest and the newest CPython that the machine has;
# types, lints and the stub on the newest.
#
#   scripts/test-python.sh            all of it
#   scripts/test-python.sh -k rigs    the tests alone, with these arguments of pytest
#
# GAZE_WHEEL names a wheel that is built already; GAZE_PYTHONS interpreters, separated by spaces, in place of those found.
# Needs CPython 3.10 or later with venv, and Rust; fetches what it uses from PyPI into environments of its own.
set -eu
cd "$(dirname "$0")/.."

. scripts/need.sh
need python3 python3 python3-venv

# Minor version and path of every interpreter that runs, oldest first.
interpreters() {
  local python version
  for python in ${GAZE_PYTHONS:-$(compgen -c python3. | grep -E '^python3\.[0-9]+$' | sort -u) python3 "$HOME"/.pyenv/versions/*/bin/python}; do
    version=$("$python" -c 'import sys, venv; sys.implementation.name == "cpython" and print(sys.version_info[1])' 2>/dev/null) || continue
    [ -z "$version" ] || [ "$version" -lt 10 ] || echo "$version $(command -v "$python")"
  done | sort -n -k1,1 -u
}
found=$(interpreters)
if [ -z "$found" ]; then
  echo "needs CPython 3.10 or later" >&2
  exit 1
fi
oldest=$(head -1 <<<"$found") newest=$(tail -1 <<<"$found")

work=$(realpath -m "${CARGO_TARGET_DIR:-target}")/python
mkdir -p "$work"

# An environment with what these arguments of pip name; made anew where they have changed.
environment() { # environment NAME PYTHON ARGUMENTS...
  local dir=$work/$1 python=$2
  shift 2
  if [ "$(cat "$dir/made-of" 2>/dev/null)" != "$python $*" ]; then
    rm -rf "$dir"
    "$python" -m venv "$dir"
    "$dir/bin/python" -m pip install -q --disable-pip-version-check "$@"
    echo "$python $*" >"$dir/made-of"
  fi
}

environment tools "${newest#* }" 'maturin==1.16.0' 'ruff==0.17.6'

wheel=${GAZE_WHEEL:-}
if [ -z "$wheel" ]; then
  # The profile of all tests: the crates are compiled already.
  rm -rf "$work/wheels"
  "$work/tools/bin/maturin" build -q --profile dev --compatibility linux -m gaze-py/Cargo.toml -o "$work/wheels"
  wheel=$(ls "$work"/wheels/*.whl)
fi
echo "wheel: $(basename "$wheel"), $(($(stat -c %s "$wheel") / 1000)) kB"

# Installed with what users have beside it: the oldest NumPy on the oldest interpreter.
installed() { # installed NAME PYTHON PACKAGES...
  environment "$@"
  "$work/$1/bin/python" -m pip install -q --disable-pip-version-check --no-deps --force-reinstall "$wheel"
}
tests=('pytest==9.2.0' tqdm pillow anywidget ipykernel nbclient nbformat traitlets)
installed oldest "${oldest#* }" 'numpy==1.23.5' "${tests[@]}"
installed newest "${newest#* }" numpy "${tests[@]}" 'mypy==2.4.1' typing_extensions onnxruntime 'ray[data]' pyarrow

status=0
for name in oldest newest; do
  "$work/$name/bin/python" -c 'import sys, numpy; print(f"CPython {sys.version.split()[0]}, NumPy {numpy.__version__}")'
  "$work/$name/bin/python" -m pytest -q -c gaze-py/pyproject.toml --rootdir gaze-py gaze-py/tests "$@" || status=1
  [ "$oldest" != "$newest" ] || break
done
[ $# = 0 ] || exit "$status"

echo "lints and types"
(
  cd gaze-py
  "$work/tools/bin/ruff" check -q . &&
    "$work/tools/bin/ruff" format -q --check . &&
    "$work/newest/bin/python" -m mypy --strict python/gaze_generator tests/typing_examples.py &&
    "$work/newest/bin/python" -m mypy.stubtest gaze_generator._native --mypy-config-file pyproject.toml --ignore-disjoint-bases
) || status=1
exit "$status"

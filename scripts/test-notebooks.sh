#!/usr/bin/env bash
# Faces in real notebooks: JupyterLab and marimo, headless, in Chromium. Heavy, so no part of CI; gaze-py/tests/notebooks.md has
# what it found last.
#
#   scripts/test-notebooks.sh PORTRAIT [DIR]   all checks; DIR is for pictures of what was seen
#
# Needs gaze-py built in place (maturin develop), Chromium, and playwright-core in gaze-wasm/node_modules. Installs JupyterLab,
# marimo and anywidget into an environment of its own (GAZE_NOTEBOOK_VENV). Everything is on loopback, and whatever a page asks
# for beyond is refused and told.
set -eu
cd "$(dirname "$0")/.."

[ -f "${1:-}" ] || { echo "usage: scripts/test-notebooks.sh PORTRAIT [DIR]" >&2; exit 2; }
portrait=$(realpath "$1")
pictures=$(realpath -m "${2:-target/notebooks}")

venv=${GAZE_NOTEBOOK_VENV:-${CARGO_TARGET_DIR:-target}/notebook-venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install -q numpy pillow 'anywidget>=0.9' jupyterlab marimo

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$pictures"
PYTHONPATH=$PWD/gaze-py/python PATH="$(realpath "$venv")/bin:$PATH" \
  node gaze-py/tests/notebooks.mjs "$portrait" "$work" "$pictures"

#!/usr/bin/env bash
# Checks everything that must hold before a change lands; ends with `N passed, N failed`.
#
#   scripts/test.sh            all of it
#   scripts/test.sh rust       the crates: tests, doctests, a first run of the command line
#   scripts/test.sh web        the player: built, and tested in Chromium, Firefox and WebKit
#   scripts/test.sh servers    gaze studio and gaze pod, by real clients: routes, Socket.IO, hostile input, the page in browsers
#   scripts/test.sh python     the Python package: its wheel, tested on the oldest and the newest CPython found
#   scripts/test.sh lint       format, lints, features one by one, WebAssembly, fuzz targets, licences
#
# On two cores, cold: 45 minutes or so, nearly all of it compiling; warm: 20 or so, of which browsers and Python take
# most. CI keeps CARGO_TARGET_DIR.
#
# Each check and each test counts as one. Needs Rust 1.95, a C compiler, Node 20 with npm, and Chromium (its path
# in CHROMIUM where it is none of the usual), Firefox, and WebKitGTK's driver with Xvfb; installs what is missing with apt
# when it may, else says what it needs. CARGO_TARGET_DIR is respected. The Python package needs CPython 3.10 or later with venv, and PyPI.
set -u -o pipefail
cd "$(dirname "$0")/.."

passed=0
failed=0
failures=()
# The ends of the logs of what failed, told again at the end: a long log may have lost its beginning by then.
ends=$(mktemp)
trap 'rm -f "$ends"' EXIT

need() { # need COMMAND PACKAGE WHY
  command -v "$1" >/dev/null && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing $2 ($3)"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null && return 0
  fi
  echo "needs $1 ($3): install $2" >&2
  return 1
}

note() { # note STATUS NAME SECONDS
  if [ "$1" = 0 ]; then
    passed=$((passed + 1))
    printf 'ok      %s (%s s)\n' "$2" "$3"
  else
    failed=$((failed + 1))
    failures+=("$2")
    printf 'FAILED  %s (%s s)\n' "$2" "$3"
  fi
}

check() { # check NAME COMMAND...
  local name=$1 start=$SECONDS status=0
  shift
  printf '\n== %s\n' "$name"
  "$@" || status=$?
  note "$status" "$name" $((SECONDS - start))
}

# Adds the counts that a test runner prints; one that fails without a count is one failure.
tests() { # tests NAME COMMAND...
  local name=$1 start=$SECONDS status=0 log counts ok bad
  shift
  printf '\n== %s\n' "$name"
  log=$(mktemp)
  "$@" 2>&1 | tee "$log" || status=$?
  # nextest: "Summary [ 1.2s] 90 tests run: 88 passed, 2 failed, 0 skipped"; timed out ones count as
  # failed. cargo test: "test result: ok. 3 passed; 0 failed; ...". Vitest: "Tests  1 failed | 63 passed (64)".
  # pytest: "1 failed, 108 passed, 2 skipped in 30.1s".
  counts=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | awk '
    /Summary \[|^test result:|^ *Tests  +[0-9]|^=* ?[0-9]+ (passed|failed|skipped|error).* in [0-9.]+s/ {
      for (i = 2; i <= NF; i++) {
        if ($i ~ /^passed/) ok += $(i - 1)
        if ($i ~ /^failed/) bad += $(i - 1)
        if ($i ~ /^(timed|error)/) bad += $(i - 1)
      }
    }
    END { print ok + 0, bad + 0 }')
  read -r ok bad <<<"$counts"
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  # No test run is no success.
  if [ "$ok" = 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  [ "$bad" = 0 ] || what_failed "$name" "$log" >>"$ends"
  sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -a '^FLAKY ' | sed "s/^/passed at the second try in $name: /" >>"$ends"
  rm -f "$log"
  passed=$((passed + ok))
  failed=$((failed + bad))
  [ "$bad" = 0 ] || failures+=("$name")
  printf '%s: %s passed, %s failed (%s s)\n' "$name" "$ok" "$bad" $((SECONDS - start))
}

# Names of the tests that failed, and the end of the log, where runners say why.
what_failed() { # what_failed NAME LOG
  printf '\n== what failed in %s\n' "$1"
  sed 's/\x1b\[[0-9;]*m//g' "$2" | grep -aE '^ *(FAIL|FAILED|TIMEOUT|LEAK|ERROR)\b|^ *(×|✗) |^test .* FAILED$' | sort -u | head -40
  sed 's/\x1b\[[0-9;]*m//g' "$2" | tail -60
}

smoke() {
  local dir status=0
  dir=$(mktemp -d)
  cargo run -q -p gaze-cli -- doctor &&
    cargo run -q -p gaze-cli -- generate examples/astronaut.png \
      --out "$dir/astronaut-gaze" --grid 20 --max-size 128 &&
    cargo run -q -p gaze-cli -- inspect "$dir/astronaut-gaze" &&
    for file in metadata.json input.jpg contact.png preview.webp frames.gaze portrait.gaze q3.webp q3_20.webp; do
      [ -s "$dir/astronaut-gaze/$file" ] || { echo "$file is missing" >&2; status=1; }
    done &&
    cargo run -q -p gaze-cli -- pack "$dir/astronaut-gaze" --force &&
    cargo run -q -p gaze-cli -- inspect "$dir/astronaut-gaze" &&
    cargo run -q -p gaze-cli -- export "$dir/astronaut-gaze" --html "$dir/page.html" &&
    [ -s "$dir/page.html" ] || status=1
  rm -rf "$dir"
  return "$status"
}

# Sets ORT_DYLIB_PATH to a library of ONNX Runtime: the one that is named, or PyPI's, kept between runs.
onnxruntime() {
  [ -z "${ORT_DYLIB_PATH:-}" ] || return 0
  local version=1.32.0 dir
  dir=${CI_CACHE_DIR:-$HOME/.cache/gaze}/onnxruntime-$version
  if [ ! -d "$dir" ]; then
    need python3 python3 "PyPI has the library" || return 1
    python3 -m pip --version >/dev/null 2>&1 ||
      need pip3 python3-pip "fetches the library from PyPI; or name one in ORT_DYLIB_PATH" || return 1
    rm -rf "$dir.part"
    mkdir -p "$dir.part" &&
      python3 -m pip download -q --no-deps --only-binary :all: -d "$dir.part" "onnxruntime==$version" &&
      python3 -m zipfile -e "$dir.part"/onnxruntime-*.whl "$dir.part" &&
      rm "$dir.part"/onnxruntime-*.whl && mv "$dir.part" "$dir" || return 1
  fi
  ORT_DYLIB_PATH=$(ls "$dir"/onnxruntime/capi/libonnxruntime.* | head -1)
  [ -n "$ORT_DYLIB_PATH" ] || return 1
  export ORT_DYLIB_PATH
  echo "ONNX Runtime: $ORT_DYLIB_PATH"
}

# npm's cache lies beside the others where one is given.
[ -z "${CI_CACHE_DIR:-}" ] || export npm_config_cache="${npm_config_cache:-$CI_CACHE_DIR/npm}"

needs_node() { need node nodejs "Node 20 builds and tests the player" && need npm npm "the player's tools"; }

player_build() { needs_node && scripts/build-player.sh; }

player_fixtures() { cargo run -q -p gaze-tools --bin player_fixtures -- "$GAZE_PLAYER_FIXTURES"; }

# Sets CHROMIUM.
needs_chromium() {
  CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
  if [ -z "$CHROMIUM" ]; then
    need chromium chromium "tests in a browser; or name another in CHROMIUM" || return 1
    CHROMIUM=$(command -v chromium)
  fi
  export CHROMIUM
}

# Frameworks in which the package is tried, and the checkers of their templates.
player_frameworks() {
  cd gaze-wasm/test/frameworks || return 1
  [ -d node_modules ] && [ node_modules -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error
}

player_tests() { needs_chromium && (player_frameworks) && (cd gaze-wasm && npx --no-install vitest run); }

engine_tests() {
  needs_firefox && need WebKitWebDriver webkit2gtk-driver "the player in WebKit" && need Xvfb xvfb "a screen for WebKit" &&
    (cd gaze-wasm && npx --no-install vitest run --config vitest.engines.config.ts --exclude '**/{maker,studio}.engines.ts')
}

# Sets FIREFOX.
needs_firefox() {
  FIREFOX=${FIREFOX:-$(command -v firefox-esr || command -v firefox || true)}
  if [ -z "$FIREFOX" ]; then
    need firefox-esr firefox-esr "tests in a second browser; or name another in FIREFOX" || return 1
    FIREFOX=$(command -v firefox-esr)
  fi
  export FIREFOX
}

server_clients() {
  needs_node && cargo build -q -p gaze-cli || return 1
  (
    cd gaze-server/clients || exit 1
    [ -d node_modules ] && [ node_modules -nt package-lock.json ] ||
      npm ci --no-audit --no-fund --loglevel=error || exit 1
    npx --no-install tsc -p .
  )
}

server_tests() {
  local target
  target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
  needs_chromium && needs_firefox &&
    (cd gaze-server/clients && CARGO_TARGET_DIR=$target npx --no-install vitest run)
}

doc() { RUSTDOCFLAGS="-D warnings" cargo doc -q --no-deps --workspace; }

# Each crate by itself, with the features that it names: features that others switch on hide what is missing.
crate_by_crate() {
  local each=(cargo clippy -q --no-default-features)
  "${each[@]}" -p gaze-rig --all-targets -- -D warnings &&
    "${each[@]}" -p gaze-output --all-targets -- -D warnings &&
    "${each[@]}" -p gaze-face --lib --tests -- -D warnings &&
    "${each[@]}" -p gaze-face --lib --features bundled-models -- -D warnings &&
    "${each[@]}" -p gaze-face --lib --features picture-files -- -D warnings &&
    "${each[@]}" -p gaze-liveportrait --lib -- -D warnings &&
    "${each[@]}" -p gaze-core --lib --tests -- -D warnings &&
    "${each[@]}" -p gaze-core --lib --features embedded -- -D warnings &&
    "${each[@]}" -p gaze-core --lib --features liveportrait -- -D warnings &&
    "${each[@]}" -p gaze-player --lib -- -D warnings &&
    "${each[@]}" -p gaze-server --lib -- -D warnings &&
    "${each[@]}" -p gaze-cli --lib -- -D warnings
}

# A player's crate stays small: what it brings along is counted.
crate_counts() {
  local rig face
  rig=$(cargo tree -e normal --prefix none -p gaze-rig | awk '{ print $1, $2 }' | sort -u | wc -l)
  face=$(cargo tree -e normal --prefix none -p gaze-face --no-default-features | awk '{ print $1, $2 }' | sort -u | wc -l)
  echo "gaze-rig: $rig crates of at most 17; gaze-face without its features: $face of at most 45"
  [ "$rig" -le 17 ] && [ "$face" -le 45 ]
}

# Needs no nightly compiler: cargo-fuzz adds the sanitizers when it runs them.
fuzz_targets() { cargo check -q --locked --manifest-path fuzz/Cargo.toml; }

licences() {
  if ! cargo deny --version >/dev/null 2>&1; then
    echo "left out: cargo-deny is not installed (cargo install cargo-deny --locked)"
    return 0
  fi
  cargo deny --all-features check licenses bans
}

# No file that is written by hand outgrows its reader.
file_lengths() {
  local long
  long=$(git ls-files '*.rs' '*.ts' '*.mjs' '*.js' '*.py' '*.sh' | grep -v '^gaze-player/files/' | xargs wc -l |
    awk '$2 != "total" && $1 > 500 { print $2 ": " $1 " lines" }')
  [ -z "$long" ] || { echo "longer than 500 lines: $long" >&2; return 1; }
}

lint() {
  # A diff should show what changed, not how someone's editor wraps lines.
  check "format" cargo fmt --all --check
  check "file lengths" file_lengths

  # The lint table of Cargo.toml holds for tests, examples and benches too.
  check "clippy" cargo clippy -q --workspace --all-targets -- -D warnings
  check "crate by crate" crate_by_crate
  check "crate counts" crate_counts

  # Players and browsers take these crates: nothing in them may need an operating system.
  check "wasm32" scripts/check-wasm.sh

  # Links in the documentation lead somewhere.
  check "documentation" doc

  check "fuzz targets" fuzz_targets
  check "licences" licences
}

rust() {
  # The LivePortrait engine's tests run small networks. Elsewhere they say that they are left out; here they must run.
  check "ONNX Runtime" onnxruntime
  export GAZE_REQUIRE_ORT=1

  # Whatever the tests assert. Nextest runs each test in a process of its own, where it is installed.
  if cargo nextest --version >/dev/null 2>&1; then
    tests "tests" cargo nextest run --workspace --no-fail-fast
  else
    tests "tests" cargo test -q --workspace --no-fail-fast --lib --bins --tests
  fi

  # The examples that a reader copies first, the README's among them.
  tests "doctests" cargo test -q --workspace --doc

  # What a stranger does first, checked by the tool's own eye.
  check "smoke" smoke
}

web() {
  # The npm package: wasm32, bundling, types.
  check "player build" player_build

  # Flat frames that tell their cell by their colour, in every layout.
  GAZE_PLAYER_FIXTURES=$(realpath -m "${CARGO_TARGET_DIR:-target}")/player-fixtures
  export GAZE_PLAYER_FIXTURES
  check "player fixtures" player_fixtures

  # The element in a real browser, pixel by pixel; the package, its size and its types.
  tests "player" player_tests

  # What engines share, in Firefox and WebKit; scripts/test-engines.sh tries the pages there too.
  tests "engines" engine_tests
}

servers() {
  # What drives them: npm's socket.io-client, two browsers, sockets.
  check "clients of the servers" server_clients

  # The program itself, with the engine that is inside.
  tests "servers" server_tests
}

python() {
  # As users install it; never from the source tree.
  tests "python" scripts/test-python.sh
}

need cargo rustc "the compiler; use rustup, this needs 1.95" || exit 1
# libwebp is compiled from its bundled source.
need cc gcc "libwebp is C" || exit 1

case ${1:-all} in
  rust | web | servers | python | lint) "$1" ;;
  all)
    lint
    rust
    web
    servers
    python
    ;;
  *)
    echo "usage: scripts/test.sh [rust|web|servers|python|lint|all]" >&2
    exit 2
    ;;
esac

cat "$ends"
if [ ${#failures[@]} -gt 0 ]; then
  printf '\nfailed: %s\n' "${failures[*]}"
fi
printf '\n%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]

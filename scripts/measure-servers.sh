#!/usr/bin/env bash
# Load, memory, kills and times of the servers: gaze-server/clients/measure, written to benches/results/servers.md.
#
#   scripts/measure-servers.sh            all of it, half an hour on two cores
#   scripts/measure-servers.sh time load  some of it, printed only
#
# Needs Node 20 with npm, and a release build, which it makes.
set -eu -o pipefail
cd "$(dirname "$0")/.."

cargo build -q --release -p gaze-cli
GAZE=${CARGO_TARGET_DIR:-$PWD/target}/release/gaze
export GAZE
results=$PWD/benches/results/servers.md

cd gaze-server/clients
[ -d node_modules ] && [ node_modules -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error
if [ $# -gt 0 ]; then
  exec npx --no-install vitest run --config vitest.measure.config.ts "$@"
fi
RESULTS=$results.part
export RESULTS
{
  echo "# The servers"
  echo
  echo "By \`scripts/measure-servers.sh\`, $(date +%F), $(nproc) cores, no GPU, loopback. Embedded engine, release build."
  echo
  echo "| what | measured |"
  echo "| --- | --- |"
} >"$RESULTS"
npx --no-install vitest run --config vitest.measure.config.ts
mv "$RESULTS" "$results"
cat "$results"

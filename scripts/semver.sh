#!/usr/bin/env bash
# Compares the public interface of gaze's crates with that of another commit and fails where users would have to change
# their code without a new version saying so.
#
#   scripts/semver.sh BASELINE      a branch, tag or commit; by default the latest tag
#
# Needs cargo-semver-checks (cargo install cargo-semver-checks --locked).
set -eu
cd "$(dirname "$0")/.."
baseline=${1:-$(git describe --tags --abbrev=0 2>/dev/null || true)}
if [ -z "$baseline" ]; then
  echo "there is no tag to compare with: name a commit" >&2
  exit 2
fi
crates=(gaze-rig gaze-face gaze-output gaze-liveportrait gaze-core)
packages=()
for crate in "${crates[@]}"; do
  # A crate that the baseline has not yet got has nothing to be compared with.
  git cat-file -e "$baseline:$crate/Cargo.toml" 2>/dev/null && packages+=(--package "$crate")
done
[ ${#packages[@]} -gt 0 ] || { echo "the baseline has none of the crates" >&2; exit 2; }
exec cargo semver-checks --baseline-rev "$baseline" "${packages[@]}"

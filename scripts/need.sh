# For scripts, which source it from the repository root: installs what provides a command where it may, or says what it needs.

need() { # need COMMAND PACKAGES...
  command -v "$1" >/dev/null && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing ${*:2}"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${@:2}" >/dev/null && return 0
  fi
  echo "needs $1: install ${*:2}" >&2
  return 1
}

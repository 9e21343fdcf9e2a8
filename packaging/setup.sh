#!/usr/bin/env bash
# Set the tree up on a fresh machine; the second time it only looks at stamps.
#   packaging/setup.sh            what development needs: .venv, locked packages, generated files, Qt's system libraries
#   packaging/setup.sh --person   also what plays the application on a virtual screen
#   packaging/setup.sh --bench    also what the benches measure Horizon beside
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
stamps=build/stamps
mkdir -p "$stamps"

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

qt_libraries=(libglib2.0-0 libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1
  libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxkbcommon-x11-0)
network_lab=(iproute2 nftables)
databases=(postgresql)
person=(xvfb xauth openbox xdotool imagemagick x11-utils at-spi2-core dbus python3-pyatspi gir1.2-atspi-2.0
  fonts-dejavu-core fonts-noto-color-emoji)
benches=(haproxy chromium)

# need NAME PACKAGE... - install Debian packages once; without root say in one line what to install
need() {
  local stamp="$stamps/apt-$1" missing=() package; shift
  [ -e "$stamp" ] && return 0
  if command -v dpkg-query >/dev/null 2>&1; then
    for package in "$@"; do
      dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
    done
    # Debian 13 and Ubuntu 24.04 renamed this one; either will do
    if [ ${#missing[@]} -gt 0 ] && dpkg-query -W -f '${Status}\n' libglib2.0-0t64 2>/dev/null | grep -q '^install ok'; then
      local kept=()
      for package in "${missing[@]}"; do [ "$package" = libglib2.0-0 ] || kept+=("$package"); done
      missing=(${kept[@]+"${kept[@]}"})
    fi
    if [ ${#missing[@]} -gt 0 ]; then
      [ "$(id -u)" = 0 ] || fail "please install once: sudo apt-get install ${missing[*]}"
      say "installing ${missing[*]}"
      export DEBIAN_FRONTEND=noninteractive
      apt-get update -qq
      apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$stamps/apt.log" 2>&1 || { tail -20 "$stamps/apt.log" >&2; fail "apt-get failed"; }
    fi
  fi
  touch "$stamp"
}

find_python() {
  local name
  for name in "${HORIZON_PYTHON:-}" python3.11 python3.12 python3.13 python3; do
    [ -n "$name" ] || continue
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1; then
      echo "$name"
      return 0
    fi
  done
  return 1
}

make_venv() {
  [ -x .venv/bin/python ] && return 0
  local python
  python=$(find_python) || { need python python3 python3-venv; python=$(find_python); } || fail "please install Python 3.11, 3.12 or 3.13"
  "$python" -c 'import ensurepip' >/dev/null 2>&1 || need venv python3-venv
  say "creating .venv with $("$python" --version)"
  "$python" -m venv .venv
}

install_locked() {
  local wanted
  wanted=$(cat requirements/dev.lock requirements/installer.lock pyproject.toml .venv/pyvenv.cfg | cksum)
  [ "$(cat "$stamps/packages" 2>/dev/null)" = "$wanted" ] && return 0
  say "installing the locked packages"
  if [ ! -x .venv/bin/uv ]; then
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
    .venv/bin/python -m pip install --quiet --require-hashes -r requirements/installer.lock
  fi
  .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --compile-bytecode -r requirements/dev.lock ||
    .venv/bin/python -m pip install --quiet --require-hashes -r requirements/dev.lock
  .venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --offline -e .
  echo "$wanted" >"$stamps/packages"
}

if [ "$(uname -s)" = Linux ]; then
  need qt "${qt_libraries[@]}"
  if [ "$(id -u)" = 0 ]; then need lab "${network_lab[@]}"; need databases "${databases[@]}"; fi
  if [ "${1:-}" = --person ]; then need person "${person[@]}"; fi
  if [ "${1:-}" = --bench ]; then
    if [ "$(id -u)" = 0 ]; then need benches "${benches[@]}"
    elif ! command -v haproxy >/dev/null; then say "not measured beside haproxy and Chromium: sudo apt-get install ${benches[*]}"; fi
  fi
fi
make_venv
install_locked
.venv/bin/python packaging/hatch_build.py

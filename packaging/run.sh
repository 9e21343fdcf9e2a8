#!/usr/bin/env bash
# Open the application where there is a screen; else play a host and a guest on a virtual one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ "$(uname -s)" != Linux ] || [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]; then
  packaging/setup.sh
  exec .venv/bin/horizon-desktop "$@"
fi
packaging/setup.sh --person
exec /usr/bin/python3 tests/person/demo.py "$@"

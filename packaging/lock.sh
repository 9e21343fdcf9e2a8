#!/usr/bin/env bash
# Resolve requirements/*.lock from pyproject.toml: every hash, no address. One lock serves Python 3.11 to 3.13.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
resolve() {
  local name=$1
  shift
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
    --no-header --no-annotate "$@" pyproject.toml -o "requirements/$name.lock"
}
resolve desktop --extra desktop
resolve hub --extra hub
resolve dev --all-extras
awk '/^uv==/ {on = 1; print; next} on && /^ / {print; next} {on = 0}' requirements/dev.lock >requirements/installer.lock

#!/usr/bin/env bash
# Linters, formatters, types and layers. Runs all of them, then says which failed.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()
step() {
  local name=$1; shift
  echo "==> check: $name"
  "$@" || failed+=("$name")
}
step "ruff (lint)" .venv/bin/ruff check src tests bench examples
step "ruff (format)" .venv/bin/ruff format --check -q src tests bench examples
step "mypy (strict)" .venv/bin/mypy
step "import layers" .venv/bin/lint-imports --no-cache
step "rustfmt" cargo fmt --all --check
step "clippy" cargo clippy -q --workspace --all-targets -- -D warnings
if [ "${#failed[@]}" -gt 0 ]; then
  echo "==> check: failed: ${failed[*]}"
  exit 1
fi
echo "==> check: all clean"

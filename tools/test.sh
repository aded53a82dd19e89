#!/usr/bin/env bash
# All tests: Rust's, then Python's. The last line is pytest's own.
set -uo pipefail
cd "$(dirname "$0")/.."
export CARVEOUT_HOME= CARVEOUT_STAGE=
unset CARVEOUT_HOME CARVEOUT_STAGE
start=$(date +%s)
echo "==> test: Rust (cargo test)"
if ! cargo test -q --workspace --exclude carveout-native > .build/cargo-test.log 2>&1; then
  cat .build/cargo-test.log
  echo "==> test: Rust tests failed after $(( $(date +%s) - start )) s"
  exit 1
fi
grep -E "^test result" .build/cargo-test.log | awk '{p+=$4; f+=$6} END {print "    Rust: " p " passed, " f+0 " failed"}'
echo "==> test: Python (pytest, $(nproc) workers)"
.venv/bin/python -m pytest -q -n "${CARVEOUT_TEST_WORKERS:-$(nproc)}" --dist loadgroup "$@"
code=$?
# Tests with real processes can miss a deadline on a busy machine: what failed is run again, alone,
# and both runs are shown. What fails twice has failed.
if [ "$code" -eq 1 ]; then
  echo "==> test: Python, what failed, once more and one at a time"
  .venv/bin/python -m pytest -q --last-failed --last-failed-no-failures none "$@"
  code=$?
fi
exit "$code"

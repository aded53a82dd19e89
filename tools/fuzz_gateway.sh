#!/usr/bin/env bash
# libFuzzer over what the gateway decides (crates/carveout-gateway/fuzz), FUZZ_SECONDS (60) each, on a
# stable toolchain: coverage without a sanitizer, which code without `unsafe` needs least of all.
set -euo pipefail
cd "$(dirname "$0")/../crates/carveout-gateway/fuzz"
host=$(rustc -vV | sed -n 's/^host: //p')
passes="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
passes+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
RUSTFLAGS="--cfg fuzzing $passes -Cdebug-assertions" cargo build -q --release --locked --bins --target "$host"
for target in framing headers config routing; do
  mkdir -p "corpus/$target"
  echo "==> fuzz: $target"
  if ! "target/$host/release/$target" -max_total_time="${FUZZ_SECONDS:-60}" -max_len=2000 \
    -verbosity=0 -print_final_stats=1 "corpus/$target" > "corpus/$target.log" 2>&1; then
    tail -30 "corpus/$target.log"
    exit 1
  fi
  grep "number_of_executed" "corpus/$target.log"
done

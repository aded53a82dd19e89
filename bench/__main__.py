"""Run the benches one after another, then write RESULTS.md from their raw results.

Each bench is a module with `main() -> dict` that also keeps its raw figures in
`bench/results/<name>.json`. A bench that fails is reported and the others still run.

    python -m bench            all of them
    python -m bench dispatch   one
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOOLS = {"example", "machine", "placing", "report", "rounds"}
"""What the benches share; no benches."""


def names() -> list[str]:
    """Modules of this folder that have a `main`, in alphabetical order."""
    return sorted(
        p.stem for p in HERE.glob("*.py") if not p.stem.startswith("_") and p.stem not in TOOLS
    )


def run() -> int:
    chosen = sys.argv[1:] or names()
    failed = []
    for name in chosen:
        print(f"==> bench: {name}", flush=True)
        started = time.monotonic()
        try:
            result = importlib.import_module(f"bench.{name}").main()
        except Exception:
            traceback.print_exc()
            failed.append(name)
            continue
        if isinstance(result, dict):
            (HERE / "results").mkdir(exist_ok=True)
            (HERE / "results" / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
        print(f"    {name}: {time.monotonic() - started:.0f} s", flush=True)
    if not sys.argv[1:]:
        importlib.import_module("bench.report").main()
    print(f"==> bench: {len(chosen) - len(failed)} done, {len(failed)} failed {failed or ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run())

"""Run the benches one after another, then write RESULTS.md from their raw results.

Each bench is a module with `main() -> dict`; its raw figures are kept in
`bench/results/<name>.json`, with the machine and how busy it was with other work meanwhile. Each
runs in a process of its own and is ended after LIMIT_S. A bench that fails is reported and the
others still run.

    python -m bench            all of them
    python -m bench dispatch   one
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.machine import Watch, facts

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
TOOLS = {"example", "machine", "placing", "report", "rounds"}
"""What the benches share; no benches."""
FOLDERS = ("kernels",)
"""Benches that are a folder each."""
LIMIT_S = 300.0


def names() -> list[str]:
    """Modules of this folder that have a `main`, in alphabetical order."""
    files = {p.stem for p in HERE.glob("*.py") if not p.stem.startswith("_")}
    return sorted(files - TOOLS | {*FOLDERS})


def one(name: str) -> int:
    """A bench, in this process: its figures go to its file."""
    result = importlib.import_module(f"bench.{name}").main()
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    return 0


def watched(name: str) -> bool:
    """A bench in a process of its own, ended in time; whether it came to its end."""
    with Watch() as watch:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench", "--one", name],
            cwd=HERE.parent,
            start_new_session=True,  # what it started can be ended with it
        )
        try:
            code = process.wait(LIMIT_S)
        except (subprocess.TimeoutExpired, KeyboardInterrupt) as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if isinstance(error, KeyboardInterrupt):
                raise
            print(f"    {name}: ended after {LIMIT_S:.0f} s, unfinished", flush=True)
            return False
    seen = watch.seen()
    if code == 0:
        path = RESULTS / f"{name}.json"
        path.write_text(json.dumps(with_machine(json.loads(path.read_text()), seen), indent=1))
    quiet = "" if seen["quiet"] else f"; the machine was busy: {busy(seen)}"
    print(f"    {name}: {seen['seconds']:.0f} s{quiet}", flush=True)
    return code == 0


def with_machine(result: dict[str, Any], seen: dict[str, Any]) -> dict[str, Any]:
    """A bench's figures, with what they were measured on."""
    return result | {"machine": facts() | seen}


def busy(seen: dict[str, Any]) -> str:
    """What else was going on, in words."""
    if seen["others_share"] is None:
        return "how busy can't be seen here"
    parts = [f"{seen['others_share']:.0%} of it with other work"]
    if seen["steal_share"]:
        parts.append(f"{seen['steal_share']:.0%} taken by its host")
    return ", ".join(parts)


def run() -> int:
    if sys.argv[1:2] == ["--one"]:
        return one(sys.argv[2])
    chosen = sys.argv[1:] or names()
    unknown = [name for name in chosen if name not in names()]
    if unknown:
        print(f"no bench {unknown[0]}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    failed, started = [], time.monotonic()
    for at, name in enumerate(chosen, 1):
        print(f"==> bench: {name} ({at} of {len(chosen)})", flush=True)
        if not watched(name):
            failed.append(name)
    if not sys.argv[1:]:
        importlib.import_module("bench.report").main()
    took = time.monotonic() - started
    print(f"==> bench: {len(chosen) - len(failed)} done, {len(failed)} failed "
          f"{', '.join(failed)} in {took:.0f} s".replace("  ", " "))  # fmt: skip
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(run())
    except KeyboardInterrupt:
        print("==> bench: interrupted; the figures of those that ended are kept", file=sys.stderr)
        sys.exit(130)

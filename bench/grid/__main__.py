"""Run the grid: `python -m bench.grid [--quick] [--rounds N] [--only NAME,…] [--anew]`.

Every cell is kept in `.build/grid/<plan>.json` as soon as it is measured; a run that was stopped
goes on where it was. When all are there, the full plan's are written to `bench/grid/results/` and
the page is rendered. Exit code 0 if every cell was measured.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import machine
from bench.grid import costs, page, prepare, trial
from bench.grid.plan import ALL, BUILD, FULL, HERE, IMPLEMENTATIONS, PYTHON, QUICK, REPO, Plan
from bench.grid.servers import Failed, upstream

RESULTS = HERE / "results"
Cell = tuple[str, Callable[[], Any]]
"""A key in the raw results and what measures it."""


def cells(plan: Plan, only: set[str], upstream_url: str) -> Iterator[Cell]:
    """All there is to measure, in turns: a slow moment of the machine hits all alike."""
    chosen = [one for one in IMPLEMENTATIONS if not only or one.name in only]
    for round_ in range(plan.rounds):
        turn = chosen[round_ % len(chosen) :] + chosen[: round_ % len(chosen)]
        for endpoint in ALL:
            for one in turn:
                if endpoint in one.endpoints:
                    yield (
                        f"{endpoint}/{one.name}/{round_}",
                        lambda o=one, e=endpoint: trial.measured(o, e, plan, upstream_url),
                    )
    for endpoint, sizes in plan.sweep:
        for size in sizes:
            for one in chosen:
                if endpoint in one.endpoints:
                    yield (
                        f"sweep/{endpoint}/{size}/{one.name}",
                        lambda o=one, e=endpoint, n=size: trial.swept(o, e, n, plan, upstream_url),
                    )
    for one in chosen:
        if one.trees:
            yield (
                f"trees/{one.name}",
                lambda o=one: trial.allocating(o, plan, upstream_url),
            )
    for one in chosen:
        for name, measure in costs.of(one, upstream_url, builds=plan.costs):
            yield f"costs/{one.name}/{name}", measure


def versions() -> dict[str, str]:
    """Of everything that was timed."""

    def said(word: int, *command: str) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return (done.stdout or done.stderr).split()[word]

    found = {
        "python": said(1, str(PYTHON), "-V"),
        "go": said(2, "go", "version").removeprefix("go"),
        "rust": said(1, "rustc", "--version"),
        "wrk": said(1, "wrk", "-v"),
    }
    for line in (HERE / "python" / "requirements.txt").read_text().splitlines():
        name, _, version = line.partition("==")
        if name in {"fastapi", "uvicorn", "granian", "starlette", "msgspec", "pydantic", "uvloop"}:
            found[name] = version
    for line in (HERE / "go" / "go.mod").read_text().splitlines():
        name, _, version = line.strip().partition(" ")
        if name.endswith(("/gin", "/echo/v4", "/go-sqlite3")):
            found[name.split("/")[2]] = version.split()[0]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.grid", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every cell once and briefly")
    parser.add_argument("--only", default="", help="implementations, separated by commas")
    parser.add_argument("--anew", action="store_true", help="forget a run that was stopped")
    parser.add_argument("--rounds", type=int, help="instead of the plan's")
    words = parser.parse_args()
    plan = QUICK if words.quick else FULL
    if words.rounds:
        plan = replace(plan, rounds=max(1, words.rounds))
    # What was started ends also when this is told to end.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 20_000)), hard))
    try:
        prepare.everything()
        return run(plan, set(filter(None, words.only.split(","))), anew=words.anew)
    except Failed as problem:
        print(f"==> grid: failed: {problem}")
        return 1
    except KeyboardInterrupt:
        print("\n==> grid: stopped; what it started has ended; run it again to go on")
        return 130


def run(plan: Plan, only: set[str], *, anew: bool) -> int:
    """Measure what is missing, then write the results and the page."""
    state = BUILD / f"{plan.name}.json"
    mark = prepare.fingerprint([HERE / "python", HERE / "go", HERE / "rust", HERE / "plan.py"])
    raw: dict[str, Any] = {}
    if state.exists() and not anew:
        raw = json.loads(state.read_text())
    if raw.get("sources") != mark or raw.get("finished"):
        raw = {"plan": plan.name, "rounds": plan.rounds, "sources": mark, "cells": {}, "failed": {}}
    raw["failed"] = {}
    started = time.monotonic()
    with upstream(prepare.PACE) as url, machine.Watch() as watch:
        todo = list(cells(plan, only, url))
        print(f"==> grid: {plan.name}: {len(todo)} cells, {len(raw['cells'])} there already")
        for number, (key, measure) in enumerate(todo, 1):
            if key in raw["cells"]:
                continue
            try:
                raw["cells"][key] = cell = measure()
            except (Failed, OSError, subprocess.TimeoutExpired, ValueError) as problem:
                raw["failed"][key] = str(problem)
                print(f"  {number}/{len(todo)} {key}: FAILED: {problem}", flush=True)
                continue
            shown = page.brief(key, cell)
            print(f"  {number}/{len(todo)} {time.monotonic() - started:4.0f} s {key}: {shown}")
            sys.stdout.flush()
            _write(state, raw)
    raw["machine"] = machine.facts()
    raw["versions"] = versions()
    raw["watch"] = watch.seen()
    raw["date"] = time.strftime("%Y-%m-%d")
    raw["finished"] = not raw["failed"] and not only
    _write(state, raw)
    if raw["finished"] and plan.name == FULL.name:
        RESULTS.mkdir(exist_ok=True)
        _write(RESULTS / "full.json", raw)
        written = page.write(raw, REPO / "docs" / "compare")
    else:
        written = page.write(raw, BUILD / f"page-{plan.name}")
    print(f"==> grid: the page: {os.path.relpath(written, REPO)}")
    for line in page.reach(raw):
        print(f"    {line}")
    failed = len(raw["failed"])
    print(f"==> grid: {len(raw['cells'])} cells measured, {failed} failed")
    return 1 if failed else 0


def _write(path: Path, raw: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(raw, indent=1, sort_keys=True) + "\n")
    fresh.replace(path)


if __name__ == "__main__":
    sys.exit(main())

"""Seventeen computations in Python as it is written, drafted, and by hand in Rust.

    python -m bench kernels

Each kernel is one typed Python file (`programs/<name>.py`, with `run(n)`) and one that a person
wrote in idiomatic Rust (`.rs`, plain `rustc -O`). CPython, PyPy, mypyc and Numba run the very same
Python file where they are here and take it; the draft is called through the inline boundary, from
Python, and once more without it, as a program of its own (`inside.py`). Every implementation is a
process of its own that is told to run once a round, one after the
other, so that whatever else the machine does meets all of them; the medians are compared. A result
that is another than CPython's is no figure but an error.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.kernels import inside

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
ROOT = HERE.parents[1]
WORK = ROOT / "target" / "bench-kernels"
UV = ROOT / ".build" / "uv" / "bin" / "uv"
SERVICE = ("orderbook", "levenshtein", "logparse", "tokens", "paths")
"""Those like what a service does: books of orders, texts, logs, parsing, graphs."""
SIZES = {
    "orderbook": 6000, "levenshtein": 120, "nbody": 12000, "blackscholes": 20000,
    "logparse": 8000, "tokens": 10000, "paths": 12000, "subsequence": 500, "wordcount": 60000,
    "cipher": 3000, "filter": 24000, "matrix": 80, "sales": 8000, "reader": 1500, "trie": 2000,
    "spanning": 6000, "window": 40000,
}  # fmt: skip
ROUNDS = 7
LIMIT_S = 110.0
"""Rounds end after this long; three are made in any case."""
CLOSE = 1e-9
"""How far the sum of floats of another libm may be off; drafts have to be exact."""


@dataclass
class Runner:
    """One implementation of one kernel, in a process of its own."""

    kernel: str
    way: str
    command: list[str]
    process: subprocess.Popen[str] | None = None
    seconds: list[float] = field(default_factory=list)
    result: str = ""
    absent: str = ""

    def once(self) -> None:
        """One run; a process that fails is given up, with its reason."""
        if self.absent:
            return
        try:
            if self.process is None:
                self.process = subprocess.Popen(
                    self.command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
            said = json.loads(self.process.stdout.readline())
        except (OSError, ValueError) as error:
            self.give_up(self._last_words() or str(error))
            return
        if "absent" in said:
            self.give_up(said["absent"])
            return
        self.seconds.append(said["seconds"])
        self.result = said["result"]

    def _last_words(self) -> str:
        if self.process is None or self.process.stderr is None:
            return ""
        self.process.kill()
        return (self.process.stderr.read().strip().splitlines() or [""])[-1][:200]

    def give_up(self, why: str) -> None:
        self.absent = why
        self.end()

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    @property
    def median(self) -> float | None:
        return statistics.median(self.seconds) if self.seconds and not self.absent else None


def by_hand(kernel: str) -> list[str]:
    """The command of the kernel in Rust, compiled unless it is there."""
    text = (HERE / "harness.rs").read_text().replace("@PATH@", str(PROGRAMS / f"{kernel}.rs"))
    digest = hashlib.sha256((text + (PROGRAMS / f"{kernel}.rs").read_text()).encode()).hexdigest()
    binary = WORK / f"{kernel}-{digest[:12]}"
    if not binary.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        source = WORK / f"{kernel}.rs"
        source.write_text(text)
        subprocess.run(
            ["rustc", "--edition", "2021", "-O", "-A", "warnings", str(source), "-o", str(binary)],
            check=True,
            capture_output=True,
            timeout=300,
        )
    return [str(binary), str(SIZES[kernel])]


def runners(kernels: list[str]) -> list[Runner]:
    """Every implementation that can be had here."""
    program = inside.build(kernels)
    child = str(HERE / "child.py")
    made = []
    for kernel in kernels:
        size = str(SIZES[kernel])
        for way in ("cpython", "draft", "mypyc"):
            made.append(Runner(kernel, way, [sys.executable, child, way, kernel, size]))
        numba = [
            str(UV),
            "run",
            "-q",
            "--no-project",
            "--python",
            sys.executable,
            "--with",
            "numba",
        ]
        made.append(Runner(kernel, "numba", [*numba, "python", child, "numba", kernel, size]))
        pypy = shutil.which("pypy3")
        made.append(Runner(kernel, "pypy", [pypy or "pypy3", child, "cpython", kernel, size]))
        if pypy is None:
            made[-1].absent = "pypy3 is not installed"
        made.append(Runner(kernel, "inside", [str(program), kernel, size]))
        if program is None:
            made[-1].absent = "cargo failed"
        made.append(Runner(kernel, "rust", by_hand(kernel)))
    return made


def same(expected: str, got: str, exact: bool) -> bool:
    """Whether two results are one; floats of another libm may be off a little."""
    if expected == got:
        return True
    try:
        return not exact and math.isclose(float(expected), float(got), rel_tol=CLOSE)
    except ValueError:
        return expected.strip("'\"") == got.strip("'\"")


def geometric(values: list[float]) -> float | None:
    return statistics.geometric_mean(values) if values else None


def summary(made: list[Runner], kernels: list[str]) -> dict[str, Any]:
    """Speed-ups over CPython, and drafts against Rust by hand."""
    table: dict[str, dict[str, Any]] = {}
    for kernel in kernels:
        mine = {runner.way: runner for runner in made if runner.kernel == kernel}
        base, expected = mine["cpython"].median, mine["cpython"].result
        row: dict[str, Any] = {"size": SIZES[kernel], "seconds": {}, "speedup": {}, "absent": {}}
        for way, runner in mine.items():
            if runner.median is None:
                row["absent"][way] = runner.absent
                continue
            if not same(expected, runner.result, exact=way in ("draft", "mypyc", "pypy")):
                row["absent"][way] = f"another result: {runner.result[:60]}"
                continue
            row["seconds"][way] = runner.median
            if base:
                row["speedup"][way] = base / runner.median
        for way in ("draft", "inside"):
            if {way, "rust"} <= row["seconds"].keys():
                row[f"{way}_of_rust"] = row["seconds"]["rust"] / row["seconds"][way]
        table[kernel] = row
    ways = ("pypy", "mypyc", "numba", "draft", "inside", "rust")
    fast = {w: [r["speedup"][w] for r in table.values() if w in r["speedup"]] for w in ways}
    like = [table[kernel]["speedup"].get("draft") for kernel in SERVICE if kernel in table]
    like = [speedup for speedup in like if speedup is not None]
    shares = [row["draft_of_rust"] for row in table.values() if "draft_of_rust" in row]
    inner = [row["inside_of_rust"] for row in table.values() if "inside_of_rust" in row]
    return {
        "kernels": table,
        "geomean": {way: geometric(values) for way, values in fast.items()},
        "drafted": len(fast["draft"]),
        "of": len(kernels),
        "service_like_geomean": geometric(like),
        "draft_of_rust_geomean": geometric(shares),
        "draft_of_rust_least": min(shares, default=None),
        "inside_of_rust_geomean": geometric(inner),
    }


def main() -> dict[str, Any]:
    """Measure all kernels, interleaved."""
    kernels = list(SIZES)
    subprocess.run([sys.executable, str(HERE / "child.py"), "prepare", *kernels], check=True)
    made = runners(kernels)
    started, rounds = time.monotonic(), 0
    try:
        while rounds < ROUNDS and (rounds < 3 or time.monotonic() - started < LIMIT_S):
            for runner in made:
                runner.once()
            rounds += 1
    finally:
        for runner in made:
            runner.end()
    result = summary(made, kernels) | {"rounds": rounds}
    show(result)
    return result


def show(result: dict[str, Any]) -> None:
    ways = ("pypy", "mypyc", "numba", "draft", "inside", "rust")
    print(f"    {'speed-up over CPython':22}" + "".join(f"{way:>8}" for way in ways) + "  of Rust")
    for kernel, row in result["kernels"].items():
        cells = "".join(
            f"{row['speedup'][way]:8.1f}" if way in row["speedup"] else f"{'-':>8}" for way in ways
        )
        share = f"{row['draft_of_rust']:9.2f}" if "draft_of_rust" in row else ""
        print(f"    {kernel:22}{cells}{share}")
    for kernel, row in result["kernels"].items():
        if "draft" in row["absent"]:
            print(f"    {kernel}: no draft: {row['absent']['draft']}")

"""How long `carve cut` takes, from the command to the built carving.

    python -m bench cut

The example's operation (some 90 lines with its helpers) is changed a little, so that everything
is made anew: types checked, Rust drafted and formatted, extension and worker compiled and linked.
Warm: mypy's and cargo's results for what did not change are there, as they are from the second
time on.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

from bench import example

ROUNDS = 3
BEFORE, AFTER = "strike must be above 0, not", "strike must be above 0 ({round}), not"


def lines() -> int:
    """Lines of the operation's module that are code."""
    text = (example.FOLDER / "pricing" / "book.py").read_text()
    return sum(bool(line.strip()) and not line.strip().startswith("#") for line in text.split("\n"))


def main() -> dict[str, Any]:
    carving = example.carved()
    module = example.FOLDER / "pricing" / "book.py"
    original = module.read_text()
    if BEFORE not in original:
        raise RuntimeError(f"{module} has changed: this bench changes {BEFORE!r}")
    times = []
    try:
        for number in range(ROUNDS):
            changed = AFTER.format(round=f"{time.time_ns()}-{number}")
            module.write_text(original.replace(BEFORE, changed))
            before = carving
            start = time.perf_counter()
            carving = example.cut()
            times.append(time.perf_counter() - start)
            if carving == before:
                raise RuntimeError("carve cut built nothing new")
    finally:
        module.write_text(original)
    example.carved()
    result = {"seconds": statistics.median(times), "lines": lines(), "raw_seconds": times}
    print(f"    {result['seconds']:.1f} s warm for a module of {result['lines']} lines")
    return result

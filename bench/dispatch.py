"""What a call costs: the bare function, the operation at stage reference, the inline carving.

    python -m bench dispatch

Two ints; a dataclass of ten fields in and another out, each call with an object of its own; a
megabyte of bytes in and another out (and, for comparison, the same one out, which is not copied).
Medians of interleaved rounds, less the loop itself.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Sequence
from typing import Any

from bench.carvings import subjects
from bench.placing import placed, reset
from bench.rounds import empty, interleaved, looped, once_each, spread

ROUNDS = 21
Timed = Callable[[], tuple[int, int]]


def lines(count: int) -> list[subjects.Line]:
    return [
        subjects.Line(i, 2, 9.5, 0.2, 0.0, True, False, "a note", "X-1", 2.5) for i in range(count)
    ]


def costs(op: Any, timed: Callable[[Callable[..., Any]], Timed], calls: int) -> dict[str, Any]:
    """ns a call of the bare function, the operation, and the operation carved inline."""

    def at_reference() -> tuple[int, int]:
        reset(op)
        return by_operation()

    def carved() -> tuple[int, int]:
        placed(op, "inline")
        return by_operation()

    by_operation = timed(op)
    contenders = {
        "loop": empty(calls),
        "bare": timed(op.reference),
        "reference": at_reference,
        "inline": carved,
    }
    raw = interleaved(contenders, ROUNDS)
    before = op.counters()["candidate"]
    if before["declined"] or before["failed"] or not before["calls"]:
        raise RuntimeError(f"the carving did not answer: {before}")
    reset(op)
    loop = statistics.median(raw["loop"])
    medians = {name: statistics.median(values) - loop for name, values in raw.items()}
    # Of each round, so that what slows both a round through does not count.
    added = [r - b for r, b in zip(raw["reference"], raw["bare"], strict=True)]
    medians["added"] = statistics.median(added)
    return {
        "median_ns": medians,
        "spread": {
            name: round(spread(values), 3) for name, values in raw.items() if name != "loop"
        },
        "raw_ns": raw,
    }


def right(op: Any, args: Sequence[Any]) -> None:
    """The carving's answer must be the reference's before it is worth timing."""
    placed(op, "inline")
    if op(*args) != op.reference(*args):
        raise RuntimeError(f"{op.__name__} is carved wrongly")


def main() -> dict[str, Any]:
    megabyte = os.urandom(1 << 20)
    for op, args in (
        (subjects.add, (1, 2)),
        (subjects.quote, tuple(lines(1))),
        (subjects.turn, (megabyte,)),
        (subjects.echo, (megabyte,)),
    ):
        right(op, args)
    found = {
        "two_ints": costs(subjects.add, lambda f: looped(f, 50_000, 1, 2), 50_000),
        "ten_fields": costs(subjects.quote, lambda f: once_each(f, lambda: lines(10_000)), 10_000),
        "megabyte": costs(subjects.turn, lambda f: looped(f, 400, megabyte), 400),
        "megabyte_same": costs(subjects.echo, lambda f: looped(f, 2_000, megabyte), 2_000),
    }
    for name, result in found.items():
        shown = {k: round(v, 1) for k, v in result["median_ns"].items()}
        print(f"    {name}: {shown} ns")
    return found

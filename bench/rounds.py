"""Contenders timed in turns, so that a slow moment of the machine hits all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence


def interleaved(
    contenders: dict[str, Callable[[], tuple[int, int]]], rounds: int
) -> dict[str, list[float]]:
    """ns a call in every round. A contender returns the ns it took and the calls it made."""
    out: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, run in contenders.items():
            ns, calls = run()
            if number:  # the first round warms up
                out[name].append(ns / calls)
    return out


def looped(call: Callable[..., object], calls: int, *args: object) -> Callable[[], tuple[int, int]]:
    """Times `calls` calls with these one or two arguments."""
    if len(args) == 1:

        def one(a: object = args[0]) -> tuple[int, int]:
            start = time.perf_counter_ns()
            for _ in range(calls):
                call(a)
            return time.perf_counter_ns() - start, calls

        return one

    def two(a: object = args[0], b: object = args[1]) -> tuple[int, int]:
        start = time.perf_counter_ns()
        for _ in range(calls):
            call(a, b)
        return time.perf_counter_ns() - start, calls

    return two


def once_each(
    call: Callable[[object], object], make: Callable[[], Sequence[object]]
) -> Callable[[], tuple[int, int]]:
    """Times one call with each of the objects that `make`, which isn't timed, returns."""

    def run() -> tuple[int, int]:
        objects = make()
        start = time.perf_counter_ns()
        for item in objects:
            call(item)
        return time.perf_counter_ns() - start, len(objects)

    return run


def empty(calls: int) -> Callable[[], tuple[int, int]]:
    """The loop itself, to subtract."""

    def run() -> tuple[int, int]:
        start = time.perf_counter_ns()
        for _ in range(calls):
            pass
        return time.perf_counter_ns() - start, calls

    return run


def spread(values: Sequence[float]) -> float:
    """Half the distance between the quartiles, as a share of the median."""
    low, middle, high = statistics.quantiles(values, n=4)
    return (high - low) / 2 / middle if middle else 0.0


def percentile(values: Sequence[float], p: float) -> float:
    """The value that a share `p` of the values is not above (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(p * len(ordered)))]

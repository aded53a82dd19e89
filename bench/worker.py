"""A carving in a worker: round trips of a thread, and the client's CPU under 64 asyncio callers.

    python -m bench worker

The client's CPU is all this process spends (`time.process_time`) on 64 coroutines calling and
awaiting, Carveout's part and asyncio's together, over the number of calls.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from typing import Any

from bench.carvings import subjects
from bench.placing import placed, reset
from bench.rounds import percentile

CALLERS = 64
EACH = 500
ROUNDS = 7


def round_trips(op: Any, args: tuple[Any, ...], count: int) -> list[float]:
    """µs of each of `count` calls by one thread."""
    for _ in range(count // 10):
        op(*args)
    times = []
    for _ in range(count):
        start = time.perf_counter_ns()
        op(*args)
        times.append((time.perf_counter_ns() - start) / 1e3)
    return times


async def crowd(op: Any, each: int, times: list[float]) -> None:
    async def caller() -> None:
        for _ in range(each):
            start = time.perf_counter_ns()
            answer = await op.aio(1, 2)
            times.append((time.perf_counter_ns() - start) / 1e3)
            if answer != 3:
                raise RuntimeError("a wrong answer")

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


async def crowds(op: Any) -> tuple[list[float], list[float], list[float]]:
    """Every round's CPU µs a call and calls a second; µs of every call."""
    cpu, rate, times = [], [], []
    await crowd(op, EACH // 5, [])
    for _ in range(ROUNDS):
        cpu_start, start = time.process_time(), time.perf_counter()
        await crowd(op, EACH, times)
        spent, lasted = time.process_time() - cpu_start, time.perf_counter() - start
        cpu.append(spent / (CALLERS * EACH) * 1e6)
        rate.append(CALLERS * EACH / lasted)
    return cpu, rate, times


def started(op: Any) -> Any:
    there = placed(op, "worker")
    if there.worker is None or not there.worker.start(wait_s=10):
        raise RuntimeError("the worker did not start")
    return there


def answered(op: Any) -> None:
    """All calls must have been the worker's: a reference that steps in would be timed instead."""
    counts = op.counters()["candidate"]
    if counts["declined"] or counts["failed"]:
        raise RuntimeError(f"the worker did not answer every call: {counts}")


def main() -> dict[str, Any]:
    op = subjects.add
    there = started(op)
    try:
        small = round_trips(op, (1, 2), 5000)
        cpu, rate, times = asyncio.run(crowds(op))
        answered(op)
    finally:
        reset(op)
        there.close()
    op = subjects.echo
    there = started(op)
    try:
        medium = round_trips(op, (os.urandom(10_000),), 2000)
        large = round_trips(op, (os.urandom(1 << 20),), 200)
        answered(op)
    finally:
        reset(op)
        there.close()
    result = {
        "thread_p50_us": percentile(small, 0.5),
        "thread_p99_us": percentile(small, 0.99),
        "thread_10kB_p50_us": percentile(medium, 0.5),
        "thread_1MB_p50_us": percentile(large, 0.5),
        "asyncio_cpu_us_per_call": statistics.median(cpu),
        "asyncio_calls_per_s": statistics.median(rate),
        "asyncio_p50_us": percentile(times, 0.5),
        "asyncio_p99_us": percentile(times, 0.99),
        "raw_cpu_us": cpu,
        "raw_calls_per_s": rate,
    }
    for name, value in result.items():
        if not name.startswith("raw"):
            print(f"    {name}: {value:,.1f}")
    return result

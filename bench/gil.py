"""The policy for the interpreter's lock: long carvings release it, short ones hold it.

    python -m bench gil

Two threads in a carving of 10 ms, against one; and a carving of 20 µs beside a thread that is busy
in Python, where giving the lock away would cost a switch interval (5 ms) to get it back.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from typing import Any

from bench.carvings import subjects
from bench.placing import placed, reset
from bench.rounds import percentile

LONG_S, SHORT_S = 0.010, 20e-6
CALLS = 40
ROUNDS = 7
BESIDE_S = 3.0


def spins(op: Any, seconds: float) -> int:
    """How many rounds of `spin` last this long, carved."""
    probe = 1_000_000
    times = []
    for _ in range(5):
        start = time.perf_counter()
        op(probe)
        times.append(time.perf_counter() - start)
    return max(1, int(probe * seconds / min(times)))


def two_against_one(op: Any, rounds: int) -> list[float]:
    """By how much two threads are faster than one, in every round."""

    def work(n: int) -> None:
        for _ in range(n):
            op(rounds)

    ratios = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work(CALLS)
        one = time.perf_counter() - start
        threads = [threading.Thread(target=work, args=(CALLS,)) for _ in range(2)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ratios.append(2 * one / (time.perf_counter() - start))
    return ratios


def beside_a_busy_thread(op: Any, rounds: int) -> list[float]:
    """µs of every call of a short carving while another thread computes in Python."""
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            sum(range(200))

    times = []
    thread = threading.Thread(target=busy, daemon=True)
    thread.start()
    try:
        end = time.monotonic() + BESIDE_S
        while time.monotonic() < end:
            start = time.perf_counter_ns()
            op(rounds)
            times.append((time.perf_counter_ns() - start) / 1e3)
    finally:
        stop.set()
        thread.join(10)
    return times


def main() -> dict[str, Any]:
    op = subjects.spin
    placed(op, "inline")
    long, short = spins(op, LONG_S), spins(op, SHORT_S)
    for _ in range(4):
        op(long)  # the policy learns from calls
    if not op.releasing:
        raise RuntimeError("a carving of 10 ms still holds the interpreter's lock")
    ratios = two_against_one(op, long)
    placed(op, "inline")
    times = beside_a_busy_thread(op, short)
    if op.releasing:
        raise RuntimeError("a carving of 20 µs releases the interpreter's lock")
    reset(op)
    result = {
        "two_threads_speedup": statistics.median(ratios),
        "cores": os.cpu_count(),
        "short_p50_us": percentile(times, 0.5),
        "short_p99_us": percentile(times, 0.99),
        "short_calls": len(times),
        "raw_speedups": ratios,
    }
    print(f"    two threads: {result['two_threads_speedup']:.2f} times one")
    print(
        f"    short beside a busy thread: p50 {result['short_p50_us']:.0f} µs, "
        f"p99 {result['short_p99_us']:.0f} µs of {len(times):,} calls"
    )
    return result

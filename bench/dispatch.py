"""What a call costs: the bare function, the operation, the inline carving, the worker; the GIL.

    python -m bench.dispatch [--quick]

Medians of interleaved rounds, so that a slow moment of the machine hits all alike. Raw rounds go
to bench/results/dispatch.json. The figures to meet are those of issue 2: at most 0.25 µs more than
the bare function at stage reference; inline 0.5 µs for two ints, 2 µs for ten fields in and out,
60 µs for a megabyte in and out; two threads in a 10 ms carving at least 1.7 times as fast as one; a
20 µs carving beside a busy thread with p50 under 100 µs; 64 asyncio callers of a worker at most
10 µs of client CPU a call.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.carvings import built, subjects
from carveout._native import Split
from carveout.diagnostics import CarveError
from carveout.place.apply import Placed, apply, to_reference

RESULTS = Path(__file__).resolve().parent / "results" / "dispatch.json"
LINE = subjects.Line(1, 2, 9.5, 0.2, 0.0, True, False, "a note", "X-1", 2.5)


class Row:
    """A stage row as `apply` reads it."""

    def __init__(self, epoch: int) -> None:
        self.stage, self.share, self.epoch, self.tau_ns = "full", 1.0, epoch, None


def placed(op: Any, placement: str, **more: Any) -> Placed:
    """`op` at full, carved, with nothing captured."""
    artifact = built(op.__name__, ("inline", "worker") if placement == "worker" else ("inline",))
    more = {"sample_rate": 0.0, "compare_share": 0.0, "deadline_ms": 5000.0} | more
    return apply(op, Row(op.epoch + 1), artifact, placement, **more)


def reset(op: Any) -> None:
    to_reference(op, epoch=op.epoch + 1, sample_rate=0.0)


def interleaved(
    contenders: dict[str, Callable[[int], None]], calls: int, rounds: int
) -> dict[str, list[float]]:
    """ns a call in every round, the contenders taking turns."""
    for run in contenders.values():
        run(calls // 10 + 1)
    out: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            start = time.perf_counter_ns()
            run(calls)
            out[name].append((time.perf_counter_ns() - start) / calls)
    return out


def looped(call: Callable[..., Any], *args: Any) -> Callable[[int], None]:
    if len(args) == 1:

        def one(n: int, a: Any = args[0]) -> None:
            for _ in range(n):
                call(a)

        return one

    def two(n: int, a: Any = args[0], b: Any = args[1]) -> None:
        for _ in range(n):
            call(a, b)

    return two


def nothing(n: int) -> None:
    for _ in range(n):
        pass


def costs(op: Any, args: tuple[Any, ...], calls: int, rounds: int) -> dict[str, Any]:
    """ns a call of the bare function, the operation, and the operation carved inline."""
    reset(op)
    contenders = {
        "loop": nothing,
        "bare": looped(op.reference, *args),
        "reference": looped(op, *args),
    }
    raw = interleaved(contenders, calls, rounds)
    placed(op, "inline")
    raw |= interleaved({"inline": looped(op, *args)}, calls, rounds)
    reset(op)
    loop = statistics.median(raw["loop"])
    medians = {name: statistics.median(values) - loop for name, values in raw.items()}
    medians["added"] = medians["reference"] - medians["bare"]
    return {"median_ns": medians, "raw_ns": raw}


def recording(rounds: int) -> dict[str, Any]:
    """p99 of a 50 µs reference without and with the default sample rate."""
    op = subjects.spin
    n = 1000
    p99: dict[str, list[float]] = {"off": [], "1%": []}
    for _ in range(rounds):
        for name, rate in (("off", 0.0), ("1%", 0.01)):
            op.set_split(Split(capture_reference=rate, epoch=op.epoch + 1))
            times = []
            for _ in range(2000):
                start = time.perf_counter_ns()
                op(n)
                times.append(time.perf_counter_ns() - start)
            op.drain(10_000)
            p99[name].append(statistics.quantiles(times, n=100)[98])
    reset(op)
    off, on = (statistics.median(p99[name]) for name in ("off", "1%"))
    return {"p99_off_ns": off, "p99_on_ns": on, "added_share": on / off - 1, "raw_ns": p99}


def rounds_for(op: Any, seconds: float) -> int:
    """How many rounds of `spin` last `seconds` carved."""
    probe = 1_000_000
    start = time.perf_counter()
    op(probe)
    return max(1, int(probe * seconds / (time.perf_counter() - start)))


def gil() -> dict[str, Any]:
    """The GIL policy: parallel when long, prompt when short."""
    op = subjects.spin
    placed(op, "inline", release_after_us=1000.0)
    long = rounds_for(op, 0.010)
    for _ in range(4):
        op(long)

    def work(n: int) -> None:
        for _ in range(n):
            op(long)

    ratios = []
    for _ in range(5):
        start = time.perf_counter()
        work(60)
        one = time.perf_counter() - start
        threads = [threading.Thread(target=work, args=(60,)) for _ in range(2)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ratios.append(2 * one / (time.perf_counter() - start))

    placed(op, "inline", release_after_us=1000.0)
    short = max(1, long // 500)
    stop = False

    def busy() -> None:
        while not stop:
            sum(range(200))

    times = []
    thread = threading.Thread(target=busy)
    thread.start()
    end = time.monotonic() + 2.0
    while time.monotonic() < end:
        start_ns = time.perf_counter_ns()
        op(short)
        times.append(time.perf_counter_ns() - start_ns)
    stop = True
    thread.join()
    reset(op)
    return {
        "two_threads_speedup": statistics.median(ratios),
        "speedups": ratios,
        "cores": os.cpu_count(),
        "short_beside_busy_p50_us": statistics.median(times) / 1e3,
        "short_calls": len(times),
    }


def worker(calls: int) -> dict[str, Any]:
    """Round trips to a worker: one thread, then 64 asyncio callers and their client's CPU."""
    op = subjects.add
    there = placed(op, "worker")
    try:
        if there.worker is None or not there.worker.start(wait_s=10):
            raise RuntimeError("the worker did not start")
        times = []
        for _ in range(3000):
            start = time.perf_counter_ns()
            op(1, 2)
            times.append(time.perf_counter_ns() - start)
        cuts = statistics.quantiles(times[500:], n=100)

        async def caller(n: int) -> None:
            for _ in range(n):
                if await op.aio(1, 2) != 3:
                    raise AssertionError("a wrong answer")

        async def crowd(n: int) -> None:
            await asyncio.gather(*(caller(n) for _ in range(64)))

        async def measured() -> tuple[float, float]:
            await crowd(20)
            each = calls // 64
            cpu, wall = time.process_time(), time.perf_counter()
            await crowd(each)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            return cpu / (each * 64) * 1e6, each * 64 / wall

        cpu_us, per_s = asyncio.run(measured())
        stats = there.worker.client.stats()
    finally:
        reset(op)
        there.close()
    return {
        "thread_p50_us": cuts[49] / 1e3,
        "thread_p99_us": cuts[98] / 1e3,
        "asyncio_64_cpu_us_per_call": cpu_us,
        "asyncio_64_calls_per_s": per_s,
        "client": stats,
    }


def attempt(name: str, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return run()
    except CarveError as error:
        print(f"    {name}: not measured\n{error}")
        return {"not_measured": error.diagnostic.message, "cause": error.diagnostic.cause}


def main(quick: bool = False) -> dict[str, Any]:
    """All figures; also printed and written to bench/results/dispatch.json."""
    scale, rounds = (10, 5) if quick else (1, 15)
    megabyte = os.urandom(1 << 20)
    found: dict[str, Any] = {
        "two_ints": attempt(
            "two ints", lambda: costs(subjects.add, (1, 2), 200_000 // scale, rounds)
        ),
        "ten_fields": attempt(
            "ten fields", lambda: costs(subjects.quote, (LINE,), 50_000 // scale, rounds)
        ),
        "megabyte": attempt(
            "megabyte", lambda: costs(subjects.echo, (megabyte,), 2_000 // scale, rounds)
        ),
        "recording": attempt("recording", lambda: recording(5 if quick else 15)),
        "gil": attempt("gil", gil),
        "worker": attempt("worker", lambda: worker(64_000 // scale)),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    for name, result in found.items():
        shown = result.get("median_ns") or {k: v for k, v in result.items() if "raw" not in k}
        print(f"    {name}: {json.dumps(shown)}")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    main(parser.parse_args().quick)

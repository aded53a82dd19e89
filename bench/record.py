"""What recording costs the caller: p99 with the default sample rate against none.

    python -m bench record

Each measurement is a fresh process with its own store, whose only thread calls an operation
without a pause, while the agent's thread records into SQLite: a caller that never rests meets the
agent more often than one of a real service. The two settings take turns; the figure is the median
of what the p99 of a pair differs by. Two operations: one of some 50 µs, of which hundreds of calls
are recorded a second, and the example's valuation.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.rounds import percentile

ROUNDS = 9
SECONDS = 2.5
WARM_S = 1.0
DEFAULT = "0.01"
OPERATIONS = ("spin", "value_book")
REPO = Path(__file__).resolve().parents[1]


def caller(name: str) -> Any:
    """One call of the operation, ready to be made."""
    sys.path.insert(0, str(REPO / "examples" / "pricing"))
    import msgspec

    from carveout import operation

    if name == "spin":
        from bench.carvings import subjects

        spin = operation(subjects.spin.reference)
        return lambda: spin(700)
    import payloads  # type: ignore[import-not-found]
    from pricing.book import Book, value_book  # type: ignore[import-not-found]

    books = [msgspec.convert(payloads.book(seed), Book, strict=False) for seed in range(50)]
    at = iter(range(1 << 60))
    return lambda: value_book(books[next(at) % len(books)])


def child(name: str) -> None:
    """Calls for SECONDS and prints what the calls took; a process of its own."""
    call = caller(name)
    end = time.monotonic() + WARM_S
    while time.monotonic() < end:
        call()
    times = []
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        start = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - start)
    found = {"p50_us": percentile(times, 0.5) / 1e3, "p99_us": percentile(times, 0.99) / 1e3}
    print(json.dumps(found | {"calls": len(times)}))


def measured(name: str, rate: str) -> dict[str, Any]:
    """One child's figures, and how many calls it recorded."""
    with tempfile.TemporaryDirectory() as home:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CARVEOUT")}
        done = subprocess.run(
            [sys.executable, "-m", "bench.record", name],
            cwd=REPO,
            env=kept | {"CARVEOUT_HOME": home, "CARVEOUT_SAMPLE_RATE": rate},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"the caller of {name} failed:\n{done.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(done.stdout)
        found["recorded"] = recorded(Path(home))
    if bool(found["recorded"]) != (rate != "0"):
        raise RuntimeError(f"{found['recorded']} calls of {name} recorded at a rate of {rate}")
    return found


def recorded(home: Path) -> int:
    """Recordings in the store of a process that has ended."""
    from carveout.store import open_store

    store = open_store(home)
    try:
        return sum(store.seen(op.name)[0] for op in store.operations())
    finally:
        store.close()


def main() -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name in OPERATIONS:
        pairs = [(measured(name, "0"), measured(name, DEFAULT)) for _ in range(ROUNDS)]
        added = {
            p: statistics.median(on[p] / off[p] - 1 for off, on in pairs)
            for p in ("p50_us", "p99_us")
        }
        result[name] = {
            "p99_off_us": statistics.median(off["p99_us"] for off, _ in pairs),
            "p99_on_us": statistics.median(on["p99_us"] for _, on in pairs),
            "p99_added_share": added["p99_us"],
            "p50_added_share": added["p50_us"],
            "calls": statistics.median(on["calls"] for _, on in pairs),
            "recorded": statistics.median(on["recorded"] for _, on in pairs),
            "raw": pairs,
        }
        print(
            f"    {name}: p99 {result[name]['p99_off_us']:.0f} → "
            f"{result[name]['p99_on_us']:.0f} µs, "
            f"pairs differ by {added['p99_us']:+.1%} (p50 {added['p50_us']:+.1%}); "
            f"{result[name]['recorded']:.0f} of {result[name]['calls']:,.0f} calls recorded"
        )
    return result


if __name__ == "__main__":
    child(sys.argv[1])

"""RESULTS.md from the raw results: each figure beside what was aimed at, losses included.

python -m bench.report
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `most`: True if the aim is an upper limit."""

    bench: str
    what: str
    read: Callable[[Any], float]
    unit: str
    aim: float
    most: bool = True


def median(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def share_of(result: dict[str, Any], share: float) -> dict[str, Any]:
    """What the simulation found at this canary share."""
    return next(row for row in result["shares"] if row["share"] == share)


NOISE = 1.1
"""A median of 2,000 simulated runs is off by some 5 %; the design's own are simulated too."""

FIGURES = (
    Figure("kernels", "kernels: drafts against Rust by hand, geometric mean",
           lambda r: r["draft_of_rust_geomean"], "×", 0.8, most=False),
    Figure("kernels", "kernels: the slowest draft against Rust by hand",
           lambda r: r["draft_of_rust_least"], "×", 0.5, most=False),
    Figure("kernels", "kernels: the same without the boundary",
           lambda r: r["inside_of_rust_geomean"], "×", 0.8, most=False),
    Figure("kernels", "kernels: drafts against CPython, the five like a service's",
           lambda r: r["service_like_geomean"], "×", 24.0, most=False),
    Figure("kernels", "kernels: drafts against CPython, all seventeen",
           lambda r: r["geomean"]["draft"], "×", 45.0, most=False),
    Figure("dispatch", "stage reference: added to a call of two ints",
           lambda r: r["two_ints"]["median_ns"]["added"] / 1e3, "µs", 0.25),
    Figure("dispatch", "inline carved call, two ints, in all",
           lambda r: r["two_ints"]["median_ns"]["inline"] / 1e3, "µs", 0.5),
    Figure("dispatch", "inline carved call, dataclass of ten fields in and out",
           lambda r: r["ten_fields"]["median_ns"]["inline"] / 1e3, "µs", 2.0),
    Figure("dispatch", "inline carved call, 1 MB of bytes in and out",
           lambda r: r["megabyte"]["median_ns"]["inline"] / 1e3, "µs", 60.0),
    Figure("gil", "two threads in a carving of 10 ms, against one",
           lambda r: r["two_threads_speedup"], "×", 1.7, most=False),
    Figure("gil", "a carving of 20 µs beside a busy Python thread, p50",
           lambda r: r["short_p50_us"], "µs", 100.0),
    Figure("worker", "worker: client CPU a call, 64 asyncio callers",
           lambda r: r["asyncio_cpu_us_per_call"], "µs", 10.0),
    Figure("record", "recording at the default rate: added to the p99 of the example's valuation",
           lambda r: r["value_book"]["p99_added_share"] * 100, "%", 5.0),
    Figure("record", "recording at the default rate: added to the p99 of a call of 50 µs",
           lambda r: r["spin"]["p99_added_share"] * 100, "%", 5.0),
    Figure("cut", "cut and build of the example's operation, warm",
           lambda r: r["seconds"], "s", 15.0),
    Figure("prove", "prove: generated calls compared, the example's operation",
           lambda r: r["generated_per_s"], "/s", 20_000, most=False),
    *(
        Figure("guards", f"guards: events until a doubling of errors is caught, canary of {at:.0%}",
               lambda r, at=at: share_of(r, at)["median_events_to_catch_doubling"],
               "", round(events * NOISE))
        for at, events in ((0.5, 94), (0.1, 168), (0.05, 312), (0.01, 1376))
    ),
    Figure("guards", "guards: false alarms at α = 1 %, the worst of four shares",
           lambda r: max(row["false_alarms"] for row in r["shares"]) * 100, "%", 1.0),
    Figure("service", "service: resident after 100,000 requests and more",
           lambda r: r["resident_after_load_mb"], "MB", 12.0),
    Figure("service", "service: requests a second, 64 connections, wrk beside it",
           lambda r: median([x["requests_per_s"] for x in r["rounds"]]), "/s", 50_000, most=False),
)  # fmt: skip


def machine() -> str:
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=False)
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {rustc.stdout.strip() or 'no rustc'}"
    )


def table() -> list[str]:
    lines = ["| figure | measured | aim | |", "|---|---|---|---|"]
    for figure in FIGURES:
        raw = HERE / "results" / f"{figure.bench}.json"
        aim = f"{'≤' if figure.most else '≥'} {figure.aim:g} {figure.unit}"
        try:
            value = figure.read(json.loads(raw.read_text()))
        except (OSError, KeyError, ValueError, IndexError, TypeError):
            lines.append(f"| {figure.what} | not measured | {aim} | |")
            continue
        met = value <= figure.aim if figure.most else value >= figure.aim
        shown = f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
        lines.append(
            f"| {figure.what} | {f'{shown} {figure.unit}'.strip()} | {aim.strip()} "
            f"| {'met' if met else '**missed**'} |"
        )
    return lines


def quietness() -> list[str]:
    """How busy the machine was with other work while each bench ran."""
    lines = [
        "| bench | when | seconds | other work | taken by the host | |",
        "|---|---|---|---|---|---|",
    ]
    for path in sorted((HERE / "results").glob("*.json")):
        seen = json.loads(path.read_text()).get("machine")
        if not isinstance(seen, dict) or seen.get("others_share") is None:
            continue
        shares = f"{seen['others_share']:.0%} | {seen['steal_share']:.0%}"
        word = "quiet" if seen["quiet"] else "**busy**"
        lines.append(f"| {path.stem} | {seen['day']} | {seen['seconds']:.0f} | {shares} | {word} |")
    return lines


def main() -> int:
    text = [
        "# Results",
        "",
        "Made by `make bench`; raw figures in `bench/results/`. Medians of interleaved rounds,",
        "one run; `python -m bench NAME` repeats one. Times taken while the machine had other work",
        "to do (busy, below) are worth little, ratios a little more.",
        "",
        f"Machine: {machine()}.",
        "",
        *table(),
        "",
        *quietness(),
        "",
    ]
    notes = HERE / "NOTES.md"
    if notes.exists():
        text.append(notes.read_text(encoding="utf-8").rstrip() + "\n")
    (HERE / "RESULTS.md").write_text("\n".join(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

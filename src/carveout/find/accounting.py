"""What each operation costs, from the counters that running processes write every second."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from carveout.store import LiveRow

# The dispatch histogram: four sub-buckets to each power of two of nanoseconds.
SUB_BUCKETS = 4


@dataclass(slots=True)
class Cost:
    """One operation over a window, all processes added up. Times in nanoseconds."""

    op: str
    calls: int = 0
    errors: int = 0
    carved: int = 0
    """Calls that a carving answered; `carved_ns` is the time of its arm."""
    carved_ns: int = 0
    total_ns: int = 0
    cpu_ns: int = 0
    cpu_samples: int = 0
    window_s: float = 0.0
    histogram: list[int] | None = None

    @property
    def calls_per_s(self) -> float:
        return self.calls / self.window_s if self.window_s else 0.0

    @property
    def mean_ns(self) -> float | None:
        return self.total_ns / self.calls if self.calls else None

    @property
    def mean_cpu_ns(self) -> float | None:
        """CPU a call, from the calls whose CPU was measured."""
        return self.cpu_ns / self.cpu_samples if self.cpu_samples else None

    @property
    def wait_share(self) -> float | None:
        """The part of a call's time that is not on the CPU."""
        if self.mean_cpu_ns is None or not self.mean_ns:
            return None
        return min(1.0, max(0.0, 1.0 - self.mean_cpu_ns / self.mean_ns))

    def percentile(self, q: float) -> float | None:
        return percentile_ns(self.histogram or [], q)


def bucket_bounds_ns(index: int) -> tuple[float, float]:
    """Lower and upper end of a histogram bucket."""
    power, sub = divmod(index, SUB_BUCKETS)
    base = float(2**power)
    return base * (1 + sub / SUB_BUCKETS), base * (1 + (sub + 1) / SUB_BUCKETS)


def percentile_ns(histogram: list[int], q: float) -> float | None:
    """The q-quantile (0 to 1), interpolated inside its bucket; None of nothing."""
    total = sum(histogram)
    if total == 0:
        return None
    rank = q * total
    seen = 0
    for index, count in enumerate(histogram):
        if count and seen + count >= rank:
            low, high = bucket_bounds_ns(index)
            return low + (high - low) * max(0.0, (rank - seen) / count)
        seen += count
    return bucket_bounds_ns(len(histogram) - 1)[1]


def account(rows: Iterable[LiveRow]) -> dict[str, Cost]:
    """Costs by operation. Rows are per process and window; the time they cover is from the start
    of the first to the end of the last, whether processes ran side by side or in turn."""
    costs: dict[str, Cost] = {}
    spans: dict[str, tuple[float, float]] = {}
    for row in rows:
        counters = json.loads(row.counters_json)
        cost = costs.setdefault(row.op, Cost(row.op))
        first, last = spans.get(row.op, (row.at - row.window_s, row.at))
        spans[row.op] = (min(first, row.at - row.window_s), max(last, row.at))
        for arm in ("reference", "candidate"):
            part = counters.get(arm) or {}
            cost.calls += part.get("calls", 0)
            if arm == "candidate":
                cost.carved += part.get("calls", 0) - part.get("declined", 0)
                cost.carved_ns += part.get("total_ns", 0)
            cost.errors += part.get("errors", 0)
            cost.total_ns += part.get("total_ns", 0)
            cost.cpu_ns += part.get("cpu_ns", 0)
            cost.cpu_samples += part.get("cpu_samples", 0)
            histogram = part.get("histogram") or []
            held = cost.histogram or [0] * len(histogram)
            if len(held) < len(histogram):
                held += [0] * (len(histogram) - len(held))
            for index, count in enumerate(histogram):
                held[index] += count
            cost.histogram = held
    for op, cost in costs.items():
        first, last = spans[op]
        cost.window_s = last - first
    return costs

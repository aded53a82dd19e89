"""Quantiles from the dispatch's histograms: where a reference's p99 (tau) comes from.

    >>> counts = [0] * 256
    >>> counts[bucket(1_000)] = 99
    >>> counts[bucket(9_000)] = 1
    >>> 1_000 <= quantile(counts, 0.5) < 1_300
    True

A bucket's number is 4 × floor(log2 ns) plus the next two bits, so that a bucket is at most 25 %
wide: four sub-buckets to each power of two, as `carveout._native.Dispatch.counters()` counts.

Invariant: a quantile is the upper end of its bucket, so that tau is never below the real p99 by
rounding, which would call ordinary calls slow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def bucket(ns: int) -> int:
    """The number of the bucket that counts a duration of `ns` nanoseconds."""
    ns = max(1, ns)
    exponent = ns.bit_length() - 1
    return 4 * exponent + (((ns << 2) >> exponent) & 3)


def upper_ns(index: int) -> int:
    """The first duration, in ns, beyond bucket `index`."""
    exponent, part = divmod(index, 4)
    return max(1 << exponent, (1 << exponent) * (5 + part) // 4)


def add(histograms: Iterable[Sequence[int]]) -> list[int]:
    """The sum of several histograms, of several processes or windows."""
    total: list[int] = []
    for counts in histograms:
        total.extend([0] * (len(counts) - len(total)))
        for index, count in enumerate(counts):
            total[index] += count
    return total


def quantile(counts: Sequence[int], q: float) -> int:
    """The q-quantile in ns, rounded up to a bucket's end; 0 for an empty histogram."""
    total = sum(counts)
    if total == 0:
        return 0
    seen = 0
    for index, count in enumerate(counts):
        seen += count
        if seen >= q * total:
            return upper_ns(index)
    return upper_ns(len(counts) - 1)

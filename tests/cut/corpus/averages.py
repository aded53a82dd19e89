"""`statistics`."""

from __future__ import annotations

import statistics
from statistics import fmean, median


def averages(xs: list[float]) -> tuple[float, float, float]:
    return statistics.mean(xs), fmean(xs), median(xs)


def spreads(xs: list[float]) -> list[float]:
    return [statistics.pvariance(xs), statistics.pstdev(xs)]


def samples(xs: list[float]) -> list[float]:
    return [statistics.variance(xs), statistics.stdev(xs)]


def of_ints(ns: list[int]) -> str:
    a: float = statistics.mean(ns)
    b: float = statistics.median(ns)
    return f"{a!r} {b!r} {fmean(ns)!r} {statistics.pstdev(ns)!r}"


def commonest(words: list[str]) -> tuple[str, list[str]]:
    return statistics.mode(words), statistics.multimode(words)


def quartiles(xs: list[float], n: int) -> list[float]:
    return statistics.quantiles(xs) + statistics.quantiles(xs, n=n % 9 + 1)


def of_generator(ns: list[int]) -> float:
    return statistics.mean(n / 2 for n in ns)


def z_scores(xs: list[float]) -> list[float]:
    middle, spread = statistics.mean(xs), statistics.pstdev(xs)
    return [(x - middle) / spread for x in xs] if spread else xs

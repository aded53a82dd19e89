"""Counters of several processes add up; percentiles come out of the histogram."""

from __future__ import annotations

import json

import pytest

from carveout.find import account, percentile_ns
from carveout.find.accounting import bucket_bounds_ns
from carveout.find.sampling import Profile
from carveout.find.survey import cpu_share
from carveout.store import LiveRow


def row(process: str, window_s: float, at: float = 10.0, **reference: object) -> LiveRow:
    return LiveRow(process, "app:f", at, window_s, json.dumps({"reference": reference}))


def test_the_time_covered_is_from_the_first_windows_start_to_the_lasts_end() -> None:
    rows = [
        row("a", 1.0, 11.0, calls=10),
        row("a", 1.0, 12.0, calls=20),
        row("b", 2.0, 12.0, calls=30),
    ]
    cost = account(rows)["app:f"]
    assert cost.calls == 60
    assert cost.window_s == pytest.approx(2.0)
    assert cost.calls_per_s == pytest.approx(30.0)


def test_a_process_that_takes_over_from_another_does_not_double_the_rate() -> None:
    rows = [row("a", 5.0, 15.0, calls=50), row("b", 5.0, 20.0, calls=50)]
    assert account(rows)["app:f"].calls_per_s == pytest.approx(10.0)


def test_waiting_is_what_is_not_cpu() -> None:
    cost = account([row("a", 1.0, calls=10, total_ns=1000, cpu_ns=40, cpu_samples=2)])["app:f"]
    assert cost.mean_ns == 100
    assert cost.wait_share == pytest.approx(0.8)


def test_a_share_of_the_cpu_from_the_counters() -> None:
    """100 calls a second of 4 ms each, in processes that spend 0.8 s of CPU a second: a half."""
    cpu = {"calls": 200, "cpu_ns": 40 * 4_000_000, "cpu_samples": 40}
    cost = account([row("a", 2.0, **cpu)])["app:f"]
    assert cpu_share(cost, Profile(cpu_per_s=0.8)) == pytest.approx(0.5)
    assert cpu_share(cost, Profile(cpu_per_s=0.2)) == 1.0
    assert cpu_share(cost, Profile()) is None
    assert cpu_share(cost, None) is None
    few = account([row("a", 2.0, **{**cpu, "cpu_samples": 29})])["app:f"]
    assert cpu_share(few, Profile(cpu_per_s=0.8)) is None


def test_unmeasured_is_none_and_not_zero() -> None:
    cost = account([row("a", 1.0, calls=0)])["app:f"]
    assert cost.mean_ns is None
    assert cost.wait_share is None
    assert cost.percentile(0.5) is None


def test_percentiles_lie_in_their_bucket() -> None:
    histogram = [0] * 256
    histogram[40] = 99
    histogram[80] = 1
    low, high = bucket_bounds_ns(40)
    median = percentile_ns(histogram, 0.5)
    assert median is not None
    assert low <= median <= high
    top = percentile_ns(histogram, 0.999)
    assert top is not None
    assert bucket_bounds_ns(80)[0] <= top <= bucket_bounds_ns(80)[1]

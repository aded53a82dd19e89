"""The table of DESIGN §9, row by row, and the arithmetic behind the prediction."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carveout.find import Context, Measure, judge, predict
from carveout.find.verdict import share_interval

HOT = Measure(
    name="app:price",
    share=0.85,
    samples=2_000,
    calls=5_000,
    calls_per_s=200.0,
    p50_ns=2e6,
    p99_ns=6e6,
    payload_bytes=2_000,
    wait_share=0.05,
    inline_ns=5e3,
    worker_ns=3e4,
    draftable=True,
)
BREACHED = Context(slo="p99 ≤ 1 ms", slo_breached=True)


@pytest.mark.parametrize(
    ("change", "context", "verdict", "words"),
    [
        ({}, BREACHED, "CARVE", "strong"),
        ({"share": 0.6}, BREACHED, "CARVE", "60%"),
        ({"share": 0.6, "draftable": False, "refusal": "x"}, BREACHED, "CARVE", "--blank"),
        ({}, Context(), "STAY", "no SLO"),
        ({}, Context(slo="p99 ≤ 1 s"), "STAY", "is met"),
        ({}, Context(for_cost=True), "CARVE", "strong"),
        ({"share": 0.29}, BREACHED, "STAY", "at most 1.41×"),
        ({"share": 0.4}, BREACHED, "STAY", "--cost"),
        ({"share": 0.4}, replace(BREACHED, for_cost=True), "CARVE", "40%"),
        ({"wait_share": 0.9, "share": 0.1}, BREACHED, "STAY", "waiting"),
        ({"wait_share": 0.9}, BREACHED, "FIX PYTHON FIRST", "waiting"),
        (
            {
                "library": "json",
                "library_share": 0.9,
                "alternative": "use msgspec.json",
                "alternative_gain": 6.5,
                "share": 0.2,
            },
            BREACHED,
            "FIX PYTHON FIRST",
            "6.5×",
        ),
        ({"p50_ns": 3e3, "inline_ns": 600.0}, BREACHED, "STAY", "loop around it"),
        ({"speedup": 1.2, "speedup_low": 1.1}, BREACHED, "STAY", "end to end"),
        ({"calls": 3}, BREACHED, "MEASURE FIRST", "3 calls seen"),
        ({"samples": 10}, BREACHED, "MEASURE FIRST", "10 samples"),
        ({"share": None}, BREACHED, "MEASURE FIRST", "share"),
        ({"calls": None}, BREACHED, "MEASURE FIRST", "@operation"),
    ],
)
def test_every_row_of_the_table(change: dict, context: Context, verdict: str, words: str) -> None:
    advice = judge(replace(HOT, **change), context)
    assert advice.verdict == verdict
    assert words in advice.reason


@given(share=st.floats(0, 1), speedup=st.floats(1, 1e3), boundary=st.floats(0, 10))
def test_prediction_never_beats_amdahl(share: float, speedup: float, boundary: float) -> None:
    predicted = predict(share, speedup, boundary)
    assert predicted <= predict(share, speedup, 0.0) + 1e-12
    assert predicted * (1 - share) <= 1 + 1e-9


@given(share=st.floats(0, 1), samples=st.integers(1, 10**6))
def test_the_interval_holds_the_share(share: float, samples: int) -> None:
    low, high = share_interval(share, samples)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1


def test_the_lower_end_is_lower() -> None:
    advice = judge(replace(HOT, speedup=20.0, speedup_low=12.0), BREACHED)
    assert advice.predicted is not None
    assert advice.predicted_low is not None
    assert 1 < advice.predicted_low < advice.predicted

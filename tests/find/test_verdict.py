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
        ({"calls": None}, BREACHED, "MEASURE FIRST", "not counted"),
        ({"calls": None, "is_operation": False}, BREACHED, "MEASURE FIRST", "@operation"),
        ({"inline_ns": None}, BREACHED, "MEASURE FIRST", "crossing"),
        ({"inline_ns": None, "problem": "it is gone"}, BREACHED, "MEASURE FIRST", "it is gone"),
        # A better library that is no better on this payload is no reason.
        (
            {"library": "json", "library_share": 0.9, "alternative": "x", "alternative_gain": 0.9},
            BREACHED,
            "CARVE",
            "strong",
        ),
        ({"native": "libz", "native_share": 0.8}, BREACHED, "FIX PYTHON FIRST", "libz"),
        ({"native": "libz", "native_share": 0.3}, BREACHED, "CARVE", "strong"),
        # Waiting for the interpreter's turn is what carving shortens.
        ({"wait_share": 0.9, "interpreter_busy": 0.97}, BREACHED, "CARVE", "strong"),
        ({"wait_share": 0.9, "interpreter_busy": 0.5}, BREACHED, "FIX PYTHON FIRST", "waiting"),
        # CPU time is what crossing is held against, where a busy machine stretches the call.
        ({"cpu_ns": 3e4}, BREACHED, "STAY", "loop around it"),
        ({"p50_ns": 3e3, "cpu_ns": 2e6, "inline_ns": 600.0}, BREACHED, "STAY", "loop around it"),
        # Less than 1.5×, but enough for what is promised.
        (
            {"share": 0.55, "speedup": 2.0, "speedup_low": 2.0},
            replace(BREACHED, slo_p99_ns=4e6),
            "CARVE",
            "clears the SLO: its p99 goes from 6 to",
        ),
        (
            {"share": 0.55, "speedup": 2.0, "speedup_low": 2.0},
            replace(BREACHED, slo_p99_ns=1e6),
            "STAY",
            "end to end",
        ),
        ({}, Context(memory_budget_mb=16, memory_mb=51), "CARVE", "strong"),
        (
            {},
            Context(slo="memory ≤ 64 MB", memory_budget_mb=64, memory_mb=51),
            "STAY",
            "memory ≤ 64 MB is met",
        ),
        ({"stage": "full"}, BREACHED, "STAY", "carved already"),
        ({"stage": "full", "calibration": "predicted 3×"}, BREACHED, "STAY", "predicted 3×"),
        ({"stage": "canary"}, BREACHED, "STAY", "on its way (canary)"),
        # Functions that are no operations.
        (
            {"is_operation": False, "calls": None, "share": 0.1},
            BREACHED,
            "STAY",
            "at most 1.1",
        ),
        (
            {
                "is_operation": False,
                "calls": None,
                "library": "json",
                "library_share": 0.9,
                "alternative": "use msgspec.json",
            },
            BREACHED,
            "FIX PYTHON FIRST",
            "use msgspec.json",
        ),
        (
            {"is_operation": False, "calls": None, "samples": 20},
            BREACHED,
            "MEASURE FIRST",
            "20 samples",
        ),
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


@pytest.mark.parametrize(
    ("context", "change", "words"),
    [
        (Context(for_cost=True), {}, "Rust: it runs inside"),
        (Context(memory_budget_mb=12, memory_mb=51, standalone=True), {}, "12 MB an instance"),
        (replace(BREACHED, slo_p99_ns=1e6, standalone=True), {}, "p99 of 1 ms"),
        (Context(for_cost=True, standalone=True), {"wait_share": 0.5}, "or Go by hand"),
        (Context(for_cost=True, standalone=True), {"wait_share": 0.1}, "that computes"),
    ],
)
def test_the_language_goes_by_memory_tail_and_placement(
    context: Context, change: dict, words: str
) -> None:
    advice = judge(replace(HOT, **change), context)
    assert advice.verdict == "CARVE"
    assert words in advice.notes[-1]


def test_notes_say_what_else_to_know() -> None:
    nested = replace(HOT, own_part=0.4, inner="app:fair", worker_ns=2e5)
    notes = " / ".join(judge(nested, BREACHED).notes)
    assert "60% of it is in app:fair" in notes
    assert "inline only" in notes
    assert "inline only" not in " ".join(judge(HOT, BREACHED).notes)


def test_native_code_inside_is_no_faster_afterwards() -> None:
    plain, half = judge(HOT, BREACHED), judge(replace(HOT, native_share=0.4), BREACHED)
    assert plain.predicted is not None
    assert half.predicted is not None
    assert half.predicted < plain.predicted
    assert half.speedup == pytest.approx(1 / (0.6 / 8 + 0.4))


measures = st.builds(
    Measure,
    name=st.just("app:f"),
    share=st.none() | st.floats(0, 1),
    samples=st.integers(0, 5_000),
    calls=st.none() | st.integers(0, 10_000),
    calls_per_s=st.none() | st.floats(0, 1e6),
    p50_ns=st.none() | st.floats(1, 1e10),
    p99_ns=st.none() | st.floats(1, 1e10),
    payload_bytes=st.none() | st.integers(0, 10**6),
    wait_share=st.none() | st.floats(0, 1),
    inline_ns=st.none() | st.floats(1, 1e7),
    worker_ns=st.none() | st.floats(1, 1e8),
    is_operation=st.booleans(),
    draftable=st.none() | st.booleans(),
    speedup=st.none() | st.floats(0.1, 1e3),
    cpu_ns=st.none() | st.floats(1, 1e10),
    native_share=st.floats(0, 1),
    interpreter_busy=st.none() | st.floats(0, 1),
)
contexts = st.builds(
    Context,
    slo=st.none() | st.just("p99"),
    slo_breached=st.booleans(),
    for_cost=st.booleans(),
    slo_p99_ns=st.none() | st.floats(1, 1e9),
    memory_mb=st.none() | st.floats(1, 1e4),
    memory_budget_mb=st.none() | st.floats(1, 1e4),
    standalone=st.booleans(),
)


@given(measures, contexts)
def test_never_a_guess(measure: Measure, context: Context) -> None:
    """CARVE only with everything it rests on measured, and only where Amdahl allows it."""
    advice = judge(measure, context)
    assert advice.reason
    if advice.verdict != "CARVE":
        return
    assert measure.is_operation
    assert measure.share is not None
    assert measure.share >= 0.3
    assert measure.samples >= 100
    assert (measure.calls or 0) >= 50
    assert measure.inline_ns is not None
    assert context.breached or context.for_cost
    assert advice.predicted is not None
    assert advice.predicted_low is not None
    assert advice.predicted_low <= advice.predicted
    assert advice.assumed == (measure.speedup is None)

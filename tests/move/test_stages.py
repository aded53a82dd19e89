"""Decisions: what promotes, what rolls back, what waits, and that evidence is never scaled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carveout.move.guards import Tally
from carveout.move.stages import (
    LADDER,
    Evidence,
    Policy,
    Stage,
    compared_needed,
    decide,
    next_stage,
)

FAST = Policy(time_scale=0.0)
GOOD = Evidence(
    compared=4_603,
    slow=(Tally(0.05, 200, 1),),
    step_calls=1_000,
    in_stage_s=1e6,
    calls_per_s=100.0,
)


def test_the_ladder() -> None:
    stage: Stage | None = Stage("reference")
    seen = []
    while stage is not None:
        seen.append(str(stage))
        stage = next_stage(stage)
    assert seen == [
        "reference",
        "shadow",
        "canary 1 %",
        "canary 5 %",
        "canary 25 %",
        "canary 50 %",
        "full",
    ]


def test_exposure_sets_the_compared_calls() -> None:
    wanted = [compared_needed(Stage("canary", share), Policy()) for share in LADDER]
    assert wanted == [44, 228, 1_149, 2_301]
    assert compared_needed(Stage("full", 1.0), Policy()) == 4_603


@pytest.mark.parametrize("stage", [Stage("shadow"), *(Stage("canary", s) for s in LADDER)])
def test_good_evidence_promotes_one_step(stage: Stage) -> None:
    decision = decide(stage, GOOD)
    assert decision.action == "promote", decision
    assert decision.target == next_stage(stage)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"compared": 227}, "compared calls"),
        ({"step_calls": 43}, "answered at"),
        ({"slow": ()}, "no slower"),
        ({"slow": (Tally(0.01, 50, 1),)}, "no slower"),
        ({"tau_known": False}, "p99"),
        ({"unknown": 400}, "unknown"),
        ({"noisy": 400}, "disagreed with itself"),
        ({"in_stage_s": 1.0}, "at least 300 s"),
    ],
)
def test_missing_evidence_holds_and_says_what_is_missing(
    change: dict[str, object], word: str
) -> None:
    decision = decide(Stage("canary", 0.01), replace(GOOD, **change))  # type: ignore[arg-type]
    assert decision.action == "hold"
    assert word in decision.reason


def test_no_data_holds_with_calls_and_time() -> None:
    decision = decide(Stage("shadow"), Evidence(calls_per_s=10.0))
    assert decision.action == "hold"
    assert decision.guard == "H"
    assert decision.needed is not None
    assert decision.needed.calls == 2_301
    assert decision.needed.seconds == pytest.approx(230.1)
    silent = decide(Stage("shadow"), Evidence())
    assert silent.needed is not None
    assert silent.needed.seconds is None
    assert "time is unknown" in str(silent.needed)


def test_time_scale_shrinks_waiting_only() -> None:
    young = replace(GOOD, in_stage_s=1.0)
    assert decide(Stage("canary", 0.05), young).action == "hold"
    assert decide(Stage("canary", 0.05), young, FAST).action == "promote"
    assert decide(Stage("canary", 0.05), replace(young, compared=100), FAST).action == "hold"
    assert decide(Stage("canary", 0.05), replace(young, slow=()), FAST).action == "hold"


@pytest.mark.parametrize(
    "stage", [Stage("shadow"), Stage("canary", 0.5), Stage("full", 1.0)], ids=str
)
def test_one_confirmed_difference_rolls_back_anywhere(stage: Stage) -> None:
    decision = decide(stage, replace(GOOD, mismatches=1))
    assert (decision.action, decision.guard) == ("rollback", "A")


def test_more_errors_roll_back_whatever_else_speaks_for_it() -> None:
    decision = decide(Stage("canary", 0.05), replace(GOOD, errors=(Tally(0.05, 5, 40),)))
    assert (decision.action, decision.guard) == ("rollback", "B")


def test_a_worse_p99_rolls_back_and_a_slightly_worse_one_is_tolerated() -> None:
    worse = replace(GOOD, slow=(Tally(0.5, 20, 120),))
    assert decide(Stage("canary", 0.5), worse).guard == "C"
    even = decide(Stage("canary", 0.5), replace(GOOD, slow=(Tally(0.5, 100, 110),)))
    assert (even.action, even.guard) == ("hold", "D")


def test_slow_replays_in_shadow_never_roll_back() -> None:
    """A replay pays for the wire: it may speak for the candidate, never against it."""
    decision = decide(Stage("shadow"), replace(GOOD, slow=(), paired=Tally(0.5, 0, 10_000)))
    assert decision.action == "promote"


def test_slow_replays_in_shadow_may_speak_for_it() -> None:
    held = replace(GOOD, slow=())
    assert decide(Stage("canary", 0.01), held).action == "hold"
    assert (
        decide(Stage("canary", 0.01), replace(held, paired=Tally(0.5, 12, 0))).action == "promote"
    )


def test_a_shadow_waits_for_pairs_that_speak_for_it_but_not_for_ever() -> None:
    shadow = Stage("shadow")
    few = Evidence(compared=2_301, paired=Tally(0.5, 3, 0), in_stage_s=1e6, calls_per_s=100.0)
    # At 1 % the same evidence would take a hundred times the calls.
    decision = decide(shadow, few, FAST)
    assert (decision.action, decision.guard) == ("hold", "D")
    assert decision.needed is not None
    assert 100 <= (decision.needed.calls or 0) <= 10_000
    assert decide(shadow, replace(few, paired=Tally(0.5, 12, 0)), FAST).action == "promote"
    assert decide(shadow, replace(few, compared=46_050), FAST).action == "promote"
    # Nothing slow to be seen, or a worker slower than the reference: the canary will tell.
    slow = replace(few, paired=Tally(0.5, 3, 90))
    for evidence in (slow, replace(few, paired=Tally(0.5, 0, 0))):
        assert decide(shadow, evidence, FAST).action == "promote"
    fewer = replace(few, compared=2_300, paired=Tally(0.5, 12, 0))
    assert decide(shadow, fewer, FAST).guard == "H"
    unknown = decide(shadow, replace(slow, tau_known=False), FAST)
    assert (unknown.action, unknown.guard) == ("hold", "D")


def test_rolled_back_and_full_stay() -> None:
    assert decide(Stage("rolled-back"), GOOD).action == "hold"
    full = decide(Stage("full", 1.0), GOOD)
    assert full.action == "hold"
    assert "at most 1 in 1,000" in full.reason

"""The guards against independent expectations: products over single events, and simulation."""

from __future__ import annotations

import math
import random

import pytest

from carveout.move import guards
from carveout.move.guards import Tally


@pytest.mark.parametrize(("bound", "calls"), [(1e-2, 459), (1e-3, 4_603), (1e-4, 46_050)])
def test_sameness_bound_is_the_one_of_the_design(bound: float, calls: int) -> None:
    assert guards.calls_for_bound(bound) == calls
    assert guards.sameness_bound(calls) <= bound < guards.sameness_bound(calls - 1)
    # What the bound means: were the true rate p, seeing no difference has probability (1-p)^n.
    assert math.isclose((1 - guards.sameness_bound(calls)) ** calls, 0.01, rel_tol=1e-9)


def test_no_data_bounds_nothing() -> None:
    assert guards.sameness_bound(0) == 1.0
    assert guards.harm([], 1.0) == 0.0
    assert guards.safety([]) == 0.0


def test_counts_are_as_good_as_the_events_themselves() -> None:
    """DESIGN's product over events, in plain arithmetic, in any order and with a changing share."""
    rng = random.Random(1)
    events = [(share, rng.random() < 0.4) for share in (0.05, 0.25, 0.5) for _ in range(30)]
    rng.shuffle(events)

    def q(share: float, r: float) -> float:
        return share * r / (share * r + 1 - share)

    for ratio, alternatives, function in (
        (1.25, (1.25, 1.5, 2, 3, 5, 10, 30), lambda t: guards.harm(t, 1.25)),
        (1.25, (0.1, 0.3, 0.5, 0.7, 0.8, 0.9), guards.safety),
    ):
        products = []
        for g in alternatives:
            product = 1.0
            for share, from_candidate in events:
                q0, qg = q(share, ratio), q(share, ratio * g)
                product *= qg / q0 if from_candidate else (1 - qg) / (1 - q0)
            products.append(product)
        tallies = [
            Tally(
                share,
                sum(1 for s, x in events if s == share and not x),
                sum(1 for s, x in events if s == share and x),
            )
            for share in (0.05, 0.25, 0.5)
        ]
        expected = math.log(sum(products) / len(products))
        assert math.isclose(function(tallies), expected, rel_tol=1e-9)


def test_a_billion_events_do_not_overflow() -> None:
    assert guards.harm([Tally(0.5, 10**9, 3 * 10**9)], 1.0) > 1e8
    assert math.isfinite(guards.safety([Tally(0.5, 10**9, 0)]))


def test_full_and_reference_say_nothing_about_the_ratio() -> None:
    assert guards.harm([Tally(1.0, 0, 500), Tally(0.0, 500, 0)], 1.0) == 0.0


def test_false_alarms_stay_under_alpha_at_every_look() -> None:
    """Ville: equal arms, looked at after each of 400 events, alarm in at most alpha of the runs."""
    rng = random.Random(7)
    alarms = 0
    for _ in range(300):
        reference = candidate = 0
        for _ in range(400):
            if rng.random() < 0.5:
                candidate += 1
            else:
                reference += 1
            if guards.harm([Tally(0.5, reference, candidate)], 1.0) >= guards.log_threshold():
                alarms += 1
                break
    assert alarms / 300 <= 0.02


def test_doubled_errors_are_caught() -> None:
    rng = random.Random(3)
    seen = []
    for _ in range(101):
        reference = candidate = 0
        while guards.harm([Tally(0.5, reference, candidate)], 1.0) < guards.log_threshold():
            if rng.random() < 2 / 3:
                candidate += 1
            else:
                reference += 1
        seen.append(reference + candidate)
    assert 70 <= sorted(seen)[50] <= 125  # ANCHORS: a median of 94


def test_an_equal_candidate_is_not_promoted_by_luck() -> None:
    """Rule D at the margin: a candidate 1.25 times worse passes in at most 5 % of the runs."""
    rng = random.Random(5)
    passed = 0
    q = guards.candidate_probability(0.5, 1.25)
    for _ in range(200):
        reference = candidate = 0
        for _ in range(400):
            if rng.random() < q:
                candidate += 1
            else:
                reference += 1
            if guards.safety([Tally(0.5, reference, candidate)]) >= math.log(20):
                passed += 1
                break
    assert passed / 200 <= 0.05


def test_events_needed_predicts_a_fast_candidate() -> None:
    """Only the reference is slow: after about as many events as announced, D is satisfied."""
    for share in (0.05, 0.25, 0.5):
        announced = guards.events_needed([], share)
        have = 0
        while guards.safety([Tally(share, have, 0)]) < math.log(20):
            have += 1
        assert have <= announced <= 3 * have


@pytest.mark.parametrize(
    ("stage", "share", "compared", "rate"),
    [
        ("reference", 0.0, 0, 0.0),
        ("shadow", 0.0, 0, 1.0),
        ("canary", 0.01, 10**6, 1.0),
        ("canary", 0.25, 10**6, 1.0),
        ("canary", 0.5, 0, 1.0),
        ("canary", 0.5, 4_603, 0.1),
        ("full", 1.0, 0, 0.01),
        ("rolled-back", 0.0, 0, 0.0),
    ],
)
def test_compare_rates_are_rule_f(stage: str, share: float, compared: int, rate: float) -> None:
    assert guards.compare_rate(stage, share, compared) == rate


@pytest.mark.parametrize("rerun_ns", [0.0, 1e3, 1e6, 1e9])
@pytest.mark.parametrize("per_s", [0.0, 0.1, 10.0, 14_000.0])
def test_a_sentinel_costs_no_more_than_its_part_of_a_core(rerun_ns: float, per_s: float) -> None:
    rate = guards.affordable_rate(0.01, rerun_ns, per_s)
    assert 0 < rate <= 0.01
    assert rate * per_s * rerun_ns / 1e9 <= guards.SENTINEL_CPU * 1.000001
    if 0.01 * per_s * rerun_ns / 1e9 <= guards.SENTINEL_CPU:
        assert rate == 0.01


def test_every_call_of_a_checked_canary_is_compared() -> None:
    for share in (0.001, 0.01, 0.05, 0.25):
        assert guards.is_checked("canary", share)
        assert guards.compare_rate("canary", share, 10**9) == 1.0
    assert not guards.is_checked("canary", 0.26)
    assert not guards.is_checked("full", 1.0)
    assert not guards.is_checked("shadow", 0.0)


def test_noise_is_a_fair_coin() -> None:
    assert guards.noise(40, 40) < guards.log_threshold()
    assert guards.noise(5, 60) > guards.log_threshold()

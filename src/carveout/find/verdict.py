"""From measures to a verdict: the table of DESIGN §9 as pure functions.

The prediction is Amdahl's law with the boundary's cost: with f the operation's share of the CPU, S
its own speed-up and b the crossing's share of the same time, the whole becomes

    1 / ((1 − f) + f / S + b)

times as fast. Its lower end takes the lower end of f's interval (Jeffreys, 95 %) and of S.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["CARVE", "STAY", "FIX PYTHON FIRST", "MEASURE FIRST"]

CANDIDATE_SHARE = 0.5
STRONG_SHARE = 0.8
LOW_SHARE = 0.3
WAITING = 0.7
MIN_SAMPLES = 100
MIN_CALLS = 50
MIN_GAIN = 1.5
INLINE_MULTIPLE = 10
WORKER_MULTIPLE = 20
# A draft's speed-up where nothing was measured: the lower end of what the anchors show for
# service-like code. Used for the prediction only, and shown as assumed.
ASSUMED_SPEEDUP = 8.0
LIBRARY_SHARE = 0.5
# Below this part of the CPU nothing is worth changing, not even a library.
NOTABLE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured of one operation or function. None: it could not be measured.

    `share` is its part of the process's CPU time (0 to 1) with `samples` behind it; times are in
    nanoseconds a call; `library_share` is the part of its own time spent inside `library`.
    """

    name: str
    share: float | None
    samples: int
    calls: int | None
    calls_per_s: float | None
    p50_ns: float | None
    p99_ns: float | None
    payload_bytes: int | None
    wait_share: float | None
    inline_ns: float | None
    worker_ns: float | None
    is_operation: bool = True
    draftable: bool | None = None
    refusal: str | None = None
    speedup: float | None = None
    speedup_low: float | None = None
    library: str | None = None
    library_share: float = 0.0
    alternative: str | None = None
    alternative_gain: float | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What the service promises and where it stands."""

    slo: str | None = None
    slo_breached: bool = False
    for_cost: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """A verdict, its reason in one sentence, and the prediction behind it."""

    verdict: Verdict
    reason: str
    predicted: float | None = None
    predicted_low: float | None = None
    speedup: float | None = None
    assumed: bool = False
    notes: tuple[str, ...] = field(default_factory=tuple)


def predict(share: float, speedup: float, boundary_share: float) -> float:
    """Speed-up of the whole: 1 / ((1 − f) + f / S + b)."""
    return 1.0 / ((1.0 - share) + share / speedup + boundary_share)


def share_interval(share: float, samples: int) -> tuple[float, float]:
    """95 % interval of a share seen in `samples` stack samples (Wilson, 1927)."""
    if samples <= 0:
        return 0.0, 1.0
    z = 1.96
    centre = share + z * z / (2 * samples)
    spread = z * math.sqrt(share * (1 - share) / samples + z * z / (4 * samples * samples))
    scale = 1 + z * z / samples
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def judge(measure: Measure, context: Context) -> Advice:
    """The verdict of DESIGN §9's table, first rule that applies."""
    enough_samples = measure.samples >= MIN_SAMPLES
    few_calls = measure.calls is not None and measure.calls < MIN_CALLS
    if measure.share is None or not enough_samples or few_calls or measure.calls is None:
        return Advice("MEASURE FIRST", missing(measure))
    if measure.wait_share is not None and measure.wait_share > WAITING:
        # A waiter with a small CPU share gains nothing anywhere; one with a large share is the
        # service's own way of working (threads, queries), which is Python to mend.
        return Advice(
            "FIX PYTHON FIRST" if measure.share >= LOW_SHARE else "STAY",
            f"{measure.wait_share:.0%} of its time is waiting; native code waits just as long: "
            "look at queries and concurrency",
        )
    in_library = measure.library_share >= LIBRARY_SHARE and measure.share >= NOTABLE_SHARE
    if measure.alternative is not None and in_library:
        gain = measure.alternative_gain
        measured = f", measured {gain:.1f}× on its payload" if gain else ""
        return Advice(
            "FIX PYTHON FIRST",
            f"{measure.library_share:.0%} of its time is in {measure.library}: "
            f"{measure.alternative}{measured}",
        )
    boundary = crossing(measure)
    if boundary is not None:
        return Advice("STAY", boundary)
    speedup = measure.speedup if measure.speedup is not None else ASSUMED_SPEEDUP
    low_speedup = measure.speedup_low if measure.speedup_low is not None else min(speedup, 4.0)
    per_call = measure.p50_ns or 0.0
    inline = measure.inline_ns or 0.0
    boundary_share = measure.share * inline / per_call if per_call else 0.0
    low_share, _ = share_interval(measure.share, measure.samples)
    predicted = predict(measure.share, speedup, boundary_share)
    predicted_low = predict(low_share, low_speedup, boundary_share)
    assumed = measure.speedup is None

    def say(verdict: Verdict, reason: str) -> Advice:
        return Advice(verdict, reason, predicted, predicted_low, speedup, assumed)

    if measure.share < LOW_SHARE:
        most = 1 / (1 - measure.share)
        return say(
            "STAY", f"{measure.share:.0%} of the CPU: at most {most:.2f}× whatever it is written in"
        )
    if measure.share < CANDIDATE_SHARE and not context.for_cost:
        return say("STAY", f"{measure.share:.0%} of the CPU: worth carving only for cost (--cost)")
    if not context.slo_breached and not context.for_cost:
        stated = f"{context.slo} is met" if context.slo else "no SLO or budget is declared"
        return say("STAY", f"{stated}; ask again with --cost if the bill is the reason")
    if predicted < MIN_GAIN and not context.for_cost:
        return say("STAY", f"only {predicted:.2f}× end to end is predicted")
    if measure.draftable is False:
        strong = "by hand (carve cut --blank)" if measure.refusal else "by hand"
        return say("CARVE", f"{measure.share:.0%} of the CPU; not draftable yet, {strong}")
    strength = "strong: " if measure.share >= STRONG_SHARE else ""
    return say("CARVE", f"{strength}{measure.share:.0%} of the CPU, {predicted:.1f}× predicted")


def missing(measure: Measure) -> str:
    """What has to be measured before anything can be said."""
    if measure.calls is None:
        return "not an operation: its calls are not counted; add @operation and look again"
    if measure.calls < MIN_CALLS:
        return f"{measure.calls} calls seen, {MIN_CALLS} needed: measure under its real load"
    if measure.samples < MIN_SAMPLES:
        return f"{measure.samples} samples of the CPU, {MIN_SAMPLES} needed: measure for longer"
    return "its CPU share could not be measured"


def crossing(measure: Measure) -> str | None:
    """Why a call is too small to cross, or None."""
    if measure.p50_ns is None or measure.inline_ns is None:
        return None
    if measure.p50_ns < INLINE_MULTIPLE * measure.inline_ns:
        call_us, cross_us = measure.p50_ns / 1000, measure.inline_ns / 1000
        return (
            f"a call takes {call_us:.1f} µs and crossing {cross_us:.2f} µs: "
            "carve the loop around it, or leave it"
        )
    return None

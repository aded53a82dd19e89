"""From measures to a verdict: the table of DESIGN §9 as pure functions.

    advice = judge(measure, Context(slo="p99 ≤ 1 ms", slo_p99_ns=1e6, slo_breached=True))
    advice.verdict, advice.reason        # "CARVE", "strong: 85% of the CPU, 3.6× predicted"

The prediction is Amdahl's law with the boundary's cost: with f the operation's share of the CPU, S
its own speed-up and b the crossing's share of the same time, the whole becomes

    1 / ((1 − f) + f / S + b)

times as fast. Its lower end takes the lower ends of f and of S.

Invariants: a measurement that is missing is never replaced by a guess; what had to be assumed (S,
where no draft could be measured) is said to be.
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
# An interpreter held for this much of the time is what calls wait for, not queries.
SATURATED = 0.8
MIN_SAMPLES = 100
MIN_CALLS = 50
MIN_GAIN = 1.5
INLINE_MULTIPLE = 10
WORKER_MULTIPLE = 20
# A draft's speed-up where nothing was measured: the lower end of what the anchors show for
# service-like code. Used for the prediction only, and shown as assumed.
ASSUMED_SPEEDUP = 8.0
ASSUMED_LOW = 4.0
LIBRARY_SHARE = 0.5
# Below this part of the CPU nothing is worth changing, not even a library.
NOTABLE_SHARE = 0.05
# Below this budget an instance can't hold Go's runtime and its garbage (12.7 MB after load).
SMALL_MB = 16.0
# Waiting beside computing from here on: goroutines do that well.
CONCURRENT = 0.3
# A promised p99 below this is shorter than a collector's worst pauses under load.
TAIL_MS = 5.0


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured of one operation or function. None: it could not be measured.

    `share` is its part of the CPU time (0 to 1), with all it calls, and with `samples` behind it;
    `share_low` and `share_high` its 95 % interval; `own_part` the part of that which is not in
    another operation (`inner`). Times are in nanoseconds a call; `library_share` and `native_share`
    are the parts of its own time inside `library` (Python) and `native` (machine code).
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
    share_low: float | None = None
    share_high: float | None = None
    own_part: float = 1.0
    inner: str | None = None
    mean_ns: float | None = None
    cpu_ns: float | None = None
    interpreter_busy: float | None = None
    native: str | None = None
    native_share: float = 0.0
    stage: str = "reference"
    calibration: str | None = None
    problem: str | None = None
    """Why its recorded calls could not be used."""

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end of the share."""
        if self.share is None:
            return 0.0, 1.0
        low, high = share_interval(self.share, self.samples)
        return (
            low if self.share_low is None else self.share_low,
            high if self.share_high is None else self.share_high,
        )

    @property
    def kernel_ns(self) -> float | None:
        """What a call computes: its CPU time, or its median time where that is less or all."""
        known = [ns for ns in (self.p50_ns, self.cpu_ns) if ns is not None]
        return min(known, default=None)


@dataclass(frozen=True, slots=True)
class Context:
    """What the service promises and where it stands. `memory_mb` is its largest process's."""

    slo: str | None = None
    slo_breached: bool = False
    for_cost: bool = False
    slo_p99_ns: float | None = None
    memory_mb: float | None = None
    memory_budget_mb: float | None = None
    standalone: bool = False
    """Whether carvings run as processes of their own here (`place.placement = "worker"`)."""

    @property
    def over_budget(self) -> bool:
        """Whether the service takes more memory than it may."""
        return bool(
            self.memory_budget_mb and self.memory_mb and self.memory_mb > self.memory_budget_mb
        )

    @property
    def breached(self) -> bool:
        return self.slo_breached or self.over_budget


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
    if measure.stage != "reference":
        return _moved(measure)
    if not measure.is_operation:
        return _function(measure)
    if missing(measure) is not None or measure.share is None:
        return Advice("MEASURE FIRST", missing(measure) or "its CPU share could not be measured")
    for rule in (_waiting, _library, _native, _too_small):
        found = rule(measure)
        if found is not None:
            return found
    return _gain(measure, measure.share, context)


def _moved(measure: Measure) -> Advice:
    done = "carved already" if measure.stage == "full" else f"on its way ({measure.stage})"
    shown = f": {measure.calibration}" if measure.calibration else ""
    return Advice("STAY", f"{done}{shown}")


def _function(measure: Measure) -> Advice:
    """A function that is no operation: its share and its libraries are known, its calls are not."""
    if measure.share is None or measure.samples < MIN_SAMPLES:
        return Advice("MEASURE FIRST", missing(measure) or "its CPU share could not be measured")
    found = _library(measure) or _native(measure)
    if found is not None:
        return found
    _, high = measure.interval
    if high < LOW_SHARE:
        most = 1 / (1 - high)
        return Advice(
            "STAY",
            f"{measure.share:.0%} of the CPU: at most {most:.2f}× whatever it is written in",
        )
    return Advice(
        "MEASURE FIRST",
        "not an operation: its calls are not counted; add @operation and look again",
    )


def _waiting(measure: Measure) -> Advice | None:
    waits = measure.wait_share
    if waits is None or waits <= WAITING or measure.share is None:
        return None
    busy = measure.interpreter_busy
    if busy is not None and busy >= SATURATED:
        return None  # it waits for its turn to compute; carving is what shortens that
    # A waiter with a small CPU share gains nothing anywhere; one with a large share is the
    # service's own way of working (threads, queries), which is Python to mend.
    return Advice(
        "FIX PYTHON FIRST" if measure.share >= LOW_SHARE else "STAY",
        f"{waits:.0%} of its time is waiting; native code waits just as long: "
        "look at queries and concurrency",
    )


def _library(measure: Measure) -> Advice | None:
    if measure.alternative is None or measure.library_share < LIBRARY_SHARE:
        return None
    if (measure.share or 0.0) < NOTABLE_SHARE:
        return None
    gain = measure.alternative_gain
    if gain is not None and gain <= 1.0:
        return None  # on its own payload it isn't better
    measured = f", measured {gain:.1f}× on its payload" if gain else ""
    return Advice(
        "FIX PYTHON FIRST",
        f"{measure.library_share:.0%} of its time is in {measure.library}: "
        f"{measure.alternative}{measured}",
    )


def _native(measure: Measure) -> Advice | None:
    if measure.native_share < LIBRARY_SHARE or (measure.share or 0.0) < NOTABLE_SHARE:
        return None
    return Advice(
        "FIX PYTHON FIRST",
        f"{measure.native_share:.0%} of its time is in {measure.native or 'native code'}, which is "
        "native already: a carving would call the same; call it less, or for more at a time",
    )


def _too_small(measure: Measure) -> Advice | None:
    reason = crossing(measure)
    return Advice("STAY", reason) if reason is not None else None


def _gain(measure: Measure, share: float, context: Context) -> Advice:
    """What is left depends on what carving would gain, and on who asked for it."""
    kernel = measure.kernel_ns or 0.0
    boundary = share * (measure.inline_ns or 0.0) / kernel if kernel else 0.0
    speedup, low_speedup = _speedups(measure)
    low_share, _ = measure.interval
    predicted = predict(share, speedup, boundary)
    predicted_low = min(predicted, predict(low_share, low_speedup, boundary))
    notes = (*_notes(measure), language(measure, context))

    def say(verdict: Verdict, reason: str) -> Advice:
        shown = notes if verdict == "CARVE" else notes[:-1]
        assumed = measure.speedup is None
        return Advice(verdict, reason, predicted, predicted_low, speedup, assumed, shown)

    if share < LOW_SHARE:
        most = 1 / (1 - share)
        return say("STAY", f"{share:.0%} of the CPU: at most {most:.2f}× whatever it is written in")
    if share < CANDIDATE_SHARE and not context.for_cost:
        return say("STAY", f"{share:.0%} of the CPU: worth carving only for cost (--cost)")
    if not context.breached and not context.for_cost:
        stated = f"{context.slo} is met" if context.slo else "no SLO or budget is declared"
        return say("STAY", f"{stated}; ask again with --cost if the bill is the reason")
    cleared = clears(measure, context, speedup)
    if predicted < MIN_GAIN and not context.for_cost and cleared is None:
        return say("STAY", f"only {predicted:.2f}× end to end is predicted")
    if measure.inline_ns is None:
        why = measure.problem or (
            "no call with a result was recorded: measure for longer, or raise record.sample_rate"
        )
        return Advice("MEASURE FIRST", f"what crossing costs is not known: {why}")
    if measure.draftable is False:
        return say(
            "CARVE", f"{share:.0%} of the CPU; not draftable yet, by hand (carve cut --blank)"
        )
    if predicted < MIN_GAIN and cleared is not None:
        return say("CARVE", f"only {predicted:.2f}× end to end, but that {cleared}")
    strength = "strong: " if share >= STRONG_SHARE else ""
    return say("CARVE", f"{strength}{share:.0%} of the CPU, {predicted:.1f}× predicted")


def _speedups(measure: Measure) -> tuple[float, float]:
    """Its own speed-up and the lower end: measured, or assumed for the part that is Python."""
    if measure.speedup is not None:
        low = measure.speedup if measure.speedup_low is None else measure.speedup_low
        return measure.speedup, min(low, measure.speedup)
    native = measure.native_share
    return tuple(1 / ((1 - native) / s + native) for s in (ASSUMED_SPEEDUP, ASSUMED_LOW))  # type: ignore[return-value]


def clears(measure: Measure, context: Context, speedup: float) -> str | None:
    """How its own p99 meets a breached promise once it is `speedup` times as fast, or None."""
    promised, now = context.slo_p99_ns, measure.p99_ns
    if not promised or now is None or now <= promised:
        return None
    waits = measure.wait_share or 0.0
    then = now * (waits + (1 - waits) / speedup) + (measure.inline_ns or 0.0)
    if then > promised:
        return None
    return f"clears the SLO: its p99 goes from {now / 1e6:.3g} to {then / 1e6:.3g} ms"


def _notes(measure: Measure) -> tuple[str, ...]:
    """What else to know before carving."""
    notes = []
    if measure.own_part < 1 - NOTABLE_SHARE and measure.inner is not None:
        notes.append(
            f"{1 - measure.own_part:.0%} of it is in {measure.inner}, an operation of its own"
        )
    kernel = measure.kernel_ns
    if kernel is not None and measure.worker_ns and kernel < WORKER_MULTIPLE * measure.worker_ns:
        notes.append(
            "inline only: a call is less than 20 round trips to a worker "
            f"({measure.worker_ns / 1000:.0f} µs each)"
        )
    busy, waits = measure.interpreter_busy, measure.wait_share
    if busy is not None and busy >= SATURATED and waits is not None and waits > WAITING:
        notes.append(
            f"{waits:.0%} of a call is waiting for its turn: the interpreter is busy {busy:.0%} of "
            "the time"
        )
    return tuple(notes)


def language(measure: Measure, context: Context) -> str:
    """Rust or Go, and why (the table's row on memory and tails)."""
    budget = context.memory_budget_mb
    if budget and budget <= SMALL_MB:
        return f"Rust: {budget:g} MB an instance leave no room for a garbage collector"
    if context.slo_p99_ns and context.slo_p99_ns <= TAIL_MS * 1e6:
        return (
            f"Rust: a p99 of {context.slo_p99_ns / 1e6:g} ms leaves no room for collection pauses"
        )
    if not context.standalone:
        return "Rust: it runs inside the Python process"
    if (measure.wait_share or 0.0) >= CONCURRENT:
        return "Rust, or Go by hand: a process of its own that waits as much as it computes"
    return "Rust: a process of its own that computes"


def missing(measure: Measure) -> str | None:
    """What has to be measured before anything can be said; None if nothing is."""
    if measure.calls is None:
        if measure.is_operation:
            return "its calls are not counted: has the service called it?"
        if measure.samples >= MIN_SAMPLES and measure.share is not None:
            return "not an operation: its calls are not counted; add @operation and look again"
    elif measure.calls < MIN_CALLS:
        return f"{measure.calls} calls seen, {MIN_CALLS} needed: measure under its real load"
    if measure.share is None:
        return "its CPU share could not be measured"
    if measure.samples < MIN_SAMPLES:
        return f"{measure.samples} samples of the CPU, {MIN_SAMPLES} needed: measure for longer"
    return None


def crossing(measure: Measure) -> str | None:
    """Why a call is too small to cross, or None."""
    kernel = measure.kernel_ns
    if kernel is None or measure.inline_ns is None:
        return None
    if kernel < INLINE_MULTIPLE * measure.inline_ns:
        return (
            f"a call takes {kernel / 1000:.1f} µs and crossing {measure.inline_ns / 1000:.2f} µs: "
            "carve the loop around it, or leave it"
        )
    return None

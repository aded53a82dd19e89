"""The guards of a move, as pure functions of counts: when to roll back, promote or wait.

    >>> round(sameness_bound(4_603), 6)
    0.001
    >>> tallies = [Tally(share=0.5, reference_events=10, candidate_events=60)]
    >>> harm(tallies, ratio=1.0) >= log_threshold(0.01)
    True

The tests are sequential: they may be looked at after every call, for ever, and still raise a false
alarm with probability at most alpha. An *event* is a request that went wrong (an error, or a call
slower than the frozen p99), counted once per request: bursts of ten events for one request raise
false alarms from 1 % to 74 %. Given that an event happened, it came from the candidate with
probability q(r) = share·r / (share·r + 1 − share), where r is the ratio of the candidate's event
rate to the reference's. So the order of the events does not matter, and only their number per arm
and share is kept (`Tally`): counts can be added up over processes and restarts.

Invariants: everything is computed in logarithms (nothing overflows at 10^9 events); shares outside
(0, 1) carry no information about r and are skipped; evidence is never reset when the share changes.

Sources: Ville's inequality (an e-process stays under 1/alpha with probability 1 − alpha); Turner,
Ly, Grünwald, "Generic E-variables for exact sequential k-sample tests", J. Stat. Plan. Inference
2024; Netflix, "Sequential A/B testing keeps the world streaming", part 2: counting processes;
Howard & Ramdas, "Sequential estimation of quantiles", Bernoulli 2022, for the frozen quantile.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ALPHA = 0.01
"""Tolerated probability of a false alarm, over a whole move."""
HARM_RATIOS = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
"""Alternatives mixed in rules B and C: how many times worse than tolerated."""
SAFE_RATIOS = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9)
"""Alternatives mixed in rule D: how many times better than the margin."""
ERROR_RATIO = 1.0
"""Rule B tolerates as many errors as the reference has."""
SLOW_RATIO = 1.25
"""Rule C tolerates a quarter more calls beyond the reference's p99."""
MARGIN = 1.25
"""Rule D: a promotion must reject that the candidate is this many times worse."""
PROMOTE_EVIDENCE = 20.0
"""Rule D: odds at which the margin counts as rejected (an error probability of 5 %)."""
TAU_QUANTILE = 0.99
CHECKED_SHARE = 0.25
"""Rule F: through this share of a canary every call is compared before its caller is answered."""

SENTINEL_CPU = 0.02
"""Rule F: of one core, what re-running the reference for the sentinel may take at full."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Events (not calls) of one kind in each arm while the candidate's share was `share`."""

    share: float
    reference_events: int
    candidate_events: int

    @property
    def events(self) -> int:
        return self.reference_events + self.candidate_events


def sameness_bound(compared: int, alpha: float = ALPHA) -> float:
    """Rule A: with no difference in `compared` calls, at most this share of calls differs.

    The exact (Clopper-Pearson) bound for zero failures, 1 − alpha^(1/n), at confidence 1 − alpha.
    1.0 when nothing was compared: no data says nothing.
    """
    if compared <= 0:
        return 1.0
    return -math.expm1(math.log(alpha) / compared)


def calls_for_bound(bound: float, alpha: float = ALPHA) -> int:
    """The least number of equal calls with `sameness_bound(n) <= bound`: 459 for 1 % at 99 %."""
    if not 0.0 < bound < 1.0:
        return 0 if bound >= 1.0 else 2**62
    return math.ceil(math.log(alpha) / math.log1p(-bound) - 1e-9)


def candidate_probability(share: float, ratio: float) -> float:
    """q(r): the probability that an event came from the candidate, which gets `share` of calls."""
    return share * ratio / (share * ratio + 1.0 - share)


def log_threshold(alpha: float = ALPHA) -> float:
    """ln(1/alpha): evidence at or above it is an alarm (Ville)."""
    return -math.log(alpha)


def log_evidence(tallies: Iterable[Tally], ratio: float, alternatives: Sequence[float]) -> float:
    """ln E, the evidence against "the event rates differ by the factor `ratio`".

    E is the mean over the alternatives g of ∏ (q_g/q_0)^x ((1−q_g)/(1−q_0))^(1−x), x = 1 for an
    event of the candidate, q_g = q(ratio·g). The products run over all shares the candidate ever
    had. 0.0 (E = 1) without events.
    """
    sums = [0.0] * len(alternatives)
    for tally in tallies:
        if not 0.0 < tally.share < 1.0 or tally.events == 0:
            continue
        q0 = candidate_probability(tally.share, ratio)
        for index, alternative in enumerate(alternatives):
            qg = candidate_probability(tally.share, ratio * alternative)
            sums[index] += tally.candidate_events * math.log(qg / q0)
            sums[index] += tally.reference_events * (math.log1p(-qg) - math.log1p(-q0))
    return _log_mean(sums)


def harm(tallies: Iterable[Tally], ratio: float) -> float:
    """Rules B (ratio = ERROR_RATIO) and C (SLOW_RATIO): ln E that the candidate does worse.

    Roll back at `log_threshold(alpha)` or above. A doubled rate is caught in a median of about
    94 / 168 / 312 / 1,376 events at a share of 50 / 10 / 5 / 1 % (bench/guards.py).
    """
    return log_evidence(tallies, ratio, HARM_RATIOS)


def safety(tallies: Iterable[Tally], margin: float = MARGIN) -> float:
    """Rule D: ln E against "the candidate is `margin` times worse or more".

    Promotion needs ln(PROMOTE_EVIDENCE) or above.
    """
    return log_evidence(tallies, margin, SAFE_RATIOS)


def noise(reference_discordant: int, candidate_discordant: int) -> float:
    """Rule E: ln E that the candidate disagrees with a noisy reference more than it does itself.

    Run reference, reference, candidate on one input; a call is discordant when exactly one of the
    pairs (first, second reference) and (first reference, candidate) differs: a fair coin if the
    candidate is as noisy as the reference. That is rule B at a share of one half.
    """
    return harm([Tally(0.5, reference_discordant, candidate_discordant)], 1.0)


def events_needed(tallies: Sequence[Tally], share: float, *, ratio: float = 0.1) -> int:
    """How many more events rule D is likely to need at `share`, were the candidate's rate `ratio`.

    An estimate for people who wait (rule H), from the growth of the best alternative; never used
    to decide. 0 when the evidence is there.
    """
    missing = math.log(PROMOTE_EVIDENCE) - safety(tallies)
    if missing <= 0:
        return 0
    if not 0.0 < share < 1.0:
        return 1
    # Before any event E = 1; the mixture pays ln(number of alternatives) for its best member.
    if not any(t.events for t in tallies if 0.0 < t.share < 1.0):
        missing += math.log(len(SAFE_RATIOS))
    q0, q = candidate_probability(share, MARGIN), candidate_probability(share, ratio)
    growth = max(
        q * math.log(candidate_probability(share, MARGIN * g) / q0)
        + (1 - q) * (math.log1p(-candidate_probability(share, MARGIN * g)) - math.log1p(-q0))
        for g in SAFE_RATIOS
    )
    return math.ceil(missing / growth) if growth > 0 else 2**31


def is_checked(stage: str, share: float) -> bool:
    """Rule F, for the caller: whether each of the candidate's calls is answered by the reference as
    well, so that the caller gets the reference's answer. In a canary through 25 %, until when every
    call is compared."""
    return stage == "canary" and share <= CHECKED_SHARE + 1e-9


def compare_rate(stage: str, share: float, compared: int = 0) -> float:
    """Rule F: the share of the candidate's calls to compare with the reference.

    In shadow every call that can be captured; in a canary every call through 25 %, and above it
    every call until enough are compared for `full` (4,603), then one in ten; at full a sentinel of
    1 % (or less: `affordable_rate`); elsewhere the candidate answers nothing.
    """
    if stage == "shadow":
        return 1.0
    if stage == "full":
        return 0.01
    if stage == "canary":
        return 1.0 if is_checked(stage, share) or compared < calls_for_bound(1e-3) else 0.1
    return 0.0


def affordable_rate(rate: float, rerun_ns: float, calls_per_s: float) -> float:
    """Rule F at full: `rate`, or what keeps re-running the reference (`rerun_ns` of CPU each, for
    that share of `calls_per_s`) within SENTINEL_CPU of one core."""
    cost = rerun_ns * 1e-9 * calls_per_s
    return min(rate, SENTINEL_CPU / cost) if cost > 0 else rate


@dataclass(frozen=True, slots=True)
class Needed:
    """Rule H: what a HOLD waits for. Calls are the operation's calls in all; None = unknown."""

    calls: int | None = None
    seconds: float | None = None
    what: str = ""

    def __str__(self) -> str:
        parts = []
        if self.calls:
            doing = f" {self.what}" if self.what.startswith("to ") else ""
            parts.append(f"about {self.calls:,} more calls{doing}")
        elif self.what and not self.seconds:
            parts.append(self.what)
        if self.seconds is not None and self.seconds > 0:
            parts.append(f"about {self.seconds:,.0f} s")
        elif self.calls:
            parts.append("no traffic seen, so the time is unknown")
        return ", ".join(parts) or "nothing"


def _log_mean(logs: Sequence[float]) -> float:
    """ln of the mean of exp(logs), without overflow."""
    top = max(logs)
    return top + math.log(sum(math.exp(value - top) for value in logs) / len(logs))

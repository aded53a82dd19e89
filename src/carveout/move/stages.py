"""What to do next with an operation's traffic: a pure decision over its stage and its evidence.

    reference → shadow → canary 1 % → 5 % → 25 % → 50 % → full

    >>> decide(Stage("shadow"), Evidence(compared=0)).action
    'hold'

Rules, in this order (DESIGN §8; `guards` has their arithmetic):

- **Roll back** on the first confirmed difference (A), on evidence of more errors (B) or of more
  calls beyond the frozen p99 (C), in every stage, held or moved by hand (G).
- **Promote** one step when all of these hold:
  1. *Exposure*: if all calls compared so far were equal, at most 1 in 1,000 of the operation's
     calls could be answered differently at the share being entered, at 99 %: share × bound(n) ≤
     0.001. That is 44 / 228 / 1,149 / 2,301 / 4,603 compared calls before 1 / 5 / 25 / 50 / 100 %.
     Shadow asks for 2,301 at once, since nowhere else are they gathered as fast and as harmlessly:
     the calls before 50 %, so that as many again are compared where the candidate really runs.
  2. *Seen here*: 44 calls answered by the candidate in this canary step (a bound of 10 %), so that
     no step is passed through without having been tried.
  3. *Rule D, latency*: the evidence rejects that the candidate goes beyond the reference's p99
     1.25 times as often as the reference, or more. Shadow is the place to gather that: a pair of
     one slow call says as much as a hundred slow calls at a canary of 1 %, so that it is waited
     for there while the pairs speak for the candidate (46,050 compared calls at most).
  4. *Rule D, errors*: the same on errors, or the compared calls say it already: an error that the
     reference would not have raised **is** a difference, so that the bound of 1 also bounds the
     additional errors. That holds while at most 1 % of the comparisons ended unknown. Without it,
     an operation that never fails could never be promoted, for lack of events.
  5. *Dwell*: the step has lasted its minimum time; `time_scale` shrinks this and nothing else.
- **Hold** otherwise, with the calls and the time still needed (H). No data is a hold.

Invariants: no input or output here; the same arguments give the same decision; a promotion never
skips a step of the ladder; `time_scale` never touches evidence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from carveout.move import guards
from carveout.move.guards import Needed, Tally

StageName = Literal["reference", "shadow", "canary", "full", "rolled-back"]
STAGES: tuple[StageName, ...] = ("reference", "shadow", "canary", "full", "rolled-back")
LADDER = (0.01, 0.05, 0.25, 0.50)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where an operation's traffic is; `share` is the candidate's part of it, 0 to 1."""

    name: StageName
    share: float = 0.0

    def __str__(self) -> str:
        return f"canary {self.share * 100:g} %" if self.name == "canary" else self.name

    @property
    def moved(self) -> bool:
        """True where a candidate takes part, so that the guards have something to guard."""
        return self.name in ("shadow", "canary", "full")


@dataclass(frozen=True, slots=True)
class Policy:
    """How careful a move is. The defaults are what the documentation promises."""

    ladder: tuple[float, ...] = LADDER
    alpha: float = guards.ALPHA
    exposure: float = 1e-3
    shadow_calls: int = 2_301
    shadow_longest: int = 46_050
    """Compared calls after which a shadow no longer waits for rule D."""
    step_calls: int = 44
    unknown_share: float = 0.01
    shadow_dwell_s: float = 60.0
    canary_dwell_s: float = 300.0
    time_scale: float = 1.0
    """Multiplies the dwell times (0.01 = a hundred times as fast), never the evidence."""

    def dwell_s(self, stage: Stage) -> float:
        """The least time to stay in a stage, in seconds."""
        base = {"shadow": self.shadow_dwell_s, "canary": self.canary_dwell_s}.get(stage.name, 0.0)
        return base * self.time_scale


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known about one artifact on live traffic. Counts are since it was first moved."""

    compared: int = 0
    """Verdicts "same" or "different", in shadow and canary."""
    mismatches: int = 0
    """Confirmed differences: the reference agreed with itself on a re-run."""
    noisy: int = 0
    """Differences where the reference did not agree with itself."""
    unknown: int = 0
    declined: int = 0
    errors: tuple[Tally, ...] = ()
    slow: tuple[Tally, ...] = ()
    paired: Tally = field(default_factory=lambda: Tally(0.5, 0, 0))
    """Shadow: calls where exactly one of the reference and the replayed candidate was slow. Counts
    for rule D only: a replay pays for the wire, so that it may be slower than the candidate is."""
    step_calls: int = 0
    """Calls the candidate was chosen for in the present step."""
    in_stage_s: float = 0.0
    calls_per_s: float = 0.0
    """The operation's traffic over all processes; 0 = none seen."""
    tau_known: bool = True
    """Whether a p99 was frozen, without which no call can be called slow."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, by which guard, why, and for a hold what is still missing."""

    action: Literal["hold", "promote", "rollback"]
    reason: str
    target: Stage | None = None
    guard: str | None = None
    needed: Needed | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "action": self.action,
            "reason": self.reason,
            "target": None
            if self.target is None
            else {"stage": self.target.name, "share": self.target.share},
            "guard": self.guard,
            "needed": None
            if self.needed is None
            else {"calls": self.needed.calls, "seconds": self.needed.seconds},
        }


def next_stage(stage: Stage, ladder: tuple[float, ...] = LADDER) -> Stage | None:
    """The step after `stage`; None at the end (full) and where a person has to decide."""
    if stage.name == "reference":
        return Stage("shadow")
    if stage.name == "shadow":
        return Stage("canary", ladder[0]) if ladder else Stage("full", 1.0)
    if stage.name == "canary":
        higher = [share for share in ladder if share > stage.share + 1e-9]
        return Stage("canary", higher[0]) if higher else Stage("full", 1.0)
    return None


def compared_needed(target: Stage, policy: Policy) -> int:
    """Compared calls that must have been equal before traffic enters `target`."""
    share = 1.0 if target.name == "full" else target.share
    return guards.calls_for_bound(policy.exposure / share, policy.alpha) if share > 0 else 0


def check(stage: Stage, evidence: Evidence, alpha: float = guards.ALPHA) -> Decision | None:
    """Rules A to C: a rollback, or None while nothing speaks against the candidate."""
    if evidence.mismatches > 0:
        return Decision(
            "rollback",
            f"{evidence.mismatches} confirmed difference(s) in {evidence.compared:,} "
            "compared calls: the reference agrees with itself, the carving does not",
            guard="A",
        )
    for guard, tallies, ratio, what in (
        ("B", evidence.errors, guards.ERROR_RATIO, "errors"),
        ("C", evidence.slow, guards.SLOW_RATIO, "calls beyond the reference's p99"),
    ):
        log_e = guards.harm(tallies, ratio)
        if log_e >= guards.log_threshold(alpha):
            candidate = sum(t.candidate_events for t in tallies)
            total = sum(t.events for t in tallies)
            return Decision(
                "rollback",
                f"more {what} with the carving: {candidate:,} of {total:,} came from it at "
                f"{stage} (evidence {_odds(log_e)} to 1, {1 / alpha:,.0f} is an alarm)",
                guard=guard,
            )
    return None


def decide(stage: Stage, evidence: Evidence, policy: Policy | None = None) -> Decision:
    """The next move of an operation in `stage`, given the evidence on its artifact."""
    policy = policy or Policy()
    if stage.name == "rolled-back":
        return Decision("hold", "rolled back; a new carving can start again")
    if stage.moved:
        alarm = check(stage, evidence, policy.alpha)
        if alarm is not None:
            return alarm
    target = next_stage(stage, policy.ladder)
    if target is None:
        bound = guards.sameness_bound(evidence.compared, policy.alpha)
        return Decision(
            "hold",
            f"at full; no difference in {evidence.compared:,} compared calls: at most "
            f"{_share(bound)} differ at {100 * (1 - policy.alpha):g} %",
        )
    if stage.name == "reference":
        return Decision("promote", "a shadow answers no caller", target=target)
    for obstacle in (
        _unsure(evidence, policy),
        _few_compared(stage, target, evidence, policy),
        _few_here(stage, evidence, policy),
        _latency(stage, evidence, policy),
        _errors(stage, evidence, policy),
        _dwell(stage, evidence, policy),
    ):
        if obstacle is not None:
            return obstacle
    bound = guards.sameness_bound(evidence.compared, policy.alpha)
    return Decision(
        "promote",
        f"no difference in {evidence.compared:,} compared calls (at most {_share(bound)} differ "
        f"at {100 * (1 - policy.alpha):g} %)",
        target=target,
    )


def _unsure(evidence: Evidence, policy: Policy) -> Decision | None:
    """Rule E, the cautious half: what can't be judged is left to people."""
    if evidence.noisy > 0 and evidence.noisy > policy.unknown_share * evidence.compared:
        return Decision(
            "hold",
            f"the reference disagreed with itself on {evidence.noisy:,} calls; a noisy operation "
            "is only moved by hand",
            guard="E",
        )
    if evidence.unknown > policy.unknown_share * max(1, evidence.compared):
        return Decision(
            "hold",
            f"{evidence.unknown:,} comparisons ended unknown, against {evidence.compared:,} known",
            guard="H",
            needed=Needed(what="comparisons that end"),
        )
    return None


def _few_compared(
    stage: Stage, target: Stage, evidence: Evidence, policy: Policy
) -> Decision | None:
    wanted = compared_needed(target, policy)
    if stage.name == "shadow":
        wanted = max(wanted, policy.shadow_calls)
    missing = wanted - evidence.compared
    if missing <= 0:
        return None
    rate = guards.compare_rate(stage.name, stage.share, evidence.compared)
    part = rate * (stage.share if stage.name == "canary" else 1.0)
    bound = guards.sameness_bound(evidence.compared, policy.alpha)
    return Decision(
        "hold",
        f"{evidence.compared:,} of {wanted:,} compared calls for {target} "
        f"(at most {_share(bound)} differ)",
        guard="H",
        needed=_needed(missing / part if part else None, evidence, "to compare"),
    )


def _few_here(stage: Stage, evidence: Evidence, policy: Policy) -> Decision | None:
    missing = policy.step_calls - evidence.step_calls
    if stage.name != "canary" or missing <= 0:
        return None
    return Decision(
        "hold",
        f"{evidence.step_calls:,} of {policy.step_calls:,} calls answered at {stage}",
        guard="H",
        needed=_needed(missing / stage.share if stage.share else None, evidence, "to answer"),
    )


def _latency(stage: Stage, evidence: Evidence, policy: Policy) -> Decision | None:
    if stage.name not in ("shadow", "canary"):
        return None
    if not evidence.tau_known:
        return Decision(
            "hold",
            "no p99 of the reference is frozen: too few calls were seen",
            guard="D",
            needed=Needed(what="a p99; carve move OP shadow under load measures it"),
        )
    shadow = stage.name == "shadow"
    pairs = evidence.paired
    speak_for_it = pairs.reference_events > guards.MARGIN * pairs.candidate_events
    if shadow and (not speak_for_it or evidence.compared >= policy.shadow_longest):
        return None  # nothing slow is seen here, or the worker's machine is busy; a canary tells
    tallies = [*evidence.slow, evidence.paired]
    log_e = guards.safety(tallies)
    if log_e >= math.log(guards.PROMOTE_EVIDENCE):
        return None
    share = 0.5 if shadow else stage.share
    events = guards.events_needed(tallies, share)
    # Were the candidate fast, only the reference's calls would be slow: one in a hundred of them.
    per_call = (1.0 - guards.TAU_QUANTILE) * (1.0 if shadow else 1.0 - stage.share)
    calls = events / per_call if per_call else None
    if shadow and calls is not None:
        calls = min(calls, policy.shadow_longest - evidence.compared)
    return Decision(
        "hold",
        f"not yet shown to be no slower: odds {_odds(log_e)} to 1, "
        f"{guards.PROMOTE_EVIDENCE:g} are needed",
        guard="D",
        needed=_needed(calls, evidence, "to time"),
    )


def _errors(stage: Stage, evidence: Evidence, policy: Policy) -> Decision | None:
    if stage.name != "canary":
        return None
    if evidence.unknown <= policy.unknown_share * max(1, evidence.compared):
        return None  # by sameness: see rule 4 above
    log_e = guards.safety(evidence.errors)
    if log_e >= math.log(guards.PROMOTE_EVIDENCE):
        return None
    return Decision(
        "hold",
        f"not yet shown to fail no more often: odds {_odds(log_e)} to 1, "
        f"{guards.PROMOTE_EVIDENCE:g} are needed",
        guard="D",
    )


def _dwell(stage: Stage, evidence: Evidence, policy: Policy) -> Decision | None:
    missing = policy.dwell_s(stage) - evidence.in_stage_s
    if missing <= 0:
        return None
    return Decision(
        "hold",
        f"the evidence is there; {stage} lasts at least {policy.dwell_s(stage):g} s",
        guard="H",
        needed=Needed(seconds=missing, what="to wait"),
    )


def _needed(calls: float | None, evidence: Evidence, what: str) -> Needed:
    if calls is None:
        return Needed(what=what)
    whole = max(1, math.ceil(calls))
    seconds = whole / evidence.calls_per_s if evidence.calls_per_s > 0 else None
    return Needed(whole, seconds, what)


def _share(bound: float) -> str:
    return "all" if bound >= 1 else f"1 in {1 / bound:,.0f}"


def _odds(log_e: float) -> str:
    return f"{math.exp(log_e):,.2g}" if log_e < 13 else f"e^{log_e:.0f}"

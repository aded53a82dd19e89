"""What `prove` found, as values: tallies, verdict, and the sentences that say it.

Invariants: replayed and generated calls are never added up into one bound, for they come from two
distributions; declined calls are no evidence of sameness.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from carveout.prove import bound
from carveout.prove.judge import Finding


@dataclass(frozen=True, slots=True)
class Tally:
    """Verdicts on the calls of one sample."""

    same: int = 0
    different: int = 0
    declined: int = 0
    unknown: int = 0
    noisy: int = 0

    @property
    def compared(self) -> int:
        """Calls that have an answer from both."""
        return self.same + self.different

    @property
    def calls(self) -> int:
        return self.same + self.different + self.declined + self.unknown + self.noisy

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.same + other.same,
            self.different + other.different,
            self.declined + other.declined,
            self.unknown + other.unknown,
            self.noisy + other.noisy,
        )

    def to_json(self) -> dict[str, int]:
        return {
            "same": self.same,
            "different": self.different,
            "declined": self.declined,
            "unknown": self.unknown,
            "noisy": self.noisy,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one `prove`. `replayed` is the uniform sample of real traffic alone; `kept`
    are the recordings chosen by shape or for being odd; `generated` the made-up calls."""

    operation: str
    replayed: Tally
    kept: Tally
    generated: Tally
    findings: tuple[Finding, ...] = ()
    alpha: float = bound.ALPHA
    seconds: float = 0.0
    shapes_seen: int = 0
    shapes_unseen: int = 0
    unknown_reasons: dict[str, int] = field(default_factory=dict)
    stopped: str = ""
    """Why it ended before all calls were made: "time", "difference", or empty."""

    @property
    def total(self) -> Tally:
        return self.replayed + self.kept + self.generated

    @property
    def verdict(self) -> str:
        """same | different | noisy | declined | unknown (too few calls to say)."""
        total = self.total
        if total.different:
            return "different"
        if total.noisy:
            return "noisy"
        if total.same >= bound.ENOUGH:
            return "same"
        return "declined" if total.declined > total.same else "unknown"

    @property
    def exit_code(self) -> int:
        """0 same, 3 different, 4 not enough to say."""
        return {"same": 0, "different": 3}.get(self.verdict, 4)

    @property
    def rate(self) -> float:
        """Calls compared a second."""
        return self.total.compared / self.seconds if self.seconds else 0.0

    @property
    def declined_share(self) -> float:
        answered = self.total.compared + self.total.declined
        return self.total.declined / answered if answered else 0.0

    def bound_of(self, tally: Tally) -> float | None:
        """Upper bound on the share of differing calls; None once one differs."""
        return None if tally.different else bound.upper(tally.same, self.alpha)

    def sentences(self) -> list[str]:
        """What was found, for people."""
        total = self.total
        lines = []
        if self.verdict == "different":
            lines.append(f"DIFFERENT: {total.different:,} of {total.compared:,} compared calls")
        elif self.verdict == "noisy":
            lines.append(
                f"noisy: the reference disagrees with itself on {total.noisy:,} calls; no verdict"
            )
        lines.append(self._sample("generated", self.generated, "of calls generated like these"))
        if self.replayed.calls:
            lines.append(
                self._sample("replayed", self.replayed, "of the traffic that was recorded")
            )
        else:
            lines.append("replayed:  no recorded calls, so nothing is said about your traffic")
        if self.kept.calls:
            lines.append(
                f"kept:      {self.kept.same:,} of {self.kept.compared:,} recorded for their "
                "shape or oddity are the same (no bound: not a fair sample)"
            )
        lines.append(
            f"declined:  {self.declined_share:.1%} of the calls ({total.declined:,}); "
            "the reference answers those"
        )
        if total.unknown:
            reasons = sorted(self.unknown_reasons.items(), key=lambda item: -item[1])
            said = "; ".join(f"{reason}" for reason, _ in reasons[:2])
            lines.append(f"unknown:   {total.unknown:,} calls ({said})")
        if self.shapes_seen or self.shapes_unseen:
            lines.append(
                f"shapes:    {self.shapes_seen} of {self.shapes_seen + self.shapes_unseen} "
                "recorded shapes compared"
                + (f", {self.shapes_unseen} not" if self.shapes_unseen else "")
            )
        if self.stopped == "time":
            lines.append("stopped at the time limit; --seconds gives it more")
        return lines

    def _sample(self, name: str, tally: Tally, of_what: str) -> str:
        label = f"{name}:".ljust(10)
        if tally.different:
            return f"{label} {tally.different:,} different in {tally.compared:,} calls"
        if not tally.same:
            return f"{label} nothing compared in {tally.calls:,} calls"
        return (
            f"{label} no difference in {tally.same:,} calls: "
            f"{bound.text(tally.same, self.alpha)} {of_what}"
        )

    def to_json(self) -> dict[str, Any]:
        """For --json and the evidence's details."""
        return {
            "operation": self.operation,
            "verdict": self.verdict,
            "alpha": self.alpha,
            "replayed": self.replayed.to_json() | {"at_most": self.bound_of(self.replayed)},
            "kept": self.kept.to_json(),
            "generated": self.generated.to_json() | {"at_most": self.bound_of(self.generated)},
            "declined_share": self.declined_share,
            "shapes_seen": self.shapes_seen,
            "shapes_unseen": self.shapes_unseen,
            "unknown_reasons": self.unknown_reasons,
            "seconds": round(self.seconds, 3),
            "calls_per_second": round(self.rate),
            "stopped": self.stopped,
            "findings": [
                {
                    "args": f.args.hex(),
                    "expected": f.expected.hex(),
                    "got": f.got.hex(),
                    "path": f.path,
                    "message": f.message,
                    "source": f.source,
                }
                for f in self.findings
            ],
        }

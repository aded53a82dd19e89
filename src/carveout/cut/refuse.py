"""Refusals: what in a function can't be drafted, where, and what to do instead.

    raise Refusal("refusal-set-order", "the order of a set would be seen", at, hint="sorted(…)")

Lowering catches a refusal statement by statement, so that all obstacles of a function are reported
at once.
"""

from __future__ import annotations

from carveout.cut.ir.nodes import At
from carveout.diagnostics import CarveError, Diagnostic, Span


class Refusal(Exception):
    """One obstacle."""

    def __init__(self, code: str, message: str, at: At, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.at = at
        self.hint = hint

    def diagnostic(self) -> Diagnostic:
        span = Span(self.at.file, self.at.line, self.at.column, self.at.end_column)
        return Diagnostic(self.code, self.message, span, None, self.hint)


def refused(refusals: list[Refusal]) -> CarveError:
    """All refusals as one error, in source order, each once."""
    if any(refusal.code != "refusal-unbound" for refusal in refusals):
        # A name is also unbound where its assignment was refused: say only the latter.
        refusals = [refusal for refusal in refusals if refusal.code != "refusal-unbound"]
    seen: dict[tuple[str, str, int, int], Refusal] = {}
    for refusal in sorted(refusals, key=lambda r: (r.at.file, r.at.line, r.at.column)):
        seen.setdefault(
            (refusal.code, refusal.at.file, refusal.at.line, refusal.at.column), refusal
        )
    first, *others = (refusal.diagnostic() for refusal in seen.values())
    return CarveError(
        first.code, first.message, span=first.span, hint=first.hint, others=tuple(others)
    )

"""A carving elsewhere that computes with decimals: asked only in the default context.

    InDefaultContext(worker.candidate)(Decimal("1"), 2)    # DECLINED under `localcontext(prec=6)`

Invariant: the flags of a context don't count, only what decides about results. A carving in this
process looks by itself (boundary/decimals.rs).
"""

from __future__ import annotations

import decimal
from collections.abc import Callable
from typing import Any

from carveout._native import DECLINED


def _parts(context: decimal.Context) -> Any:
    """Precision, rounding, exponents, capitals, clamp; traps."""
    _, parts = context.__reduce__()[:2]
    return parts[:6], parts[7]


_DEFAULT = _parts(
    decimal.Context(
        prec=28,
        rounding=decimal.ROUND_HALF_EVEN,
        Emin=-999_999,
        Emax=999_999,
        capitals=1,
        clamp=0,
        flags=[],
        traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
    )
)


class InDefaultContext:
    """A candidate that declines in any other context."""

    __slots__ = ("candidate",)

    def __init__(self, candidate: Callable[..., Any]) -> None:
        self.candidate = candidate

    def __call__(self, *args: Any) -> Any:
        if _parts(decimal.getcontext()) != _DEFAULT:
            return DECLINED
        return self.candidate(*args)

    async def aio(self, *args: Any) -> Any:
        """The same for a coroutine."""
        if _parts(decimal.getcontext()) != _DEFAULT:
            return DECLINED
        remote: Any = getattr(self.candidate, "aio", None)
        return self.candidate(*args) if remote is None else await remote(*args)

"""Results that are not what the annotation says.

    def digits(text: str) -> int:
        if not text:
            return None         # the reference gives None, and so answers this call

A carving gives what its contract says. Where a function returns something else, the call is left to
the reference, as long as there is a return that does give what is declared.

Invariant: nothing is converted: an int among floats is returned if it is one, else it declines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import INT, NUM, OptionalType, Type
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base

# What coercing a value to another type refuses with.
_MISMATCH = frozenset({"refusal-mixed-types", "refusal-bool-as-int", "refusal-int-as-float"})
# What mypy says of it: about the return alone, so that its other types can be trusted.
SAID = ("Incompatible return value type", "Return value expected")


def returned(lowerer: Base, value: ir.Expr, wanted: Type) -> ir.Expr | Refusal:
    """The value as a result; a refusal if it can only be declined."""
    if value.type == NUM and wanted == INT:
        return lowerer.prim("num.narrowed", [value], value.at)
    if isinstance(value.type, OptionalType) and value.type.item == wanted:
        return ir.Unwrap(wanted, value.at, value)
    try:
        return lowerer.coerce(value, wanted)
    except Refusal as refusal:
        if refusal.code not in _MISMATCH:
            raise
        return refusal


def settle(lowerer: Base) -> None:
    """Where no return of a function gives what is declared, why not is a refusal."""
    if lowerer.odd and not lowerer.sound_returns:
        lowerer.refusals += lowerer.odd


def declined(at: ir.At) -> ir.Stmt:
    """What a return of something else is drafted as."""
    return ir.Decline(at, "a result of another type than is declared")


__all__ = ["SAID", "declined", "returned", "settle"]

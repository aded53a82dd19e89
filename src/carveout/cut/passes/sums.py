"""Sums of floats that may be of nothing, where nobody can tell.

    x[i] = (b[i] - sum(row[j] * x[j] for j in range(i + 1, n))) / row[i]

Problem: the sum of no floats is the int 0, which a float of Rust can't be: the call declines. But
an int that is added to, taken from, multiplied or compared with a float becomes that float first,
and 0 and 0.0 then give the same.

Invariant: the other operand is a float whenever the reference runs (`_float`), never an int that is
only declared one, nor another sum that may be of nothing. Of two sums the first is let go, and the
second declines as before.
"""

from __future__ import annotations

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import BOOL, FLOAT

_ARITHMETIC = {"+", "-", "*"}
_COMPARISONS = {"<", "<=", ">", ">=", "==", "!="}


def mark_float_sums(program: ir.Program) -> None:
    """Mark sums that are floats in any case, in place."""
    for function in program.functions.values():
        for statement in function.body:
            for node in ir.walk(statement):
                if isinstance(node, ir.Prim) and len(node.args) == 2:
                    _mark(node)


def _mark(node: ir.Prim) -> None:
    first, second = node.args
    key = node.entry.key
    if first.type != FLOAT or second.type != FLOAT:
        return
    arithmetic = key in _ARITHMETIC and node.type == FLOAT
    if not arithmetic and not (key in _COMPARISONS and node.type == BOOL):
        # Dividing by a sum of nothing fails in words that tell an int from a float.
        return
    if _sum(first) and (_float(second) or _sum(second)):
        _let_go(first)
    elif _sum(second) and _float(first):
        _let_go(second)


def _sum(expr: ir.Expr) -> bool:
    return isinstance(expr, ir.Reduce) and expr.kind == "sum" and expr.start is None


def _let_go(expr: ir.Expr) -> None:
    assert isinstance(expr, ir.Reduce)
    expr.anyway = True


def _float(expr: ir.Expr) -> bool:
    """Whether the reference has a float here, not an int that will do."""
    match expr:
        case ir.Const(value=value):
            return isinstance(value, float)
        case ir.Var() | ir.Field() | ir.Part():
            return True
        case ir.Prim(entry=entry, args=args):
            if entry.gives == "ref":
                return True
            return entry.key in _ARITHMETIC and any(map(_float, args))
    return False


__all__ = ["mark_float_sums"]

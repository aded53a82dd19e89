"""Sets where an order is made of them: `sorted(names, key=len)`, `max(set(xs), key=xs.count)`.

What comes of it is the same in whatever order a set is walked, unless two items have one key: that
is seen when the carving runs, and left to the reference. So is a key that raises, for which item is
asked first would show.

    unordered.keyed(lowering, "sorted.key", pairs, [flag], at)     # pairs of keys and a set's items
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mypy.nodes import ArgKind, CallExpr, Expression, RefExpr

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import BIG, BOOL, BYTES, INT, STR, TupleType, Type, VarTupleType
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.reductions import Reductions

_LISTS = frozenset({"builtins.list", "builtins.tuple"})


def of_set(over: ir.Expr) -> bool:
    """Whether a list's items come in the order of a set."""
    return isinstance(over, ir.Comp) and any(isinstance(c.source, ir.SetIter) for c in over.clauses)


def indistinct(type_: Type) -> bool:
    """Whether nobody can tell equal values of a type apart."""
    match type_:
        case TupleType(items):
            return all(map(indistinct, items))
        case VarTupleType(item):
            return indistinct(item)
    return type_ in (INT, BIG, STR, BYTES, BOOL)


def unlisted(lowering: Reductions, node: Expression) -> Expression:
    """`list(names)` where only its items matter: the names."""
    while (
        isinstance(node, CallExpr)
        and isinstance(node.callee, RefExpr)
        and node.callee.fullname in _LISTS
        and node.arg_kinds == [ArgKind.ARG_POS]
    ):
        lowering.sure(node.callee, lowering.at(node))
        node = node.args[0]
    return node


def keyed(
    lowering: Reductions, name: str, pairs: ir.Comp, more: list[ir.Expr], at: ir.At
) -> ir.Expr:
    """`sorted.key`, `min.key` or `max.key` of a set's items with their keys."""
    table = lowering.reader.table
    for node in ir.walk(pairs.element):
        acts = isinstance(node, ir.Prim) and (
            node.entry.acts or any(taken.mode == "mut" for taken in node.entry.params)
        )
        called = isinstance(node, ir.Call) and any(table.has_mutable(a.type) for a in node.args)
        if acts or called:
            raise Refusal(
                "refusal-set-order", "the order of a set could be seen by this key", at,
                hint="walk over sorted(…)",
            )  # fmt: skip
    return lowering.prim(f"{name}.unordered", [pairs, *more], at)


__all__ = ["indistinct", "keyed", "of_set", "unlisted"]

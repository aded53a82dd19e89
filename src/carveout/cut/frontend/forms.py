"""Built-ins and methods in forms of their own: `format(x, ".2f")`, `max(*pair)`, `(a, b).count(0)`.

forms.builtin(lowering, "builtins.format", node, at)     # None if it is no such call
forms.spread(lowering, node, at)                         # max and min of `*items`
forms.of_tuple(lowering, obj, "count", positional, at)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mypy.nodes import ArgKind, CallExpr, Expression, ListExpr, MemberExpr, RefExpr, StrExpr

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import FLOAT, STR, ListType, TupleType, Type, VarTupleType
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base
    from carveout.cut.frontend.calls import Calls

_BEST = {"builtins.max": "max", "builtins.min": "min"}
# Ints up to here are the same as floats.
_EXACT = 1 << 53


def builtin(lowering: Calls, name: str, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """`format(x, spec)` is what an f-string makes of it."""
    if name != "builtins.format" or any(kind != ArgKind.ARG_POS for kind in node.arg_kinds):
        return None
    if len(node.args) == 2 and not _written(node.args[1]):
        raise Refusal(
            "refusal-format", "a format that is worked out is not drafted", node_at(lowering, node),
            hint="write the specification out, or use an f-string",
        )  # fmt: skip
    spec = node.args[1] if len(node.args) == 2 else None
    if len(node.args) > 2:
        return None
    part = lowering.formatted_as(node.args[0], spec, "", at)
    return part if part.type == STR and isinstance(part, ir.Prim) else ir.Format(STR, at, [part])


def node_at(lowering: Base, node: CallExpr) -> ir.At:
    """Where a call's last argument stands."""
    return lowering.at(node.args[-1])


def _written(node: Expression) -> bool:
    """A literal or an f-string, which mypy has as `"".join([…])`."""
    if isinstance(node, CallExpr):
        callee = node.callee
        joins = isinstance(callee, MemberExpr) and callee.name == "join"
        return joins and len(node.args) == 1 and isinstance(node.args[0], ListExpr)
    return isinstance(node, StrExpr)


def spread(lowering: Calls, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """`max(*pair)`, `min(*xs)`: of fewer than two items Python asks for something else."""
    callee = node.callee
    if not isinstance(callee, RefExpr) or node.arg_kinds != [ArgKind.ARG_STAR]:
        return None
    short = _BEST.get(callee.fullname)
    if short is None:
        return None
    lowering.sure(callee, at)
    if not lowering.is_lazy(node.args[0]):
        given = lowering.iter(node.args[0])
        walked = given.seq if isinstance(given, ir.SeqIter) else None
        if walked is None:
            lowering.no_set_order(given)
            walked = lowering.collect(given, at)
        return lowering.prim(f"{short}.spread", [walked], at)
    return lowering.prim(f"{short}.spread", [lowering.materialise(node.args[0])], at)


def of_tuple(
    lowering: Calls, obj: ir.Expr, name: str, positional: list[Expression], at: ir.At
) -> ir.Expr | None:
    """`count` and `index` of a tuple of known length, of items of one type."""
    if not isinstance(obj.type, TupleType) or name not in ("count", "index"):
        return None
    if len(positional) != 1 or len(set(obj.type.items)) != 1:
        return None
    (item,) = set(obj.type.items)
    lowering.equality(item, at)
    wanted = lowering.expr(positional[0], item)
    if (
        item == FLOAT
        and isinstance(wanted, ir.Const)
        and type(wanted.value) is int
        and abs(wanted.value) <= _EXACT
    ):
        # Equal whichever it is, and only looked for.
        wanted = ir.Const(FLOAT, at, float(wanted.value))
    return lowering.prim(f"tuple.{name}", [any_length(lowering, obj), wanted], at)


def any_length(lowering: Base, obj: ir.Expr) -> ir.Expr:
    """A tuple of known length, of one type of items, as one of any length."""
    assert isinstance(obj.type, TupleType)
    wanted = VarTupleType(obj.type.items[0])
    if isinstance(obj, ir.TupleLit):
        return ir.ListLit(wanted, obj.at, list(obj.items))

    def parts(read: object) -> ir.Expr:
        items: list[ir.Expr] = [
            ir.Part(item, obj.at, read(), index)  # type: ignore[operator]
            for index, item in enumerate(obj.type.items)  # type: ignore[attr-defined]
        ]
        return ir.ListLit(wanted, obj.at, items)

    made: ir.Expr = lowering.with_name(obj, obj.at, parts)
    return made


# What makes a list that nobody else holds.
_FRESH = frozenset(
    {"builtins.list", "builtins.sorted", "sorted.reverse", "sorted.key", "list.copy", "slice"}
)


def other_items(lowering: Base, obj: ir.Expr, wanted: Type) -> ir.Expr | None:
    """A tuple, or a list that was just made, with its items as others: ints that may be floats."""
    if isinstance(obj.type, TupleType) and isinstance(wanted, TupleType):
        if len(obj.type.items) != len(wanted.items):
            return None
        pairs = list(zip(obj.type.items, wanted.items, strict=True))

        def parts(read: Callable[[], ir.Expr]) -> ir.Expr:
            items = [
                lowering.coerce(ir.Part(item, obj.at, read(), index), other)
                for index, (item, other) in enumerate(pairs)
            ]
            return ir.TupleLit(wanted, obj.at, items)

        made: ir.Expr = lowering.with_name(obj, obj.at, parts)
        return made
    if (
        isinstance(obj.type, ListType)
        and isinstance(wanted, ListType)
        and isinstance(obj, ir.Prim)
        and obj.entry.key in _FRESH
    ):
        item = obj.type.item
        name = lowering.fresh("item", item)
        element = lowering.coerce(ir.Var(item, obj.at, name), wanted.item)
        source = ir.SeqIter(item, obj.at, obj)
        clause = ir.Clause(ir.PVar(item, obj.at, name), source, [])
        return ir.Comp(wanted, obj.at, [clause], None, element)
    return None


__all__ = ["any_length", "builtin", "of_tuple", "other_items", "spread"]

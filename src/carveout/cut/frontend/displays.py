"""Lowering of displays with stars: `[first, *rest]`, `(*xs, last)`, `{**defaults, "size": 3}`.

    [0, *xs]             # [0] + xs
    {**a, "size": n}     # a | {"size": n}

Each part is made in its turn; what comes out is an object of its own, as the display's is.
"""

from __future__ import annotations

from mypy.nodes import DictExpr, Expression, ListExpr, StarExpr, TupleExpr

from carveout.cut.frontend.iterables import Iterables
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import DictType, ListType, Type, VarTupleType
from carveout.cut.refuse import Refusal


def is_starred(node: Expression) -> bool:
    """Whether a display has a star in it."""
    match node:
        case ListExpr(items=items) | TupleExpr(items=items):
            return any(isinstance(item, StarExpr) for item in items)
        case DictExpr(items=pairs):
            return any(key is None for key, _ in pairs)
    return False


def sequence(lowerer: Iterables, node: ListExpr | TupleExpr, type_: Type, at: ir.At) -> ir.Expr:
    """A list or a tuple of one type."""
    if not isinstance(type_, (ListType, VarTupleType)):
        raise Refusal(
            "refusal-expression", f"a star in {type_} is not drafted", at,
            hint="write its items out",
        )  # fmt: skip
    made: ir.Expr | None = None
    row: list[ir.Expr] = []

    def joined(left: ir.Expr | None, right: ir.Expr) -> ir.Expr:
        return right if left is None else lowerer.prim("+", [left, right], at)

    for item in node.items:
        if not isinstance(item, StarExpr):
            row.append(lowerer.coerce(lowerer.expr(item, type_.item), type_.item))
            continue
        if row:
            made, row = joined(made, ir.ListLit(type_, at, row)), []
        walked = lowerer.materialise(item.expr)
        kind = "builtins.list" if isinstance(type_, ListType) else "builtins.tuple"
        if made is None or type(walked.type) is not type(type_):
            walked = lowerer.prim(kind, [walked], at)
        if walked.type != type_:
            raise Refusal("refusal-mixed-types", f"{walked.type} in a display of {type_}", at)
        made = joined(made, walked)
    if row or made is None:
        made = joined(made, ir.ListLit(type_, at, row))
    return made


def mapping(lowerer: Iterables, node: DictExpr, type_: DictType, at: ir.At) -> ir.Expr:
    """A dict of others and of items; later ones replace earlier ones where they stand."""
    made: ir.Expr = ir.DictLit(type_, at, [], [])
    first = True
    keys: list[ir.Expr] = []
    values: list[ir.Expr] = []

    def flushed() -> ir.Expr:
        nonlocal keys, values, first
        if not keys:
            return made
        one = ir.DictLit(type_, at, keys, values)
        keys, values = [], []
        whole = one if first else lowerer.prim("|", [made, one], at)
        first = False
        return whole

    for key, value in node.items:
        if key is not None:
            keys.append(lowerer.coerce(lowerer.expr(key), type_.key))
            values.append(lowerer.coerce(lowerer.expr(value, type_.value), type_.value))
            continue
        made = flushed()
        spread = lowerer.expr(value, type_)
        if spread.type != type_:
            raise Refusal("refusal-mixed-types", f"`**` of {spread.type} in {type_}", at)
        if first:
            made, first = lowerer.prim("builtins.dict", [spread], at), False
        else:
            made = lowerer.prim("|", [made, spread], at)
    return flushed()


__all__ = ["is_starred", "mapping", "sequence"]

"""Places: expressions that name something that already exists, and what they are inside of.

root(book.levels[0].size)       # the variable `book`
"""

from __future__ import annotations

from collections.abc import Iterator

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import DequeType, ListType, VarTupleType


def is_place(expr: ir.Expr) -> bool:
    """Whether it names something that already exists, rather than making it."""
    match expr:
        case ir.Var():
            return True
        case ir.Field() | ir.Part():
            return is_place(expr.obj)
        case ir.Unwrap() | ir.Extract():
            return is_place(expr.operand)
        case ir.Prim():
            return expr.entry.gives != "own" and bool(expr.args) and is_place(expr.args[0])
    return False


def container(expr: ir.Expr) -> ir.Expr | None:
    """What a place is directly inside of."""
    match expr:
        case ir.Field() | ir.Part():
            return expr.obj
        case ir.Unwrap() | ir.Extract():
            return expr.operand
        case ir.Prim() if expr.entry.gives != "own" and expr.args:
            return expr.args[0]
    return None


def path(expr: ir.Expr) -> Iterator[ir.Expr]:
    """The place, what it is inside of, and so on to its root."""
    here: ir.Expr | None = expr
    while here is not None:
        yield here
        here = container(here)


def root(expr: ir.Expr) -> ir.Var | None:
    """The variable a place starts from."""
    start = list(path(expr))[-1]
    return start if isinstance(start, ir.Var) else None


def first_field(expr: ir.Expr) -> str | None:
    """`b` of a place `a.b…`."""
    steps = list(path(expr))
    if (
        len(steps) >= 2
        and isinstance(steps[-1], ir.Var)
        and isinstance(steps[-2], (ir.Field, ir.Part))
    ):
        inner = steps[-2]
        return inner.name if isinstance(inner, ir.Field) else str(inner.index)
    return None


def leaves(expr: ir.Expr) -> Iterator[ir.Expr]:
    """Where the value of an expression really comes from."""
    match expr:
        case ir.IfExp():
            yield from leaves(expr.then)
            yield from leaves(expr.orelse)
        case ir.Let():
            yield from leaves(expr.body)
        case ir.Some():
            yield from leaves(expr.operand)
        case _:
            yield expr


def iter_owned(source: ir.Iter) -> bool:
    """Whether a plain walk gives values rather than looks."""
    match source:
        case ir.SeqIter():
            looks = isinstance(source.seq.type, (ListType, VarTupleType, DequeType))
            return not looks or not is_place(source.seq)
        case ir.RangeIter():
            return True
        case ir.ReversedIter():
            return iter_owned(source.inner)
    return False


def walked_over(source: ir.Iter) -> Iterator[ir.Expr]:
    """The containers a walk goes over."""
    for node in ir.walk(source):
        if isinstance(node, ir.SeqIter):
            yield node.seq
        elif isinstance(node, (ir.DictIter, ir.SetIter)):
            yield node.obj


def simple(expr: ir.Expr) -> bool:
    """Nothing happens when it is evaluated, whenever that is."""
    match expr:
        case ir.Const() | ir.Var() | ir.Member() | ir.GlobalConst():
            return True
        case ir.Field() | ir.Part():
            return simple(expr.obj)
    return False

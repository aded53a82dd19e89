"""`:=`: what it names is assigned before the statement, the branch or the round that it stands in.

    if ready and (n := len(xs)) > 3: …      # holds = ready; if holds: n = len(xs); holds = n > 3
    [y for x in xs if (y := f(x)) > 3]      # for x in xs: for y in [f(x)]: …

Where something else is evaluated before it and might tell, the function is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mypy.nodes import AssignmentExpr, Expression, NameExpr, OpExpr, UnaryExpr, Var

from carveout.cut.frontend.parts import first_assigned
from carveout.cut.frontend.trees import walk
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import BOOL, ListType
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from mypy.nodes import DictionaryComprehension, GeneratorExpr

    from carveout.cut.frontend.base import Base
    from carveout.cut.frontend.lower import FunctionLowerer


def assigns(node: Expression | None) -> bool:
    """Whether there is a `:=` in an expression."""
    return node is not None and any(isinstance(one, AssignmentExpr) for one in walk(node))


def before(lowering: FunctionLowerer, node: Expression) -> list[ir.Stmt]:
    """The `:=` that an expression begins with, as statements before it."""
    found = first_assigned(node)
    if found is None:
        return []
    at = lowering.at(found)
    first = before(lowering, found.value)
    value = lowering.expr(found.value, lowering.target_type(found.target))
    out = [*first, *lowering.store(found.target, value, at)]
    lowering.stored.add(found)
    return out


def condition(lowering: FunctionLowerer, node: Expression) -> tuple[list[ir.Stmt], ir.Expr]:
    """A condition and the statements before it, each part only where Python comes to it."""
    match node:
        case UnaryExpr(op="not", expr=inner) if assigns(inner):
            first, test = condition(lowering, inner)
            return first, lowering.negated(test, lowering.at(node))
        case OpExpr(op="and" | "or" as op, left=left, right=right) if assigns(right):
            at = lowering.at(node)
            first, test = condition(lowering, left)
            second, then = condition(lowering, right)
            if not second:
                made = ir.And if op == "and" else ir.Or
                return first, made(BOOL, at, test, then)
            name = lowering.fresh("holds", BOOL)
            target = ir.PVar(BOOL, at, name)
            holds: ir.Expr = ir.Var(BOOL, at, name)
            further = holds if op == "and" else lowering.negated(holds, at)
            decided = [*second, ir.Assign(at, target, then)]
            step = ir.If(at, further, decided, [])
            out = [*first, ir.Assign(at, ir.PVar(BOOL, at, name), test), step]
            return out, ir.Var(BOOL, at, name)
    first = before(lowering, node)
    return first, lowering.cond(node)


def within(
    lowering: Base, whole: GeneratorExpr | DictionaryComprehension, node: Expression
) -> tuple[ir.Pattern, ir.Iter] | None:
    """The `:=` that a part of a comprehension begins with, as a loop over the one value."""
    found = first_assigned(node)
    if found is None:
        return None
    at, var = lowering.at(found), found.target.node
    inside = set(map(id, _mentions(whole, var)))
    if not isinstance(var, Var) or any(
        id(one) not in inside for one in _mentions(lowering.func.body, var)
    ):
        raise Refusal(
            "refusal-expression", "`:=` whose name is read outside its comprehension", at,
            hint="write the loop out",
        )  # fmt: skip
    value = lowering.expr(found.value)
    type_ = lowering.arriving(var, value.type, at)
    value = lowering.coerce(value, type_)
    lowering.stored.add(found)
    one = ir.ListLit(ListType(type_), at, [value])
    return ir.PVar(type_, at, lowering.declare(var, type_)), ir.SeqIter(type_, at, one)


def _mentions(node: object, var: object) -> list[NameExpr]:
    return [
        one
        for one in walk(node)  # type: ignore[arg-type]
        if isinstance(one, NameExpr) and one.node is var
    ]


__all__ = ["assigns", "before", "condition", "within"]

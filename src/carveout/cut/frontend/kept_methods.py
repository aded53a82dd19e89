"""Objects that keep their own methods: `self.handlers = {"add": self.add}` in an `__init__`.

Making such a dict or list runs nothing of the class, and nobody has the object yet: the field is an
empty container until all others are set, and gets its methods then.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mypy.nodes import (
    AssignmentStmt,
    DictExpr,
    Expression,
    FuncDef,
    IntExpr,
    LambdaExpr,
    ListExpr,
    MemberExpr,
    NameExpr,
    StrExpr,
    TupleExpr,
    UnaryExpr,
)

from carveout.cut.frontend.trees import walk

if TYPE_CHECKING:
    from carveout.cut.frontend.building import Building, Step


def keeping_methods(low: Building, steps: list[Step]) -> tuple[list[Step], list[Step]]:
    """The steps with such fields empty, and what fills them when there is an object."""
    displays = [_display(low, step) for step in steps]
    # Where something else uses the whole object, what it may read has to be there.
    split = next(
        (
            index
            for index, (step, made) in enumerate(zip(steps, displays, strict=True))
            if made is None and any(low.uses(part).whole for part in step.parts())
        ),
        len(steps),
    )
    out: list[Step] = []
    later: list[Step] = []
    for index, (step, made) in enumerate(zip(steps[:split], displays, strict=False)):
        node = step.node
        target = node.lvalues[0] if isinstance(node, AssignmentStmt) else None
        if made is None or not isinstance(node, AssignmentStmt):
            out.append(step)
            continue
        assert isinstance(target, MemberExpr)
        others = steps[:index] + steps[index + 1 : split]
        if any(_mentions(other, target.name) for other in others):
            return steps, []
        empty: Expression = DictExpr([]) if isinstance(made, DictExpr) else ListExpr([])
        empty.set_line(made)
        blank = AssignmentStmt([target], empty, node.type)
        blank.set_line(node)
        out.append(replace(step, node=blank))
        later.append(step)
    return [*out, *steps[split:]], later


def _display(low: Building, step: Step) -> DictExpr | ListExpr | None:
    match step.node:
        case AssignmentStmt(
            lvalues=[MemberExpr(expr=NameExpr(node=this))],
            rvalue=(DictExpr() | ListExpr()) as made,
        ) if this in low.these and step.call is None:
            keys = [key for key, _ in made.items] if isinstance(made, DictExpr) else []
            items = [v for _, v in made.items] if isinstance(made, DictExpr) else made.items
            if all(map(_plain, keys)) and all(_is_function(low, item) for item in items):
                return made if any(not isinstance(v, NameExpr) for v in items) else None
    return None


def _plain(key: Expression | None) -> bool:
    match key:
        case TupleExpr(items=items):
            return all(map(_plain, items))
        case UnaryExpr(expr=inner):
            return _plain(inner)
    return isinstance(key, (StrExpr, IntExpr))


def _is_function(low: Building, node: Expression) -> bool:
    match node:
        case LambdaExpr() | NameExpr(node=FuncDef()):
            return True
        case MemberExpr(expr=NameExpr(node=this), name=name) if this in low.these:
            symbol = low.info.get(name)
            found = symbol.node if symbol is not None else None
            return isinstance(found, FuncDef) and not found.is_property
    return False


def _mentions(step: Step, name: str) -> bool:
    return any(isinstance(n, MemberExpr) and n.name == name for n in walk(step.node))


__all__ = ["keeping_methods"]

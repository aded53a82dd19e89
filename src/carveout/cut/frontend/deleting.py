"""`del`: of names that nothing reads afterwards.

    deleting.forget(lowering, statement, target, at)      # or a refusal

A deleted name has no value; a draft that never reads it again need not know. Where it might be
read, Python raises, and the function is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mypy.nodes import (
    AssignmentStmt,
    DelStmt,
    ForStmt,
    FuncItem,
    NameExpr,
    Node,
    Statement,
    Var,
    WhileStmt,
)

from carveout.cut.frontend.trees import children, walk
from carveout.cut.ir import nodes as ir
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.lower import FunctionLowerer

Place = tuple[int, int]


def forget(lowering: FunctionLowerer, node: DelStmt, target: NameExpr, at: ir.At) -> None:
    """Refuse `del name` where the name could be read before it has a value again."""
    var = target.node
    if isinstance(var, Var) and lowering.is_local(target) and not lowering.is_cell(var):
        path = list(_path(lowering.func.body, node))
        inner = [n for n in walk(lowering.func.body) if isinstance(n, FuncItem)]
        held = any(_mentions(one, var) for one in inner)
        after = [p for p in _mentions(lowering.func.body, var) if p > _place(target)]
        loops = [one for one in path if isinstance(one, (ForStmt, WhileStmt))]
        if not held and not after and all(_set_first(loop, var) for loop in loops):
            return
    raise Refusal(
        "refusal-unbound", f"{target.name} may be read after it is deleted", at,
        hint="leave the `del` out, or use another name",
    )  # fmt: skip


def _place(node: Node) -> Place:
    return node.line, node.column


def _mentions(node: Node, var: Var) -> list[Place]:
    return sorted(
        _place(one) for one in walk(node) if isinstance(one, NameExpr) and one.node is var
    )


def _path(node: Node, wanted: Statement) -> Iterator[Node]:
    """The nodes around a statement, outermost first."""
    for child in children(node):
        if any(one is wanted for one in walk(child)):
            yield child
            yield from _path(child, wanted)
            return


def _set_first(loop: ForStmt | WhileStmt, var: Var) -> bool:
    """Whether each round of a loop gives a name a value before it reads it."""
    if isinstance(loop, ForStmt) and _mentions(loop.index, var):
        return not _mentions(loop.expr, var)
    first = min(_mentions(loop, var))
    for statement in loop.body.body:
        if isinstance(statement, AssignmentStmt) and first == _place(statement):
            return not _mentions(statement.rvalue, var)
    return False


__all__ = ["forget"]

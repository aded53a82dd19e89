"""Rust text of statements that follow each other and look at one counted object: opened once.

    dx = a.x - b.x              let a_seen = a.look()?;
    dy = a.y - b.y              let b_seen = b.look()?;
                                let dx = a_seen.x - b_seen.x;
                                let dy = a_seen.y - b_seen.y;
                                drop(a_seen);
                                drop(b_seen);

Only assignments of numbers, computed from numbers and such fields: nothing in between can change or
open an object.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import BOOL, FLOAT, INT, StructType
from carveout.cut.rust.iteration import Iteration

_NUMBERS = (INT, FLOAT, BOOL)


def run(writer: Iteration, body: list[ir.Stmt], start: int) -> tuple[int, list[str]] | None:
    """The last statement of a run that begins here, and the names that are opened for it."""
    reads: Counter[str] = Counter()
    each: list[set[str]] = []
    for statement in body[start:]:
        found = _looked(writer, statement)
        if found is None:
            break
        reads.update(found)
        each.append(set(found))
    names = {name for name, count in reads.items() if count > 2}
    if not each or not each[0] & names:
        return None
    last = max(at for at, seen in enumerate(each) if seen & names)
    return (start + last, sorted(names)) if last else None


def _looked(writer: Iteration, statement: ir.Stmt) -> list[str] | None:
    """The names whose fields an assignment of a number looks at; None for other statements."""
    if not isinstance(statement, ir.Assign) or not isinstance(statement.target, ir.PVar):
        return None
    if statement.target.name == "_" or statement.value.type not in _NUMBERS:
        return None
    found: list[str] = []
    for expr in _leaves(writer, statement.value):
        if expr is None:
            return None
        found.append(expr)
    return found


def _leaves(writer: Iteration, expr: ir.Expr) -> Iterator[str | None]:
    if expr.type not in _NUMBERS:
        yield None
        return
    match expr:
        case ir.Const() | ir.GlobalConst() | ir.Var():
            return
        case ir.Field(obj=ir.Var(name=name, type=StructType()) as obj) if writer.counted(obj.type):
            yield name
        case ir.Prim(entry=entry, args=args) if entry.gives == "own" and all(
            taken.mode != "mut" for taken in entry.params
        ):
            for arg in args:
                yield from _leaves(writer, arg)
        case ir.ToFloat(operand=operand) | ir.ToInt(operand=operand) | ir.Not(operand=operand):
            yield from _leaves(writer, operand)
        case _:
            yield None


__all__ = ["run"]

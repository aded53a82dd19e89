"""Blocks and regions of statements: what is inside of what, and where a name is mentioned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import walked_over


def blocks(statement: ir.Stmt) -> Iterator[list[ir.Stmt]]:
    """The blocks directly inside a statement."""
    match statement:
        case ir.If():
            yield statement.then
            yield statement.orelse
        case ir.While() | ir.For():
            yield statement.body
            yield statement.orelse
        case ir.Try():
            yield statement.body
            for handler in statement.handlers:
                yield handler.body
            yield statement.orelse
            yield statement.final


def own_clauses(statement: ir.Stmt) -> Iterator[tuple[ir.Clause, list[ir.Expr]]]:
    """Clauses of comprehensions in a statement's own expressions, with what runs inside of each."""
    inner = {id(s) for block in blocks(statement) for s in block}

    def visit(node: object) -> Iterator[tuple[ir.Clause, list[ir.Expr]]]:
        if id(node) in inner:
            return
        if isinstance(node, (ir.Comp, ir.Reduce)):
            for index, clause in enumerate(node.clauses):
                inside: list[ir.Expr] = [*clause.conds, node.element]
                if isinstance(node, ir.Comp) and node.key is not None:
                    inside.append(node.key)
                for later in node.clauses[index + 1 :]:
                    inside += [*later.conds, *walked_over(later.source)]
                yield clause, inside
        if isinstance(node, ir.Handler):
            return
        for child in ir.children(node):
            yield from visit(child)

    yield from visit(statement)


def mentions(nodes: Iterable[object], name: str) -> int:
    """How often a variable is read or bound."""
    return sum(
        isinstance(inner, (ir.Var, ir.PVar)) and inner.name == name
        for node in nodes
        for inner in ir.walk(node)
    )


def region_of(name: str, rest: list[ir.Stmt]) -> list[ir.Stmt] | None:
    """The statements from a definition to the last mention."""
    last = None
    for index, statement in enumerate(rest):
        if mentions([statement], name):
            last = index
    return [] if last is None else rest[: last + 1]

"""One move an expression: a name that several operands mention is given away by none of them.

    seen.pop(key, count(key, seen))      # let arg2 = count(key.clone(), …); pop(…, &key, arg2)

Problem: last uses are told in Python's order, and Rust holds on to an operand for as long as the
whole expression lasts: a look at `text` in one operand forbids to move it in the next. So does a
walk over a counted object, whose handle can't be given away before the walk ends:

    for x in xs:
        if x > limit:
            return xs                    # return Ok(xs.clone());

A handle or a text costs next to nothing to copy, so there it is copied. What may not be copied (an
object that can change and has one owner) is left as it is.

Runs after storage, when it is known what is a handle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import is_place, path, root, walked_over
from carveout.cut.ir.types import Type, TypeTable
from carveout.cut.passes.flow import bare

# What may look at one operand while it takes another; displays have made each before the next.
_TOGETHER = (ir.Prim, ir.Call, ir.SetItem, ir.SetField)


def copy_where_shared(program: ir.Program, table: TypeTable) -> None:
    """Take back last uses, in place."""
    for function in program.functions.values():
        for statement in function.body:
            for node in ir.walk(statement):
                if isinstance(node, _TOGETHER):
                    _operands(list(ir.children(node)), table)
                if isinstance(node, ir.For) and not node.stepped:
                    _kept(node.source, node.body, table)
            for clause, inside in _comprehended(statement):
                _kept(clause.source, inside, table)


def _comprehended(statement: ir.Stmt) -> Iterator[tuple[ir.Clause, list[ir.Expr]]]:
    """The clauses of comprehensions, with what runs inside of each."""
    for node in ir.walk(statement):
        if isinstance(node, (ir.Comp, ir.Reduce)):
            for index, clause in enumerate(node.clauses):
                inside = [node.element, *(c for later in node.clauses[index:] for c in later.conds)]
                if isinstance(node, ir.Comp) and node.key is not None:
                    inside.append(node.key)
                if not clause.stepped:
                    yield clause, inside


def _kept(source: ir.Iter, inside: Sequence[ir.Stmt | ir.Expr], table: TypeTable) -> None:
    """The handles that a walk looks through stay until it is over."""
    names = {
        start.name
        for place in walked_over(source)
        if is_place(place)
        and any(table.shared(bare(step.type)) for step in path(place))
        and (start := root(place)) is not None
    }
    if not names:
        return
    for part in inside:
        for var in ir.walk(part):
            if isinstance(var, ir.Var) and var.name in names and not owned_object(var.type, table):
                var.last = False


def _operands(operands: list[object], table: TypeTable) -> None:
    if len(operands) < 2:
        return
    uses = [[var for var in ir.walk(operand) if isinstance(var, ir.Var)] for operand in operands]
    times = Counter(name for inside in uses for name in {var.name for var in inside})
    for inside in uses:
        for var in inside:
            twice = var.last and times[var.name] > 1
            if twice and not table.copyable(var.type) and not owned_object(var.type, table):
                var.last = False


def owned_object(type_: Type, table: TypeTable) -> bool:
    """Whether a copy of such a value could be told from the value: it may change, uncounted."""
    type_ = bare(type_)
    if table.shared(type_):
        return False
    if table.mutable(type_):
        return True
    return any(owned_object(part, table) for part in table.parts(type_))


__all__ = ["copy_where_shared", "owned_object"]

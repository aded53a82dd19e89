"""Rewrites and analyses between lowering and the backend, one per file.

    run(program, table)               # in place
    run(program, table, plain=True)   # every object counted: what the borrow checker always takes

Order: webs (one variable a meaning) → liveness (last uses) → unbound (names that may have no value)
→ characters (texts of one character) → chains (of `+` of texts) → flow (what may be one object) →
holding (who holds it how) → storage (the types say so) → moving (one move an expression) →
appending (texts that grow in place) → sums (of nothing, where nobody can tell) → recursion → unused
(names nobody reads). The checker runs before and after."""

from __future__ import annotations

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.checker import check_program
from carveout.cut.ir.types import TypeTable
from carveout.cut.passes.appending import append_in_place
from carveout.cut.passes.chains import join_chains
from carveout.cut.passes.characters import find_characters
from carveout.cut.passes.flow import Flow
from carveout.cut.passes.holding import Holding
from carveout.cut.passes.liveness import mark_last_uses
from carveout.cut.passes.moving import copy_where_shared
from carveout.cut.passes.recursion import mark_recursive
from carveout.cut.passes.storage import Storage, settle_structs
from carveout.cut.passes.sums import mark_float_sums
from carveout.cut.passes.unbound import make_optional, tried
from carveout.cut.passes.unused import mark_unread
from carveout.cut.passes.webs import split_names


def _checked(program: ir.Program, table: TypeTable, after: str) -> None:
    findings = check_program(program, table)
    if findings:
        raise AssertionError(f"the compiler is wrong after {after}: " + "; ".join(findings))


def run(program: ir.Program, table: TypeTable, plain: bool = False) -> None:
    """All passes, in place."""
    for function in program.functions.values():
        split_names(function)
    _checked(program, table, "lowering")
    for function in program.functions.values():
        unbound = mark_last_uses(function) | tried(function)
        if unbound:
            make_optional(function, unbound)
            assert not mark_last_uses(function), "a variable is still without a value"
    _checked(program, table, "unbound")
    find_characters(program)
    join_chains(program)
    _checked(program, table, "characters")
    flow = Flow(program, table)
    flow.run()
    settle_structs(flow, table)
    program.changes = any(
        node.external and (node.mutated or node.returned) and flow.counted(node)
        for node in flow.all()
    )
    program.fields_set = {
        node.name
        for function in program.functions.values()
        for statement in function.body
        for node in ir.walk(statement)
        if isinstance(node, ir.SetField)
    }
    Holding(program, table, flow, plain).run()
    Storage(program, table, flow).run()
    copy_where_shared(program, table)
    append_in_place(program)
    mark_float_sums(program)
    mark_recursive(program)
    for function in program.functions.values():
        mark_unread(function)
    _checked(program, table, "storage")


__all__ = ["run"]

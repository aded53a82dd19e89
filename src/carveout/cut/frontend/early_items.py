"""Generators whose items are made early: nobody may be able to tell.

settle_generators(program, table, early)     # a refusal for each that changes what it was given
"""

from __future__ import annotations

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import Type, TypeTable
from carveout.cut.refuse import Refusal


def settle_generators(
    program: ir.Program, table: TypeTable, early: dict[str, ir.At]
) -> list[Refusal]:
    """Refuse generators whose items are made early and that change what they were given."""
    found = []
    for key, at in early.items():
        given = {
            part
            for param in program.functions[key].params
            for part in _mutable_parts(param.type, table)
        }
        if given and _changes(program, table, key, given, set()):
            name = program.functions[key].name
            why = f"{name} changes what it was given, and its items are made early here"
            found.append(
                Refusal("refusal-generator", why, at, hint="walk over it in a `for` of its own")
            )
    return found


def _mutable_parts(type_: Type, table: TypeTable) -> set[Type]:
    parts: set[Type] = set()

    def note(part: Type) -> bool:
        if table.mutable(part):
            parts.add(part)
        return False

    table.any_part(type_, note)
    return parts


def _changes(
    program: ir.Program, table: TypeTable, key: str, given: set[Type], seen: set[str]
) -> bool:
    """Whether a function may change an object of one of these types that it did not make."""
    if key in seen:
        return False
    seen.add(key)
    function = program.functions[key]
    own = _made_here(function)
    for node in (node for statement in function.body for node in ir.walk(statement)):
        changed: list[ir.Expr] = []
        match node:
            case ir.SetField(obj=obj) | ir.SetItem(obj=obj):
                changed = [obj]
            case ir.Prim():
                pairs = zip(node.entry.params, node.args, strict=False)
                changed = [arg for taken, arg in pairs if taken.mode == "mut"]
            case ir.Call():
                parts = {p for arg in node.args for p in _mutable_parts(arg.type, table)}
                if parts & given and _changes(program, table, node.function, given, seen):
                    return True
        for place in changed:
            if not (isinstance(place, ir.Var) and place.name in own) and place.type in given:
                return True
    return False


def _made_here(function: ir.Function) -> set[str]:
    """Names that only ever hold containers made for them."""
    fresh: dict[str, bool] = {param.name: False for param in function.params}
    for node in (node for statement in function.body for node in ir.walk(statement)):
        if isinstance(node, ir.Assign):
            made = isinstance(node.value, (ir.ListLit, ir.DictLit, ir.SetLit, ir.Comp))
            for var in ir.pattern_vars(node.target):
                fresh[var.name] = fresh.get(var.name, True) and made
        elif isinstance(node, (ir.For, ir.Clause)):
            fresh |= dict.fromkeys((var.name for var in ir.pattern_vars(node.target)), False)
    return {name for name, made in fresh.items() if made}

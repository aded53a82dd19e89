"""Names that nobody reads start with an underscore, as rustc wants them.

    def f(a: int, b: int) -> int:       # fn f(a: i64, _b: i64) -> …
        for i in range(3): …            # for _i in 0..3

Runs last: what a pass reads counts as read.
"""

from __future__ import annotations

from carveout.cut.ir import nodes as ir


def mark_unread(function: ir.Function) -> None:
    """Rename them, parameters included."""
    read = {
        node.name
        for statement in function.body
        for node in ir.walk(statement)
        if isinstance(node, (ir.Var, ir.Reraise))
    }
    # An `except` with classes looks at what it catches.
    read |= {
        node.name
        for statement in function.body
        for node in ir.walk(statement)
        if isinstance(node, ir.Handler) and node.kinds is not None
    }
    names: dict[str, str] = {}
    for name in function.variables:
        if name not in read and not name.startswith("_"):
            fresh = f"_{name}"
            while fresh in function.variables or fresh in names.values():
                fresh += "_"
            names[name] = fresh
    for name, fresh in names.items():
        variable = function.variables.pop(name)
        variable.name = fresh
        function.variables[fresh] = variable
    for param in function.params:
        param.name = names.get(param.name, param.name)
    done: set[int] = set()
    for statement in function.body:
        for node in ir.walk(statement):
            if isinstance(node, (ir.PVar, ir.Let, ir.Handler)) and id(node) not in done:
                done.add(id(node))
                node.name = names.get(node.name, node.name)
            if isinstance(node, ir.Stmt):
                node.live_in = frozenset(names.get(name, name) for name in node.live_in)

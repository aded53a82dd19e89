"""Recursive functions get a depth counter, so that deep recursion declines before the stack ends.

def depth(node): return 1 + depth(node.child)      # fn depth(…) { let _level = depth::enter()?; …
"""

from __future__ import annotations

from carveout.cut.ir import nodes as ir


def mark_recursive(program: ir.Program) -> None:
    """Set `Function.recursive` on every function that can reach itself."""
    calls = {
        key: {n.function for s in f.body for n in ir.walk(s) if isinstance(n, ir.Call)}
        for key, f in program.functions.items()
    }
    for key, function in program.functions.items():
        seen: set[str] = set()
        todo = list(calls[key])
        while todo:
            callee = todo.pop()
            if callee not in seen:
                seen.add(callee)
                todo += calls[callee]
        function.recursive = key in seen

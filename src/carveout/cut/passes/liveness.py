"""Last uses: where no later use sees a variable, its value can be moved instead of copied.

Problem: in Python every name is one more reference; in Rust a value has one owner.

    row = [0, 0]
    rows.append(row)        # last use: moved

A backward walk keeps the set of live names; loops are walked until nothing changes. What a handler
of `try` or its `finally` reads is live all through the block it guards. A name that is live at the
function's start and is no parameter may be read before it has a value; passes/unbound.py sees to
it.

Invariant: `Var.last` is only set where no path reads the variable again before assigning it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from carveout.cut.ir import nodes as ir

Live = frozenset[str]
NOTHING: Live = frozenset()
_HOLE = re.compile(r"\{(\d)")


class _Walk:
    def __init__(self) -> None:
        # For each loop around: what is live at `continue` and at `break`.
        self.loops: list[tuple[Live, Live]] = []
        # What the handlers and finals around read: live at every point inside.
        self.guards: list[Live] = []

    def guarded(self) -> Live:
        return frozenset().union(*self.guards)

    # --- expressions: what is live before, given what is live after -------------------------------

    def expr(self, node: ir.Expr, live: Live) -> Live:
        match node:
            case ir.Var():
                node.last = node.name not in live and node.name not in self.guarded()
                return live | {node.name}
            case ir.And() | ir.Or():
                return self.expr(node.left, live | self.expr(node.right, live))
            case ir.IfExp():
                branches = self.expr(node.then, live) | self.expr(node.orelse, live)
                return self.expr(node.cond, branches)
            case ir.Let():
                inner = self.expr(node.body, live) - {node.name}
                return self.expr(node.value, inner)
            case ir.Comp():

                def item(after: Live) -> Live:
                    after = self.expr(node.element, after)
                    return after if node.key is None else self.expr(node.key, after)

                return self.clauses(node.clauses, item, live)
            case ir.Reduce():
                after = self.clauses(node.clauses, lambda a: self.expr(node.element, a), live)
                return after if node.start is None else self.expr(node.start, after)
            case _:
                for child in reversed(list(ir.children(node))):
                    live = self.expr(child, live)
                return live

    def clauses(self, clauses: list[ir.Clause], item: Callable[[Live], Live], live: Live) -> Live:
        if not clauses:
            return item(live)
        first, *rest = clauses
        names = {var.name for var in ir.pattern_vars(first.target)}
        head = live
        while True:
            inner = self.clauses(rest, item, head)
            for cond in reversed(first.conds):
                inner = self.expr(cond, inner | head)
            grown = head | (inner - names)
            if grown == head:
                break
            head = grown
        return self.iter(first.source, head)

    def iter(self, node: ir.Iter, live: Live) -> Live:
        for child in reversed(list(ir.children(node))):
            live = self.iter(child, live) if isinstance(child, ir.Iter) else self.expr(child, live)
        return live

    # --- statements ------------------------------------------------------------------------------

    def block(self, body: list[ir.Stmt], live: Live) -> Live:
        for statement in reversed(body):
            live = self.stmt(statement, live) | self.guarded()
            statement.live_in = live
        return live

    def stmt(self, node: ir.Stmt, live: Live) -> Live:
        match node:
            case ir.Assign():
                names = {var.name for var in ir.pattern_vars(node.target)}
                return self.expr(node.value, live - names)
            case ir.SetField():
                return self.expr(node.value, self.expr(node.obj, live))
            case ir.SetItem():
                return self.expr(node.value, self.expr(node.obj, self.expr(node.index, live)))
            case ir.Do() | ir.Return():
                return self.expr(node.value, NOTHING if isinstance(node, ir.Return) else live)
            case ir.Raise():
                live = NOTHING
                for arg in reversed(node.args):
                    live = self.expr(arg, live)
                return live
            case ir.Reraise():
                return frozenset({node.name})
            case ir.Decline():
                return NOTHING
            case ir.If():
                then, orelse = self.block(node.then, live), self.block(node.orelse, live)
                return self.expr(node.cond, then | orelse)
            case ir.While():
                # Only a `break` leads out of `while True`.
                endless = ir.is_true(node.cond)
                after = NOTHING if endless else self.block(node.orelse, live)
                head: Live = after
                while True:
                    self.loops.append((head, live))
                    inner = self.expr(node.cond, self.block(node.body, head) | after)
                    self.loops.pop()
                    if inner | head == head:
                        return head
                    head = head | inner
            case ir.For():
                names = {var.name for var in ir.pattern_vars(node.target)}
                after = self.block(node.orelse, live)
                head = after
                while True:
                    self.loops.append((head, live))
                    inner = self.block(node.body, head) - names
                    self.loops.pop()
                    if inner | head == head:
                        return self.iter(node.source, head)
                    head = head | inner
            case ir.Try():
                return self._try(node, live)
            case ir.Continue():
                return self.loops[-1][0]
            case ir.Break():
                return self.loops[-1][1]
        raise AssertionError(node)

    def _try(self, node: ir.Try, live: Live) -> Live:
        around = live.union(*(a | b for a, b in self.loops)) if node.final else live
        after = self.block(node.final, around) if node.final else live
        if node.final:
            self.guards.append(after)
        orelse = self.block(node.orelse, after)
        caught = after
        for handler in node.handlers:
            caught |= self.block(handler.body, after) - {handler.name}
        self.guards.append(caught)
        head = self.block(node.body, orelse)
        self.guards.pop()
        if node.final:
            self.guards.pop()
        return head | caught


def _written_earlier(node: ir.Prim) -> None:
    """Rust may name a later operand first (`contains({1}, {0})`): then it can't give away what an
    earlier one still reads."""
    order = [int(found[1]) for found in _HOLE.finditer(node.entry.rust)]
    for at, index in enumerate(order):
        if index >= len(node.args):
            continue
        after = {i for i in order[at + 1 :] if i < index and i < len(node.args)}
        names = {
            var.name for i in after for var in ir.walk(node.args[i]) if isinstance(var, ir.Var)
        }
        for var in ir.walk(node.args[index]) if names else ():
            if isinstance(var, ir.Var) and var.name in names:
                var.last = False


def mark_last_uses(function: ir.Function) -> set[str]:
    """Set every `Var.last` and `Stmt.live_in`; the names that may be read without a value."""
    live = _Walk().block(function.body, NOTHING)
    for statement in function.body:
        for node in ir.walk(statement):
            if isinstance(node, ir.Prim):
                _written_earlier(node)
    return set(live - {param.name for param in function.params})


__all__ = ["mark_last_uses"]

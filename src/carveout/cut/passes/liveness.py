"""Last uses, and variables that may have no value yet.

Problem: in Python every name is one more reference; in Rust a value has one owner. Where no later
use sees a variable, or a field of one, its value can be moved instead of copied:

    row = [0, 0]
    rows.append(row)        # last use: moved
    return box.items        # nothing else of box.items is used: moved out of the box

A backward walk keeps the set of live paths (a variable and fields of it); loops are walked until
nothing changes. A name that is live at the function's start and is no parameter may be read before
it is assigned: a refusal.

Invariant: `last` is only set where no path of control reads the value again before assigning it.
"""

from __future__ import annotations

from carveout.cut.ir import nodes as ir
from carveout.cut.passes.places import is_static, path_of
from carveout.cut.refuse import Refusal

# A path: the variable's name, then names of fields.
Steps = tuple[str, ...]
Live = frozenset[Steps]
# What follows the name where only the variable itself has to be there: its fields are not read.
_EXISTS = "="


def _overlap(a: Steps, b: Steps) -> bool:
    shorter = min(len(a), len(b))
    return a[:shorter] == b[:shorter]


def _without(live: Live, names: set[str]) -> Live:
    return frozenset(steps for steps in live if steps[0] not in names) if names else live


def names_of(live: Live) -> frozenset[str]:
    """The variables of a set of paths."""
    return frozenset(steps[0] for steps in live)


class _Walk:
    def __init__(self) -> None:
        self.loops: list[tuple[Live, Live]] = []

    # --- expressions: what is live before, given what is live after -------------------------------

    def expr(self, node: ir.Expr, live: Live) -> Live:
        match node:
            case ir.Var() | ir.Field() | ir.Part() if is_static(node):
                path = path_of(node)
                assert path is not None
                steps = (path.root, *path.steps)
                node.last = not any(_overlap(steps, other) for other in live)
                inner: ir.Expr = node
                while isinstance(inner, (ir.Field, ir.Part)):
                    inner = inner.obj
                    assert isinstance(inner, (ir.Var, ir.Field, ir.Part))
                    inner.last = node.last
                return live | {steps}
            case ir.And() | ir.Or():
                return self.expr(node.left, live | self.expr(node.right, live))
            case ir.IfExp():
                branches = self.expr(node.then, live) | self.expr(node.orelse, live)
                return self.expr(node.cond, branches)
            case ir.Let():
                inner_live = _without(self.expr(node.body, live), {node.name})
                return self.expr(node.value, inner_live)
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

    def clauses(self, clauses: list[ir.Clause], item: object, live: Live) -> Live:
        if not clauses:
            assert callable(item)
            return item(live)  # type: ignore[no-any-return]
        first, *rest = clauses
        names = {var.name for var in ir.pattern_vars(first.target)}
        head = live
        while True:
            inner = self.clauses(rest, item, head)
            for cond in reversed(first.conds):
                inner = self.expr(cond, inner | head)
            grown = head | _without(inner, names)
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
            live = self.stmt(statement, live)
            statement.live_in = names_of(live)
        return live

    def set_field(self, node: ir.SetField, live: Live) -> Live:
        """`box.items = …`: what box.items was is not read any more."""
        if not is_static(node.obj):
            return self.expr(node.value, self.expr(node.obj, live))
        path = path_of(node.obj)
        assert path is not None
        steps = (path.root, *path.steps, node.name)
        live = frozenset(other for other in live if other[: len(steps)] != steps)
        return self.expr(node.value, live | {(path.root, *path.steps, _EXISTS)})

    def stmt(self, node: ir.Stmt, live: Live) -> Live:
        match node:
            case ir.Assign():
                names = {var.name for var in ir.pattern_vars(node.target)}
                return self.expr(node.value, _without(live, names))
            case ir.SetField():
                return self.set_field(node, live)
            case ir.SetItem():
                return self.expr(node.value, self.expr(node.obj, self.expr(node.index, live)))
            case ir.Do() | ir.Return():
                return self.expr(node.value, frozenset() if isinstance(node, ir.Return) else live)
            case ir.Raise():
                live = frozenset()
                for arg in reversed(node.args):
                    live = self.expr(arg, live)
                return live
            case ir.Decline():
                return frozenset()
            case ir.If():
                then, orelse = self.block(node.then, live), self.block(node.orelse, live)
                return self.expr(node.cond, then | orelse)
            case ir.While():
                done = self.block(node.orelse, live)
                head: Live = done
                while True:
                    self.loops.append((head, live))
                    inner = self.expr(node.cond, self.block(node.body, head) | done)
                    self.loops.pop()
                    if inner | head == head:
                        return head
                    head = head | inner
            case ir.For():
                names = {var.name for var in ir.pattern_vars(node.target)}
                head = self.block(node.orelse, live)
                while True:
                    self.loops.append((head, live))
                    inner = _without(self.block(node.body, head), names)
                    self.loops.pop()
                    if inner | head == head:
                        return self.iter(node.source, head)
                    head = head | inner
            case ir.Continue():
                return self.loops[-1][0]
            case ir.Break():
                return self.loops[-1][1]
        raise AssertionError(node)


def mark_last_uses(function: ir.Function) -> list[Refusal]:
    """Set every `last` and `Stmt.live_in`; refuse what may be unassigned."""
    live = names_of(_Walk().block(function.body, frozenset()))
    unbound = live - {param.name for param in function.params}
    found = []
    for name in sorted(unbound):
        origin = function.variables[name].origin
        at = next(
            (
                n.at
                for s in function.body
                for n in ir.walk(s)
                if isinstance(n, ir.Var) and n.name == name
            ),
            function.at,
        )
        found.append(
            Refusal(
                "refusal-unbound",
                f"{origin} may have no value here",
                at,
                hint="assign it before the branch or loop",
            )
        )
    return found

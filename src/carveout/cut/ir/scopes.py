"""What Rust wants to know of a variable that Python does not say.

bound(statement)                # the names a statement and those in it assign
assigned_twice(body, "total")   # a `let total: i64;` before `body` has to be `let mut`
crossing(body)                  # a `break` or `continue` in it has to say which loop
"""

from __future__ import annotations

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.regions import blocks


def bound(statement: ir.Stmt) -> set[str]:
    """Names assigned by a statement and those inside it (a comprehension's are its own)."""
    found: set[str] = set()
    for node in ir.walk(statement):
        if isinstance(node, (ir.Assign, ir.For)):
            found |= {var.name for var in ir.pattern_vars(node.target) if var.name != "_"}
    return found


class _Assigned:
    """Follows one name: whether it may have a value, and whether it then gets another."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.twice = False
        self.loops: list[tuple[list[bool], list[bool]]] = []

    def binds(self, target: ir.Pattern, state: bool) -> bool:
        if any(var.name == self.name for var in ir.pattern_vars(target)):
            self.twice |= state
            return True
        return state

    def block(self, body: list[ir.Stmt], state: bool | None) -> bool | None:
        for node in body:
            if state is None:
                return None
            state = self.stmt(node, state)
        return state

    def stmt(self, node: ir.Stmt, state: bool) -> bool | None:
        match node:
            case ir.Assign():
                return self.binds(node.target, state)
            case ir.Return() | ir.Raise() | ir.Reraise() | ir.Decline():
                return None
            case ir.Try():
                return self.tried(node, state)
            case ir.Break() | ir.Continue():
                # One for the loop around the block leaves it.
                if self.loops:
                    self.loops[-1][isinstance(node, ir.Continue)].append(state)
                return None
            case ir.If():
                return _either(self.block(node.then, state), self.block(node.orelse, state))
            case ir.While() | ir.For():
                return self.loop(node, state)
        return state

    def tried(self, node: ir.Try, state: bool) -> bool | None:
        # A fault may come before or after any assignment of the guarded block.
        done = self.block(node.body, state)
        caught = state or any(self.name in bound(inner) for inner in node.body)
        found = None if done is None else self.block(node.orelse, done)
        for handler in node.handlers:
            found = _either(found, self.block(handler.body, caught))
        if not node.final:
            return found
        return self.block(node.final, bool(found) or caught)

    def loop(self, node: ir.While | ir.For, state: bool) -> bool | None:
        broken: list[bool] = []
        head = state
        # The second round starts with what the first one left.
        for _ in range(2):
            self.loops.append(([], []))
            inner = self.binds(node.target, head) if isinstance(node, ir.For) else head
            end = self.block(node.body, inner)
            left, again = self.loops.pop()
            broken += left
            head = head or bool(end) or any(again)
        done: bool | None = self.block(node.orelse, head)
        for one in broken:
            done = _either(done, one)
        return done


def _either(a: bool | None, b: bool | None) -> bool | None:
    if a is None or b is None:
        return a if b is None else b
    return a or b


def assigned_twice(body: list[ir.Stmt], name: str) -> bool:
    """Whether a name without a value may get two, one after the other, in a block."""
    follow = _Assigned(name)
    follow.block(body, False)
    return follow.twice


def labelled(node: ir.While | ir.For) -> bool:
    """Whether a loop stands in a block that `break` leaves, its `else` included."""
    return bool(node.orelse) and ir.breaks(node.body)


def crossing(body: list[ir.Stmt]) -> bool:
    """Whether a `break` or `continue` for the loop of this body leaves a labelled block."""
    for node in body:
        match node:
            case ir.If(then=then, orelse=orelse) if crossing(then) or crossing(orelse):
                return True
            case ir.Try() if any(map(crossing, blocks(node))):
                return True
            case ir.While() | ir.For():
                if labelled(node) and _leaves(node.orelse):
                    return True
                if crossing(node.orelse):
                    return True
    return False


def _leaves(body: list[ir.Stmt]) -> bool:
    for node in body:
        match node:
            case ir.Break() | ir.Continue():
                return True
            case ir.If(then=then, orelse=orelse) if _leaves(then) or _leaves(orelse):
                return True
            case ir.Try() if any(map(_leaves, blocks(node))):
                return True
            case ir.While(orelse=orelse) | ir.For(orelse=orelse) if _leaves(orelse):
                return True
    return False

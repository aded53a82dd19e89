"""One Python name, several variables: a name used again for something else is a new variable.

Problem: a name that two loops use is assigned twice, so it looks as if it had to outlive both:

    for account in drawn: …         # account
    for account in kept: …          # account_2

Each assignment starts a value; a read belongs to all assignments that may reach it (reaching
definitions, forward, loops until nothing changes). Assignments with a common read are one web, and
each web becomes a variable. The first keeps the name; so does any other whose uses all lie in one
loop that mentions no other web of the name.

Invariant: reads see the same assignments as before; parameters keep their names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.scopes import bound

# A definition is the pattern that binds the name; a parameter's is its name.
Def = int
State = dict[str, frozenset[Def]]


@dataclass
class _Loop:
    """What leaves a loop by `break`, and what goes round again by `continue`."""

    broken: list[State] = field(default_factory=list)
    again: list[State] = field(default_factory=list)


def _merge(states: list[State | None]) -> State | None:
    """What may reach where several paths meet; None where no path does."""
    found = [state for state in states if state is not None]
    if not found:
        return None
    merged: State = {}
    for state in found:
        for name, defs in state.items():
            merged[name] = merged.get(name, frozenset()) | defs
    return merged


class _Webs:
    """Union-find over the definitions of one function."""

    def __init__(self, function: ir.Function) -> None:
        self.function = function
        self.parent: dict[Def, Def] = {}
        self.patterns: dict[Def, ir.PVar] = {}
        self.reads: dict[int, tuple[ir.Var, Def]] = {}
        self.loops: list[_Loop] = []
        # Names of comprehensions and of `let`s: bound where they are used, once.
        self.inner: set[str] = set()
        # Names bound inside a `try`: each stays one variable.
        self.whole: set[str] = set()
        for statement in function.body:
            for node in ir.walk(statement):
                if isinstance(node, ir.Clause):
                    self.inner |= {var.name for var in ir.pattern_vars(node.target)}
                elif isinstance(node, ir.Let):
                    self.inner.add(node.name)

    def find(self, one: Def) -> Def:
        while self.parent[one] != one:
            one = self.parent[one]
        return one

    def union(self, a: Def, b: Def) -> None:
        a, b = self.find(a), self.find(b)
        if a != b:
            # Parameters come first, and keep their names.
            self.parent[max(a, b)] = min(a, b)

    def new(self, pattern: ir.PVar | None = None) -> Def:
        if pattern is not None:
            for known, other in self.patterns.items():
                if other is pattern:
                    return known
        made = len(self.parent)
        self.parent[made] = made
        if pattern is not None:
            self.patterns[made] = pattern
        return made

    # --- the walk --------------------------------------------------------------------------------

    def reading(self, node: object, state: State) -> None:
        for inner in ir.walk(node):
            if isinstance(inner, ir.Var) and inner.name not in self.inner:
                defs = sorted(state.get(inner.name, ()))
                if not defs:
                    # Nothing reaches it: liveness refuses it later.
                    continue
                for other in defs[1:]:
                    self.union(defs[0], other)
                self.reads[id(inner)] = (inner, defs[0])

    def binding(self, target: ir.Pattern, state: State) -> State:
        state = dict(state)
        for var in ir.pattern_vars(target):
            if var.name != "_":
                state[var.name] = frozenset((self.new(var),))
        return state

    def block(self, body: list[ir.Stmt], state: State | None) -> State | None:
        for statement in body:
            if state is None:
                # Python never gets here either; its names still need definitions.
                state = {}
            state = self.stmt(statement, state)
        return state

    def stmt(self, node: ir.Stmt, state: State) -> State | None:
        match node:
            case ir.Assign():
                self.reading(node.value, state)
                return self.binding(node.target, state)
            case ir.Return() | ir.Raise() | ir.Reraise() | ir.Decline():
                self.reading(node, state)
                return None
            case ir.Try():
                return self.tried(node, state)
            case ir.If():
                self.reading(node.cond, state)
                return _merge([self.block(node.then, state), self.block(node.orelse, state)])
            case ir.While() | ir.For():
                return self.loop(node, state)
            case ir.Break():
                self.loops[-1].broken.append(state)
                return None
            case ir.Continue():
                self.loops[-1].again.append(state)
                return None
        self.reading(node, state)
        return state

    def tried(self, node: ir.Try, state: State) -> State | None:
        """A fault may come after any statement: names bound inside are not split at all."""
        self.whole |= bound(node)
        done = self.block(node.body, state)
        caught = _merge([state, done]) or state
        ends = [None if done is None else self.block(node.orelse, done)]
        ends += [self.block(handler.body, caught) for handler in node.handlers]
        if not node.final:
            return _merge(ends)
        after = self.block(node.final, _merge([caught, *ends]) or caught)
        return None if after is None or all(end is None for end in ends) else after

    def loop(self, node: ir.While | ir.For, state: State) -> State | None:
        if isinstance(node, ir.For):
            self.reading(node.source, state)
        head = state
        while True:
            self.loops.append(_Loop())
            inner = head
            if isinstance(node, ir.For):
                inner = self.binding(node.target, head)
            else:
                self.reading(node.cond, head)
            end = self.block(node.body, inner)
            loop = self.loops.pop()
            grown = _merge([head, end, *loop.again])
            assert grown is not None
            if grown == head:
                break
            head = grown
        if isinstance(node, ir.While) and ir.is_true(node.cond):
            # Only a `break` leads out of it.
            return _merge([*loop.broken])
        return _merge([self.block(node.orelse, head), *loop.broken])


def _occurrences(node: object, names: dict[int, Def], webs: _Webs) -> Iterator[Def]:
    """The webs of one name that a node mentions."""
    for inner in ir.walk(node):
        if id(inner) in names:
            yield webs.find(names[id(inner)])


def split_names(function: ir.Function) -> None:
    """Give each web of a name a variable of its own."""
    webs = _Webs(function)
    state: State = {}
    for param in function.params:
        state[param.name] = frozenset((webs.new(),))
    webs.block(function.body, state)
    by_name: dict[str, dict[int, Def]] = {}
    for made, pattern in webs.patterns.items():
        by_name.setdefault(pattern.name, {})[id(pattern)] = made
    for var, made in webs.reads.values():
        by_name.setdefault(var.name, {})[id(var)] = made
    for index, param in enumerate(function.params):
        # Its own definition; no node stands for it.
        by_name.setdefault(param.name, {})[-1 - index] = index
    for name, places in by_name.items():
        if name in webs.whole:
            continue
        roots = sorted({webs.find(one) for one in places.values()})
        for root in roots[1:]:
            _rename(function, name, root, places, webs)


def _rename(
    function: ir.Function, name: str, root: Def, places: dict[int, Def], webs: _Webs
) -> None:
    fresh, n = f"{name}_2", 2
    while fresh in function.variables:
        n += 1
        fresh = f"{name}_{n}"
    old = function.variables[name]
    function.variables[fresh] = ir.Variable(fresh, old.type, origin=old.origin)
    for statement in function.body:
        for node in ir.walk(statement):
            if id(node) in places and webs.find(places[id(node)]) == root:
                node.name = fresh

"""Owned, borrowed or changed in place: how each variable and parameter is held in Rust.

Problem: a Python name is a reference. In Rust it is the value itself, a `&` look at it, or a
`&mut`:

    for order in orders:            # &Order: only looked at
        ...
    level = book[0]                 # &mut Level: changed through its name
    level.size -= 1

Runs after liveness (last uses) and sharing (who changes). First every variable is held as well as
it could be; then borrows.py says which of those holds collide with another use, and these become
owned, which takes a copy. Wherever a value has to be copied, the classes in it are marked, which
sharing's verdicts then judge.

Invariants: a variable held as "ref" or "mut" is bound once; what it looks into is neither moved nor
changed while it lives.
"""

from __future__ import annotations

from collections.abc import Iterator

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import TypeTable
from carveout.cut.passes.borrows import Borrows
from carveout.cut.passes.places import (
    borrowed,
    changed_args,
    is_place,
    is_static,
    iter_owned,
    leaves,
    looked_up,
    root,
    supplies,
    walked,
)
from carveout.cut.passes.sharing import Sharing, reach
from carveout.cut.refuse import Refusal
from carveout.cut.registry.entry import Generic, Name


class Ownership:
    """Decides for every function, callees' parameters included; `refusals` fills on the way."""

    def __init__(self, program: ir.Program, table: TypeTable, sharing: Sharing) -> None:
        self.program = program
        self.table = table
        self.sharing = sharing
        # What is looked into where the statement at hand stands: it may not be moved.
        self.pinned: frozenset[str] = frozenset()
        self.function = next(iter(program.functions.values()))
        self.refusals: list[Refusal] = []
        # By function: a borrowing variable and what it looks into.
        self.looks: dict[str, dict[str, frozenset[str]]] = {}

    def run(self) -> None:
        for function in self.program.functions.values():
            self._count(function)
        self._parameters()
        for function in self.program.functions.values():
            self.function = self.sharing.function = function
            self._hold(function)
            borrows = Borrows(self.program, function, self.table)
            borrows.settle()
            self.refusals += borrows.collisions()
            self.looks[function.key] = borrows.pins()
        for function in self.program.functions.values():
            self.function = self.sharing.function = function
            for statement in function.body:
                self._statement(statement, frozenset())

    # --- counting --------------------------------------------------------------------------------

    def _count(self, function: ir.Function) -> None:
        for statement in function.body:
            for node in ir.walk(statement):
                if (isinstance(node, ir.PVar) and node.name in function.variables) or isinstance(
                    node, ir.Let
                ):
                    function.variables[node.name].assigned += 1

    # --- parameters of helpers -------------------------------------------------------------------

    def changed_roots(self, function: ir.Function) -> set[str]:
        """Names through which something is changed in place."""
        found: set[str] = set()
        links: list[tuple[str, str]] = []
        for statement in function.body:
            for node in ir.walk(statement):
                match node:
                    case ir.SetField() | ir.SetItem():
                        self._add_root(node.obj, found)
                    case ir.Prim() | ir.Call():
                        for arg in changed_args(node, self.program):
                            self._add_root(arg, found)
                    case ir.Assign(target=ir.PVar(name=name)):
                        for leaf in leaves(node.value):
                            start = root(leaf)
                            if start is not None:
                                links.append((name, start.name))
                    case ir.For() | ir.Clause():
                        for var in ir.pattern_vars(node.target):
                            for over in ir.walk(node.source):
                                if isinstance(over, ir.Var):
                                    links.append((var.name, over.name))
        grown = True
        while grown:
            grown = False
            for name, of in links:
                if name in found and of not in found and self.tracked(function, name):
                    found.add(of)
                    grown = True
        return found

    def tracked(self, function: ir.Function, name: str) -> bool:
        variable = function.variables.get(name)
        return variable is not None and self.table.has_mutable(variable.type)

    @staticmethod
    def _add_root(expr: ir.Expr, found: set[str]) -> None:
        start = root(expr)
        if start is not None:
            found.add(start.name)

    def _parameters(self) -> None:
        helpers = [f for k, f in self.program.functions.items() if k != self.program.entry]
        for function in helpers:
            for param in function.params:
                param.mode = "own" if self.table.copyable(param.type) else "ref"
        grown = True
        while grown:
            grown = False
            for function in helpers:
                changed = self.changed_roots(function)
                for param in function.params:
                    if param.mode == "own":
                        continue
                    wanted = param.mode
                    if function.variables[param.name].assigned or self._given_away(function, param):
                        wanted = "own"
                    elif param.name in changed:
                        wanted = "mut"
                    if wanted != param.mode:
                        param.mode = wanted
                        grown = True
        for function in helpers:
            for param in function.params:
                function.variables[param.name].held = param.mode

    def _given_away(self, function: ir.Function, param: ir.Param) -> bool:
        """Whether the whole value of a parameter is given away at its last use, more than text."""
        if not self.table.has_mutable(param.type) and self.table.cheap(param.type):
            return False
        for statement in function.body:
            for node in ir.walk(statement):
                for expr in self.consumed_by(node, function):
                    for leaf in leaves(expr):
                        if isinstance(leaf, ir.Var) and leaf.name == param.name and leaf.last:
                            return True
        return False

    # --- locals ----------------------------------------------------------------------------------

    def _hold(self, function: ir.Function) -> None:
        params = {param.name for param in function.params}
        for statement in function.body:
            for node in ir.walk(statement):
                match node:
                    case ir.Assign(target=ir.PVar(name=name)) if name != "_":
                        if name not in params:
                            self._hold_assigned(function, name, node.value)
                    case ir.For() | ir.Clause():
                        self._hold_walked(function, node.target, node.source)

    def _changes(self, name: str) -> bool:
        """Whether anything that the variable reaches changes in place."""
        return any(inner.mutated for inner in reach(self.sharing.var(name)))

    def _hold_looked_up(self, function: ir.Function, name: str, of: ir.Expr) -> None:
        """`quote = quotes.get(key)`: an `Option<&Quote>`, if it is only tested and narrowed."""
        variable, start = function.variables[name], root(of)
        assert start is not None
        if (
            self.table.copyable(variable.type)
            or self.table.cheap(variable.type)
            or variable.assigned != 1
            or not self._bound_once(function, start.name)
        ):
            return
        reads, tested = 0, 0
        for statement in function.body:
            for node in ir.walk(statement):
                reads += isinstance(node, ir.Var) and node.name == name
                if isinstance(node, (ir.IsNone, ir.Unwrap)) and isinstance(node.operand, ir.Var):
                    tested += node.operand.name == name
        if reads == tested:
            variable.held = "optmut" if self._changes(name) else "optref"

    def _hold_assigned(self, function: ir.Function, name: str, value: ir.Expr) -> None:
        if (of := looked_up(value)) is not None:
            self._hold_looked_up(function, name, of)
            return
        variable = function.variables[name]
        if (
            self.table.copyable(variable.type)
            or variable.assigned != 1
            or not is_place(value)
            or variable.type != value.type
        ):
            return
        start = root(value)
        assert start is not None
        if is_static(value) and value.last and self._own(function, start.name):  # type: ignore[attr-defined]
            # The value itself moves to its new name.
            return
        if not self._bound_once(function, start.name):
            return
        if self._changes(name):
            variable.held = "mut"
        elif not isinstance(value, ir.Var) or self.table.has_mutable(variable.type):
            variable.held = "ref"

    def _own(self, function: ir.Function, name: str) -> bool:
        return function.variables[name].held == "own"

    def _bound_once(self, function: ir.Function, name: str) -> bool:
        params = {param.name for param in function.params}
        return function.variables[name].assigned == (0 if name in params else 1)

    def _hold_walked(self, function: ir.Function, target: ir.Pattern, source: ir.Iter) -> None:
        whole = {var.name: leaf for var, leaf in supplies(target, source)}
        for var in ir.pattern_vars(target):
            if var.name == "_":
                continue
            variable = function.variables[var.name]
            if self.table.copyable(variable.type) or variable.assigned != 1:
                continue
            leaf = whole.get(var.name)
            if (leaf is not None and iter_owned(leaf)) or iter_owned(source):
                continue
            if not self._changes(var.name):
                variable.held = "ref"
            elif isinstance(leaf, ir.SeqIter) or (
                isinstance(leaf, ir.DictIter) and leaf.view != "keys"
            ):
                variable.held = "mut"

    # --- consuming -------------------------------------------------------------------------------

    def consumed_by(self, node: object, function: ir.Function) -> Iterator[ir.Expr]:
        """The expressions whose values a node takes for itself."""
        match node:
            case ir.Assign(target=ir.PVar(name=name)):
                if name == "_" or function.variables[name].held == "own":
                    yield node.value
            case ir.Assign() | ir.SetField() | ir.SetItem() | ir.Return():
                yield node.value
                if isinstance(node, ir.SetItem):
                    yield node.index
            case ir.New():
                yield from node.args
            case ir.Call():
                callee = self.program.functions[node.function]
                for param, arg in zip(callee.params, node.args, strict=True):
                    if param.mode == "own" or not is_place(arg):
                        yield arg
            case ir.ListLit() | ir.TupleLit() | ir.SetLit():
                yield from node.items
            case ir.DictLit():
                yield from node.keys
                yield from node.values
            case ir.Some():
                yield node.operand
            case ir.Comp():
                yield node.element
                if node.key is not None:
                    yield node.key
            case ir.Let():
                yield node.value
            case ir.Prim():
                for taken, arg in zip(node.entry.params, node.args, strict=False):
                    # What is made on the way, of several places, is a value of its own.
                    if taken.mode == "own" or not is_place(arg):
                        yield arg

    def movable(self, place: ir.Expr) -> bool:
        """Whether the value can be taken out of its variable, or out of a field of it."""
        start = root(place)
        if start is None or not is_static(place):
            return False
        assert isinstance(place, (ir.Var, ir.Field, ir.Part))
        variable = self.function.variables.get(start.name)
        return (
            variable is not None
            and place.last
            and variable.held == "own"
            and start.name not in self.pinned
        )

    def _statement(self, statement: ir.Stmt, around: frozenset[str]) -> None:
        """`around` are the variables that the loops around walk over."""
        looks = self.looks[self.function.key]
        active = (looks[name] for name in statement.live_in if name in looks)
        self.pinned = around.union(*active)
        own = [child for child in ir.children(statement) if not isinstance(child, ir.Stmt)]
        inside = [node for child in own for node in ir.walk(child)]
        for node in inside:
            if isinstance(node, ir.Clause):
                self.pinned |= self._walked_roots(node.source)
        self._consume_in([statement, *inside])
        if isinstance(statement, ir.For):
            around |= self._walked_roots(statement.source)
        for child in ir.children(statement):
            if isinstance(child, ir.Stmt):
                self._statement(child, around)

    @staticmethod
    def _walked_roots(source: ir.Iter) -> frozenset[str]:
        starts = (root(walked(over)) for over in borrowed(source))
        return frozenset(start.name for start in starts if start is not None)

    def _consume_in(self, nodes: list[object]) -> None:
        looks: set[int] = set()
        for node in nodes:
            for expr in self.consumed_by(node, self.function):
                shallow = isinstance(node, ir.Prim) and self._copies_outer(node)
                self._consume(expr, shallow)
            match node:
                case ir.Assign(target=ir.PVar(name=name)) if name != "_":
                    if self.function.variables[name].held in ("optref", "optmut"):
                        looks.add(id(node.value))
                case ir.Prim() if id(node) not in looks:
                    self._inner_copies(node)
                case ir.SeqIter(copy=True) | ir.DictIter(copy=True):
                    over = self.sharing.node(walked(node))
                    for child in list(over.find().children.values()) if over is not None else ():
                        self.sharing.copied(child, node.at)
                case ir.For() | ir.Clause():
                    whole = {var.name: leaf for var, leaf in supplies(node.target, node.source)}
                    for var in ir.pattern_vars(node.target):
                        variable = self.function.variables.get(var.name)
                        leaf = whole.get(var.name, node.source)
                        if variable is not None and variable.held == "own" and not iter_owned(leaf):
                            self.sharing.copied(self.sharing.var(var.name), node.source.at)
        for node in nodes:
            if isinstance(node, (ir.Var, ir.Field, ir.Part)):
                node.last = self.movable(node)

    @staticmethod
    def _copies_outer(node: ir.Prim) -> bool:
        """`list(xs)`, `sorted(xs)`: the copy of the list itself is what was asked for."""
        return bool(node.entry.params) and isinstance(node.entry.params[0].shape, Generic)

    def _consume(self, expr: ir.Expr, shallow: bool) -> None:
        for leaf in leaves(expr):
            if not is_place(leaf):
                continue
            if self.movable(taken_from(leaf)):
                continue
            node = self.sharing.node(leaf)
            if shallow and node is not None:
                for child in list(node.find().children.values()):
                    self.sharing.copied(child, leaf.at)
            else:
                self.sharing.copied(node, leaf.at)

    def _inner_copies(self, node: ir.Prim) -> None:
        """What an operation copies out of an argument that it only looks at.

        Slices, `dict.get`, `xs + ys`, `xs.extend(ys)`: a type variable that a looked-at parameter
        shares with the result or with the parameter that changes.
        """
        entry = node.entry
        if entry.gives != "own":
            return
        given = {
            name for taken in entry.params if taken.mode == "mut" for name in names(taken.shape)
        }
        given |= names(entry.result)
        for taken, arg in zip(entry.params, node.args, strict=False):
            if taken.mode != "look" or not names(taken.shape) & given:
                continue
            of = self.sharing.node(arg)
            if of is None:
                continue
            parts = [of] if isinstance(taken.shape, Name) else of.find().children.values()
            for part in list(parts):
                self.sharing.copied(part, node.at)


def taken_from(expr: ir.Expr) -> ir.Expr:
    """The place a value is taken out of: that of the optional it is in."""
    return taken_from(expr.operand) if isinstance(expr, ir.Unwrap) else expr


def names(shape: object) -> set[str]:
    """The type variables of a shape."""
    if isinstance(shape, Name):
        return {shape.name} if len(shape.name) == 1 else set()
    if isinstance(shape, Generic):
        return {name for arg in shape.args for name in names(arg)}
    return set()

"""Owned, borrowed or changed in place: how each variable and parameter is held in Rust.

Problem: a Python name is a reference. In Rust it is the value itself, a `&` look at it, or
a `&mut`:

    for order in orders:            # &Order: only looked at
        ...
    level = book[0]                 # &mut Level: changed through its name
    level.size -= 1

Runs after liveness (last uses) and sharing (who changes). Wherever a value has to be cloned, the
classes in it are marked copied, which sharing's verdicts then judge.

Invariant: a variable held as "ref" or "mut" is bound once, and what it looks into is never moved.
"""

from __future__ import annotations

from collections.abc import Iterator

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import ListType, TypeTable, VarTupleType
from carveout.cut.passes.sharing import Sharing, reach
from carveout.cut.registry.entry import Generic


def is_place(expr: ir.Expr) -> bool:
    """Whether it names something that already exists, rather than making it."""
    match expr:
        case ir.Var():
            return True
        case ir.Field() | ir.Part():
            return is_place(expr.obj)
        case ir.Unwrap():
            return is_place(expr.operand)
        case ir.Prim():
            return expr.entry.gives != "own" and bool(expr.args) and is_place(expr.args[0])
    return False


def root(expr: ir.Expr) -> ir.Var | None:
    """The variable a place starts from."""
    match expr:
        case ir.Var():
            return expr
        case ir.Field() | ir.Part():
            return root(expr.obj)
        case ir.Unwrap():
            return root(expr.operand)
        case ir.Prim() if expr.entry.gives != "own" and expr.args:
            return root(expr.args[0])
    return None


def iter_owned(source: ir.Iter) -> bool:
    """Whether a plain walk gives values rather than looks."""
    match source:
        case ir.SeqIter():
            return not isinstance(source.seq.type, (ListType, VarTupleType)) or not is_place(
                source.seq
            )
        case ir.RangeIter():
            return True
        case ir.ReversedIter():
            return iter_owned(source.inner)
    return False


class Ownership:
    """Decides for every function, callees' parameters included."""

    def __init__(self, program: ir.Program, table: TypeTable, sharing: Sharing) -> None:
        self.program = program
        self.table = table
        self.sharing = sharing
        self.pinned: set[tuple[str, str]] = set()
        self.function = next(iter(program.functions.values()))

    def run(self) -> None:
        for function in self.program.functions.values():
            self._count(function)
        self._parameters()
        for function in self.program.functions.values():
            self.function = self.sharing.function = function
            self._hold(function)
        for function in self.program.functions.values():
            self.function = self.sharing.function = function
            for statement in function.body:
                self._consume_in(statement)

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
                    case ir.Prim():
                        for taken, arg in zip(node.entry.params, node.args, strict=False):
                            if taken.mode == "mut":
                                self._add_root(arg, found)
                    case ir.Call():
                        callee = self.program.functions[node.function]
                        for param, arg in zip(callee.params, node.args, strict=True):
                            if param.mode == "mut":
                                self._add_root(arg, found)
                    case ir.Assign(target=ir.PVar(name=name)):
                        start = root(node.value)
                        if start is not None and not isinstance(node.value, ir.Var):
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
                    variable = function.variables[param.name]
                    wanted = param.mode
                    if variable.assigned or self._given_away(function, param.name):
                        wanted = "own"
                    elif param.name in changed:
                        wanted = "mut"
                    if wanted != param.mode:
                        param.mode = wanted
                        grown = True
        for function in helpers:
            for param in function.params:
                function.variables[param.name].held = param.mode

    def _given_away(self, function: ir.Function, name: str) -> bool:
        """Whether the whole value of a parameter is given away at its last use."""
        for statement in function.body:
            for node in ir.walk(statement):
                for expr in self.consumed_by(node, function):
                    for leaf in leaves(expr):
                        if isinstance(leaf, ir.Var) and leaf.name == name and leaf.last:
                            return True
        return False

    # --- locals ----------------------------------------------------------------------------------

    def _hold(self, function: ir.Function) -> None:
        for statement in function.body:
            for node in ir.walk(statement):
                match node:
                    case ir.Assign(target=ir.PVar(name=name)) if name != "_":
                        self._hold_assigned(function, name, node.value)
                    case ir.For() | ir.Clause():
                        self._hold_walked(function, node.target, node.source)

    def _hold_assigned(self, function: ir.Function, name: str, value: ir.Expr) -> None:
        variable = function.variables[name]
        if (
            self.table.copyable(variable.type)
            or variable.assigned != 1
            or name in self._params(function)
            or not is_place(value)
            or variable.type != value.type
        ):
            return
        start = root(value)
        assert start is not None
        origin = function.variables[start.name]
        once = origin.assigned == (0 if start.name in self._params(function) else 1)
        node = self.sharing.var(name)
        if node is not None and any(inner.mutated for inner in reach(node)):
            if once and not (isinstance(value, ir.Var) and value.last):
                variable.held = "mut"
                self.pinned.add((function.key, start.name))
            return
        if isinstance(value, ir.Var) and value.last and value.name not in self._params(function):
            return
        changing = self.sharing.var(start.name)
        if (
            once
            and not any(inner.mutated for inner in reach(changing))
            and not (isinstance(value, ir.Var))
        ):
            variable.held = "ref"
            self.pinned.add((function.key, start.name))

    def _hold_walked(self, function: ir.Function, target: ir.Pattern, source: ir.Iter) -> None:
        if iter_owned(source):
            return
        for var in ir.pattern_vars(target):
            if var.name == "_":
                continue
            variable = function.variables[var.name]
            if self.table.copyable(variable.type) or variable.assigned != 1:
                continue
            mixed = any(isinstance(n, ir.SeqIter) and iter_owned(n) for n in ir.walk(source))
            parts = mixed and isinstance(target, ir.PTuple)
            if parts and self._part_owned(target, source, var.name):
                continue
            node = self.sharing.var(var.name)
            if node is not None and any(inner.mutated for inner in reach(node)):
                if isinstance(source, ir.SeqIter) and isinstance(target, ir.PVar):
                    variable.held = "mut"
                    self._pin(function, source)
                continue
            variable.held = "ref"
            self._pin(function, source)

    def _part_owned(self, target: ir.Pattern, source: ir.Iter, name: str) -> bool:
        """Whether the part of a zip or enumerate that `name` binds gives values."""
        match target, source:
            case ir.PTuple(), ir.EnumerateIter():
                return (
                    self._part_owned(target.items[1], source.inner, name)
                    if any(v.name == name for v in ir.pattern_vars(target.items[1]))
                    else True
                )
            case ir.PTuple(), ir.ZipIter():
                for item, inner in zip(target.items, source.inners, strict=True):
                    if any(v.name == name for v in ir.pattern_vars(item)):
                        return self._part_owned(item, inner, name)
        return iter_owned(source)

    def _pin(self, function: ir.Function, source: ir.Iter) -> None:
        for node in ir.walk(source):
            if isinstance(node, ir.Var):
                self.pinned.add((function.key, node.name))

    @staticmethod
    def _params(function: ir.Function) -> set[str]:
        return {param.name for param in function.params}

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
            case ir.New() | ir.Call():
                if isinstance(node, ir.New):
                    yield from node.args
                else:
                    callee = self.program.functions[node.function]
                    for param, arg in zip(callee.params, node.args, strict=True):
                        if param.mode == "own":
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
                    if taken.mode == "own":
                        yield arg

    def movable(self, var: ir.Var, function: ir.Function) -> bool:
        variable = function.variables.get(var.name)
        return (
            variable is not None
            and var.last
            and variable.held == "own"
            and (function.key, var.name) not in self.pinned
        )

    def _consume_in(self, statement: ir.Stmt) -> None:
        for node in ir.walk(statement):
            for expr in self.consumed_by(node, self.function):
                shallow = isinstance(node, ir.Prim) and self._copies_outer(node)
                self._consume(expr, shallow)
            match node:
                case ir.Prim():
                    self._inner_copies(node)
                case ir.For() | ir.Clause():
                    for var in ir.pattern_vars(node.target):
                        variable = self.function.variables.get(var.name)
                        if (
                            variable is not None
                            and variable.held == "own"
                            and not iter_owned(node.source)
                        ):
                            self.sharing.copied(self.sharing.var(var.name), node.source.at)
                case ir.Var():
                    node.last = self.movable(node, self.function)

    @staticmethod
    def _copies_outer(node: ir.Prim) -> bool:
        """`list(xs)`, `sorted(xs)`: the copy of the list itself is what was asked for."""
        return bool(node.entry.params) and isinstance(node.entry.params[0].shape, Generic)

    def _consume(self, expr: ir.Expr, shallow: bool) -> None:
        for leaf in leaves(expr):
            if not is_place(leaf):
                continue
            if isinstance(leaf, ir.Var) and self.movable(leaf, self.function):
                continue
            node = self.sharing.node(leaf)
            if shallow and node is not None:
                for child in list(node.find().children.values()):
                    self.sharing.copied(child, leaf.at)
            else:
                self.sharing.copied(node, leaf.at)

    def _inner_copies(self, node: ir.Prim) -> None:
        """Results that clone what an argument holds: slices, `dict.get`, `xs + ys`."""
        entry = node.entry
        if entry.gives != "own" or any(taken.mode == "mut" for taken in entry.params):
            return
        made = self.sharing.node(node)
        if made is None or entry.result is None:
            return
        looked = any(
            taken.mode == "look" and self.table.has_mutable(arg.type)
            for taken, arg in zip(entry.params, node.args, strict=False)
        )
        if looked:
            inner = (
                made.find().children.values()
                if isinstance(entry.result, Generic) and (entry.result.name != "opt")
                else [made]
            )
            for child in list(inner):
                self.sharing.copied(child, node.at)


def leaves(expr: ir.Expr) -> Iterator[ir.Expr]:
    """Where the value of an expression really comes from."""
    match expr:
        case ir.IfExp():
            yield from leaves(expr.then)
            yield from leaves(expr.orelse)
        case ir.Let():
            yield from leaves(expr.body)
        case ir.Some():
            yield from leaves(expr.operand)
        case _:
            yield expr

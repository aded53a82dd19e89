"""Holding: owned, borrowed or counted; how each variable, parameter and walk is held in Rust.

Problem: a Python name is a reference. In Rust it is the value itself, a `&` look at it, a `&mut`,
or a counted handle to an object that several hold:

    for order in orders:            # &Order: only looked at
        ...
    level = book[0]                 # &mut Level: changed through its name
    level.size -= 1
    head.next = head                # a handle: the object has a second holder

Runs after liveness (last uses) and flow (classes). Wherever a value would have to be cloned, its
class gets a second holder and is counted from then on; that frees what borrowed it, so the pass
repeats until nothing is news. With `plain`, all objects are counted and nothing is borrowed over a
statement: slower, and acceptable to Rust's borrow checker whatever the program does.

Invariant: nothing is cloned but handles and what cannot change; so no clone can be told from
Python's reference.

Longer than a file should be: one fixed point over one state; its rules are read against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import (
    first_field,
    is_place,
    iter_owned,
    leaves,
    path,
    root,
    walked_over,
)
from carveout.cut.ir.regions import blocks, mentions, own_clauses, region_of
from carveout.cut.ir.types import (
    BYTES,
    STR,
    DequeType,
    DictType,
    ListType,
    StructType,
    Type,
    TypeTable,
    VarTupleType,
)
from carveout.cut.passes.flow import Flow, Node, bare
from carveout.cut.registry.entry import DICTS, Entry, Generic, Name, Shape


def shape_vars(shape: Shape) -> set[str]:
    """Type variables of a registry shape."""
    if isinstance(shape, Name):
        return {shape.name} if len(shape.name) == 1 else set()
    return set().union(*map(shape_vars, shape.args))


def duplicated(entry: Entry) -> set[str]:
    """Type variables whose values an operation leaves where they are and also puts elsewhere."""
    looked: set[str] = set()
    for taken in entry.params:
        if taken.mode == "look" and isinstance(taken.shape, Generic):
            looked |= shape_vars(taken.shape)
    put: set[str] = set()
    for taken in entry.params:
        if taken.mode == "mut":
            put |= shape_vars(taken.shape)
    if entry.gives == "own":
        put |= shape_vars(entry.result)
    return looked & put


class Holding:
    """Decides for every function, callees' parameters included."""

    def __init__(
        self, program: ir.Program, table: TypeTable, flow: Flow, plain: bool = False
    ) -> None:
        self.program = program
        self.table = table
        self.flow = flow
        self.plain = plain
        self.pinned: set[tuple[str, str]] = set()
        self.news = False
        self.function = next(iter(program.functions.values()))

    def run(self) -> None:
        if self.plain:
            self.flow.share_all()
        while True:
            self.news = False
            self.pinned.clear()
            for function in self.program.functions.values():
                self._count(function)
            self._parameters()
            for function in self._functions():
                self._hold_block(function.body)
            for function in self._functions():
                for statement in function.body:
                    self._consume_in(statement)
            if not self.news:
                break
        for function in self._functions():
            for statement in function.body:
                for node in ir.walk(statement):
                    if isinstance(node, ir.Var):
                        node.last = self.movable(node)

    def _functions(self) -> Iterator[ir.Function]:
        for function in self.program.functions.values():
            self.function = self.flow.function = function
            yield function

    # --- what is what ----------------------------------------------------------------------------

    def counted(self, expr: ir.Expr) -> bool:
        """Whether the value of an expression is a counted handle."""
        type_ = bare(expr.type)
        if isinstance(type_, StructType) and self.table.structs[type_.name].shared:
            return True
        return self._counted(self.flow.node(expr), type_)

    def _counted(self, node: Node | None, type_: Type) -> bool:
        if node is None or isinstance(bare(type_), type(None)):
            return False
        return node.shared and self.flow.counted(node) and not isinstance(type_, VarTupleType)

    def var_counted(self, name: str) -> bool:
        type_ = bare(self.function.variables[name].type)
        if isinstance(type_, StructType) and self.table.structs[type_.name].shared:
            return True
        return self._counted(self.flow.var(name), type_)

    def crossed(self, expr: ir.Expr) -> list[ir.Expr]:
        """The counted objects that a place is inside of."""
        return [step for step in list(path(expr))[1:] if self.counted(step)]

    def changed_root(self, expr: ir.Expr) -> ir.Var | None:
        """The variable that must be open to change for a change of this place."""
        if any(self.counted(step) for step in path(expr)):
            return None
        return root(expr)

    def _count(self, function: ir.Function) -> None:
        for variable in function.variables.values():
            variable.assigned, variable.held = 0, "own"
        for statement in function.body:
            for node in ir.walk(statement):
                if (isinstance(node, ir.PVar) and node.name in function.variables) or isinstance(
                    node, (ir.Let, ir.Handler)
                ):
                    function.variables[node.name].assigned += 1
                if isinstance(node, (ir.For, ir.Clause)):
                    node.stepped = False

    # --- changes ---------------------------------------------------------------------------------

    def changes_in(self, node: object) -> Iterator[ir.Expr]:
        """Places that are changed somewhere inside a node."""
        for inner in ir.walk(node):
            match inner:
                case ir.SetField() | ir.SetItem():
                    yield inner.obj
                case ir.Prim():
                    for taken, arg in zip(inner.entry.params, inner.args, strict=False):
                        if taken.mode == "mut":
                            yield arg
                case ir.Call():
                    callee = self.program.functions[inner.function]
                    for param, arg in zip(callee.params, inner.args, strict=True):
                        if param.mode == "mut":
                            yield arg

    def changed_names(self, function: ir.Function) -> set[str]:
        """Names through which something is changed in place, borrowed names included."""
        found: set[str] = set()
        links: list[tuple[str, str]] = []
        for statement in function.body:
            for place in self.changes_in(statement):
                start = self.changed_root(place)
                if start is not None:
                    found.add(start.name)
            for node in ir.walk(statement):
                match node:
                    case ir.Assign(target=ir.PVar(name=name)) if name in function.variables:
                        start = self.changed_root(node.value) if is_place(node.value) else None
                        if start is not None and not isinstance(node.value, ir.Var):
                            links.append((name, start.name))
                    case ir.For() | ir.Clause():
                        for var in ir.pattern_vars(node.target):
                            for over in walked_over(node.source):
                                start = self.changed_root(over) if is_place(over) else None
                                if start is not None:
                                    links.append((var.name, start.name))
        grown = True
        while grown:
            grown = False
            for name, of in links:
                if name in found and of not in found and self._tracked(name):
                    found.add(of)
                    grown = True
        return found

    def _tracked(self, name: str) -> bool:
        variable = self.function.variables.get(name)
        return variable is not None and self.table.has_mutable(variable.type)

    # --- parameters of helpers -------------------------------------------------------------------

    def _parameters(self) -> None:
        for function in self._functions():
            entry = function.key == self.program.entry
            for param in function.params:
                plain = entry or self.plain or self.table.copyable(param.type)
                param.mode = "own" if plain else "ref"
        grown = True
        while grown:
            grown = False
            for function in self._functions():
                if function.key == self.program.entry or self.plain:
                    continue
                changed = self.changed_names(function)
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
        for function in self._functions():
            for param in function.params:
                function.variables[param.name].held = param.mode

    def _given_away(self, function: ir.Function, name: str) -> bool:
        """Whether a parameter's whole value is stored, returned or passed on at its last use."""
        for statement in function.body:
            for node in ir.walk(statement):
                for expr in self.consumed_by(node):
                    for leaf in leaves(expr):
                        if isinstance(leaf, ir.Var) and leaf.name == name and leaf.last:
                            return True
        return False

    # --- locals ----------------------------------------------------------------------------------

    def _hold_block(self, body: list[ir.Stmt]) -> None:
        for index, statement in enumerate(body):
            match statement:
                case ir.Assign(target=ir.PVar(name=name)) if name in self.function.variables:
                    self._hold_assigned(name, statement, body[index + 1 :])
                case ir.For():
                    self._hold_walk(statement, statement.body, body[index + 1 :])
            for clause in own_clauses(statement):
                self._hold_clause(*clause)
            for inner in blocks(statement):
                self._hold_block(inner)

    def _hold_assigned(self, name: str, statement: ir.Assign, rest: list[ir.Stmt]) -> None:
        value, variable = statement.value, self.function.variables[name]
        if (
            self.plain
            or self.table.copyable(variable.type)
            or variable.assigned != 1
            or name in self._params()
            or not is_place(value)
            or variable.type != value.type
            or name in statement.live_in
            or self.counted(value)
            or self.crossed(value)
        ):
            return
        start = root(value)
        if start is None:
            return
        # A second name for the whole: moved if this is the last use of the first.
        if isinstance(value, ir.Var) and (self.movable(value) or self._tracked(name)):
            return
        region = region_of(name, rest)
        if region is None or mentions(self.function.body, name) != mentions(region, name) + 1:
            return
        if self._tracked(name) and self._changed_through(name):
            if not self._touched(region, value, reading=True):
                variable.held = "mut"
                self.pinned.add((self.function.key, start.name))
            return
        if not self._touched(region, value, reading=False):
            variable.held = "ref"
            self.pinned.add((self.function.key, start.name))

    def _changed_through(self, name: str) -> bool:
        return name in self.changed_names(self.function)

    def _touched(self, region: Iterable[ir.Stmt], place: ir.Expr, reading: bool) -> bool:
        """Whether a region assigns or changes (or, for `reading`, mentions) what a borrow needs."""
        start = root(place)
        assert start is not None
        names = self._names_of(start.name)
        field = first_field(place)
        for statement in region:
            for node in ir.walk(statement):
                if isinstance(node, (ir.Assign, ir.For, ir.Clause)) and any(
                    var.name in names for var in ir.pattern_vars(node.target)
                ):
                    return True
                if reading and isinstance(node, ir.Var) and node.name in names:
                    return True
            if not reading:
                for changed in self.changes_in(statement):
                    origin = self.changed_root(changed)
                    if origin is None or origin.name not in names:
                        continue
                    other = first_field(changed)
                    if field is None or other is None or field == other:
                        return True
        return False

    def _names_of(self, name: str) -> set[str]:
        """A variable and those borrowed from it."""
        found = {name}
        for statement in self.function.body:
            for node in ir.walk(statement):
                match node:
                    case ir.Assign(target=ir.PVar(name=other)) if (
                        other in self.function.variables
                        and self.function.variables[other].held == "mut"
                        and is_place(node.value)
                    ):
                        start = root(node.value)
                        if start is not None and start.name == name:
                            found.add(other)
        return found

    def _hold_clause(self, clause: ir.Clause, inside: list[ir.Expr]) -> None:
        self._hold_walk(clause, inside, None)

    def _hold_walk(
        self,
        node: ir.For | ir.Clause,
        inside: list[ir.Stmt] | list[ir.Expr],
        rest: list[ir.Stmt] | None,
    ) -> None:
        """How a loop walks: over a borrowed container, or step by step where that may change."""
        source = node.source
        places = [over for over in walked_over(source) if is_place(over)]
        names = [
            var.name for var in ir.pattern_vars(node.target) if var.name in self.function.variables
        ]
        if not places:
            return
        changed = any(
            self._tracked(name) and self._changed_through(name) and not self.var_counted(name)
            for name in names
        )
        simple = isinstance(source, ir.SeqIter) and isinstance(node.target, ir.PVar)
        guarded = any(self.counted(step) for place in places for step in path(place))
        disturbed = self._disturbed(places, inside, reading=changed)
        if disturbed or (changed and (guarded or not simple)):
            node.stepped = True
            for place in places:
                if self._replaced(place, inside):
                    # Python goes on with the object it began with.
                    self._copied(self.flow.node(place))
            return
        borrowed = False
        for name in names:
            variable = self.function.variables[name]
            if self.table.copyable(variable.type) or variable.assigned != 1:
                continue
            if self._part_owned(node.target, source, name):
                continue
            if rest is not None and any(mentions([after], name) for after in rest):
                continue
            variable.held = "mut" if changed else "ref"
            borrowed = True
        if borrowed:
            for place in places:
                start = root(place)
                if start is not None:
                    self.pinned.add((self.function.key, start.name))

    def _disturbed(
        self, places: list[ir.Expr], inside: list[ir.Stmt] | list[ir.Expr], reading: bool
    ) -> bool:
        """Whether what is walked over may change, or cannot stay borrowed, during the walk."""
        for place in places:
            if isinstance(place.type, VarTupleType) or place.type in (STR, BYTES):
                continue
            start = root(place)
            if start is None:
                return True
            guarded = [step for step in path(place) if self.counted(step)]
            if guarded:
                classes = {id(n.find()) for s in guarded if (n := self.flow.node(s)) is not None}
                if self.plain and any(map(self._has_calls, inside)):
                    return True
                if any(self._may_change(node, classes) for node in inside):
                    return True
                if self._assigned(inside, start.name):
                    return True
            if self._assigned(inside, start.name):
                return True
            if not isinstance(place.type, ListType) and self._moved(inside, start.name):
                # Only the walk over a list forgets what it walks over before its end.
                return True
            names = self._names_of(start.name)
            field = first_field(place)
            for node in inside:
                if reading and mentions([node], start.name):
                    return True
                for changed in self.changes_in(node):
                    origin = self.changed_root(changed)
                    if origin is not None and origin.name in names:
                        other = first_field(changed)
                        if field is None or other is None or field == other:
                            return True
        return False

    @staticmethod
    def _moved(inside: list[ir.Stmt] | list[ir.Expr], name: str) -> bool:
        return any(
            isinstance(node, ir.Var) and node.name == name and node.last
            for outer in inside
            for node in ir.walk(outer)
        )

    @staticmethod
    def _has_calls(node: object) -> bool:
        return any(isinstance(inner, ir.Call) for inner in ir.walk(node))

    @staticmethod
    def _assigned(inside: Iterable[object], name: str) -> bool:
        return any(
            isinstance(node, (ir.Assign, ir.For, ir.Clause))
            and any(var.name == name for var in ir.pattern_vars(node.target))
            for outer in inside
            for node in ir.walk(outer)
        )

    def _replaced(self, place: ir.Expr, inside: list[ir.Stmt] | list[ir.Expr]) -> bool:
        """Whether another object may come to stand where this one is walked over."""
        start = root(place)
        if start is None or self._assigned(inside, start.name):
            return True
        for step in path(place):
            match step:
                case ir.Field(obj=outer, name=name):
                    of = self.flow.node(outer)
                    if of is not None and self._puts(inside, of, name):
                        return True
                case ir.Prim(args=[outer, *_]):
                    of = self.flow.node(outer)
                    if of is not None and any(self._may_change(n, {id(of)}) for n in inside):
                        return True
        return False

    def _puts(self, inside: list[ir.Stmt] | list[ir.Expr], of: Node, field: str) -> bool:
        for outer in inside:
            for node in ir.walk(outer):
                match node:
                    case ir.SetField(name=name) if name == field:
                        found = self.flow.node(node.obj)
                        if found is not None and found.find() is of:
                            return True
                    case ir.Call() if self.flow.may_put(node.function, of, field):
                        return True
        return False

    def _may_change(self, node: object, classes: set[int]) -> bool:
        for place in self.changes_in(node):
            found = self.flow.node(place)
            if found is not None and id(found.find()) in classes:
                return True
        return any(
            isinstance(inner, ir.Call) and self.flow.effects(inner.function) & classes
            for inner in ir.walk(node)
        )

    def _part_owned(self, target: ir.Pattern, source: ir.Iter, name: str) -> bool:
        """Whether the part of a zip or enumerate that `name` binds gives values."""
        match target, source:
            case ir.PTuple(), ir.EnumerateIter():
                inner = target.items[1]
                if any(v.name == name for v in ir.pattern_vars(inner)):
                    return self._part_owned(inner, source.inner, name)
                return True
            case ir.PTuple(), ir.ZipIter():
                for item, part in zip(target.items, source.inners, strict=True):
                    if any(v.name == name for v in ir.pattern_vars(item)):
                        return self._part_owned(item, part, name)
        return iter_owned(source) or (
            isinstance(target, ir.PVar) and isinstance(source, (ir.EnumerateIter, ir.ZipIter))
        )

    def _params(self) -> set[str]:
        return {param.name for param in self.function.params}

    # --- consuming -------------------------------------------------------------------------------

    def consumed_by(self, node: object) -> Iterator[ir.Expr]:
        """The expressions whose values a node takes for itself."""
        match node:
            case ir.Assign(target=ir.PVar(name=name)):
                if (
                    name not in self.function.variables
                    or self.function.variables[name].held == "own"
                ):
                    yield node.value
            case ir.SetItem():
                yield node.value
                yield node.index
            case ir.Assign() | ir.SetField() | ir.Return():
                yield node.value
            case ir.New():
                yield from node.args
            case ir.Call():
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

    def movable(self, var: ir.Var) -> bool:
        variable = self.function.variables.get(var.name)
        return (
            variable is not None
            and var.last
            and variable.held == "own"
            and (self.function.key, var.name) not in self.pinned
        )

    def _consume_in(self, statement: ir.Stmt) -> None:
        for node in ir.walk(statement):
            for expr in self.consumed_by(node):
                self._consume(
                    expr, isinstance(node, ir.Prim) and copies_outer(node.entry, expr, node)
                )
            match node:
                case ir.Prim():
                    self._inner_copies(node)
                case ir.Call():
                    self._lent(node)
                case ir.For() | ir.Clause():
                    for var in ir.pattern_vars(node.target):
                        variable = self.function.variables.get(var.name)
                        if variable is None or variable.held != "own":
                            continue
                        if (
                            node.stepped
                            or not self._part_owned(node.target, node.source, var.name)
                            or (
                                any(map(is_place, walked_over(node.source)))
                                and not iter_owned(node.source)
                            )
                        ):
                            self._copied(self.flow.var(var.name))

    def _copied(self, node: Node | None) -> None:
        self.news |= self.flow.copied(node)

    def _consume(self, expr: ir.Expr, shallow: bool) -> None:
        for leaf in leaves(expr):
            if not is_place(leaf):
                continue
            if isinstance(leaf, ir.Var) and self.movable(leaf):
                continue
            if (
                isinstance(leaf, (ir.Unwrap, ir.Extract))
                and isinstance(leaf.operand, ir.Var)
                and self.movable(leaf.operand)
            ):
                continue
            node = self.flow.node(leaf)
            if shallow and node is not None:
                for child in list(node.find().children.values()):
                    self._copied(child)
            else:
                self._copied(node)

    def _inner_copies(self, node: ir.Prim) -> None:
        """Results that clone what an argument holds: slices, `dict.get`, `xs + ys`."""
        twice = duplicated(node.entry)
        if not twice:
            return
        for taken, arg in zip(node.entry.params, node.args, strict=False):
            if taken.mode == "look":
                for found in parts_at(taken.shape, self.flow.node(arg), arg.type, twice, self.flow):
                    self._copied(found)

    def _lent(self, node: ir.Call) -> None:
        """Arguments that cannot be lent: inside a counted object, or lent for change too."""
        callee = self.program.functions[node.function]
        pairs = list(zip(callee.params, node.args, strict=True))
        for index, (param, arg) in enumerate(pairs):
            if param.mode == "own" or not is_place(arg):
                continue
            if self.crossed(arg) and not self.counted(arg):
                self._copied(self.flow.node(arg))
            start = root(arg)
            for other_index, (other, given) in enumerate(pairs):
                if other_index == index or start is None or other.mode == "own":
                    continue
                if "mut" not in (param.mode, other.mode):
                    continue
                if any(isinstance(n, ir.Var) and n.name == start.name for n in ir.walk(given)):
                    self._copied(self.flow.node(arg))
                    self._copied(self.flow.node(given))


def copies_outer(entry: Entry, expr: ir.Expr, node: ir.Prim) -> bool:
    """`list(xs)`, `sorted(xs)`: the copy of the list itself is what was asked for."""
    for taken, arg in zip(entry.params, node.args, strict=False):
        if arg is expr:
            return isinstance(taken.shape, Generic)
    return False


def parts_at(
    shape: Shape, node: Node | None, type_: Type, wanted: set[str], flow: Flow
) -> Iterator[Node | None]:
    """The classes that stand where the shape has one of these type variables."""
    if isinstance(shape, Name):
        if shape.name in wanted:
            yield node
        return
    type_ = bare(type_)
    match shape.name, type_:
        case (("list" | "seq" | "iter" | "vtuple"), (ListType() | VarTupleType())):
            yield from parts_at(shape.args[0], flow.item(node, type_), type_.item, wanted, flow)
        case "deque", DequeType(item):
            yield from parts_at(shape.args[0], flow.item(node, type_), item, wanted, flow)
        case name, DictType(_, value) if name in DICTS and len(shape.args) > 1:
            yield from parts_at(shape.args[1], flow.item(node, type_), value, wanted, flow)
        case "opt", _:
            yield from parts_at(shape.args[0], node, type_, wanted, flow)
        case "tuple", _ if hasattr(type_, "items"):
            for index, (sub, part) in enumerate(zip(shape.args, type_.items, strict=True)):
                yield from parts_at(sub, flow.part(node, str(index), part), part, wanted, flow)


__all__ = ["Holding"]

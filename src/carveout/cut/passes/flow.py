"""Flow: which values may be the same object.

Problem: Python assigns references. What happens to a value under one name is seen under all others:

    row = grid[0]
    row.append(1)           # grid[0] changes too

Values that flow into each other are unified into one class (Steensgaard, POPL 1996: near-linear
time, never optimistic, blind to the order of statements). All objects of one user class are one
class. A class notes where it is changed in place, whether its objects came in as the operation's
arguments and whether they go out as its result. passes/holding.py adds which classes get a second
holder.

Invariant: two expressions that can evaluate to one mutable object have one `Node`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    DequeType,
    DictType,
    ListType,
    OptionalType,
    SetType,
    StructType,
    TupleType,
    Type,
    TypeTable,
    UnionType,
    VarTupleType,
)
from carveout.cut.registry.entry import DICTS, Generic, Name, Shape

# Entries that ask whether objects are equal.
_COMPARING = frozenset({"==", "!=", "in", "list.index", "list.count", "list.remove"})


@dataclass(eq=False)
class Node:
    """A class of values; `find` gives its representative."""

    type: Type
    parent: Node | None = None
    children: dict[str, Node] = field(default_factory=dict)
    mutated: bool = False
    # It has several holders, so that Rust counts references to it.
    shared: bool = False
    external: bool = False
    returned: bool = False

    def find(self) -> Node:
        node = self
        while node.parent is not None:
            node = node.parent
        return node

    def child(self, name: str, type_: Type) -> Node:
        node = self.find()
        if name not in node.children:
            node.children[name] = Node(type_)
        return node.children[name].find()


def unify(a: Node | None, b: Node | None) -> None:
    if a is None or b is None:
        return
    todo = [(a, b)]
    while todo:
        one, other = todo.pop()
        one, other = one.find(), other.find()
        if one is other:
            continue
        other.parent = one
        one.mutated |= other.mutated
        one.shared |= other.shared
        one.external |= other.external
        one.returned |= other.returned
        for name, node in other.children.items():
            if name in one.children:
                todo.append((one.children[name], node))
            else:
                one.children[name] = node
        other.children = {}


def reach(node: Node | None) -> Iterator[Node]:
    """A class and all inside it."""
    if node is None:
        return
    seen: set[int] = set()
    todo = [node]
    while todo:
        here = todo.pop().find()
        if id(here) in seen:
            continue
        seen.add(id(here))
        yield here
        todo += here.children.values()


def bare(type_: Type) -> Type:
    """Without `| None` around it."""
    while isinstance(type_, OptionalType):
        type_ = type_.item
    return type_


class Flow:
    """The classes of a whole program; ask with `node`, `var`, `result`."""

    def __init__(self, program: ir.Program, table: TypeTable) -> None:
        self.program = program
        self.table = table
        self.vars: dict[tuple[str, str], Node] = {}
        self.results: dict[str, Node | None] = {}
        self.structs: dict[str, Node] = {}
        self.memo: dict[int, Node | None] = {}
        # Nodes of patterns and of what an Iter gives, for passes/storage.py.
        self.patterns: dict[int, Node | None] = {}
        self.items: dict[int, Node | None] = {}
        # What a function changes itself, and whom it calls.
        self.changes: dict[str, list[Node]] = {}
        # The same by what is put where: a class, and its field or "" for an item.
        self.puts: dict[str, list[tuple[Node, str]]] = {}
        self.calls: dict[str, set[str]] = {}
        self.effects_memo: dict[str, frozenset[int]] = {}
        self.function = next(iter(program.functions.values()))

    # --- nodes -----------------------------------------------------------------------------------

    def tracked(self, type_: Type) -> bool:
        return self.table.has_mutable(type_)

    def fresh(self, type_: Type) -> Node | None:
        type_ = bare(type_)
        if not self.tracked(type_):
            return None
        if isinstance(type_, StructType):
            if type_.name not in self.structs:
                self.structs[type_.name] = Node(type_)
            return self.structs[type_.name].find()
        return Node(type_)

    def var(self, name: str, function: ir.Function | None = None) -> Node | None:
        function = function or self.function
        if name not in function.variables:
            return None
        key = (function.key, name)
        if key not in self.vars:
            node = self.fresh(function.variables[name].type)
            if node is None:
                return None
            self.vars[key] = node
        return self.vars[key].find()

    def result(self, key: str) -> Node | None:
        if key not in self.results:
            self.results[key] = self.fresh(self.program.functions[key].result)
        found = self.results[key]
        return None if found is None else found.find()

    def part(self, node: Node | None, name: str, type_: Type) -> Node | None:
        type_ = bare(type_)
        if node is None or not self.tracked(type_):
            return None
        node = node.find()
        if name not in node.children:
            made = self.fresh(type_)
            assert made is not None
            node.children[name] = made
        return node.children[name].find()

    def item(self, node: Node | None, of: Type) -> Node | None:
        match bare(of):
            case ListType(item) | VarTupleType(item) | DequeType(item):
                return self.part(node, "item", item)
            case DictType(_, value):
                return self.part(node, "value", value)
        return None

    # --- expressions -----------------------------------------------------------------------------

    def node(self, expr: ir.Expr) -> Node | None:
        if id(expr) not in self.memo:
            self.memo[id(expr)] = self._node(expr)
        found = self.memo[id(expr)]
        return None if found is None else found.find()

    def _node(self, expr: ir.Expr) -> Node | None:
        match expr:
            case ir.Var():
                return self.var(expr.name)
            case ir.Field():
                return self.part(self.node(expr.obj), expr.name, expr.type)
            case ir.Part():
                return self.part(self.node(expr.obj), str(expr.index), expr.type)
            case ir.Unwrap() | ir.Some():
                return self.node(expr.operand)
            case ir.Inject():
                made = self.fresh(expr.type)
                unify(self.part(made, str(expr.index), expr.operand.type), self.node(expr.operand))
                return made
            case ir.Extract():
                return self.part(self.node(expr.operand), str(expr.index), expr.type)
            case ir.Prim():
                return self._prim(expr)
            case ir.Call():
                return self._call(expr)
            case ir.New():
                made = self.fresh(expr.type)
                for name, arg in zip(expr.names, expr.args, strict=True):
                    unify(self.part(made, name, arg.type), self.node(arg))
                return made
            case ir.ListLit():
                made = self.fresh(expr.type)
                for arg in expr.items:
                    unify(self.item(made, expr.type), self.node(arg))
                return made
            case ir.TupleLit():
                made = self.fresh(expr.type)
                for index, arg in enumerate(expr.items):
                    unify(self.part(made, str(index), arg.type), self.node(arg))
                return made
            case ir.DictLit():
                made = self.fresh(expr.type)
                for key, value in zip(expr.keys, expr.values, strict=True):
                    self.node(key)
                    unify(self.item(made, expr.type), self.node(value))
                return made
            case ir.IfExp():
                self.node(expr.cond)
                then, orelse = self.node(expr.then), self.node(expr.orelse)
                unify(then, orelse)
                return then or orelse
            case ir.Let():
                unify(self.var(expr.name), self.node(expr.value))
                return self.node(expr.body)
            case ir.Comp():
                self._clauses(expr.clauses)
                if expr.key is not None:
                    self.node(expr.key)
                made = self.fresh(expr.type)
                unify(self.item(made, expr.type), self.node(expr.element))
                return made
            case ir.Reduce():
                self._clauses(expr.clauses)
                self.node(expr.element)
                if expr.start is not None:
                    self.node(expr.start)
                return None
            case ir.Format():
                for part in expr.parts:
                    if isinstance(part, ir.Expr):
                        self.node(part)
                return None
            case _:
                for child in ir.children(expr):
                    self.node(child)
                return self.fresh(expr.type)

    def _clauses(self, clauses: list[ir.Clause]) -> None:
        for clause in clauses:
            self.bind(clause.target, self.iter(clause.source))
            for cond in clause.conds:
                self.node(cond)

    def iter(self, source: ir.Iter) -> Node | None:
        """What comes out of a walk."""
        if id(source) not in self.items:
            self.items[id(source)] = self._iter(source)
        found = self.items[id(source)]
        return None if found is None else found.find()

    def _iter(self, source: ir.Iter) -> Node | None:
        match source:
            case ir.SeqIter():
                return self.item(self.node(source.seq), source.seq.type)
            case ir.DictIter():
                held = self.node(source.obj)
                value = self.item(held, source.obj.type)
                if source.view == "values":
                    return value
                if source.view == "items" and value is not None:
                    assert isinstance(source.item, TupleType)
                    return self._tuple_of(source.item, {1: value})
                return None
            case ir.EnumerateIter():
                self.node(source.start)
                return self._tuple_of(source.item, {1: self.iter(source.inner)})
            case ir.ZipIter():
                return self._tuple_of(source.item, dict(enumerate(map(self.iter, source.inners))))
            case ir.ReversedIter():
                return self.iter(source.inner)
        for child in ir.children(source):
            self.node(child)
        return None

    def _tuple_of(self, type_: Type, parts: dict[int, Node | None]) -> Node | None:
        made = self.fresh(type_)
        assert isinstance(type_, TupleType)
        for index, node in parts.items():
            unify(self.part(made, str(index), type_.items[index]), node)
        return made

    def bind(self, pattern: ir.Pattern, node: Node | None) -> None:
        self.patterns[id(pattern)] = node
        if isinstance(pattern, ir.PVar):
            unify(self.var(pattern.name), node)
        elif isinstance(pattern, ir.PTuple):
            for index, item in enumerate(pattern.items):
                self.bind(item, self.part(node, str(index), item.type))

    def _prim(self, expr: ir.Prim) -> Node | None:
        bound: dict[str, Node] = {}
        for taken, arg in zip(expr.entry.params, expr.args, strict=False):
            node = self.node(arg)
            self._into(taken.shape, node, arg.type, bound)
            if taken.mode == "mut":
                self.change(node)
        for arg in expr.args[len(expr.entry.params) :]:
            self.node(arg)
        if expr.entry.key in _COMPARING:
            for arg in expr.args:
                self._compared(arg.type)
        if expr.entry.key in ("is", "is not"):
            # Which object it is can only be told of counted ones.
            for arg in expr.args:
                found = self.node(arg)
                if found is not None:
                    found.shared = True
        return self._made(expr.entry.result, expr.type, bound)

    def _compared(self, type_: Type) -> None:
        """Objects that equal only themselves are told apart by their handles."""

        def note(part: Type) -> bool:
            if isinstance(part, StructType) and self.table.structs[part.name].identity:
                node = self.fresh(part)
                if node is not None:
                    node.shared = True
            return False

        self.table.any_part(type_, note)

    def _into(self, shape: Shape, node: Node | None, type_: Type, bound: dict[str, Node]) -> None:
        if node is None:
            return
        if isinstance(shape, Name):
            if shape.name in bound:
                unify(bound[shape.name], node)
            else:
                bound[shape.name] = node
            return
        match shape.name, type_:
            case (("list" | "seq" | "iter" | "vtuple"), (ListType() | VarTupleType())):
                self._into(shape.args[0], self.item(node, type_), type_.item, bound)
            case "deque", DequeType(item):
                self._into(shape.args[0], self.item(node, type_), item, bound)
            case name, DictType(_, value) if name in DICTS:
                if len(shape.args) > 1:
                    self._into(shape.args[1], self.item(node, type_), value, bound)
            case "opt", OptionalType(item):
                self._into(shape.args[0], node, item, bound)
            case "tuple", TupleType(items):
                for index, (sub, part) in enumerate(zip(shape.args, items, strict=True)):
                    self._into(sub, self.part(node, str(index), part), part, bound)

    def _made(self, shape: Shape, type_: Type, bound: dict[str, Node]) -> Node | None:
        if not self.tracked(type_):
            return None
        if isinstance(shape, Name):
            return bound.get(shape.name) or self.fresh(type_)
        match shape, type_:
            case Generic("opt", (inner,)), OptionalType(item):
                return self._made(inner, item, bound)
        made = self.fresh(type_)
        match shape, type_:
            case Generic(_, (inner,)), (ListType() | VarTupleType() | DequeType()):
                unify(self.item(made, type_), self._made(inner, type_.item, bound))
            case Generic(_, (_, inner)), DictType(_, value):
                unify(self.item(made, type_), self._made(inner, value, bound))
            case Generic("tuple", args), TupleType(items):
                for index, (sub, part) in enumerate(zip(args, items, strict=True)):
                    unify(self.part(made, str(index), part), self._made(sub, part, bound))
        return made

    def _call(self, expr: ir.Call) -> Node | None:
        callee = self.program.functions[expr.function]
        for param, arg in zip(callee.params, expr.args, strict=True):
            unify(self.var(param.name, callee), self.node(arg))
        self.calls.setdefault(self.function.key, set()).add(expr.function)
        return self.result(expr.function)

    def change(self, node: Node | None) -> None:
        if node is not None:
            node.find().mutated = True
            self.changes.setdefault(self.function.key, []).append(node)

    def put(self, node: Node | None, name: str) -> None:
        if node is not None:
            self.puts.setdefault(self.function.key, []).append((node, name))

    # --- statements ------------------------------------------------------------------------------

    def block(self, body: list[ir.Stmt]) -> None:
        for statement in body:
            self.stmt(statement)

    def stmt(self, node: ir.Stmt) -> None:
        match node:
            case ir.Assign():
                self.bind(node.target, self.node(node.value))
            case ir.SetField():
                obj = self.node(node.obj)
                self.change(obj)
                self.put(obj, node.name)
                unify(self.part(obj, node.name, node.value.type), self.node(node.value))
            case ir.SetItem():
                obj = self.node(node.obj)
                self.node(node.index)
                self.change(obj)
                unify(self.item(obj, node.obj.type), self.node(node.value))
            case ir.Return():
                unify(self.result(self.function.key), self.node(node.value))
            case ir.For():
                self.bind(node.target, self.iter(node.source))
                self.block(node.body)
                self.block(node.orelse)
            case _:
                for child in ir.children(node):
                    if isinstance(child, ir.Expr):
                        self.node(child)
                    elif isinstance(child, ir.Stmt):
                        self.stmt(child)
                    elif isinstance(child, ir.Handler):
                        self.block(child.body)

    # --- the whole -------------------------------------------------------------------------------

    def run(self) -> None:
        """Unify everything; find what changes, what came in, and what goes out."""
        for function in self.program.functions.values():
            self.function = function
            for param in function.params:
                self.var(param.name, function)
            self.block(function.body)
        entry = self.program.functions[self.program.entry]
        for param in entry.params:
            for node in reach(self.var(param.name, entry)):
                node.external = True
        for node in reach(self.result(self.program.entry)):
            node.returned = True
        for node in self.all():
            if node.external and (node.mutated or node.returned) and self.counted(node):
                self.whole(node)
        for node in self.all():
            # The caller sees a change of what it gave, and which of its objects it gets back.
            if node.external and (node.mutated or node.returned) and self.counted(node):
                # What it holds as well: the caller's list is filled anew, with the very objects
                # that were in it.
                for held in reach(node):
                    held.shared |= self.counted(held)
            if isinstance(node.type, StructType) and self.holds_itself(node.type):
                node.shared = True

    def whole(self, node: Node) -> None:
        """Make the classes of all that is inside, also of what the program never touches."""
        todo, seen = [node], set[int]()
        while todo:
            here = todo.pop().find()
            if id(here) in seen:
                continue
            seen.add(id(here))
            parts: list[tuple[str, Type]] = []
            match bare(here.type):
                case StructType(name):
                    parts = list(self.table.structs[name].fields.items())
                case TupleType(items) | UnionType(items):
                    parts = [(str(index), item) for index, item in enumerate(items)]
                case ListType(item) | VarTupleType(item) | DequeType(item):
                    parts = [("item", item)]
                case DictType(_, value):
                    parts = [("value", value)]
            for name, type_ in parts:
                if (inner := self.part(here, name, type_)) is not None:
                    todo.append(inner)

    def counted(self, node: Node) -> bool:
        """Whether it is an object of its own that can change, not a mere tuple around such."""
        return self.table.mutable(node.type)

    def holds_itself(self, type_: StructType) -> bool:
        seen: set[Type] = set()
        todo = list(self.table.parts(type_))
        while todo:
            part = todo.pop()
            if part == type_:
                return True
            if part not in seen:
                seen.add(part)
                todo += self.table.parts(part)
        return False

    def all(self) -> list[Node]:
        """Every class once."""
        found: dict[int, Node] = {}
        starts = [
            *self.vars.values(),
            *self.structs.values(),
            *(n for n in self.results.values() if n is not None),
            *(n for n in self.memo.values() if n is not None),
            *(n for n in self.patterns.values() if n is not None),
            *(n for n in self.items.values() if n is not None),
        ]
        for start in starts:
            for node in reach(start):
                found[id(node)] = node
        return list(found.values())

    def effects(self, key: str) -> frozenset[int]:
        """Ids of the classes that a call of this function may change."""
        if key not in self.effects_memo:
            self.effects_memo[key] = frozenset(
                id(node.find()) for name in self.reached(key) for node in self.changes.get(name, ())
            )
        return self.effects_memo[key]

    def reached(self, key: str) -> set[str]:
        """A function and all it may call."""
        seen, todo = {key}, [key]
        while todo:
            for callee in self.calls.get(todo.pop(), ()):
                if callee not in seen:
                    seen.add(callee)
                    todo.append(callee)
        return seen

    def may_put(self, key: str, node: Node, field: str) -> bool:
        """Whether a call may put something else into a field of this class."""
        return any(
            name == field and changed.find() is node.find()
            for one in self.reached(key)
            for changed, name in self.puts.get(one, ())
        )

    def copied(self, node: Node | None) -> bool:
        """A second holder is made here; says whether that was news."""
        if node is None:
            return False
        news = False
        seen: set[int] = set()
        todo = [node]
        while todo:
            here = todo.pop().find()
            if id(here) in seen or here.shared:
                continue
            seen.add(id(here))
            if self.counted(here):
                here.shared = news = True
            else:
                todo += here.children.values()
        return news

    def share_all(self) -> None:
        """The plain way: every object is counted."""
        for node in self.all():
            if self.counted(node):
                node.shared = True


__all__ = ["Flow", "Node", "SetType", "bare", "reach", "unify"]

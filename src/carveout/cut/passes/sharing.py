"""Sharing: which values may be reached under two names, and which of those change.

Problem: Python assigns references. Copying a value is only right if nobody changes it afterwards:

    row = grid[0]
    row.append(1)           # grid[0] changes too

Values that flow into each other are unified into one class (Steensgaard's analysis: fast, never
optimistic). A class notes where it is changed in place, where it would be copied in Rust, whether
it came in as the operation's argument and whether it goes out as its result. Then

- changed and copied: refused (one of the copies would not see the change);
- changed and an argument: refused (the caller would not see the change);
- an argument or copied, and part of the result: refused (the result would share parts in Python);
- a name for a part of something else is a `&` or `&mut` borrow wherever that is possible, which is
  what Python does, and no copy.

Invariant: after this pass, cloning any value that is cloned by the backend can't be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    DictType,
    ListType,
    OptionalType,
    StructType,
    TupleType,
    Type,
    TypeTable,
    VarTupleType,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry.entry import Generic, Name, Shape


@dataclass(eq=False)
class Node:
    """A class of values; `find` gives its representative."""

    type: Type
    parent: Node | None = None
    children: dict[str, Node] = field(default_factory=dict)
    mutated: list[ir.At] = field(default_factory=list)
    copied: list[ir.At] = field(default_factory=list)
    external: bool = False
    returned: ir.At | None = None

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
    a, b = a.find(), b.find()
    if a is b:
        return
    b.parent = a
    a.mutated += b.mutated
    a.copied += b.copied
    a.external |= b.external
    a.returned = a.returned or b.returned
    for name, node in b.children.items():
        if name in a.children:
            unify(a.children[name], node)
        else:
            a.find().children[name] = node


@dataclass
class Change:
    """Something changes in place, while `walked` are being iterated over."""

    node: Node
    at: ir.At
    walked: tuple[Node, ...]


class Sharing:
    """The analysis of a whole program."""

    def __init__(self, program: ir.Program, table: TypeTable) -> None:
        self.program = program
        self.table = table
        self.vars: dict[tuple[str, str], Node] = {}
        self.results: dict[str, Node | None] = {}
        self.memo: dict[int, Node | None] = {}
        self.changes: dict[str, list[Change]] = {}
        self.calls: dict[str, list[tuple[str, ir.At, tuple[Node, ...]]]] = {}
        self.function = next(iter(program.functions.values()))
        self.walked: list[Node] = []
        self.refusals: list[Refusal] = []

    # --- nodes -----------------------------------------------------------------------------------

    def tracked(self, type_: Type) -> bool:
        return self.table.has_mutable(type_)

    def fresh(self, type_: Type) -> Node | None:
        while isinstance(type_, OptionalType):
            type_ = type_.item
        return Node(type_) if self.tracked(type_) else None

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
        return self.results[key]

    def part(self, node: Node | None, name: str, type_: Type) -> Node | None:
        while isinstance(type_, OptionalType):
            type_ = type_.item
        if node is None or not self.tracked(type_):
            return None
        return node.child(name, type_)

    def item(self, node: Node | None, of: Type) -> Node | None:
        match of:
            case ListType(item) | VarTupleType(item):
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
                depth = self._clauses(expr.clauses)
                if expr.key is not None:
                    self.node(expr.key)
                made = self.fresh(expr.type)
                unify(self.item(made, expr.type), self.node(expr.element))
                del self.walked[len(self.walked) - depth :]
                return made
            case ir.Reduce():
                depth = self._clauses(expr.clauses)
                self.node(expr.element)
                del self.walked[len(self.walked) - depth :]
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

    def _clauses(self, clauses: list[ir.Clause]) -> int:
        depth = 0
        for clause in clauses:
            depth += self._walk_over(clause.source, clause.target)
            for cond in clause.conds:
                self.node(cond)
        return depth

    def _walk_over(self, source: ir.Iter, target: ir.Pattern) -> int:
        """Bind what comes out, and note what is being walked over."""
        self.bind(target, self.iter(source))
        depth = 0
        for node in ir.walk(source):
            over = getattr(node, "seq", None) or getattr(node, "obj", None)
            if isinstance(node, (ir.SeqIter, ir.DictIter)) and isinstance(over, ir.Expr):
                found = self.node(over)
                if found is not None:
                    self.walked.append(found)
                    depth += 1
        return depth

    def iter(self, source: ir.Iter) -> Node | None:
        match source:
            case ir.SeqIter():
                return self.item(self.node(source.seq), source.seq.type)
            case ir.DictIter():
                held = self.node(source.obj)
                value = self.item(held, source.obj.type)
                if source.view == "values":
                    return value
                if source.view == "items" and value is not None:
                    made = self.fresh(source.item)
                    assert isinstance(source.item, TupleType)
                    unify(self.part(made, "1", source.item.items[1]), value)
                    return made
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
        if isinstance(pattern, ir.PVar):
            unify(self.var(pattern.name), node)
        elif isinstance(pattern, ir.PTuple):
            for index, item in enumerate(pattern.items):
                self.bind(item, self.part(node, str(index), item.type))

    def _prim(self, expr: ir.Prim) -> Node | None:
        bound: dict[str, Node] = {}
        for taken, arg in zip(expr.entry.params, expr.args, strict=False):
            node = self.node(arg)
            self._flow(taken.shape, node, arg.type, bound)
            if taken.mode == "mut":
                self.change(node, expr.at)
        for arg in expr.args[len(expr.entry.params) :]:
            self.node(arg)
        return self._made(expr.entry.result, expr.type, bound)

    def _flow(self, shape: Shape, node: Node | None, type_: Type, bound: dict[str, Node]) -> None:
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
                self._flow(shape.args[0], self.item(node, type_), type_.item, bound)
            case "dict", DictType(_, value):
                self._flow(shape.args[1], self.item(node, type_), value, bound)
            case "opt", OptionalType(item):
                self._flow(shape.args[0], node, item, bound)
            case "tuple", TupleType(items):
                for index, (sub, part) in enumerate(zip(shape.args, items, strict=True)):
                    self._flow(sub, self.part(node, str(index), part), part, bound)

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
            case Generic(_, (inner,)), (ListType() | VarTupleType()):
                unify(self.item(made, type_), self._made(inner, type_.item, bound))
            case Generic("dict", (_, inner)), DictType(_, value):
                unify(self.item(made, type_), self._made(inner, value, bound))
            case Generic("tuple", args), TupleType(items):
                for index, (sub, part) in enumerate(zip(args, items, strict=True)):
                    unify(self.part(made, str(index), part), self._made(sub, part, bound))
        return made

    def _call(self, expr: ir.Call) -> Node | None:
        callee = self.program.functions[expr.function]
        for param, arg in zip(callee.params, expr.args, strict=True):
            unify(self.var(param.name, callee), self.node(arg))
        self.calls.setdefault(self.function.key, []).append(
            (expr.function, expr.at, tuple(self.walked))
        )
        return self.result(expr.function)

    def change(self, node: Node | None, at: ir.At) -> None:
        if node is not None:
            node.find().mutated.append(at)
            self.changes.setdefault(self.function.key, []).append(
                Change(node, at, tuple(self.walked))
            )

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
                self.change(obj, node.at)
                unify(self.part(obj, node.name, node.value.type), self.node(node.value))
            case ir.SetItem():
                obj = self.node(node.obj)
                self.node(node.index)
                self.change(obj, node.at)
                unify(self.item(obj, node.obj.type), self.node(node.value))
            case ir.Return():
                unify(self.result(self.function.key), self.node(node.value))
            case ir.For():
                depth = self._walk_over(node.source, node.target)
                self.block(node.body)
                del self.walked[len(self.walked) - depth :]
            case _:
                for child in ir.children(node):
                    if isinstance(child, ir.Expr):
                        self.node(child)
                    elif isinstance(child, ir.Stmt):
                        self.stmt(child)

    # --- verdicts --------------------------------------------------------------------------------

    def run(self) -> None:
        """Unify everything and find what changes."""
        for function in self.program.functions.values():
            self.function = function
            self.block(function.body)
        entry = self.program.functions[self.program.entry]
        for param in entry.params:
            for node in reach(self.var(param.name, entry)):
                node.external = True

    def copied(self, node: Node | None, at: ir.At) -> None:
        """A clone is made here: everything in it then exists twice."""
        for inner in reach(node):
            inner.copied.append(at)

    def verdicts(self) -> list[Refusal]:
        entry = self.program.functions[self.program.entry]
        out = list(self.refusals)
        for node in reach(self.result(self.program.entry)):
            node.returned = entry.at
        seen: set[int] = set()
        nodes = [n.find() for n in [*self.vars.values(), *(r for r in self.results.values() if r)]]
        nodes += [n.find() for n in self.memo.values() if n is not None]
        for root in nodes:
            for node in reach(root):
                if id(node) in seen or not self.table.mutable(node.type):
                    continue
                seen.add(id(node))
                out += self._verdict(node, entry)
        out += self._while_walking()
        return out

    def _verdict(self, node: Node, entry: ir.Function) -> Iterator[Refusal]:
        if node.mutated and node.external:
            yield Refusal(
                "refusal-mutates-argument",
                "this changes a value that the caller passed in",
                node.mutated[0],
                hint="copy it first (list(…), replace(…)) and return the copy",
            )
        elif node.mutated and node.copied:
            lines = ", ".join(sorted({str(at.line) for at in node.copied}))
            yield Refusal(
                "refusal-aliased-mutation",
                f"this changes a value that has a second name (line {lines})",
                node.mutated[0],
                hint="use one name for it, or copy it where the second name is made",
            )
        elif node.returned and node.external:
            yield Refusal(
                "refusal-returns-argument",
                f"the result would share a mutable {node.type} with the caller's argument",
                entry.at,
                hint="return a copy, or make its class frozen",
            )
        elif node.returned and node.copied:
            yield Refusal(
                "refusal-shared-result",
                f"one mutable {node.type} would be in the result twice",
                node.copied[0],
                hint="copy it where the second reference is made, or make its class frozen",
            )

    def changed_by(self, key: str) -> list[Node]:
        """What a function changes in place, and those it calls."""
        found: list[Node] = []
        seen: set[str] = set()
        todo = [key]
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                found += [change.node for change in self.changes.get(one, ())]
                todo += [callee for callee, _, _ in self.calls.get(one, ())]
        return found

    def changes_in(self, statement: ir.Stmt) -> Iterator[tuple[Node, bool]]:
        """What a statement changes, and whether only by setting an item."""
        for node in ir.walk(statement):
            match node:
                case ir.SetField() | ir.SetItem():
                    found = self.node(node.obj)
                    if found is not None:
                        yield found, isinstance(node, ir.SetItem)
                case ir.Prim():
                    for taken, arg in zip(node.entry.params, node.args, strict=False):
                        found = self.node(arg) if taken.mode == "mut" else None
                        if found is not None:
                            yield found, False
                case ir.Call():
                    for found in self.changed_by(node.function):
                        yield found, False

    def _while_walking(self) -> Iterator[Refusal]:
        """Changing a container while walking over it."""

        def refusal(at: ir.At) -> Refusal:
            return Refusal(
                "refusal-changed-while-walked",
                "this changes what the loop walks over",
                at,
                hint="walk over a copy: list(…), or over range(len(…))",
            )

        for changes in self.changes.values():
            for change in changes:
                if change.node.find() in [node.find() for node in change.walked]:
                    yield refusal(change.at)
        for calls in self.calls.values():
            for callee, at, walked in calls:
                over = {id(node.find()) for node in walked}
                if over and any(id(n.find()) in over for n in self.changed_by(callee)):
                    yield refusal(at)


def reach(node: Node | None, seen: set[int] | None = None) -> Iterator[Node]:
    """A class and all inside it."""
    if node is None:
        return
    node = node.find()
    seen = set() if seen is None else seen
    if id(node) in seen:
        return
    seen.add(id(node))
    yield node
    for child in list(node.children.values()):
        yield from reach(child, seen)


__all__ = ["Sharing", "StructType", "reach", "unify"]

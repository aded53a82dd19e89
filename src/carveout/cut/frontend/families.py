"""Hierarchies of classes, seen whole: which classes can exist in a draft, and what they share.

    families.of(Circle)    # Family(root=Shape, live=(Circle, Square)); None of a class by itself

A draft is a closed world: objects are made in it, or cross as exactly the class that the contract
names. So the classes of which there can be objects (`live`) are known, and those of one hierarchy
are one type: a struct with the fields of all of them, and a mark that says which one it is. Of a
hierarchy with one live class that class is the struct, as if it had been written alone.

Invariant: `World.live` has every class of a hierarchy that a draft makes an object of; who makes
one that is not in it starts anew (`Restart`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mypy.nodes import (
    CallExpr,
    Decorator,
    FuncDef,
    MemberExpr,
    MypyFile,
    NameExpr,
    Node,
    OverloadedFuncDef,
    RefExpr,
    TypeInfo,
    Var,
)
from mypy.types import Instance, get_proper_type
from mypy.types import TupleType as MypyTuple
from mypy.types import Type as MypyType
from mypy.types import UnionType as MypyUnion

from carveout.cut.frontend.classes import PASSIVE_BASES, is_usable, targets
from carveout.cut.frontend.trees import children, walk


class Restart(Exception):
    """What was assumed of the world is not so; lower once more."""


@dataclass
class World:
    """What lowering assumes: full names of the classes that can exist."""

    live: set[str] = field(default_factory=set)
    # Protocols whose classes are one type, as if they had inherited from it.
    protocols: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Family:
    """The classes of one hierarchy; `live` in the order of their definition."""

    root: TypeInfo
    live: tuple[TypeInfo, ...]

    @property
    def marked(self) -> bool:
        """Whether its objects are of several classes."""
        return len(self.live) > 1

    @property
    def struct(self) -> TypeInfo:
        """The class that the struct is called after."""
        return self.live[0] if len(self.live) == 1 else self.root


class Families:
    """The hierarchies of the packages' classes."""

    def __init__(
        self, files: Mapping[str, MypyFile], packages: frozenset[str], world: World
    ) -> None:
        self.world = world
        self._files = files
        self.packages = packages
        self._classes = [
            info
            for name, tree in files.items()
            if name.partition(".")[0] in packages
            for info in _classes(tree, name)
        ]
        self.all_classes = self._classes
        self._roots: dict[TypeInfo, TypeInfo] = {}
        self._known: dict[TypeInfo, Family | None] = {}
        for info in self._classes:
            if self._may(info):
                for base in info.mro[1:]:
                    if self.own(base):
                        self._join(base, info)
        for info in self._classes:
            if info.fullname in world.protocols:
                for other in self._classes:
                    if other.fullname in world.live and conforms(other, info):
                        self._join(info, other)

    def own(self, info: TypeInfo) -> bool:
        return info.module_name.partition(".")[0] in self.packages

    @staticmethod
    def _may(info: TypeInfo) -> bool:
        return not (
            info.is_enum
            or info.is_named_tuple
            or info.typeddict_type is not None
            or info.has_base("builtins.BaseException")
            or info.type_vars
        )

    def _root(self, info: TypeInfo) -> TypeInfo:
        while (above := self._roots.get(info, info)) is not info:
            info = above
        return info

    def _join(self, above: TypeInfo, below: TypeInfo) -> None:
        self._roots.setdefault(above, above)
        self._roots.setdefault(below, below)
        self._roots[self._root(below)] = self._root(above)

    def of(self, info: TypeInfo) -> Family | None:
        """The hierarchy that a class is in; None for one that stands alone."""
        if info not in self._roots:
            return None
        if info not in self._known:
            root = self._root(info)
            members = [one for one in self._classes if self._root(one) is root]
            live = tuple(one for one in members if one.fullname in self.world.live)
            self._known[info] = Family(root, live or (root,))
        return self._known[info]

    def made(self, info: TypeInfo) -> None:
        """An object of this class is made."""
        counts = info in self._roots or self.world.protocols
        if counts and info.fullname not in self.world.live:
            self.world.live.add(info.fullname)
            raise Restart

    def merged(self, protocol: TypeInfo) -> None:
        """A value of a protocol's type is met."""
        if protocol.fullname not in self.world.protocols:
            self.world.protocols.add(protocol.fullname)
            raise Restart

    @functools.cached_property
    def set_later(self) -> frozenset[str]:
        """Names of attributes that something else than an `__init__` sets on its own object."""
        trees = (t for n, t in self._files.items() if n.partition(".")[0] in self.packages)
        return frozenset().union(*map(_set_later, trees))

    # --- what can exist, before anything is lowered ----------------------------------------------

    def look_around(self, entry: FuncDef) -> None:
        """Fill the world's `live`: what the entry and what it calls name, and what crosses."""
        if self._roots or any(one.is_protocol for one in self._classes):
            _Reach(self).from_entry(entry)


class _Reach:
    """Functions and classes that a function's text leads to."""

    def __init__(self, families: Families) -> None:
        self.families = families
        self.seen: set[object] = set()
        self.queue: list[Node] = []

    def from_entry(self, entry: FuncDef) -> None:
        callable_ = get_proper_type(entry.type)
        for type_ in [*getattr(callable_, "arg_types", ()), getattr(callable_, "ret_type", None)]:
            for info in classes_in(type_):
                self.exists(info)
        self.function(entry)
        while self.queue:
            self.visit(self.queue.pop())

    def function(self, func: FuncDef) -> None:
        if func not in self.seen:
            self.seen.add(func)
            self.queue += [func.body, *func.arguments]

    def exists(self, info: TypeInfo) -> None:
        if info in self.seen or not self.families.own(info):
            return
        self.seen.add(info)
        if not info.is_abstract and not info.is_protocol:
            self.families.world.live.add(info.fullname)
        for base in info.mro:
            if self.families.own(base):
                for statement in base.defn.defs.body:
                    for func in _functions(statement):
                        self.function(func)
                    if not isinstance(statement, (FuncDef, Decorator, OverloadedFuncDef)):
                        self.queue.append(statement)

    def visit(self, node: Node) -> None:
        match node:
            case CallExpr(callee=RefExpr(fullname="builtins.isinstance"), args=[value, *_]):
                self.visit(value)
                return
            case MemberExpr(expr=RefExpr(node=TypeInfo() as info)) if self.families.own(info):
                found = info.get(node.name)
                for func in _functions(found.node if found is not None else None):
                    if not self.families.own(func.info):
                        continue
                    self.function(func)
                    if func.is_class:
                        self.exists(info)
                return
            case RefExpr(node=TypeInfo() as info):
                self.exists(info)
            case RefExpr() if node.node is not None and not isinstance(node.node, Var):
                module = node.fullname.partition(".")[0]
                if module in self.families.packages:
                    for func in _functions(node.node):
                        self.function(func)
        for child in children(node):
            self.visit(child)


@functools.lru_cache(maxsize=1 << 12)
def _set_later(tree: MypyFile) -> frozenset[str]:
    """`Families.set_later` of one file; a survey asks for each of its functions."""
    found: set[str] = set()
    for func in (n for statement in tree.defs for n in walk(statement) if isinstance(n, FuncDef)):
        own = func.arguments[0].variable if func.arguments else None
        for target in targets(func.body):
            if isinstance(target, MemberExpr):
                first = isinstance(target.expr, NameExpr) and target.expr.node is own
                if func.name != "__init__" or not func.info or not first:
                    found.add(target.name)
    return frozenset(found)


def _functions(node: object) -> Iterator[FuncDef]:
    match node:
        case FuncDef():
            yield node
        case Decorator():
            yield node.func
        case OverloadedFuncDef():
            for item in node.items:
                yield from _functions(item)


def _classes(tree: MypyFile | TypeInfo, module: str) -> Iterator[TypeInfo]:
    for symbol in tree.names.values():
        node = symbol.node
        if isinstance(node, TypeInfo) and node.module_name == module:
            inside = not isinstance(tree, TypeInfo) or node.fullname.startswith(tree.fullname + ".")
            if inside and node is not tree:
                yield node
                yield from _classes(node, module)


def classes_in(given: MypyType | None, seen: set[TypeInfo] | None = None) -> Iterator[TypeInfo]:
    """The classes that a value of a type can hold, also in fields."""
    seen = set() if seen is None else seen
    type_ = get_proper_type(given)
    match type_:
        case Instance():
            for arg in type_.args:
                yield from classes_in(arg, seen)
            if type_.type in seen:
                return
            seen.add(type_.type)
            yield type_.type
            for base in type_.type.mro:
                if base.module_name.startswith(("builtins", "typing", "collections", "abc")):
                    continue
                for symbol in base.names.values():
                    if isinstance(symbol.node, Var):
                        yield from classes_in(symbol.node.type, seen)
        case MypyUnion() | MypyTuple():
            for item in type_.items:
                yield from classes_in(item, seen)


def conforms(info: TypeInfo, protocol: TypeInfo) -> bool:
    """Whether a class's objects are of a protocol's type, whether it says so or not."""
    from mypy.subtypes import is_subtype
    from mypy.typevars import fill_typevars

    if protocol.type_vars or info.is_protocol or info.type_vars:
        return False
    return is_subtype(fill_typevars(info), fill_typevars(protocol))


def found_in(info: TypeInfo, name: str) -> tuple[TypeInfo, object] | None:
    """The class of the package that a name comes from, and what it is there."""
    for base in info.mro:
        symbol = base.names.get(name)
        if symbol is not None and base.fullname not in PASSIVE_BASES:
            if symbol.plugin_generated:
                continue
            return base, symbol.node
    return None


def function_of(node: object) -> FuncDef | None:
    """The function that a definition in a class is, if no decorator makes it another one."""
    match node:
        case FuncDef():
            return node
        case Decorator() if is_usable(node):
            return node.func
    return None


__all__ = [
    "Families",
    "Family",
    "Restart",
    "World",
    "classes_in",
    "conforms",
    "found_in",
    "function_of",
]

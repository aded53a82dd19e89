"""One registry entry: a Python operation, its types, and its Rust text.

    entry("list.append", "(mut list[T], own T) -> None", "{0.}.push({1})")

Signatures are a small language: `int float bool str bytes None`, `list[T] dict[K, V] set[K]
fset[K] vtuple[T] seq[T] tuple[A, B] opt[T] deque[T]`, the other dicts `ddict[K, V] odict[K, V]
counter[K]` and `anydict[K, V]` for any of them, and type variables of one capital letter: `K` must
be hashable, `C` comparable with `<`, `R` and `S` of a repr that the runtime knows, any other
is free.
`~float` also takes an int (converted as
Python does), `~int` also a bool. `iter[T]` takes anything a `for` can walk, as a list. Before a
type: `own` (the value goes in), `mut` (it is changed in place); otherwise it is only looked at. A
result `&T` is a look at something inside the first argument.

Templates: `{0}` is an argument, `{0.}` the same as a receiver, `{0*}` the thing itself where it
stands, `{0:12}` an operand of at least that precedence. A `?` in the template means that it may
raise or decline.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from carveout.cut.ir.types import (
    BIG,
    BOOL,
    BYTES,
    CHAR,
    DATES,
    DECIMAL,
    FAULT,
    FLOAT,
    INT,
    LIBRARY,
    NONE,
    NUM,
    STR,
    DequeType,
    DictType,
    ListType,
    OptionalType,
    SetType,
    TupleType,
    Type,
    TypeTable,
    VarTupleType,
)

ATOM = 20
# Objects of the library that change by their methods.
ACTING = frozenset({"hash", "random"})


# The dicts by their shapes; None stands for any.
DICTS: dict[str, str | None] = {
    "dict": "dict",
    "ddict": "defaultdict",
    "odict": "OrderedDict",
    "counter": "Counter",
    "anydict": None,
}


@dataclass(frozen=True, slots=True)
class Name:
    """A scalar, or a type variable if it is one capital letter."""

    name: str
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Generic:
    name: str
    args: tuple[Name | Generic, ...]


Shape = Name | Generic
SCALARS: dict[str, Type] = {
    "int": INT,
    "big": BIG,
    "float": FLOAT,
    "bool": BOOL,
    "str": STR,
    "char": CHAR,
    "bytes": BYTES,
    "None": NONE,
    "fault": FAULT,
    "num": NUM,
    **LIBRARY,
    **{type_.name: type_ for type_ in (*DATES, DECIMAL)},
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A parameter: "look", "own" or "mut", and its shape."""

    mode: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Entry:
    key: str
    params: tuple[Taken, ...]
    result: Shape
    # "own", or "ref" / "mutref" for a place inside the first argument.
    gives: str
    rust: str
    prec: int
    # It may raise or decline.
    stops: bool

    @property
    def acts(self) -> bool:
        """Whether evaluating it twice is not the same as once: it has to do with an object of the
        library that changes, though only its handle is looked at."""
        return any(isinstance(p.shape, Name) and p.shape.name in ACTING for p in self.params)


_TOKEN = re.compile(r"\s*(->|[\w~]+|.)")


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = [t for t in _TOKEN.findall(text) if t.strip()]
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> str:
        token = self.peek()
        if wanted is not None and token != wanted:
            raise ValueError(f"expected {wanted!r}, found {token!r} in {self.tokens}")
        self.at += 1
        return token

    def shape(self) -> Shape:
        name = self.take()
        if self.peek() != "[":
            return Name(name.lstrip("~"), name.startswith("~"))
        self.take("[")
        args = [self.shape()]
        while self.peek() == ",":
            self.take()
            args.append(self.shape())
        self.take("]")
        return Generic(name, tuple(args))

    def signature(self) -> tuple[tuple[Taken, ...], str, Shape]:
        self.take("(")
        params: list[Taken] = []
        while self.peek() != ")":
            mode = self.take() if self.peek() in ("own", "mut") else "look"
            params.append(Taken(mode, self.shape()))
            if self.peek() == ",":
                self.take()
        self.take(")")
        self.take("->")
        gives = "own"
        if self.peek() == "&":
            self.take()
            gives = "ref"
            if self.peek() == "mut":
                self.take()
                gives = "mutref"
        return tuple(params), gives, self.shape()


def entry(key: str, signature: str, rust: str, *, prec: int = ATOM) -> Entry:
    """Make an entry from its signature."""
    params, gives, result = _Parser(signature).signature()
    made = Entry(key, params, result, gives, rust, prec, "?" in rust)
    # What acts has its place among what is done, as what may stop has.
    return replace(made, stops=True) if made.acts else made


Bindings = dict[str, Type]


def match(shape: Shape, type_: Type, bound: Bindings, table: TypeTable) -> bool:
    """Whether `type_` fits `shape`, filling in type variables."""
    if isinstance(shape, Name):
        scalar = SCALARS.get(shape.name)
        if scalar is not None:
            if type_ == scalar:
                return True
            return shape.loose and (
                (scalar == FLOAT and type_ in (INT, BOOL))
                or (scalar == INT and type_ == BOOL)
                or (scalar == NUM and type_ in (INT, FLOAT))
            )
        known = bound.get(shape.name)
        if known is not None:
            return known == type_
        if shape.name == "K" and not table.hashable(type_):
            return False
        if shape.name == "C" and not table.comparable(type_):
            return False
        if shape.name in ("R", "S") and not table.showable(type_):
            return False
        bound[shape.name] = type_
        return True
    match shape.name, type_:
        case (("list" | "seq" | "iter"), ListType(item)):
            return match(shape.args[0], item, bound, table)
        case (("vtuple" | "seq" | "iter"), VarTupleType(item)):
            return match(shape.args[0], item, bound, table)
        case (
            ("set", SetType(item, False))
            | ("fset", SetType(item, True))
            | ("anyset", SetType(item, _))
        ):
            return match(shape.args[0], item, bound, table)
        case "deque", DequeType(item):
            return match(shape.args[0], item, bound, table)
        case name, DictType(key, value) if DICTS.get(name, "") in (None, type_.kind):
            parts = (key,) if name == "counter" else (key, value)
            return all(match(s, t, bound, table) for s, t in zip(shape.args, parts, strict=True))
        case "opt", OptionalType(item):
            return match(shape.args[0], item, bound, table)
        case "tuple", TupleType(items):
            return len(items) == len(shape.args) and all(
                match(s, t, bound, table) for s, t in zip(shape.args, items, strict=True)
            )
    return False


def build(shape: Shape, bound: Bindings) -> Type:
    """The type a shape stands for once its variables are known."""
    if isinstance(shape, Name):
        return SCALARS.get(shape.name) or bound[shape.name]
    args = [build(arg, bound) for arg in shape.args]
    match shape.name:
        case "list" | "seq" | "iter":
            return ListType(args[0])
        case "vtuple":
            return VarTupleType(args[0])
        case "set" | "anyset":
            return SetType(args[0])
        case "fset":
            return SetType(args[0], True)
        case "deque":
            return DequeType(args[0])
        case "counter":
            return DictType(args[0], INT, kind="Counter")
        case "dict" | "ddict" | "odict" | "anydict":
            return DictType(args[0], args[1], kind=DICTS[shape.name] or "dict")
        case "opt":
            return OptionalType(args[0])
        case "tuple":
            return TupleType(tuple(args))
    raise ValueError(f"no such shape: {shape}")

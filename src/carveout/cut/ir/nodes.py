"""The intermediate representation: typed Python without its sugar.

    Assign(PVar("total"), Prim(entry, [Var("total"), Const(1)]))

Expressions carry their type and the place in the source they came from. A `Prim` is a use of one
registry entry; whether it can fault, and how it is written in Rust, is the entry's business.

Invariants: evaluation order is the order of the fields; every conversion is explicit; what Python
does behind the scenes (truth of a list, a chained comparison) is spelt out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from carveout.cut.ir.types import BOOL, FLOAT, STR, Type

if TYPE_CHECKING:
    from carveout.cut.registry.entry import Entry


@dataclass(frozen=True, slots=True)
class At:
    """Where something stands in the source: a file, a line (from 1) and columns (from 1)."""

    file: str
    line: int
    column: int
    end_column: int | None = None


NOWHERE = At("", 0, 0)


@dataclass(slots=True, eq=False)
class Expr:
    type: Type
    at: At


@dataclass(slots=True, eq=False)
class Const(Expr):
    value: int | float | bool | str | bytes | None


@dataclass(slots=True, eq=False)
class GlobalConst(Expr):
    """A module's constant, kept by name."""

    name: str
    value: Any


@dataclass(slots=True, eq=False)
class Var(Expr):
    name: str
    # Set by passes/liveness.py, narrowed by passes/holding.py: its value may be moved.
    last: bool = False


@dataclass(slots=True, eq=False)
class Prim(Expr):
    entry: Entry
    args: list[Expr]


@dataclass(slots=True, eq=False)
class Call(Expr):
    function: str
    args: list[Expr]
    # What it raises is left to the reference, which raises it at another time.
    quiet: bool = False


@dataclass(slots=True, eq=False)
class New(Expr):
    """Build a struct; `order` holds field names as evaluated, `args` their values."""

    names: list[str]
    args: list[Expr]


@dataclass(slots=True, eq=False)
class Field(Expr):
    obj: Expr
    name: str


@dataclass(slots=True, eq=False)
class Part(Expr):
    """An item of a fixed tuple."""

    obj: Expr
    index: int


@dataclass(slots=True, eq=False)
class Member(Expr):
    """An enum's member."""

    name: str


@dataclass(slots=True, eq=False)
class TupleLit(Expr):
    items: list[Expr]


@dataclass(slots=True, eq=False)
class ListLit(Expr):
    """Also a vartuple's items, by its type."""

    items: list[Expr]


@dataclass(slots=True, eq=False)
class SetLit(Expr):
    items: list[Expr]


@dataclass(slots=True, eq=False)
class DictLit(Expr):
    keys: list[Expr]
    values: list[Expr]


@dataclass(slots=True, eq=False)
class And(Expr):
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Or(Expr):
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Not(Expr):
    operand: Expr


@dataclass(slots=True, eq=False)
class IfExp(Expr):
    cond: Expr
    then: Expr
    orelse: Expr


@dataclass(slots=True, eq=False)
class Let(Expr):
    """`value` once, under a temporary name, in `body`."""

    name: str
    value: Expr
    body: Expr


@dataclass(slots=True, eq=False)
class Some(Expr):
    operand: Expr


@dataclass(slots=True, eq=False)
class Unwrap(Expr):
    """The value of an optional that mypy narrowed; declines if it is None after all."""

    operand: Expr


@dataclass(slots=True, eq=False)
class Inject(Expr):
    """A value as one of several types; `index` is its own among them."""

    operand: Expr
    index: int


@dataclass(slots=True, eq=False)
class Extract(Expr):
    """The member of a union that mypy narrowed it to; declines if it is another after all."""

    operand: Expr
    index: int


@dataclass(slots=True, eq=False)
class IsMember(Expr):
    """Whether a union's value is of the member with this index."""

    operand: Expr
    index: int


@dataclass(slots=True, eq=False)
class IsNone(Expr):
    operand: Expr


@dataclass(slots=True, eq=False)
class ToFloat(Expr):
    """An int as an operand of float arithmetic."""

    operand: Expr


@dataclass(slots=True, eq=False)
class ToNum(Expr):
    """An int or a float as either."""

    operand: Expr


@dataclass(slots=True, eq=False)
class ToInt(Expr):
    """A bool as an operand of int arithmetic."""

    operand: Expr


@dataclass(slots=True, eq=False)
class Clause:
    """One `for target in source if conds` of a comprehension."""

    target: Pattern
    source: Iter
    conds: list[Expr]
    # Set by passes/holding.py: walked step by step, as what it walks over may change meanwhile.
    stepped: bool = False


@dataclass(slots=True, eq=False)
class Comp(Expr):
    """A comprehension; the type says whether it makes a list, a set or a dict."""

    clauses: list[Clause]
    key: Expr | None
    element: Expr


@dataclass(slots=True, eq=False)
class Reduce(Expr):
    """`any`, `all` or `sum` over a generator, without a list in between.

    `anyway`: where it stands, the sum of no floats may be 0.0 instead of 0."""

    kind: str
    clauses: list[Clause]
    element: Expr
    start: Expr | None
    anyway: bool = False


@dataclass(slots=True, eq=False)
class Format(Expr):
    """An f-string: literal texts and formatted values, each already a str or a plain value."""

    parts: list[str | Expr]


# --- what a `for` walks over -------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Iter:
    """`item` is the type of what comes out."""

    item: Type
    at: At


@dataclass(slots=True, eq=False)
class RangeIter(Iter):
    start: Expr
    stop: Expr
    step: Expr | None


@dataclass(slots=True, eq=False)
class SeqIter(Iter):
    """A list, vartuple, str or bytes."""

    seq: Expr


@dataclass(slots=True, eq=False)
class DictIter(Iter):
    """`view` is "keys", "values" or "items"."""

    obj: Expr
    view: str


@dataclass(slots=True, eq=False)
class SetIter(Iter):
    obj: Expr


@dataclass(slots=True, eq=False)
class EnumerateIter(Iter):
    inner: Iter
    start: Expr


@dataclass(slots=True, eq=False)
class ZipIter(Iter):
    inners: list[Iter]
    # Python raises where one ends before another; the carving declines.
    strict: bool = False


@dataclass(slots=True, eq=False)
class ReversedIter(Iter):
    inner: Iter


# --- patterns and statements -------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Pattern:
    type: Type
    at: At


@dataclass(slots=True, eq=False)
class PVar(Pattern):
    name: str


@dataclass(slots=True, eq=False)
class PTuple(Pattern):
    items: list[Pattern]


@dataclass(slots=True, eq=False)
class Stmt:
    at: At
    comments: list[str] = field(default_factory=list, kw_only=True)
    live_in: frozenset[str] = field(default_factory=frozenset, kw_only=True)


@dataclass(slots=True, eq=False)
class Assign(Stmt):
    target: Pattern
    value: Expr


@dataclass(slots=True, eq=False)
class SetField(Stmt):
    obj: Expr
    name: str
    value: Expr


@dataclass(slots=True, eq=False)
class SetItem(Stmt):
    """`obj[index] = value`: the value first, then the object, then the index."""

    obj: Expr
    index: Expr
    value: Expr


@dataclass(slots=True, eq=False)
class Do(Stmt):
    value: Expr


@dataclass(slots=True, eq=False)
class If(Stmt):
    cond: Expr
    then: list[Stmt]
    orelse: list[Stmt]


@dataclass(slots=True, eq=False)
class While(Stmt):
    """`orelse` runs when the condition fails, not after a `break`."""

    cond: Expr
    body: list[Stmt]
    orelse: list[Stmt] = field(default_factory=list, kw_only=True)


@dataclass(slots=True, eq=False)
class For(Stmt):
    """`orelse` runs when the items are used up, not after a `break`."""

    target: Pattern
    source: Iter
    body: list[Stmt]
    orelse: list[Stmt] = field(default_factory=list, kw_only=True)
    # Set by passes/holding.py: walked step by step, as what it walks over may change meanwhile.
    stepped: bool = field(default=False, kw_only=True)


@dataclass(slots=True, eq=False)
class Break(Stmt):
    pass


@dataclass(slots=True, eq=False)
class Continue(Stmt):
    pass


@dataclass(slots=True, eq=False)
class Return(Stmt):
    value: Expr


@dataclass(slots=True, eq=False)
class Raise(Stmt):
    kind: str
    args: list[Expr]
    # The arguments are those of an `__init__` of the class's own.
    made: bool = field(default=False, kw_only=True)


@dataclass(slots=True, eq=False)
class Decline(Stmt):
    """Leave this call to the reference."""

    why: str


@dataclass(slots=True, eq=False)
class Reraise(Stmt):
    """`raise`, or `raise caught`, of the fault that a handler holds under this name."""

    name: str


@dataclass(slots=True, eq=False)
class Handler:
    """`except kinds as name`; no kinds: every Exception. `name` is always given."""

    kinds: list[str] | None
    name: str
    body: list[Stmt]


@dataclass(slots=True, eq=False)
class Try(Stmt):
    body: list[Stmt]
    handlers: list[Handler]
    orelse: list[Stmt]
    final: list[Stmt]


@dataclass(slots=True)
class Param:
    name: str
    type: Type
    # Set by passes/sharing.py: "own", "ref" or "mut".
    mode: str = "own"


@dataclass(slots=True)
class Variable:
    """A local: its type, and (set by passes) how it is held.

    "own", "ref" and "mut" are a value, a `&` and a `&mut`.
    `origin` is its name in Python; passes/webs.py gives one name several variables.
    """

    name: str
    type: Type
    held: str = "own"
    assigned: int = 0
    origin: str = ""

    def __post_init__(self) -> None:
        self.origin = self.origin or self.name


@dataclass(slots=True)
class Function:
    """One function: `key` is "pkg.mod:func" or "pkg.mod:Class.method"."""

    key: str
    name: str
    params: list[Param]
    result: Type
    body: list[Stmt]
    variables: dict[str, Variable]
    doc: str | None
    at: At
    comments: list[str] = field(default_factory=list)
    # Set by passes/effects.py: it may raise or decline, so Rust returns an Outcome.
    stops: bool = True
    recursive: bool = False
    # `functools.cache`: what a call gave is kept.
    cached: bool = False


@dataclass(slots=True)
class Program:
    """The operation's function and all it calls, entry first."""

    entry: str
    functions: dict[str, Function]
    constants: dict[str, tuple[Type, Any]]
    # Set by the passes: it may change its arguments, or give one of them back.
    changes: bool = False
    # Set by the passes: the fields, of any class, that statements set.
    fields_set: set[str] = field(default_factory=set)
    # Whether some ints are of any size: frontend/growing.py.
    sized: bool = False


_NODES = (Expr, Iter, Clause, Stmt, Pattern, Handler)


def children(node: object) -> Iterator[Any]:
    """The nodes directly inside one, in evaluation order."""
    if isinstance(node, DictLit):
        for key, value in zip(node.keys, node.values, strict=True):
            yield key
            yield value
        return
    for spec in fields(node):  # type: ignore[arg-type]
        value = getattr(node, spec.name)
        if isinstance(value, _NODES):
            yield value
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, _NODES):
                    yield item


def walk(node: object) -> Iterator[Any]:
    """A node and everything inside it."""
    yield node
    for child in children(node):
        yield from walk(child)


def is_true(cond: Expr) -> bool:
    """Whether a condition is the literal True."""
    return isinstance(cond, Const) and cond.value is True


def ends(body: list[Stmt]) -> bool:
    """Whether control never leaves a block by its end."""
    if not body:
        return False
    match body[-1]:
        case Return() | Raise() | Reraise() | Decline() | Break() | Continue():
            return True
        case If(then=then, orelse=orelse):
            return ends(then) and ends(orelse)
        case While(cond=Const(value=True), body=inner):
            return not breaks(inner)
        case While(body=inner, orelse=orelse) | For(body=inner, orelse=orelse):
            return ends(orelse) and not breaks(inner)
        case Try() as node:
            if ends(node.final):
                return True
            inside = node.orelse if node.orelse else node.body
            return ends(inside) and all(ends(handler.body) for handler in node.handlers)
    return False


def breaks(body: list[Stmt]) -> bool:
    """Whether a loop with this body can be left by `break`."""
    for node in body:
        match node:
            case Break():
                return True
            case If(then=then, orelse=orelse) if breaks(then) or breaks(orelse):
                return True
            case While(orelse=orelse) | For(orelse=orelse) if breaks(orelse):
                return True
            case Try():
                parts = [node.body, node.orelse, node.final, *(h.body for h in node.handlers)]
                if any(map(breaks, parts)):
                    return True
    return False


def pattern_vars(pattern: Pattern) -> Iterator[PVar]:
    """The variables a pattern binds."""
    if isinstance(pattern, PVar):
        yield pattern
    elif isinstance(pattern, PTuple):
        for item in pattern.items:
            yield from pattern_vars(item)


__all__ = [name for name in dir() if not name.startswith("_")]
__all__ += ["BOOL", "FLOAT", "STR"]

"""Types of locals that mypy does not know: what arrives first, or what is put in.

    seen = {}                # mypy: dict[Any, Any]
    seen[name] = 1           # dict[str, int]

A draft has types of its own for every expression. A local whose type has an `Any` in it is of the
type of the first value it gets; an empty container, of what is put into it somewhere. Whatever else
is assigned must be of that type too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from mypy.nodes import (
    AssignmentStmt,
    CallExpr,
    DictExpr,
    Expression,
    FuncDef,
    FuncItem,
    IndexExpr,
    ListExpr,
    MemberExpr,
    NameExpr,
    RefExpr,
    ReturnStmt,
    TupleExpr,
    Var,
)
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    Overloaded,
    TupleType,
    UnionType,
    get_proper_type,
)
from mypy.types import Type as MypyType

from carveout.cut.frontend.scoping import walk
from carveout.cut.frontend.signatures import open_function
from carveout.cut.ir.types import (
    BOOL,
    FLOAT,
    INT,
    NUM,
    STR,
    DictType,
    ListType,
    SetType,
    Type,
)
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base

# What is put in by a method: the arguments' places of key and value.
_PUTS = {
    "append": (None, 0),
    "add": (None, 0),
    "insert": (None, 1),
    "setdefault": (0, 1),
}
# What a defaultdict makes of itself.
_SIMPLE = ("builtins.int", "builtins.float", "builtins.str", "builtins.bool")
_NESTED = ("builtins.list", "builtins.set")
Put = tuple[MypyType | None, MypyType | None]


def vague(given: MypyType | None) -> bool:
    """Whether there is an `Any` in a type."""
    match get_proper_type(given):
        case AnyType():
            return True
        case CallableType() | Overloaded():
            return open_function(given)
        case Instance(args=args):
            return any(map(vague, args)) or open_function(given)
        case TupleType(items=items) | UnionType(items=items):
            return any(map(vague, items))
    return False


def empties(func: FuncItem, types: Mapping[Expression, MypyType]) -> dict[Var, tuple[str, Put]]:
    """Locals that start as empty containers of unknown items, and what is put into them."""
    found: dict[Var, str] = {}
    puts: dict[Var, list[Put]] = {}
    keys: dict[Var, Put] = {}
    inner: dict[Var, Put] = {}
    later: dict[Var, Put] = {}
    for node in walk(func.body):
        match node:
            case AssignmentStmt(lvalues=[target], rvalue=value):
                for var, one in _pairs(target, value):
                    kind = _empty(one)
                    if kind is not None and vague(var.type):
                        found[var] = kind
        for var, put in _inner_puts(node, types):
            if not any(map(vague, put)):
                inner.setdefault(var, put)
        for var, put in _puts(node, types):
            if not any(map(vague, put)):
                puts.setdefault(var, []).append(put)
        for var, put in _passed(node, func, types):
            if not any(map(vague, put)):
                later.setdefault(var, put)
        for var, put in _keys(node, types):
            if not any(map(vague, put)):
                keys.setdefault(var, put)
    # What is put in says more than what it is passed for or given back as.
    for var, put in later.items():
        if var in found and found[var] in ("dict", "list", "set"):
            puts.setdefault(var, [put])
    # A dict with defaults has keys that are only looked for; what a container of its own holds is
    # put into that.
    for var, kind in found.items():
        if var not in puts and kind in _SIMPLE and var in keys:
            puts[var] = [(keys[var][0], None)]
        elif kind in _NESTED:
            puts.pop(var, None)
            if var in inner:
                puts[var] = [inner[var]]
    return {var: (kind, puts[var][0]) for var, kind in found.items() if var in puts}


def _pairs(target: Expression, value: Expression) -> Iterator[tuple[Var, Expression]]:
    """Names and what each gets: `a, b = [], {}` is two."""
    match target, value:
        case NameExpr(node=Var() as var), _:
            yield var, value
        case TupleExpr(items=targets), TupleExpr(items=values) if len(targets) == len(values):
            for one, part in zip(targets, values, strict=True):
                yield from _pairs(one, part)


def _keys(node: object, types: Mapping[Expression, MypyType]) -> Iterator[tuple[Var, Put]]:
    """Keys that a container is asked for."""
    if isinstance(node, IndexExpr) and isinstance(node.base, NameExpr):
        var = node.base.node
        if isinstance(var, Var):
            yield var, (types.get(node.index), None)


def _inner_puts(node: object, types: Mapping[Expression, MypyType]) -> Iterator[tuple[Var, Put]]:
    """`found[key].append(value)`"""
    match node:
        case CallExpr(
            callee=MemberExpr(
                expr=IndexExpr(base=NameExpr(node=Var() as var), index=key), name="append" | "add"
            ),
            args=[value],
        ):
            yield var, (types.get(key), types.get(value))


def _passed(
    node: object, func: FuncItem, types: Mapping[Expression, MypyType]
) -> Iterator[tuple[Var, Put]]:
    """What a function takes a container for that it is passed, or that is given back."""
    match node:
        case ReturnStmt(expr=NameExpr(node=Var() as var)):
            whole = get_proper_type(func.type)
            if isinstance(whole, CallableType) and not func.is_generator:
                yield from _held(var, whole.ret_type)
        case CallExpr(callee=callee, args=args):
            taker = get_proper_type(types.get(callee))
            if not isinstance(taker, CallableType):
                return
            for place, (arg, name) in enumerate(zip(args, node.arg_names, strict=True)):
                if not isinstance(arg, NameExpr) or not isinstance(arg.node, Var):
                    continue
                if node.arg_kinds[place].is_star():
                    return
                at = taker.arg_names.index(name) if name in taker.arg_names else place
                if at < len(taker.arg_types) and not taker.arg_kinds[at].is_star():
                    yield from _held(arg.node, taker.arg_types[at])


def _held(var: Var, given: MypyType | None) -> Iterator[tuple[Var, Put]]:
    match get_proper_type(given):
        case Instance(args=[key, value]) as one if one.type.fullname == "builtins.dict":
            yield var, (key, value)
        case Instance(args=[item]) as one if one.type.fullname in _CONTAINERS:
            yield var, (None, item)


_CONTAINERS = ("builtins.list", "builtins.set")


def _empty(value: Expression) -> str | None:
    match value:
        case DictExpr(items=[]):
            return "dict"
        case ListExpr(items=[]):
            return "list"
        case CallExpr(callee=RefExpr(fullname=name), args=[]) if name.startswith("builtins."):
            short = name.rpartition(".")[2]
            return short if short in ("dict", "list", "set") else None
        case CallExpr(
            callee=RefExpr(fullname="collections.defaultdict"), args=[RefExpr(fullname=made)]
        ) if made in (*_SIMPLE, *_NESTED):
            return made
    return None


def _puts(node: object, types: Mapping[Expression, MypyType]) -> Iterator[tuple[Var, Put]]:
    match node:
        case AssignmentStmt(
            lvalues=[IndexExpr(base=NameExpr(node=Var() as var), index=key)], rvalue=value
        ):
            yield var, (types.get(key), types.get(value))
        case CallExpr(callee=MemberExpr(expr=NameExpr(node=Var() as var), name=name), args=args):
            key_at, value_at = _PUTS.get(name, (None, 9))
            if value_at is not None and value_at < len(args):
                key_type = None if key_at is None else types.get(args[key_at])
                yield var, (key_type, types.get(args[value_at]))


def infer_empties(lowerer: Base, func: FuncDef) -> None:
    """Note the types of a function's containers that start empty."""
    at = lowerer.at(func)
    for var, (kind, (key, value)) in empties(func, lowerer.project.checked.types).items():
        try:
            item = _default(kind, lowerer.reader.loose) or lowerer.reader.read(value, at)
            if kind.startswith("builtins."):
                many = {"builtins.list": ListType(item), "builtins.set": SetType(item)}
                made = many.get(kind, item)
                known = lowerer.reader.read(key, at)
                lowerer.precise[var] = DictType(known, made, kind="defaultdict")
            elif kind == "dict":
                lowerer.precise[var] = DictType(lowerer.reader.read(key, at), item)
            else:
                lowerer.precise[var] = ListType(item) if kind == "list" else SetType(item)
        except Refusal:
            lowerer.precise.pop(var, None)
        else:
            made = lowerer.precise[var]
            keyed = [made.key] if isinstance(made, DictType) else [item]
            if kind == "builtins.set":
                keyed.append(item)
            if kind != "list" and not all(map(lowerer.reader.table.hashable, keyed)):
                del lowerer.precise[var]


def _default(kind: str, loose: bool) -> Type | None:
    """What `defaultdict(int)` makes, for the types that say it by themselves."""
    number = NUM if loose else FLOAT
    made = {"builtins.int": INT, "builtins.float": number, "builtins.str": STR}
    return made.get(kind, BOOL if kind == "builtins.bool" else None)


__all__ = ["infer_empties", "vague"]

"""Values of one of several types: `int | str`, `Circle | Square`.

    isinstance(x, int)      # ir.IsMember of a union; what mypy narrows is an ir.Extract

Invariants: the members' classes differ when the program runs, and values of two members are never
equal, so that `1` and `True` never stand in one union.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BOOL,
    BYTES,
    FLOAT,
    INT,
    NUM,
    STR,
    DictType,
    EnumType,
    ListType,
    OptionalType,
    Scalar,
    SetType,
    StructType,
    TupleType,
    Type,
    TypeTable,
    UnionType,
    VarTupleType,
    declared,
)
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from mypy.nodes import CallExpr

    from carveout.cut.frontend.base import Base

_MOST = 4


def schema(type_: Type) -> Any:
    """A type as a contract has it, to sort members by."""
    match type_:
        case ListType(item):
            return {"t": "list", "item": schema(item)}
        case VarTupleType(item):
            return {"t": "vartuple", "item": schema(item)}
        case SetType(item, frozen):
            return {"t": "frozenset" if frozen else "set", "item": schema(item)}
        case TupleType(items):
            return {"t": "tuple", "items": [schema(item) for item in items]}
        case DictType(key, value):
            return {"t": "dict", "key": schema(key), "value": schema(value)}
        case OptionalType(item):
            return {"t": "optional", "item": schema(item)}
        case UnionType(items):
            return {"t": "union", "members": [schema(item) for item in items]}
        case StructType(name) | EnumType(name):
            return {"t": "ref", "name": name}
    return {"t": str(declared(type_))}


def _class(type_: Type, table: TypeTable) -> str | None:
    """What tells a member's objects from others' when the program runs; None: nothing does."""
    match type_:
        case ListType():
            return "list"
        case TupleType() | VarTupleType():
            return "tuple"
        case DictType():
            return "dict"
        case SetType():
            # A set and a frozenset of the same items are equal.
            return "set"
        case StructType(name):
            return "tuple" if table.structs[name].named else name.partition("[")[0]
        case EnumType(name):
            return name if table.enums[name].base == "none" else table.enums[name].base
        case Scalar():
            number = type_ in (INT, FLOAT, BOOL, NUM)
            return "number" if number else type_.name if type_ in (STR, BYTES) else None
    return None


def union_of(members: list[Type], table: TypeTable) -> UnionType | None:
    """The union of types, if they may stand together."""
    kinds = [_class(member, table) for member in members]
    # An enum of texts beside a text: equal without being one.
    kinds = ["number" if kind == "int" else kind for kind in kinds]
    if None in kinds or len(set(kinds)) != len(kinds) or not 2 <= len(members) <= _MOST:
        return None
    return UnionType(
        tuple(sorted(members, key=lambda one: json.dumps(schema(one), sort_keys=True)))
    )


def inject(lowerer: Base, expr: ir.Expr, wanted: UnionType) -> ir.Expr | None:
    """A value as one of the members, by its type or by what it can be given."""
    for index, item in enumerate(wanted.items):
        if expr.type == item:
            return ir.Inject(wanted, expr.at, expr, index)
    for index, item in enumerate(wanted.items):
        if lowerer.fits(expr, item):
            return ir.Inject(wanted, expr.at, lowerer.coerce(expr, item), index)
    return None


def narrowed(read: ir.Expr, known: Type, at: ir.At) -> ir.Expr:
    """A union's value as the member that mypy knows it to be, checked again when it runs."""
    inner = read
    if isinstance(read.type, OptionalType) and not isinstance(known, OptionalType):
        inner = ir.Unwrap(read.type.item, at, read)
    if not isinstance(inner.type, UnionType):
        return read
    if known == inner.type:
        return inner
    if known in inner.type.items:
        return ir.Extract(known, at, inner, inner.type.items.index(known))
    return inner if isinstance(known, UnionType) else read


def cast(lowerer: Base, node: CallExpr, at: ir.At) -> ir.Expr:
    """`cast(T, value)` is the value: one of another kind is left to the reference."""
    if len(node.args) != 2:
        raise Refusal("refusal-call", "this cast is not drafted", at)
    value, wanted = lowerer.expr(node.args[1]), lowerer.mypy_type(node)
    value = narrowed(value, wanted, at)
    if isinstance(value.type, OptionalType) and value.type.item == wanted:
        value = ir.Unwrap(wanted, at, value)
    if value.type != wanted:
        raise Refusal(
            "refusal-call", f"a cast of {value.type} to {wanted} is not drafted", at,
            hint="convert it, or ask for its class with isinstance",
        )  # fmt: skip
    return value


def parts(read: Callable[[], ir.Expr], at: ir.At) -> list[ir.Expr]:
    """A union's value as each of its members."""
    type_ = read().type
    assert isinstance(type_, UnionType)
    return [ir.Extract(item, at, read(), index) for index, item in enumerate(type_.items)]


def each(value: ir.Expr, at: ir.At, say: Callable[[ir.Expr], ir.Expr]) -> ir.Expr:
    """What is said of each member, by the one that it is. `value` must be a plain read."""
    assert isinstance(value.type, UnionType)
    items = value.type.items
    made = say(ir.Extract(items[-1], at, value, len(items) - 1))
    for index in range(len(items) - 2, -1, -1):
        then = say(ir.Extract(items[index], at, value, index))
        made = ir.IfExp(made.type, at, ir.IsMember(BOOL, at, value, index), then, made)
    return made


__all__ = ["cast", "each", "inject", "narrowed", "parts", "schema", "union_of"]

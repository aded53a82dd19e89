"""How values show themselves: `repr` and `str` of what is made of others.

    repr_of(lowerer, value, at)      # show::repr(&rows)?, or a text of its parts
    str_of(lowerer, value, at)       # the same where it is not a text, an enum, an object …

The runtime shows what it knows by its type alone (`TypeTable.showable`). What else there is, such
as a list of objects with a `__repr__` of their own, is written out part by part.

Invariant: a set is not shown, as its order would be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carveout.cut.frontend import records, special, unions
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BOOL,
    INT,
    NONE,
    STR,
    DequeType,
    DictType,
    EnumType,
    ListType,
    OptionalType,
    SetType,
    StructType,
    TupleType,
    Type,
    UnionType,
    VarTupleType,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry.entry import ATOM, Entry, Name

if TYPE_CHECKING:
    from collections.abc import Callable

    from carveout.cut.frontend.base import Base


def str_of(lowerer: Base, value: ir.Expr, at: ir.At) -> ir.Expr:
    """`str(value)`"""
    match value.type:
        case _ if value.type == STR:
            return value
        case _ if value.type == NONE:
            return _none(value, at)
        case OptionalType() | UnionType():
            return _by_member(lowerer, value, at, str_of)
        case EnumType():
            return enum_text(lowerer, value, at)
        case StructType():
            for name in ("__str__", "__repr__"):
                if (found := special.call(lowerer, value, name, [], at)) is not None:
                    return lowerer.coerce(found, STR)
            return repr_of(lowerer, value, at)
        case ListType() | VarTupleType() | TupleType() | DictType() | DequeType() | SetType():
            return repr_of(lowerer, value, at)
    return lowerer.prim("builtins.str", [value], at)


def repr_of(lowerer: Base, value: ir.Expr, at: ir.At) -> ir.Expr:
    """`repr(value)`"""
    table = lowerer.reader.table
    type_ = value.type
    if type_ == NONE:
        return _none(value, at)
    found = special.call(lowerer, value, "__repr__", [], at)
    if found is not None:
        return lowerer.coerce(found, STR)
    _no_set(lowerer, type_, at)
    if isinstance(type_, StructType):
        own = records.shown(lowerer, value, at)  # type: ignore[arg-type]
        if own is not None:
            return own
    known = isinstance(type_, VarTupleType) and table.showable(type_.item)
    if known or table.showable(type_):
        return lowerer.prim("builtins.repr", [value], at)
    match type_:
        case OptionalType() | UnionType():
            return _by_member(lowerer, value, at, repr_of)
        case EnumType() if (own := _enum_method(lowerer, value, "__repr__", at)) is not None:
            return own
        case TupleType(items):

            def whole(read: Callable[[], ir.Expr]) -> ir.Expr:
                parts: list[str | ir.Expr] = ["("]
                for index, item in enumerate(items):
                    part = ir.Part(item, at, read(), index)
                    parts += [", "] * bool(index) + [repr_of(lowerer, part, at)]
                return ir.Format(STR, at, [*parts, ")" if len(items) > 1 else ",)"])

            text: ir.Expr = lowerer.with_name(value, at, whole)
            return text
        case ListType(item):
            return ir.Format(STR, at, ["[", _joined(lowerer, value, item, at), "]"])
        case VarTupleType(item):

            def any_length(read: Callable[[], ir.Expr]) -> ir.Expr:
                length = lowerer.prim("builtins.len", [read()], at)
                one = lowerer.prim("==", [length, ir.Const(INT, at, 1)], at)
                texts = [ir.Const(STR, at, end) for end in (",)", ")")]
                end = ir.IfExp(STR, at, one, *texts)
                return ir.Format(STR, at, ["(", _joined(lowerer, read(), item, at), end])

            made: ir.Expr = lowerer.with_name(value, at, any_length)
            return made
        case DictType(key, item, kind="dict"):
            pair = TupleType((key, item))
            names = [lowerer.fresh("key", key), lowerer.fresh("value", item)]
            parts = [ir.PVar(t, at, n) for t, n in zip(pair.items, names, strict=True)]
            clause = ir.Clause(
                ir.PTuple(pair, at, [*parts]), ir.DictIter(pair, at, value, "items"), []
            )
            shown = [
                repr_of(lowerer, ir.Var(t, at, n), at)
                for t, n in zip(pair.items, names, strict=True)
            ]
            text = ir.Format(STR, at, [shown[0], ": ", shown[1]])
            return ir.Format(STR, at, ["{", _join(lowerer, clause, text, at), "}"])
    raise Refusal(
        "refusal-call", f"repr({type_}) is not drafted", at, hint="show its parts by themselves"
    )


def _no_set(lowerer: Base, type_: Type, at: ir.At) -> None:
    if lowerer.reader.table.any_part(type_, lambda part: isinstance(part, SetType)):
        raise Refusal(
            "refusal-set-order",
            f"the order of a set would be seen in the text of a {type_}",
            at,
            hint="show sorted(…) instead",
        )


def _none(value: ir.Expr, at: ir.At) -> ir.Expr:
    if not isinstance(value, (ir.Const, ir.Var)):
        raise Refusal("refusal-format", "the text of a call that gives None is not drafted", at)
    return ir.Const(STR, at, "None")


def _by_member(
    lowerer: Base, value: ir.Expr, at: ir.At, say: Callable[[Base, ir.Expr, ir.At], ir.Expr]
) -> ir.Expr:
    """What is said of an optional or a union, by what it holds."""

    def chosen(read: Callable[[], ir.Expr]) -> ir.Expr:
        if isinstance(value.type, UnionType):
            return unions.each(read(), at, lambda member: say(lowerer, member, at))
        assert isinstance(value.type, OptionalType)
        inner = ir.Unwrap(value.type.item, at, read())
        none = ir.Const(STR, at, "None")
        return ir.IfExp(STR, at, ir.IsNone(BOOL, at, read()), none, say(lowerer, inner, at))

    text: ir.Expr = lowerer.with_name(value, at, chosen)
    return text


def _joined(lowerer: Base, value: ir.Expr, item: Type, at: ir.At) -> ir.Expr:
    name = lowerer.fresh("item", item)
    clause = ir.Clause(ir.PVar(item, at, name), ir.SeqIter(item, at, value), [])
    return _join(lowerer, clause, repr_of(lowerer, ir.Var(item, at, name), at), at)


def _join(lowerer: Base, clause: ir.Clause, text: ir.Expr, at: ir.At) -> ir.Expr:
    texts = ir.Comp(ListType(STR), at, [clause], None, text)
    return lowerer.prim("str.join", [ir.Const(STR, at, ", "), texts], at)


# --- enums ---------------------------------------------------------------------------------------


def enum_text(lowerer: Base, value: ir.Expr, at: ir.At) -> ir.Expr:
    """`str(member)`: its own, its value, or `Side.BUY`."""
    assert isinstance(value.type, EnumType)
    info = lowerer.reader.table.enums[value.type.name]
    if (own := _enum_method(lowerer, value, "__str__", at)) is not None:
        return own
    if info.as_value:
        return str_of(lowerer, enum_value(lowerer, value, at), at)
    name = _read(value, "name", STR, at)
    said = lowerer.reader.infos[value.type.name].name
    return ir.Format(STR, at, [f"{said}.", name])


def enum_formatted(lowerer: Base, value: ir.Expr, plain: bool, at: ir.At) -> ir.Expr:
    """What `format` takes for a member; with a specification, an IntEnum's is its number's."""
    assert isinstance(value.type, EnumType)
    if not plain and lowerer.reader.table.enums[value.type.name].as_value:
        return enum_value(lowerer, value, at)
    return enum_text(lowerer, value, at)


def enum_value(lowerer: Base, value: ir.Expr, at: ir.At) -> ir.Expr:
    """`member.value`"""
    assert isinstance(value.type, EnumType)
    type_ = lowerer.reader.table.enums[value.type.name].value_type
    if type_ is None:
        raise Refusal(
            "refusal-attribute", f"the values of {value.type} are not all int or all str", at
        )
    return _read(value, "value", type_, at)


def _read(value: ir.Expr, name: str, type_: Type, at: ir.At) -> ir.Expr:
    entry = Entry(f"enum.{name}", (), Name(str(type_)), "own", f"{{0.}}.{name}()", ATOM, False)
    return ir.Prim(type_, at, entry, [value])


def _enum_method(lowerer: Base, value: ir.Expr, name: str, at: ir.At) -> ir.Expr | None:
    """A special method that the enum's class defines."""
    from mypy.nodes import FuncDef

    assert isinstance(value.type, EnumType)
    info = lowerer.reader.infos[value.type.name]
    symbol = info.names.get(name)
    if symbol is None or symbol.plugin_generated or not isinstance(symbol.node, FuncDef):
        return None
    return lowerer.coerce(
        lowerer.call_helper(info.module_name, symbol.node, [value], at, info), STR
    )


__all__ = ["enum_formatted", "enum_text", "enum_value", "repr_of", "str_of"]

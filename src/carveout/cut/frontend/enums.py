"""Enums: their members, what makes one of a value, their methods, and those that are numbers.

    members(lowerer, node)               # the members of `for side in Side`, as a list
    of_value(lowerer, info, node, at)    # Side("buy"): its ValueError is Python's
    plain(lowerer, value, at)            # the int that an IntEnum's member is in arithmetic

Invariant: a member of an IntEnum or StrEnum is never stored where an int or a str is declared: what
it shows and what it is would be lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mypy.nodes import (
    CallExpr,
    Decorator,
    Expression,
    FuncDef,
    IndexExpr,
    MemberExpr,
    RefExpr,
    TypeInfo,
)

from carveout.cut.frontend import methods
from carveout.cut.frontend.showing import enum_value
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import STR, EnumType, ListType, Type
from carveout.cut.refuse import Refusal
from carveout.cut.registry.entry import ATOM, Entry, Name

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base
    from carveout.cut.frontend.calls import Calls

# What takes an IntEnum's member for its number, and gives something new.
_ARITHMETIC = frozenset(
    {"+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "neg", "pos", "invert"}
    | {"<", "<=", ">", ">=", "==", "!=", "getitem", "slice", "repeat"}
    | {f"builtins.{name}" for name in ("abs", "int", "float", "divmod", "pow", "hex", "oct", "bin")}
    | {f"builtins.{name}" for name in ("chr", "round", "len", "ord")}
)


def owner(lowerer: Base, node: Expression) -> TypeInfo | None:
    """The enum that an expression names, in its own class methods also as `cls`."""
    if not isinstance(node, RefExpr):
        return None
    if isinstance(node.node, TypeInfo):
        return node.node if node.node.is_enum else None
    found = methods.own_class(lowerer, node)
    return found if found is not None and found.is_enum else None


def members(lowerer: Base, node: Expression) -> ir.Expr | None:
    """The members of the enum that `node` names, as a list."""
    info = owner(lowerer, node)
    if info is None:
        return None
    at = lowerer.at(node)
    if isinstance(node, RefExpr) and isinstance(node.node, TypeInfo):
        lowerer.sure(node, at)
    type_ = lowerer.reader.read_enum(info, at)
    assert isinstance(type_, EnumType)
    names = lowerer.reader.table.enums[type_.name].members
    return ir.ListLit(ListType(type_), at, [ir.Member(type_, at, name) for name in names])


def of_value(lowerer: Calls, info: TypeInfo, node: CallExpr, at: ir.At) -> ir.Expr:
    """`Side("buy")`"""
    type_ = lowerer.reader.read_enum(info, at)
    assert isinstance(type_, EnumType)
    positional, keywords = lowerer.arguments(node)
    wanted = lowerer.reader.table.enums[type_.name].value_type
    if len(positional) != 1 or keywords or wanted is None:
        raise Refusal("refusal-call", f"this call of {info.name} is not drafted", at)
    value = lowerer.expr(positional[0])
    if value.type == type_:
        return value
    if value.type != wanted:
        raise Refusal("refusal-call", f"{info.name}({value.type}) is not drafted", at)
    entry = Entry("enum.of", (), Name(str(wanted)), "own", "{T}::of(&{0})?", ATOM, True)
    return ir.Prim(type_, at, entry, [value])


def of_name(lowerer: Base, node: IndexExpr, at: ir.At) -> ir.Expr | None:
    """`Side["BUY"]`"""
    info = owner(lowerer, node.base)
    if info is None:
        return None
    assert isinstance(node.base, RefExpr)
    if isinstance(node.base.node, TypeInfo):
        lowerer.sure(node.base, at)
    type_ = lowerer.reader.read_enum(info, at)
    name = lowerer.expr(node.index)
    if name.type != STR:
        raise Refusal("refusal-call", f"{info.name}[{name.type}] is not drafted", at)
    entry = Entry("enum.named", (), Name("str"), "own", "{T}::named(&{0})?", ATOM, True)
    return ir.Prim(type_, at, entry, [name])


def attribute(lowerer: Base, obj: ir.Expr, node: MemberExpr, at: ir.At) -> ir.Expr | None:
    """A property of a member."""
    assert isinstance(obj.type, EnumType)
    info = lowerer.reader.infos[obj.type.name]
    symbol = info.names.get(node.name)
    if symbol is None or not isinstance(symbol.node, Decorator):
        return None
    if not symbol.node.func.is_property:
        return None
    func = lowerer.plain_function(symbol.node, at)
    return lowerer.call_helper(info.module_name, func, [obj], at, info)


def method(
    lowerer: Calls, obj: ir.Expr, callee: MemberExpr, node: CallExpr, at: ir.At
) -> ir.Expr | None:
    """A method of the enum's class."""
    assert isinstance(obj.type, EnumType)
    info = lowerer.reader.infos[obj.type.name]
    symbol = info.names.get(callee.name)
    found = symbol.node if symbol is not None and not symbol.plugin_generated else None
    if isinstance(found, FuncDef) and not (found.is_static or found.is_class):
        return lowerer.call_with(info.module_name, found, [obj], node, at, info)
    return methods.of_object(lowerer, info, obj, callee, node, at)


def plain(lowerer: Base, value: ir.Expr, at: ir.At) -> ir.Expr:
    """An IntEnum's member as its int, a StrEnum's as its str; anything else as it is."""
    if not isinstance(value.type, EnumType):
        return value
    if lowerer.reader.table.enums[value.type.name].base == "none":
        return value
    return enum_value(lowerer, value, at)


def plain_arguments(lowerer: Base, key: str, args: list[ir.Expr], at: ir.At) -> list[ir.Expr]:
    """The arguments of a registry entry, where it makes something new of numbers and texts."""
    text = key.startswith("str.") and key != "str.join"
    if key not in _ARITHMETIC and not key.startswith("math.") and not text:
        return args
    return [plain(lowerer, arg, at) for arg in args]


def is_number(lowerer: Base, type_: Type) -> bool:
    """Whether a member of the enum is also an int or a str."""
    return isinstance(type_, EnumType) and lowerer.reader.table.enums[type_.name].base != "none"


__all__ = [
    "attribute",
    "is_number",
    "members",
    "method",
    "of_name",
    "of_value",
    "owner",
    "plain",
    "plain_arguments",
]

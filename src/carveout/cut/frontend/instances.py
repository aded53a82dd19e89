"""`isinstance` and `type(x) is …`: what a value's type says of them when the operation is cut.

    isinstance(n, int)       # of an `n: int`: true; what a branch of `else` says is left out

A value has exactly the class its type says: the boundary takes no subclasses, and no class that is
drafted has any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mypy.nodes import CallExpr, ComparisonExpr, Expression, OpExpr, RefExpr, TupleExpr, TypeInfo

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import simple
from carveout.cut.ir.types import (
    BOOL,
    BYTES,
    FLOAT,
    INT,
    NONE,
    NUM,
    STR,
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

if TYPE_CHECKING:
    from carveout.cut.frontend.logic import Logic

_SCALARS: dict[Type, tuple[str, ...]] = {
    INT: ("int",),
    FLOAT: ("float",),
    BOOL: ("bool", "int"),
    STR: ("str",),
    BYTES: ("bytes",),
}
# Classes whose objects are known by their types alone; no abstract ones.
_KNOWN = frozenset(
    f"builtins.{name}"
    for name in (
        *("int", "float", "bool", "str", "bytes", "list", "tuple", "dict", "set", "frozenset"),
        *("complex", "bytearray", "range", "object", "type"),
    )
)


def classes_of(lowerer: Logic, type_: Type) -> frozenset[str] | None:
    """The full names of the classes that a value of a type is an instance of."""
    names: tuple[str, ...]
    match type_:
        case ListType():
            names = ("list",)
        case TupleType() | VarTupleType():
            names = ("tuple",)
        case DictType():
            names = ("dict",)
        case SetType(_, frozen):
            names = ("frozenset" if frozen else "set",)
        case StructType(name) | EnumType(name):
            info = lowerer.reader.infos[name]
            return frozenset(base.fullname for base in info.mro)
        case _ if type_ in _SCALARS:
            names = _SCALARS[type_]
        case _:
            return None
    return frozenset(f"builtins.{name}" for name in (*names, "object"))


def _asked(lowerer: Logic, node: Expression) -> list[str]:
    """The classes that an `isinstance` names."""
    match node:
        case TupleExpr(items=items):
            return [name for item in items for name in _asked(lowerer, item)]
        case OpExpr(op="|", left=left, right=right):
            return [*_asked(lowerer, left), *_asked(lowerer, right)]
        case RefExpr(node=TypeInfo() as info):
            lowerer.sure(node, lowerer.at(node))
            if lowerer.reader.own(info) or info.fullname in _KNOWN:
                return [info.fullname]
        case RefExpr(fullname="builtins.None" | "types.NoneType"):
            return ["None"]
    raise Refusal(
        "refusal-call",
        "isinstance is drafted with built-in classes and those of the package",
        lowerer.at(node),
        hint="name the concrete class",
    )


def is_instance(lowerer: Logic, node: CallExpr, at: ir.At) -> ir.Expr:
    """`isinstance(value, classes)`."""
    if len(node.args) != 2 or any(name is not None for name in node.arg_names):
        raise Refusal("refusal-call", "this isinstance is not drafted", at)
    value = _unnarrowed(lowerer.expr(node.args[0]))
    asked = frozenset(_asked(lowerer, node.args[1]))
    return _once(lowerer, value, asked, False, at)


def _once(lowerer: Logic, value: ir.Expr, asked: frozenset[str], exact: bool, at: ir.At) -> ir.Expr:
    """The test of a value that is evaluated once, also where its answer is known."""
    if simple(value):
        return _test(lowerer, value, asked, exact, at)
    found: ir.Expr = lowerer.with_name(
        value, at, lambda read: _test(lowerer, read(), asked, exact, at)
    )
    return found


def type_test(lowerer: Logic, node: ComparisonExpr, at: ir.At) -> ir.Expr | None:
    """`type(value) is int`, also with `==`, `is not` and `!=`."""
    match node.operators, node.operands:
        case [op], [CallExpr(callee=RefExpr(fullname="builtins.type"), args=[given]), asked] if (
            op in ("is", "==", "is not", "!=") and isinstance(asked, RefExpr)
        ):
            value = _unnarrowed(lowerer.expr(given))
            found = _once(lowerer, value, frozenset(_asked(lowerer, asked)), True, at)
            return lowerer.negated(found, at) if op in ("is not", "!=") else found
    return None


def _unnarrowed(value: ir.Expr) -> ir.Expr:
    """What mypy narrowed is looked at anew."""
    while isinstance(value, (ir.Unwrap, ir.Extract)):
        value = value.operand
    return value


def _test(lowerer: Logic, value: ir.Expr, asked: frozenset[str], exact: bool, at: ir.At) -> ir.Expr:
    if isinstance(value.type, OptionalType) and isinstance(value.type.item, UnionType):
        test = _test(lowerer, ir.Unwrap(value.type.item, at, value), asked - {"None"}, exact, at)
        absent: ir.Expr = ir.IsNone(BOOL, at, value)
        if "None" in asked:
            return ir.Or(BOOL, at, absent, test)
        return ir.And(BOOL, at, ir.Not(BOOL, at, absent), test)
    if isinstance(value.type, OptionalType):
        inner = answer(lowerer, value.type.item, asked, exact, at)
        none: ir.Expr = ir.IsNone(BOOL, at, value)
        if "None" in asked:
            return ir.Const(BOOL, at, True) if inner else none
        return ir.Not(BOOL, at, none) if inner else ir.Const(BOOL, at, False)
    if isinstance(value.type, UnionType):
        yes = [answer(lowerer, item, asked, exact, at) for item in value.type.items]
        if all(yes) or not any(yes):
            return ir.Const(BOOL, at, all(yes))
        tests: list[ir.Expr] = [
            ir.IsMember(BOOL, at, value, index) for index, one in enumerate(yes) if one
        ]
        found = tests[0]
        for test in tests[1:]:
            found = ir.Or(BOOL, at, found, test)
        return found
    if value.type == NUM:
        both = "builtins.int" in asked, "builtins.float" in asked
        if both[0] != both[1] and "builtins.object" not in asked:
            return lowerer.prim("num.is_int" if both[0] else "num.is_float", [value], at)
        return ir.Const(BOOL, at, both[0] or "builtins.object" in asked)
    if value.type == NONE:
        return ir.Const(BOOL, at, "None" in asked)
    return ir.Const(BOOL, at, answer(lowerer, value.type, asked, exact, at))


def answer(lowerer: Logic, type_: Type, asked: frozenset[str], exact: bool, at: ir.At) -> bool:
    """Whether every value of a type is an instance of one of these classes; else none is."""
    have = classes_of(lowerer, type_)
    if have is None:
        raise Refusal("refusal-call", f"isinstance of {type_} is not drafted", at)
    if exact:
        own = _SCALARS[type_][0] if type_ in _SCALARS else ""
        if isinstance(type_, (StructType, EnumType)):
            own = lowerer.reader.infos[type_.name].fullname
        elif not own:
            own = next(n for n in have if n != "builtins.object").removeprefix("builtins.")
        return (own if "." in own else f"builtins.{own}") in asked
    return bool(have & asked)


__all__ = ["answer", "classes_of", "is_instance", "type_test"]

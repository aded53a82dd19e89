"""`isinstance` and `type(x) is …`: what a value's type says of them when the operation is cut.

    isinstance(n, int)       # of an `n: int`: true; what a branch of `else` says is left out

A value has exactly the class its type says, or one of the live ones of its hierarchy, which it is
asked for: the boundary takes no subclasses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mypy.nodes import CallExpr, ComparisonExpr, Expression, OpExpr, RefExpr, TupleExpr, TypeInfo

from carveout.cut.frontend import hierarchy
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import simple
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    BYTES,
    FAULT,
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
from carveout.cut.registry.entry import ATOM, Entry, Name

if TYPE_CHECKING:
    from carveout.cut.frontend.logic import Logic

_SCALARS: dict[Type, tuple[str, ...]] = {
    INT: ("int",),
    BIG: ("int",),
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
    if value.type == FAULT:
        return _caught(lowerer, value, node.args[1], at)
    asked = frozenset(_asked(lowerer, node.args[1]))
    return _once(lowerer, value, _Asked(asked, False, node.args[0]), at)


def _caught(lowerer: Logic, value: ir.Expr, classes: Expression, at: ir.At) -> ir.Expr:
    """`isinstance` of a caught exception: what `except` would ask."""
    kinds = lowerer.kinds(classes)  # type: ignore[attr-defined]
    if kinds is None:
        return lowerer.with_name(value, at, lambda _: ir.Const(BOOL, at, True))
    said = ", ".join(f'"{kind}"' for kind in kinds)
    entry = Entry("fault.is", (), Name("bool"), "own", f"{{0.}}.is(&[{said}])", ATOM, False)
    return ir.Prim(BOOL, at, entry, [value])


@dataclass(frozen=True)
class _Asked:
    """What is asked of a value: the classes, whether exactly these, and of what in the source."""

    names: frozenset[str]
    exact: bool
    node: Expression


def _once(lowerer: Logic, value: ir.Expr, asked: _Asked, at: ir.At) -> ir.Expr:
    """The test of a value that is evaluated once, also where its answer is known."""
    if simple(value):
        return _test(lowerer, value, asked, at)
    found: ir.Expr = lowerer.with_name(value, at, lambda read: _test(lowerer, read(), asked, at))
    return found


def type_test(lowerer: Logic, node: ComparisonExpr, at: ir.At) -> ir.Expr | None:
    """`type(value) is int`, also with `==`, `is not` and `!=`."""
    match node.operators, node.operands:
        case [op], [CallExpr(callee=RefExpr(fullname="builtins.type"), args=[given]), asked] if (
            op in ("is", "==", "is not", "!=") and isinstance(asked, RefExpr)
        ):
            value = _unnarrowed(lowerer.expr(given))
            wanted = _Asked(frozenset(_asked(lowerer, asked)), True, given)
            found = _once(lowerer, value, wanted, at)
            return lowerer.negated(found, at) if op in ("is not", "!=") else found
    return None


def _unnarrowed(value: ir.Expr) -> ir.Expr:
    """What mypy narrowed is looked at anew."""
    while isinstance(value, (ir.Unwrap, ir.Extract)):
        value = value.operand
    return value


def _test(lowerer: Logic, value: ir.Expr, asked: _Asked, at: ir.At) -> ir.Expr:
    if isinstance(value.type, OptionalType):
        absent: ir.Expr = ir.IsNone(BOOL, at, value)
        test = _test(lowerer, ir.Unwrap(value.type.item, at, value), asked, at)
        if "None" in asked.names:
            if isinstance(test, ir.Const):
                return ir.Const(BOOL, at, True) if test.value else absent
            return ir.Or(BOOL, at, absent, test)
        if isinstance(test, ir.Const):
            return ir.Not(BOOL, at, absent) if test.value else ir.Const(BOOL, at, False)
        return ir.And(BOOL, at, ir.Not(BOOL, at, absent), test)
    if isinstance(value.type, UnionType):
        tests = [
            (index, _test(lowerer, ir.Extract(item, at, value, index), asked, at))
            for index, item in enumerate(value.type.items)
        ]
        known = [isinstance(test, ir.Const) and test.value is True for _, test in tests]
        if all(known):
            return ir.Const(BOOL, at, True)
        found: ir.Expr | None = None
        for index, test in tests:
            member: ir.Expr = ir.IsMember(BOOL, at, value, index)
            if isinstance(test, ir.Const):
                if not test.value:
                    continue
            else:
                member = ir.And(BOOL, at, member, test)
            found = member if found is None else ir.Or(BOOL, at, found, member)
        return found if found is not None else ir.Const(BOOL, at, False)
    if value.type == NUM:
        both = "builtins.int" in asked.names, "builtins.float" in asked.names
        if both[0] != both[1] and "builtins.object" not in asked.names:
            return lowerer.prim("num.is_int" if both[0] else "num.is_float", [value], at)
        return ir.Const(BOOL, at, both[0] or "builtins.object" in asked.names)
    if value.type == NONE:
        return ir.Const(BOOL, at, "None" in asked.names)
    static = hierarchy.declared_class(lowerer, asked.node)
    marked = hierarchy.asked(lowerer, value, asked.names, asked.exact, static, at)
    if marked is not None:
        return marked
    return ir.Const(BOOL, at, answer(lowerer, value.type, asked.names, asked.exact, at))


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

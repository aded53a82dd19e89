"""What syntax calls behind the scenes: the special methods of the package's own classes.

    special.operator(lowerer, "+", left, right, at)     # Call of Vector.__add__, or None

Each function gives None where no class of the package is concerned; the caller then goes on as for
built-in types.

Invariant: operands are evaluated from left to right, whichever of them has the method.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mypy.nodes import Argument, FuncDef, TypeInfo
from mypy.types import Instance, get_proper_type

from carveout.cut.frontend import acting, dispatch, exceptions, hierarchy
from carveout.cut.frontend.classes import OPERATORS
from carveout.cut.frontend.families import found_in, function_of
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import simple
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    DECIMAL,
    FAULT,
    FLOAT,
    INT,
    NUM,
    STR,
    OptionalType,
    StructType,
    Type,
    TypeTable,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry import entry

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base
    from carveout.cut.frontend.logic import Logic

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_COMPARISONS = {
    **{"<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"},
    **{"==": "__eq__", "!=": "__ne__"},
}
_SAME = entry("is", "(T, T) -> bool", "{0.}.is({1})")
_SAME_OPTIONAL = entry("is", "(opt[T], opt[T]) -> bool", "option::same({0}, {1})")
_LENGTH = entry("special.len", "(int) -> int", "int::length({0})?")
# What the registry shows by itself.
_PLAIN_TEXT = (INT, BIG, FLOAT, NUM, BOOL, STR, FAULT, DECIMAL)
# Entries that ask which object one is, or whether two are equal.
_TELLING = frozenset({"is", "==", "!=", "in", "list.index", "list.count", "list.remove"})


def method(lowerer: Base, type_: Type, name: str) -> FuncDef | None:
    """The special method of a class's objects."""
    if not isinstance(type_, StructType):
        return None
    infos = hierarchy.possible(lowerer, type_, None, ir.NOWHERE)
    found = [_own(info, name) for info in infos]
    if any(found) and not all(found):
        raise Refusal(
            "refusal-class",
            f"only some classes of {lowerer.reader.infos[type_.name].name} have {name}",
            lowerer.at(lowerer.func),
            hint="give the base one as well",
        )
    return found[0]


def _own(info: TypeInfo, name: str) -> FuncDef | None:
    """The special method that a class of the package has, its own or inherited."""
    found = found_in(info, name)
    if found is None or found[0].module_name in ("builtins", "typing", "abc", "msgspec"):
        return None
    return function_of(found[1])


def call(lowerer: Base, obj: ir.Expr, name: str, args: list[ir.Expr], at: ir.At) -> ir.Expr | None:
    """The call of a special method, if the object's class has it."""
    func = method(lowerer, obj.type, name)
    if func is None:
        return None
    assert isinstance(obj.type, StructType)
    infos = hierarchy.possible(lowerer, obj.type, None, at)
    info = func.info
    params = func.arguments[1:]
    if len(params) != len(args):
        raise Refusal("refusal-call", f"{info.name}.{name} takes odd parameters", at)
    with lowerer.reader.where(lowerer.reader.parameters_of(obj.type)):
        given = [
            lowerer.coerce(
                arg, own_operand(lowerer, func, p) or lowerer.reader.read(p.variable.type, at)
            )
            for arg, p in zip(args, params, strict=True)
        ]
    if len(infos) > 1:
        return dispatch.call(lowerer, obj, infos, name, given, {}, at, func)  # type: ignore[arg-type]
    return lowerer.call_helper(info.module_name, func, [obj, *given], at, info)


def own_operand(lowerer: Base, func: FuncDef, argument: Argument) -> Type | None:
    """The class itself for `other: object` of `__eq__`: only its own objects are compared.

    An exception's `self` is a fault.
    """
    if func.info and argument is func.arguments[0] and func.info.has_base("builtins.BaseException"):
        return FAULT
    if func.name not in ("__eq__", "__ne__") or not func.info:
        return None
    type_ = get_proper_type(argument.variable.type)
    if isinstance(type_, Instance) and type_.type.fullname == "builtins.object":
        return lowerer.reader.object_of(func.info, lowerer.at(func))
    return None


def comparison(
    lowerer: Logic, symbol: str, left: ir.Expr, right: ir.Expr, at: ir.At
) -> ir.Expr | None:
    """`left < right` by a method of either."""
    if symbol not in _COMPARISONS:
        return None
    name = _COMPARISONS[symbol]
    if (made := _subclass_first(lowerer, symbol, left, right, at)) is not None:
        return made
    if method(lowerer, left.type, name) is not None:
        return _truthful(call(lowerer, left, name, [right], at), symbol, at)
    if symbol == "!=" and method(lowerer, left.type, "__eq__") is not None:
        return ir.Not(BOOL, at, _truthful(call(lowerer, left, "__eq__", [right], at), symbol, at))
    if (made := acting.derived(lowerer, name, left, right, at)) is not None:  # type: ignore[arg-type]
        return made
    if symbol in ("==", "!="):
        if method(lowerer, right.type, "__eq__") is not None:
            raise Refusal("refusal-operator", f"`{symbol}` of two classes is not drafted", at)
        return None
    mirrored = _COMPARISONS[_MIRRORED[symbol]]
    if method(lowerer, right.type, mirrored) is not None:
        return _swapped(lowerer, left, right, mirrored, symbol, at)
    return None


def _subclass_first(
    lowerer: Logic, symbol: str, left: ir.Expr, right: ir.Expr, at: ir.At
) -> ir.Expr | None:
    """Where the right operand's class may be below the left one's: its method comes first."""
    if not isinstance(left.type, StructType) or left.type != right.type:
        return None
    infos = hierarchy.possible(lowerer, left.type, None, at)
    pairs = [(a, [b for b in infos if b is not a and a in b.mro]) for a in infos]
    pairs = [(a, below) for a, below in pairs if below]
    if not pairs:
        return None
    name, mirrored = _COMPARISONS[symbol], _COMPARISONS[_MIRRORED[symbol]]
    if symbol == "!=" and method(lowerer, left.type, "__ne__") is None:
        equal = _subclass_first(lowerer, "==", left, right, at)
        return None if equal is None else ir.Not(BOOL, at, equal)
    if method(lowerer, left.type, name) is None:
        if method(lowerer, left.type, mirrored) is not None:
            raise Refusal("refusal-operator", f"`{symbol}` of a hierarchy is not drafted", at)
        return None
    if method(lowerer, left.type, mirrored) is None:
        # The right one has nothing to say.
        return None

    def with_both(one: Callable[[], ir.Expr], other: Callable[[], ir.Expr]) -> ir.Expr:
        below: ir.Expr | None = None
        for above, subs in pairs:
            is_above = hierarchy.is_of(lowerer, one(), [above], at)
            is_below = hierarchy.is_of(lowerer, other(), subs, at)
            test = ir.And(BOOL, at, is_above, is_below)
            below = test if below is None else ir.Or(BOOL, at, below, test)
        assert below is not None
        first = _truthful(call(lowerer, other(), mirrored, [one()], at), symbol, at)
        then = _truthful(call(lowerer, one(), name, [other()], at), symbol, at)
        return ir.IfExp(BOOL, at, below, first, then)

    made: ir.Expr = lowerer.with_name(
        left, at, lambda one: lowerer.with_name(right, at, lambda other: with_both(one, other))
    )
    return made


def _swapped(
    lowerer: Logic, left: ir.Expr, right: ir.Expr, name: str, symbol: str, at: ir.At
) -> ir.Expr:
    made = lowerer.with_name(left, at, lambda read: call(lowerer, right, name, [read()], at))
    assert isinstance(made, ir.Expr)
    return made if symbol in OPERATORS else _truthful(made, symbol, at)


def _truthful(found: ir.Expr | None, symbol: str, at: ir.At) -> ir.Expr:
    assert found is not None
    if found.type != BOOL:
        raise Refusal("refusal-operator", f"`{symbol}` that gives {found.type} is not drafted", at)
    return found


def operator(lowerer: Logic, op: str, left: ir.Expr, right: ir.Expr, at: ir.At) -> ir.Expr | None:
    """`left + right` by `__add__` of the left or `__radd__` of the right operand."""
    name = OPERATORS[op]
    if (
        isinstance(left.type, StructType)
        and left.type == right.type
        and method(lowerer, left.type, f"__r{name}__") is not None
        and len(hierarchy.possible(lowerer, left.type, None, at)) > 1
    ):
        raise Refusal(
            "refusal-operator", f"`{op}` of a hierarchy with __r{name}__ is not drafted", at
        )
    if method(lowerer, left.type, f"__{name}__") is not None:
        return call(lowerer, left, f"__{name}__", [right], at)
    if method(lowerer, right.type, f"__r{name}__") is not None:
        return _swapped(lowerer, left, right, f"__r{name}__", op, at)
    return None


def plain_operator(lowerer: Logic, op: str, left: ir.Expr) -> bool:
    """Whether `left += right` makes a new object, by `__add__`."""
    name = OPERATORS[op]
    return (
        method(lowerer, left.type, f"__{name}__") is not None
        and method(lowerer, left.type, f"__i{name}__") is None
    )


def contains(lowerer: Logic, item: ir.Expr, obj: ir.Expr, at: ir.At) -> ir.Expr | None:
    """`item in obj` by `__contains__`."""
    if method(lowerer, obj.type, "__contains__") is None:
        return None
    name = "__contains__"
    made = lowerer.with_name(item, at, lambda read: call(lowerer, obj, name, [read()], at))
    return lowerer.truth(made, at)


def decides_truth(lowerer: Base, type_: Type) -> bool:
    """Whether an object of this type may be false."""
    return any(method(lowerer, type_, name) is not None for name in ("__bool__", "__len__"))


def truth(lowerer: Base, value: ir.Expr, at: ir.At) -> ir.Expr | None:
    """`bool(value)` by `__bool__` or `__len__`."""
    found = call(lowerer, value, "__bool__", [], at)
    if found is not None:
        return _truthful(found, "bool", at)
    found = builtin(lowerer, "len", value, at)
    if found is None:
        return None
    return lowerer.prim("!=", [found, ir.Const(INT, at, 0)], at)


def builtin(lowerer: Base, how: str, value: ir.Expr, at: ir.At) -> ir.Expr | None:
    """`len`, `abs`, `repr` and `str` of an object."""
    if value.type == FAULT and how == "repr":
        return exceptions.repr_of(lowerer, value, at)
    if how in ("str", "repr"):
        if value.type in _PLAIN_TEXT:
            return None
        from carveout.cut.frontend import showing

        return (showing.str_of if how == "str" else showing.repr_of)(lowerer, value, at)
    if how == "len" and isinstance(value.type, StructType) and simple(value):
        struct = lowerer.reader.table.structs[value.type.name]
        if struct.named:
            return ir.Const(INT, at, len(struct.fields))
    if how == "len":
        found = call(lowerer, value, "__len__", [], at)
        if found is None:
            return None
        return ir.Prim(INT, at, _LENGTH, [lowerer.coerce(found, INT)])
    return call(lowerer, value, "__abs__", [], at) if how == "abs" else None


def set_item(
    lowerer: Logic, base: ir.Expr, index: ir.Expr, value: ir.Expr, at: ir.At
) -> ir.Stmt | None:
    """`base[index] = value` by `__setitem__`; the value comes first."""
    if method(lowerer, base.type, "__setitem__") is None:
        return None
    return ir.Do(
        at,
        lowerer.with_name(
            value, at, lambda read: call(lowerer, base, "__setitem__", [index, read()], at)
        ),
    )


# --- which object it is ----------------------------------------------------------------------


def same_object(lowerer: Base, left: ir.Expr, right: ir.Expr, at: ir.At) -> ir.Expr | None:
    """`left is right` of two objects of one class that can change."""

    def plain(type_: Type) -> StructType | None:
        inner = type_.item if isinstance(type_, OptionalType) else type_
        if isinstance(inner, StructType) and not lowerer.reader.table.structs[inner.name].frozen:
            return inner
        return None

    struct = plain(left.type)
    if struct is None or plain(right.type) != struct:
        return None
    if left.type == right.type == struct:
        return ir.Prim(BOOL, at, _SAME, [left, right])
    wanted = OptionalType(struct)
    return ir.Prim(
        BOOL, at, _SAME_OPTIONAL, [lowerer.coerce(left, wanted), lowerer.coerce(right, wanted)]
    )


def identity_refusals(program: ir.Program, table: TypeTable) -> list[Refusal]:
    """Where it counts which object one is, and the objects came from outside.

    A process of its own has copies: one object under two names has become two there.
    """
    outside: set[str] = set()

    def note(part: Type) -> bool:
        if isinstance(part, StructType):
            outside.add(part.name)
        return False

    def told(part: Type) -> bool:
        return (
            isinstance(part, StructType)
            and part.name in outside
            and table.structs[part.name].identity
        )

    for param in program.functions[program.entry].params:
        table.any_part(param.type, note)
    found = []
    for function in program.functions.values():
        for node in (inner for s in function.body for inner in ir.walk(s)):
            if not isinstance(node, ir.Prim) or node.entry.key not in _TELLING:
                continue
            if node.entry.key == "is":
                told_apart = any(
                    getattr(bare, "name", None) in outside
                    for arg in node.args
                    for bare in (arg.type, getattr(arg.type, "item", None))
                )
            else:
                told_apart = any(table.any_part(arg.type, told) for arg in node.args)
            if told_apart:
                found.append(
                    Refusal(
                        "refusal-identity",
                        "this depends on which object it is, of those that came in",
                        node.at,
                        hint="compare by value: use ==, of a class with an __eq__ of its fields",
                    )
                )
    return found

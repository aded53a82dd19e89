"""Which class an object of a hierarchy is of, and what it holds.

    isinstance(shape, Circle)      # of a Shape with several live classes: a test of its mark
    shape.radius                   # the field that circles have, absent in the others

Invariant: an object of a class that was not expected is left to the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mypy.nodes import (
    CallExpr,
    Expression,
    MemberExpr,
    NameExpr,
    RefExpr,
    TypeInfo,
    Var,
)
from mypy.types import Instance, get_proper_type
from mypy.types import Type as MypyType
from mypy.types import UnionType as MypyUnion

from carveout.cut.frontend.families import conforms
from carveout.cut.frontend.layout import Layout, member_name
from carveout.cut.frontend.types import public_name
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import simple
from carveout.cut.ir.types import BOOL, FAULT, STR, StructType, Type
from carveout.cut.refuse import Refusal
from carveout.cut.registry.entry import Entry, Name

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base
    from carveout.cut.frontend.calls import Calls

_MARKED = Entry("enum.==", (), Name("bool"), "own", "{0:7} == {1:7}", 6, False)


# --- which classes an object can be of -----------------------------------------------------------


def class_in(given: MypyType | None) -> TypeInfo | None:
    """The class that a type names, also where it may be None."""
    type_ = get_proper_type(given)
    if isinstance(type_, MypyUnion):
        found = {info for item in type_.items if (info := class_in(item)) is not None}
        return found.pop() if len(found) == 1 else None
    return type_.type if isinstance(type_, Instance) else None


def possible(
    lowerer: Base, type_: StructType, static: TypeInfo | None, at: ir.At
) -> tuple[TypeInfo, ...]:
    """The classes that an object of a type can be of, given the class that mypy says it is."""
    layout = lowerer.reader.layout(type_)
    if layout is None:
        return (lowerer.reader.infos[type_.name],)
    live = layout.family.live
    if static is None or not layout.family.marked:
        return live
    chosen = tuple(
        info
        for info in live
        if static in info.mro or (static.is_protocol and conforms(info, static))
    )
    if not chosen:
        raise Refusal("refusal-class", f"nothing here makes a {static.name}", at)
    return chosen


def classes_at(lowerer: Base, obj: ir.Expr, node: Expression | None) -> tuple[TypeInfo, ...]:
    """The same of an object, with what mypy knows where it stands."""
    assert isinstance(obj.type, StructType)
    given = lowerer.project.checked.types.get(node) if node is not None else None
    return possible(lowerer, obj.type, class_in(given), obj.at)


def declared_class(lowerer: Base, node: Expression) -> TypeInfo | None:
    """The class that something is declared as, whatever mypy narrowed it to."""
    match node:
        case NameExpr(node=Var() as var):
            return class_in(var.type)
        case MemberExpr():
            owner = class_in(lowerer.project.checked.types.get(node.expr))
            symbol = owner.get(node.name) if owner is not None else None
            if symbol is not None and isinstance(symbol.node, Var):
                return class_in(symbol.node.type)
    return class_in(lowerer.project.checked.types.get(node))


def is_of(lowerer: Base, value: ir.Expr, among: Sequence[TypeInfo], at: ir.At) -> ir.Expr:
    """Whether an object is of one of these classes, by its mark; `value` is a plain read."""
    layout = lowerer.reader.layout(value.type)
    assert layout is not None
    assert layout.mark is not None
    name, kind = layout.mark
    found: ir.Expr | None = None
    for info in among:
        mark = ir.Field(kind, at, value, name)
        member = ir.Member(kind, at, member_name(layout.family, info))
        test = ir.Prim(BOOL, at, _MARKED, [mark, member])
        found = test if found is None else ir.Or(BOOL, at, found, test)
    assert found is not None
    return found


def asked(
    lowerer: Base,
    value: ir.Expr,
    wanted: frozenset[str],
    exact: bool,
    static: TypeInfo | None,
    at: ir.At,
) -> ir.Expr | None:
    """`isinstance` of an object of a hierarchy; None for one of a class by itself."""
    layout = lowerer.reader.layout(value.type)
    if layout is None or not layout.family.marked:
        return None
    assert isinstance(value.type, StructType)
    chosen = possible(lowerer, value.type, static, at)

    def yes(info: TypeInfo) -> bool:
        if exact:
            return info.fullname in wanted
        return any(base.fullname in wanted for base in info.mro)

    among = [info for info in chosen if yes(info)]
    if not among or len(among) == len(chosen):
        return ir.Const(BOOL, at, bool(among))
    return is_of(lowerer, value, among, at)


def each(
    lowerer: Calls,
    value: ir.Expr,
    infos: Sequence[TypeInfo],
    at: ir.At,
    say: Callable[[TypeInfo, ir.Expr], ir.Expr],
) -> ir.Expr:
    """What is said of an object by the class it is of."""
    if len(infos) == 1 and lowerer.reader.layout(value.type) is None:
        return say(infos[0], value)

    def chosen(read: Callable[[], ir.Expr]) -> ir.Expr:
        said = [(info, say(info, read())) for info in infos]
        if all(_same_constant(one, said[0][1]) for _, one in said):
            return said[0][1]
        made = said[-1][1]
        for info, one in reversed(said[:-1]):
            made = ir.IfExp(one.type, at, is_of(lowerer, read(), [info], at), one, made)
        return made

    return lowerer.with_name(value, at, chosen)


def _same_constant(one: ir.Expr, other: ir.Expr) -> bool:
    return (
        isinstance(one, ir.Const)
        and isinstance(other, ir.Const)
        and one.type == other.type
        and type(one.value) is type(other.value)
        and repr(one.value) == repr(other.value)
    )


# --- attributes ----------------------------------------------------------------------------------


def read_field(
    lowerer: Base,
    layout: Layout,
    obj: ir.Expr,
    infos: Sequence[TypeInfo],
    name: str,
    at: ir.At,
) -> ir.Expr:
    """A field that all these classes have."""
    slot = _slot(layout, infos, name, at)
    held = layout.struct.fields[slot]
    type_ = layout.fields[infos[0].fullname][name]
    read = ir.Field(held, at, obj, slot)
    return read if held == type_ else ir.Unwrap(type_, at, read)


def field_of(
    lowerer: Base, info: TypeInfo, obj: ir.Expr, name: str, type_: Type, at: ir.At
) -> ir.Expr:
    """A field of an object that is known to be of this class."""
    layout = lowerer.reader.layout(obj.type)
    if layout is None:
        return ir.Field(type_, at, obj, name)
    return read_field(lowerer, layout, obj, [info], name, at)


def _slot(layout: Layout, infos: Sequence[TypeInfo], name: str, at: ir.At) -> str:
    slots = {layout.slot(info, name) for info in infos}
    if len(slots) != 1:
        raise Refusal(
            "refusal-union",
            f"{name} has other types in other classes of {layout.family.root.name}",
            at,
            hint="ask for its class first, with isinstance",
        )
    (slot,) = slots
    return slot


def set_field(
    lowerer: Base, obj: ir.Expr, target: MemberExpr, value: ir.Expr, at: ir.At
) -> list[ir.Stmt] | None:
    """`obj.name = value` of a hierarchy."""
    layout = lowerer.reader.layout(obj.type)
    if layout is None:
        return None
    infos = classes_at(lowerer, obj, target.expr)
    for info in infos:
        if target.name not in layout.fields[info.fullname]:
            raise Refusal("refusal-attribute", f"{info.name}.{target.name} is not a field", at)
    slot = _slot(layout, infos, target.name, at)
    type_ = layout.fields[infos[0].fullname][target.name]
    value = lowerer.coerce(value, type_)
    held = layout.struct.fields[slot]
    return [ir.SetField(at, obj, slot, value if held == type_ else ir.Some(held, at, value))]


def class_name(lowerer: Calls, node: MemberExpr, at: ir.At) -> ir.Expr | None:
    """`type(obj).__name__` and `obj.__class__.__name__` of an object of the package."""
    qualified = node.name == "__qualname__"
    if node.name != "__name__" and not qualified:
        return None
    match node.expr:
        case CallExpr(callee=RefExpr(fullname="builtins.type"), args=[given]):
            pass
        case MemberExpr(name="__class__", expr=given):
            pass
        case _:
            return None
    obj = lowerer.expr(given)
    if obj.type == FAULT and not qualified:
        return lowerer.prim("fault.class", [obj], at)
    if not isinstance(obj.type, StructType):
        return None

    def said(info: TypeInfo, _: ir.Expr) -> ir.Expr:
        name = public_name(info).rpartition(":")[2] if qualified else info.name
        return ir.Const(STR, at, name)

    infos = classes_at(lowerer, obj, given)
    if len(infos) == 1 and not simple(obj):
        return lowerer.with_name(obj, at, lambda read: said(infos[0], read()))
    return each(lowerer, obj, infos, at, said)


# --- building ------------------------------------------------------------------------------------


def new(lowerer: Base, info: TypeInfo, given: dict[str, ir.Expr], at: ir.At) -> ir.New:
    """An object from its own fields, in the order in which they are evaluated."""
    type_ = lowerer.reader.object_of(info, at)
    layout = lowerer.reader.layout(type_)
    if layout is None or layout.mark is None:
        return ir.New(type_, at, list(given), list(given.values()))
    name, kind = layout.mark
    names, args = [name], [ir.Member(kind, at, member_name(layout.family, info))]
    values: list[ir.Expr] = [*args]
    for field, value in given.items():
        slot = layout.slot(info, field)
        held = layout.struct.fields[slot]
        names.append(slot)
        values.append(value if value.type == held else ir.Some(held, at, value))
    for slot, held in layout.struct.fields.items():
        if slot not in names:
            names.append(slot)
            values.append(ir.Const(held, at, None))
    return ir.New(type_, at, names, values)


__all__ = [
    "asked",
    "class_in",
    "class_name",
    "classes_at",
    "declared_class",
    "each",
    "field_of",
    "is_of",
    "new",
    "possible",
    "read_field",
    "set_field",
]

"""What mypy has learnt of an object's class, and whether it still holds where it is used.

    if isinstance(holder.shape, Circle):
        change(holder)                # may set holder.shape
        holder.shape.radius           # mypy still takes it for a Circle

mypy keeps what it learnt of `holder.shape` through calls that may change it. It is believed of
local names, and of attributes that nothing sets but an `__init__`; else the function is refused,
for what is read there may go on into variables that are taken for circles.

Invariant: an object that a draft takes for one of some classes of a hierarchy is of one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mypy.nodes import (
    CastExpr,
    Expression,
    FuncDef,
    IndexExpr,
    IntExpr,
    MemberExpr,
    MypyFile,
    NameExpr,
    TypeInfo,
)
from mypy.types import CallableType, Instance, get_proper_type
from mypy.types import TupleType as MypyTuple

from carveout.cut.frontend.hierarchy import class_in, declared_class, possible
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import OptionalType, StructType
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base
    from carveout.cut.frontend.check import Checked


def check(lowerer: Base, node: Expression, made: ir.Expr) -> None:
    """Refuse an object that mypy narrowed where that may not hold any more."""
    if not lowerer.reader.layouts:
        return
    type_ = made.type.item if isinstance(made.type, OptionalType) else made.type
    layout = lowerer.reader.layout(type_)
    if layout is None or not layout.family.marked:
        return
    assert isinstance(type_, StructType)
    types = lowerer.project.checked.types
    match node:
        case NameExpr():
            steady = not lowerer.is_cell(node.node)
            before = declared_class(lowerer, node)
        case MemberExpr():
            steady = _steady(lowerer, node)
            before = declared_class(lowerer, node)
        case IndexExpr():
            steady = _steady(lowerer, node)
            before = _item_class(lowerer, node)
        case CastExpr():
            steady = False
            before = class_in(types.get(node.expr))
        case _:
            return
    if steady:
        return
    known = possible(lowerer, type_, class_in(types.get(node)), made.at)
    if set(known) >= set(possible(lowerer, type_, before, made.at)):
        return
    raise Refusal(
        "refusal-order",
        "which class this is of may have changed since it was asked",
        made.at,
        hint="give the object a name, and ask that one",
    )


def _steady(lowerer: Base, node: Expression) -> bool:
    """Whether nothing but its making sets what an expression names."""
    match node:
        case NameExpr():
            return lowerer.is_local(node) and not lowerer.is_cell(node.node)
        case MemberExpr():
            once = node.name not in lowerer.project.families.set_later
            return once and lowerer.func.name != "__init__" and _steady(lowerer, node.expr)
        case IndexExpr():
            base = get_proper_type(lowerer.project.checked.types.get(node.base))
            fixed = isinstance(base, MypyTuple) or (
                isinstance(base, Instance) and base.type.fullname == "builtins.tuple"
            )
            return fixed and _steady(lowerer, node.base)
    return False


def _item_class(lowerer: Base, node: IndexExpr) -> TypeInfo | None:
    base = get_proper_type(lowerer.project.checked.types.get(node.base))
    match base:
        case MypyTuple(items=items) if isinstance(node.index, IntExpr):
            return class_in(items[node.index.value]) if node.index.value < len(items) else None
        case Instance(args=[*_, item]):
            return class_in(item)
    return None


def unbelieved(checked: Checked, functions: Sequence[tuple[str, FuncDef]]) -> list[Refusal]:
    """Functions in which mypy was made to believe what an object's class is."""
    found = []
    for module, func in functions:
        path = checked.path(module)
        line = untold(checked.files[module], func)
        if line is not None:
            what = "type: ignore"
        elif guards_type(func):
            what, line = f"{func.name}, a TypeGuard", func.line
        else:
            continue
        found.append(
            Refusal(
                "refusal-type-error",
                f"{what}: which classes objects are of can't be known",
                ir.At(path, line, 1),
                hint="let mypy see what the types are",
            )
        )
    return found


def untold(tree: MypyFile, func: FuncDef) -> int | None:
    """A line of a function where mypy was told to say nothing: what it knows may not be so."""
    lines = range(func.line, (func.end_line or func.line) + 1)
    return next((line for line in sorted(tree.ignored_lines) if line in lines), None)


def guards_type(func: FuncDef) -> bool:
    """Whether mypy believes a function of what its argument is: `TypeGuard`, `TypeIs`."""
    type_ = get_proper_type(func.type)
    return isinstance(type_, CallableType) and bool(type_.type_guard or type_.type_is)


__all__ = ["check", "unbelieved"]

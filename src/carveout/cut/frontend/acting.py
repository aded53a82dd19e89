"""Objects that are called, walked over, compared by `total_ordering`, and set through properties.

    scale(3)                 # Call of Scale.__call__
    for x in bag: …          # with `return iter(self.items)`: over the field
    temp.celsius = 20.0      # Call of the property's setter

Invariant: what is set is evaluated before the object that it is set on, as Python does it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mypy.nodes import (
    CallExpr,
    Decorator,
    Expression,
    ExpressionStmt,
    FuncDef,
    MemberExpr,
    NameExpr,
    OverloadedFuncDef,
    RefExpr,
    ReturnStmt,
    StrExpr,
    TypeInfo,
)

from carveout.cut.frontend import classes, dispatch, hierarchy
from carveout.cut.frontend.families import found_in, function_of
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import BOOL, StructType
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.calls import Calls
    from carveout.cut.frontend.lower import FunctionLowerer


# --- calls ---------------------------------------------------------------------------------------


def called(lowerer: Calls, callee: Expression, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """`obj(…)` by `__call__`."""
    if isinstance(callee, RefExpr) and isinstance(callee.node, (TypeInfo, FuncDef, Decorator)):
        return None
    info = hierarchy.class_in(lowerer.project.checked.types.get(callee))
    if info is None or not lowerer.reader.own(info) or found_in(info, "__call__") is None:
        return None
    obj = lowerer.expr(callee)
    if not isinstance(obj.type, StructType):
        return None
    method = MemberExpr(callee, "__call__")
    method.set_line(callee)
    inner = CallExpr(method, node.args, node.arg_kinds, node.arg_names)
    inner.set_line(node)
    if (made := dispatch.method(lowerer, obj, method, inner, at)) is not None:
        return made
    found = found_in(info, "__call__")
    func = function_of(found[1]) if found is not None else None
    if func is None:
        return None
    return lowerer.call_with(func.info.module_name, func, [obj], inner, at, func.info)


# --- walks ---------------------------------------------------------------------------------------


def walked(lowerer: Calls, value: ir.Expr, at: ir.At) -> ir.Iter | None:
    """What `return iter(self.items)` of an `__iter__` walks over."""
    if not isinstance(value.type, StructType):
        return None
    infos = hierarchy.possible(lowerer, value.type, None, at)
    found = {function_of(one[1]) if (one := found_in(i, "__iter__")) else None for i in infos}
    if len(found) != 1 or (func := found.pop()) is None or not lowerer.reader.own(func.info):
        return None
    body = [
        statement
        for statement in func.body.body
        if not (isinstance(statement, ExpressionStmt) and isinstance(statement.expr, StrExpr))
    ]
    match body:
        case [
            ReturnStmt(
                expr=CallExpr(
                    callee=RefExpr(fullname="builtins.iter"),
                    args=[MemberExpr(expr=NameExpr(node=this), name=name)],
                )
            )
        ] if this is func.arguments[0].variable:
            fields = lowerer.reader.fields(infos[0], at)
            if name in fields:
                layout = lowerer.reader.layout(value.type)
                if layout is None:
                    return lowerer.iter_of(ir.Field(fields[name], at, value, name), at)
                read = hierarchy.read_field(lowerer, layout, value, infos, name, at)
                return lowerer.iter_of(read, at)
    return None


# --- properties ----------------------------------------------------------------------------------


def setter_of(info: TypeInfo, name: str) -> FuncDef | None:
    """The function that `obj.name = value` calls."""
    found = found_in(info, name)
    match found:
        case (_, OverloadedFuncDef(items=[Decorator(), Decorator() as setter])):
            return setter.func if classes.is_property(found[1]) else None
    return None


def set_property(
    lowerer: FunctionLowerer, obj: ir.Expr, target: MemberExpr, value: ir.Expr, at: ir.At
) -> list[ir.Stmt] | None:
    """`obj.name = value` of a property."""
    func = _setter(lowerer, obj, target, at)
    if func is None:
        return None
    lowerer.project.setters.add(func)
    wanted = lowerer.reader.read(func.arguments[1].variable.type, at)

    def call(read: object) -> ir.Expr:
        assert callable(read)
        args = [obj, lowerer.coerce(read(), wanted)]
        return lowerer.call_helper(func.info.module_name, func, args, at, func.info)

    return [ir.Do(at, lowerer.with_name(lowerer.coerce(value, wanted), at, call))]


def augment_property(
    lowerer: FunctionLowerer, target: MemberExpr, op: str, right: Expression, at: ir.At
) -> list[ir.Stmt] | None:
    """`obj.name += value` of a property: what it gives, changed, is set."""
    obj = lowerer.expr(target.expr)
    if not isinstance(obj.type, StructType) or _setter(lowerer, obj, target, at) is None:
        return None
    lowerer.must_be_path(obj, at)
    left = lowerer.member_of(obj, target, at)
    if lowerer.reader.table.mutable(left.type):
        raise Refusal(
            "refusal-operator", f"{op}= on a property of type {left.type} is not drafted", at,
            hint="give it a name first",
        )  # fmt: skip
    value = lowerer.binary(op, left, lowerer.expr(right, left.type), at)
    return set_property(lowerer, lowerer.expr(target.expr), target, value, at)


def _setter(
    lowerer: FunctionLowerer, obj: ir.Expr, target: MemberExpr, at: ir.At
) -> FuncDef | None:
    if not isinstance(obj.type, StructType):
        return None
    infos = hierarchy.classes_at(lowerer, obj, target.expr)
    funcs = {setter_of(info, target.name) for info in infos}
    if funcs == {None}:
        return None
    if len(funcs) != 1:
        raise Refusal(
            "refusal-attribute", f"{target.name} is set in other ways in other classes", at
        )
    return funcs.pop()


# --- functools.total_ordering --------------------------------------------------------------------

# How each comparison follows from the one that is written: whether it is turned round, and
# "or ==" or "and !=".
_FOLLOWS = {
    "__lt__": {"__gt__": (True, "and"), "__le__": (False, "or"), "__ge__": (True, "")},
    "__le__": {"__ge__": (True, "or"), "__lt__": (False, "and"), "__gt__": (True, "")},
    "__gt__": {"__lt__": (True, "and"), "__ge__": (False, "or"), "__le__": (True, "")},
    "__ge__": {"__le__": (True, "or"), "__gt__": (False, "and"), "__lt__": (True, "")},
}


def follows(info: TypeInfo, name: str) -> tuple[str, bool, str] | None:
    """The comparison that `total_ordering` derives another from, and how."""
    decorators = [classes.name_of(one) for one in info.defn.decorators]
    if "functools.total_ordering" not in decorators:
        return None

    def written(one: str) -> bool:
        symbol = info.names.get(one)
        # mypy's plugin adds the others, with no text.
        return symbol is not None and not symbol.plugin_generated

    if written(name):
        return None
    for root, derived in _FOLLOWS.items():
        if written(root) and name in derived:
            return (root, *derived[name])
    return None


def derived(lowerer: Calls, name: str, left: ir.Expr, right: ir.Expr, at: ir.At) -> ir.Expr | None:
    """`left > right` of a class that only has `__lt__` and `__eq__`."""
    from carveout.cut.frontend import special

    if not isinstance(left.type, StructType) or left.type != right.type:
        return None
    infos = hierarchy.possible(lowerer, left.type, None, at)
    how = follows(infos[0], name) if len(infos) == 1 else None
    if how is None:
        return None
    root, turned, rest = how

    def said(one: object, other: object) -> ir.Expr:
        assert callable(one)
        assert callable(other)
        found = special.call(lowerer, one(), root, [other()], at)
        if found is None or found.type != BOOL:
            raise Refusal("refusal-operator", f"{root} of {infos[0].name} gives no bool", at)
        result: ir.Expr = ir.Not(BOOL, at, found) if turned else found
        if not rest:
            return result
        equal = lowerer.compare("==" if rest == "or" else "!=", one(), other(), at)
        return (ir.Or if rest == "or" else ir.And)(BOOL, at, result, equal)

    made: ir.Expr = lowerer.with_name(
        left, at, lambda one: lowerer.with_name(right, at, lambda other: said(one, other))
    )
    return made


__all__ = ["augment_property", "called", "derived", "set_property", "setter_of", "walked"]

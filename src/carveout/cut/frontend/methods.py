"""Building objects of the package's classes, and calling what belongs to a class.

    Stack(3)                 # a Call of the function that `__init__` becomes
    Point.origin()           # class and static methods

What `__init__` and a class method get as their first argument is known, so their drafts leave it
out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mypy.nodes import (
    CallExpr,
    Decorator,
    Expression,
    FuncDef,
    MemberExpr,
    NameExpr,
    RefExpr,
    TypeInfo,
)
from mypy.types import TypeVarId

from carveout.cut.frontend import classes, dispatch, hierarchy
from carveout.cut.frontend.families import found_in
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import NONE, Type
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base
    from carveout.cut.frontend.calls import Calls


def made_without_first(func: FuncDef) -> bool:
    """Whether the draft of a method leaves out its first parameter."""
    return func.name == "__init__" or func.is_class


def _nothing(at: ir.At) -> ir.Expr:
    """Stands for the argument that is left out."""
    return ir.Const(NONE, at, None)


def call_it(
    lowerer: Calls, info: TypeInfo, func: FuncDef, args: list[ir.Expr], at: ir.At
) -> ir.Expr:
    """The call of `__init__` as a function that gives the object, or of a class method."""
    if func.name == "__init__":
        lowerer.draftable(func, at)
        key = f"{lowerer.reader.instance_name(info, at)}.{func.name}"
        lowerer.project.built_for[key] = info
        lowerer.project.request(func.info.module_name, key, func, f"new_{snake(info.name)}")
        return ir.Call(lowerer.reader.object_of(info, at), at, key, args)
    return dispatch.for_class(lowerer, info, func, args, at)


def construct(
    lowerer: Calls,
    info: TypeInfo,
    node: CallExpr,
    at: ir.At,
    bound: Mapping[TypeVarId, Type],
) -> ir.Expr:
    """`Stack(…)` of a plain class."""
    if info.is_abstract or info.is_protocol:
        raise Refusal("refusal-class", f"{info.name} is abstract: it has no objects", at)
    with lowerer.reader.where(bound):
        fields = lowerer.reader.fields(info, at)
    found = found_in(info, "__init__")
    if found is not None and found[0].fullname != "builtins.object":
        if not isinstance(found[1], FuncDef):
            raise Refusal("refusal-class", f"{info.name}.__init__ has a decorator", at)
        first = [_nothing(at)]
        return lowerer.call_with(found[0].module_name, found[1], first, node, at, info, bound)
    if node.args:
        raise Refusal("refusal-call", "too many arguments", at)
    given: dict[str, ir.Expr] = {}
    with lowerer.reader.where(bound):
        for name in fields:
            value = class_default(lowerer, info, name, at)
            if value is None:
                raise Refusal("refusal-class", f"{info.name}.{name} is never set", at)
            given[name] = value
        return hierarchy.new(lowerer, info, given, at)


def class_default(lowerer: Calls, info: TypeInfo, name: str, at: ir.At) -> ir.Expr | None:
    """What an object without an attribute of its own finds in its class."""
    written = lowerer.reader.defaults[lowerer.reader.key_of(info)].get(name)
    if written is None:
        return None
    return lowerer.coerce(lowerer.default(written, at), lowerer.reader.fields(info, at)[name])


def class_call(lowerer: Calls, callee: Expression, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """`Point.origin()`, and in a class method `cls(…)` and `cls.other()`."""
    if isinstance(callee, NameExpr):
        info = own_class(lowerer, callee)
        return None if info is None else lowerer.construct(info, node, at)
    if not isinstance(callee, MemberExpr) or not isinstance(callee.expr, RefExpr):
        return None
    owner = callee.expr
    info = own_class(lowerer, owner)
    if info is None and isinstance(owner.node, TypeInfo) and lowerer.reader.own(owner.node):
        info = owner.node
        lowerer.sure(owner, at)
    if info is None:
        return None
    found = found_in(info, callee.name)
    func = _undecorated(found[1] if found is not None else None)
    if func is None or not (func.is_static or func.is_class):
        return None
    if info.is_enum:
        lowerer.reader.read_enum(info, at)
    else:
        lowerer.reader.object_of(info, at)
    first = [] if func.is_static else [_nothing(at)]
    return lowerer.call_with(func.info.module_name, func, first, node, at, info)


def of_object(
    lowerer: Calls, info: TypeInfo, obj: ir.Expr, callee: MemberExpr, node: CallExpr, at: ir.At
) -> ir.Expr | None:
    """A class or static method called on an object."""
    symbol = info.names.get(callee.name)
    func = _undecorated(symbol.node if symbol is not None else None)
    if func is None or not (func.is_static or func.is_class) or not isinstance(obj, ir.Var):
        return None
    first = [] if func.is_static else [_nothing(at)]
    return lowerer.call_with(info.module_name, func, first, node, at, info)


def own_class(lowerer: Base, node: Expression) -> TypeInfo | None:
    """The class that a class method's first parameter is."""
    func = lowerer.func
    if not (func.is_class and func.arguments and func.info and isinstance(node, NameExpr)):
        return None
    if node.node is not func.arguments[0].variable:
        return None
    return lowerer.project.built_for.get(lowerer.key, func.info)


def _undecorated(node: object) -> FuncDef | None:
    if isinstance(node, Decorator):
        names = {classes.name_of(d) for d in node.original_decorators}
        known = names <= classes.METHOD_DECORATORS and not node.func.is_property
        return node.func if known else None
    return node if isinstance(node, FuncDef) else None


def rust_name(info: TypeInfo, func: FuncDef) -> str:
    """A method as a function: `stack_push`."""
    return f"{snake(info.name)}_{func.name.strip('_')}"


def snake(name: str) -> str:
    """`TreeNode` as `tree_node`."""
    out = "".join("_" + c.lower() if c.isupper() else c for c in name)
    return out.lstrip("_")

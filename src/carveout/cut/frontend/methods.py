"""Building objects of the package's classes, and calling what belongs to a class.

    Stack(3)                 # a Call of the function that `__init__` becomes
    Point.origin()           # class and static methods

What `__init__` and a class method get as their first argument is known, so their drafts leave it
out.
"""

from __future__ import annotations

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

from carveout.cut.frontend import classes
from carveout.cut.frontend.types import public_name
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import NONE, StructType
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
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
    lowerer.draftable(func, at)
    key = f"{public_name(info)}.{func.name}"
    if func.name == "__init__":
        lowerer.project.request(info.module_name, key, func, f"new_{snake(info.name)}")
        return ir.Call(StructType(public_name(info)), at, key, args)
    result = lowerer.reader.read(getattr(func.type, "ret_type", None), at)
    lowerer.project.request(info.module_name, key, func, rust_name(info, func))
    return ir.Call(result, at, key, args)


def construct(lowerer: Calls, info: TypeInfo, node: CallExpr, at: ir.At) -> ir.Expr:
    """`Stack(…)` of a plain class."""
    type_ = lowerer.reader.read_plain(info, at)
    symbol = info.names.get("__init__")
    if symbol is not None:
        if not isinstance(symbol.node, FuncDef):
            raise Refusal("refusal-class", f"{info.name}.__init__ has a decorator", at)
        return lowerer.call_with(info.module_name, symbol.node, [_nothing(at)], node, at, info)
    if node.args:
        raise Refusal("refusal-call", "too many arguments", at)
    assert isinstance(type_, StructType)
    fields = lowerer.reader.table.structs[type_.name].fields
    given = {name: class_default(lowerer, type_.name, name, at) for name in fields}
    for name, value in given.items():
        if value is None:
            raise Refusal("refusal-class", f"{info.name}.{name} is never set", at)
    return ir.New(type_, at, list(given), [v for v in given.values() if v is not None])


def class_default(lowerer: Calls, struct: str, name: str, at: ir.At) -> ir.Expr | None:
    """What an object without an attribute of its own finds in its class."""
    written = lowerer.reader.defaults[struct].get(name)
    if written is None:
        return None
    wanted = lowerer.reader.table.structs[struct].fields[name]
    return lowerer.coerce(lowerer.default(written, at), wanted)


def class_call(lowerer: Calls, callee: Expression, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """`Point.origin()`, and in a class method `cls(…)` and `cls.other()`."""
    if isinstance(callee, NameExpr):
        info = _own_class(lowerer, callee)
        return None if info is None else lowerer.construct(info, node, at)
    if not isinstance(callee, MemberExpr) or not isinstance(callee.expr, RefExpr):
        return None
    owner = callee.expr
    info = _own_class(lowerer, owner)
    if info is None and isinstance(owner.node, TypeInfo) and lowerer.reader.own(owner.node):
        info = owner.node
        lowerer.sure(owner, at)
    if info is None:
        return None
    symbol = info.names.get(callee.name)
    func = _undecorated(symbol.node if symbol is not None else None)
    if func is None or not (func.is_static or func.is_class) or info.is_enum:
        return None
    _read(lowerer, info, at)
    first = [] if func.is_static else [_nothing(at)]
    return lowerer.call_with(info.module_name, func, first, node, at, info)


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


def _read(lowerer: Calls, info: TypeInfo, at: ir.At) -> None:
    """See to it that the class is one that is drafted."""
    if classes.is_plain(info):
        lowerer.reader.read_plain(info, at)
    else:
        lowerer.reader.read_struct(info, at)


def _own_class(lowerer: Calls, node: Expression) -> TypeInfo | None:
    """The class that a class method's first parameter is."""
    func = lowerer.func
    if not (func.is_class and func.arguments and func.info and isinstance(node, NameExpr)):
        return None
    return func.info if node.node is func.arguments[0].variable else None


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

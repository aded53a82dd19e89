"""Displays of functions: a module's or a function's dicts, lists and tuples of them.

    OPERATORS = {"+": (1, operator.add), "*": (2, operator.mul)}      # a kind of their own

Invariant: what a module makes is worked out from constants, and only read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mypy.nodes import (
    CallExpr,
    ConditionalExpr,
    DictExpr,
    Expression,
    LambdaExpr,
    ListExpr,
    MemberExpr,
    MypyFile,
    NameExpr,
    RefExpr,
    TupleExpr,
    TypeInfo,
)
from mypy.nodes import Var as MypyVar

from carveout.cut.frontend.environments import Env
from carveout.cut.frontend.function_values import is_function
from carveout.cut.frontend.scoping import Scopes
from carveout.cut.frontend.signatures import (
    hint_of,
    kind_of_functions,
    mentions_open_function,
)
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    DictType,
    ListType,
    TupleType,
    Type,
)
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.callables import Callables

# --- containers of functions ---------------------------------------------------------------------


def mentions(low: Callables, node: Expression) -> bool:
    """Whether a display has functions in it, or is one."""
    match node:
        case DictExpr(items=pairs):
            return any(mentions(low, item) for _, item in pairs)
        case ListExpr(items=items) | TupleExpr(items=items):
            return any(mentions(low, item) for item in items)
        case ConditionalExpr():
            return mentions(low, node.if_expr) and mentions(low, node.else_expr)
    return is_function(low, node)


def shape(low: Callables, node: Expression, hint: str) -> Type:
    """The type of a display of functions where mypy has none: they are a kind of their own."""
    match node:
        case DictExpr(items=[(Expression() as key, first), *_]):
            return DictType(low.expr(key).type, shape(low, first, hint))
        case ListExpr(items=[first, *_]):
            return ListType(shape(low, first, hint))
        case TupleExpr(items=items):
            return TupleType(tuple(shape(low, item, hint) for item in items))
        case _ if mentions(low, node):
            return kind_of_functions(low.reader, None, None, hint)
    return low.expr(node).type


def display(low: Callables, node: Expression) -> Type | None:
    """The type of a display of functions that has no name."""
    if not mentions(low, node):
        return None
    return shape(low, node, hint_of(f"{low.rust_name}_functions_{node.line}_{node.column}"))


def local_shape(low: Callables, target: Expression, node: Expression) -> Type | None:
    """What a variable gets whose type says nothing of the functions that are put in."""
    if not isinstance(target, NameExpr) or not isinstance(target.node, MypyVar):
        return None
    known = low.precise.get(target.node)
    if known is not None and low.reader.table.keeps_functions(known):
        return known
    if not mentions(low, node) or not unknown(low, target.node, low.at(target)):
        return None
    return shape(low, node, hint_of(f"{low.rust_name}_{target.name}"))


def unknown(low: Callables, var: MypyVar, at: ir.At) -> bool:
    """Whether the type of a variable says nothing of the functions in it."""
    if var.type is None or mentions_open_function(var.type):
        return True
    try:
        low.reader.read(var.type, at)
    except Refusal:
        return True
    return False


def of_module(low: Callables, node: RefExpr, rvalue: Expression, at: ir.At) -> ir.Expr | None:
    """A module's function under another name, or a display of functions; only read."""
    module, _, name = node.fullname.rpartition(".")
    scopes = Scopes(_holder(rvalue))
    env = Env(scopes, scopes.root, module, f"{module}:{name}")
    with low.within(env, rvalue):
        if not mentions(low, rvalue):
            return None
        _trusted(low, rvalue, module, at)
        _constant(low, rvalue, module, at)
        assert isinstance(node.node, MypyVar)
        if unknown(low, node.node, at):
            wanted = shape(low, rvalue, hint_of(name))
        else:
            wanted = low.reader.read(node.node.type, at)
        return low.expr(rvalue, wanted)


def _holder(rvalue: Expression) -> LambdaExpr:
    """A function around an expression of a module, so that its lambdas have a place."""
    from mypy.nodes import Block, ReturnStmt

    holder = LambdaExpr([], Block([ReturnStmt(rvalue)]))
    holder.set_line(rvalue)
    return holder


def _trusted(low: Callables, rvalue: Expression, module: str, at: ir.At) -> None:
    path = low.project.checked.path(module)
    lines = range(rvalue.line, (rvalue.end_line or rvalue.line) + 1)
    for message in low.project.checked.messages:
        file, _, rest = message.partition(":")
        line, _, text = rest.partition(":")
        if line.isdigit() and int(line) in lines and " error:" in text and path.endswith(file):
            raise Refusal(
                "refusal-type-error", f"mypy:{text.partition(' error:')[2]}", at,
                hint="a function is drafted from its types; fix them first",
            )  # fmt: skip


def _constant(low: Callables, node: Expression, module: str, at: ir.At) -> None:
    """What is made when the module is imported: constants, and functions that keep constants."""
    match node:
        case DictExpr(items=pairs):
            for key, item in pairs:
                if key is None:
                    raise Refusal("refusal-global", "`**` among functions is not drafted", at)
                low.evaluated(key, at)
                _constant(low, item, module, at)
        case ListExpr(items=items) | TupleExpr(items=items):
            for item in items:
                _constant(low, item, module, at)
        case CallExpr(callee=RefExpr(fullname="functools.partial")):
            for arg in node.args[1:]:
                low.evaluated(arg, at)
        case MemberExpr() if is_function(low, node) and not (
            isinstance(node.expr, RefExpr) and isinstance(node.expr.node, (TypeInfo, MypyFile))
        ):
            raise Refusal(
                "refusal-global", "a method of a module's object is not drafted here", at,
                hint="use a lambda",
            )  # fmt: skip
        case _ if not is_function(low, node):
            low.evaluated(node, at)


__all__ = ["display", "local_shape", "of_module"]

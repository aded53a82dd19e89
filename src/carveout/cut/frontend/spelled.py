"""Methods and functions of built-in types, however their call is written.

    s.splitlines(keepends=True)      # parameters by name
    str.upper(s)                     # a method taken from its class
    dict(d, a=1)                     # items as keyword arguments
    d.keys() & e.keys()              # views as sets, where nobody keeps them

Invariant: arguments are evaluated as they are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mypy.nodes import ARG_POS, CallExpr, Expression, MemberExpr, RefExpr, TypeInfo

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    BYTES,
    FLOAT,
    INT,
    NONE,
    NUM,
    STR,
    DictType,
    ListType,
    SetType,
    Type,
)
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.calls import Calls

# Parameters that may be given by name, and what they are if left out before another.
# Source: https://docs.python.org/3/library/stdtypes.html
_NAMED: Mapping[str, Sequence[tuple[str, str]]] = {
    "str.splitlines": (("keepends", ""),),
    "str.expandtabs": (("tabsize", ""),),
    "str.encode": (("encoding", "utf-8"), ("errors", "strict")),
    "bytes.decode": (("encoding", "utf-8"), ("errors", "strict")),
}
# Classes whose methods may be called as functions, with the object first.
_UNBOUND = frozenset(
    f"builtins.{name}" for name in ("str", "bytes", "int", "float", "list", "dict", "set", "tuple")
)
_NUMBERS = (INT, FLOAT, BOOL, NUM, BIG)


def method(lowerer: Calls, kind: str, obj: ir.Expr, name: str, node: CallExpr) -> ir.Expr | None:
    """A method with arguments by name, or with an empty argument that says nothing."""
    positional, keywords = lowerer.arguments(node)
    at = lowerer.at(node)
    key = f"{kind}.{name}"
    if kind == "str" and name in ("strip", "lstrip", "rstrip") and len(positional) == 1:
        given = lowerer.expr(positional[0])
        args = [] if isinstance(given, ir.Const) and given.value is None else [given]
        return lowerer.prim(key, [obj, *args], at)
    if not keywords or key not in _NAMED:
        return None
    parameters = _NAMED[key]
    names = [parameter for parameter, _ in parameters]
    values = dict(zip(names, positional, strict=False))
    if len(positional) > len(names) or not set(keywords) <= set(names) - set(values):
        raise Refusal("refusal-call", f"{key}({', '.join(keywords)}=…) is not drafted", at)
    given_by = {n: lowerer.expr(v) for n, v in [*values.items(), *keywords.items()]}
    wanted = names[: max(names.index(n) for n in given_by) + 1]
    order = list(given_by)
    for parameter, default in parameters:
        given_by.setdefault(parameter, ir.Const(STR, at, default))
    args, wrap = lowerer.in_order(wanted, [*order, *(n for n in wanted if n not in order)],
                                  given_by, at)  # fmt: skip
    return wrap(lowerer.prim(key, [obj, *args], at))


def unbound(lowerer: Calls, callee: MemberExpr, node: CallExpr) -> ir.Expr | None:
    """`str.upper(s)`: as `s.upper()`, of an object of that very class."""
    owner = callee.expr
    if not isinstance(owner, RefExpr) or not isinstance(owner.node, TypeInfo):
        return None
    if owner.node.fullname not in _UNBOUND or not node.args or node.arg_kinds[0] != ARG_POS:
        return None
    kind = lowerer.kind_of(lowerer.mypy_type(node.args[0]))
    if kind != owner.node.name:
        return None
    lowerer.sure(owner, lowerer.at(callee))
    bound = MemberExpr(node.args[0], callee.name)
    bound.set_line(callee)
    call = CallExpr(bound, node.args[1:], node.arg_kinds[1:], node.arg_names[1:])
    call.set_line(node)
    return lowerer.bound_method(bound, call, lowerer.at(node))


def builtin(
    lowerer: Calls,
    name: str,
    positional: list[Expression],
    keywords: dict[str, Expression],
    node: CallExpr,
    at: ir.At,
) -> ir.Expr | None:
    """Functions that the registry alone does not say; None for any other."""
    match name, len(positional):
        case "builtins.ascii", 1 if not keywords:
            return escaped(lowerer, lowerer.expr(positional[0]), at)
        case "builtins.dict", (0 | 1) if keywords:
            return _dict(lowerer, positional, keywords, node, at)
        case "math.prod", 1 if set(keywords) == {"start"}:
            made = lowerer.over(name, positional[0], at)
            start = lowerer.expr(keywords["start"])
            if not isinstance(start, (ir.Const, ir.Var)) or start.type != INT:
                raise Refusal("refusal-call", "prod(start=…) of this is not drafted", at)
            return lowerer.binary("*", made, start, at) if made.type == INT else None
        case ("math.gcd", 0) if not keywords:
            return ir.Const(INT, at, 0)
        case ("math.lcm", 0) if not keywords:
            return ir.Const(INT, at, 1)
    return None


def escaped(lowerer: Calls, value: ir.Expr, at: ir.At) -> ir.Expr:
    """`ascii(value)`: its `repr` without what is not ASCII."""
    from carveout.cut.frontend import special

    shown = special.builtin(lowerer, "repr", value, at)
    if shown is None:
        shown = lowerer.prim("builtins.repr", [value], at)
    return lowerer.prim("ascii.of", [shown], at)


def _dict(
    lowerer: Calls,
    positional: list[Expression],
    keywords: dict[str, Expression],
    node: CallExpr,
    at: ir.At,
) -> ir.Expr | None:
    """`dict(a=1)`, `dict(d, a=1)`"""
    type_ = lowerer.mypy_type(node)
    if not isinstance(type_, DictType) or type_.key != STR:
        return None
    first = [lowerer.dict(positional[0], at)] if positional else []
    values = [lowerer.coerce(lowerer.expr(v, type_.value), type_.value) for v in keywords.values()]
    literal = ir.DictLit(type_, at, [ir.Const(STR, at, name) for name in keywords], values)
    return lowerer.prim("|", [*first, literal], at) if first else literal


def view(lowerer: Calls, node: Expression) -> ir.Expr | None:
    """`d.keys()` and `d.items()` as a set, for an operator that looks at it once."""
    if not isinstance(node, CallExpr) or node.args or not isinstance(node.callee, MemberExpr):
        return None
    if node.callee.name not in ("keys", "items"):
        return None
    at = lowerer.at(node)
    owner = lowerer.project.checked.types.get(node.callee.expr)
    if owner is None or not isinstance(lowerer.reader.read(owner, at), DictType):
        return None
    walked = lowerer.iter_call(node, at)
    if not isinstance(walked, ir.DictIter):
        return None
    return lowerer.prim("builtins.set", [lowerer.collect(walked, at)], at)


def sums(lowerer: Calls, node: Expression, begin: ir.Expr, at: ir.At) -> ir.Expr | None:
    """`sum(lists, [])`"""
    if not isinstance(begin.type, ListType):
        return None
    return lowerer.prim("sum.lists", [lowerer.materialise(node), begin], at)


def part_of_number(lowerer: Calls, obj: ir.Expr, name: str, at: ir.At) -> ir.Expr | None:
    """`n.real`, `n.numerator`, `x.imag`"""
    if obj.type not in (INT, FLOAT, BIG):
        return None
    if name == "real" or (name == "numerator" and obj.type != FLOAT):
        return obj
    one = {"imag": 0, "denominator": 1}.get(name)
    if one is None or (name == "denominator" and obj.type == FLOAT):
        return None
    kind: Type = FLOAT if obj.type == FLOAT else INT
    known = ir.Const(kind, at, float(one) if kind == FLOAT else one)
    made: ir.Expr = lowerer.with_name(obj, at, lambda _: known)
    return made


def never_equal(a: Type, b: Type) -> bool:
    """Whether no value of the one type equals any of the other, whatever their values."""

    def family(type_: Type) -> str | None:
        if type_ in _NUMBERS:
            return "number"
        if type_ in (STR, BYTES, NONE):
            return str(type_)
        return "set" if isinstance(type_, SetType) else None

    one, other = family(a), family(b)
    return one is not None and other is not None and one != other


__all__ = [
    "builtin",
    "escaped",
    "method",
    "never_equal",
    "part_of_number",
    "sums",
    "unbound",
    "view",
]

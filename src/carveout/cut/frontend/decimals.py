"""Lowering of the `decimal` module: `Decimal(…)`, methods with a rounding, constants.

    decimals.call(lowerer, "decimal.Decimal", node, at)        # `Decimal("0.10")`
    decimals.method(lowerer, obj, "quantize", node, at)        # `d.quantize(CENT, ROUND_UP)`

Contexts are refused by name: a carving computes in the default one, and declines where that of the
caller is another (boundary/decimals.rs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mypy.nodes import CallExpr, Expression, FloatExpr, IntExpr, MemberExpr, RefExpr, StrExpr
from mypy.types import Instance, get_proper_type

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import BIG, BOOL, DECIMAL, FLOAT, INT, STR
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base
    from carveout.cut.frontend.library import Library

_MODULES = ("decimal", "_decimal")
# Methods that take a rounding, and how many arguments come before it.
_ROUNDED = {"quantize": 1, "to_integral_value": 0, "to_integral": 0, "to_integral_exact": 0}


def call(lowerer: Library, fullname: str, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """A call of the module's own; a context is refused."""
    module, _, name = fullname.rpartition(".")
    if module not in _MODULES:
        return None
    if name != "Decimal":
        raise Refusal(
            "refusal-call", f"decimal.{name}() is not drafted", at,
            hint="a carving computes in the default context: 28 digits, half to even; "
            "do the rest with quantize(…, rounding=…)",
        )  # fmt: skip
    positional, keywords = lowerer.arguments(node)
    if not positional and not keywords:
        return lowerer.prim("decimal.Decimal", [ir.Const(INT, at, 0)], at)
    if list(keywords) == ["value"] and not positional:
        positional = [keywords["value"]]
    if len(positional) != 1 or (keywords and len(node.args) != 1):
        raise Refusal("refusal-call", "this call of Decimal is not drafted", at)
    value = lowerer.expr(positional[0])
    if value.type not in (STR, INT, BIG, BOOL, FLOAT, DECIMAL):
        raise Refusal(
            "refusal-call", f"a Decimal of {value.type} is not drafted", at,
            hint="make it of a str or an int",
        )  # fmt: skip
    return lowerer.prim("decimal.Decimal", [value], at)


def method(lowerer: Library, obj: ir.Expr, name: str, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """A method that takes a rounding."""
    if obj.type != DECIMAL:
        return None
    positional, keywords = lowerer.arguments(node)
    if "context" in keywords:
        raise Refusal("refusal-call", "a decimal context is not drafted", at)
    if name not in _ROUNDED:
        return None
    needed = _ROUNDED[name]
    if needed and list(keywords)[:1] == ["exp"] and not positional:
        positional = [keywords.pop("exp")]
    if list(keywords) == ["rounding"] and len(positional) == needed:
        positional = [*positional, keywords.pop("rounding")]
    if keywords or not needed <= len(positional) <= needed + 1:
        raise Refusal("refusal-call", f"this call of {name} is not drafted", at)
    args = [lowerer.expr(arg) for arg in positional]
    if len(args) == needed:
        return lowerer.prim(f"decimal.{name}", [obj, *args], at)
    if args[-1].type != STR:
        raise Refusal("refusal-call", f"a rounding of {args[-1].type} is not drafted", at)
    if needed and args[0].type in (INT, BOOL):
        args[0] = lowerer.prim("decimal.Decimal", [args[0]], at)
    key = "decimal.quantize" if needed else "decimal.to_integral_by"
    return lowerer.prim(key, [obj, *args], at)


def makes_one(node: Expression) -> bool:
    """`Decimal("0.1")`, `Decimal(0)`: of a literal, so the same whenever it is made."""
    if not isinstance(node, CallExpr) or not isinstance(node.callee, RefExpr):
        return False
    return node.callee.fullname in ("decimal.Decimal", "_decimal.Decimal") and all(
        isinstance(arg, (StrExpr, IntExpr, FloatExpr)) for arg in node.args
    )


def default(lowerer: Base, node: Expression) -> ir.Expr | None:
    """A default value that is one: it can't change, so that none can be told from another."""
    if makes_one(node):
        return lowerer.expr(node)
    if isinstance(node, RefExpr):
        value = lowerer.expr(node)
        made_here = isinstance(value, ir.Prim) and value.entry.key == "decimal.Decimal"
        return value if made_here and value.type == DECIMAL else None
    return None


def exponent(lowerer: Base, node: MemberExpr, at: ir.At) -> ir.Expr | None:
    """`d.as_tuple().exponent`, of which the tuple itself is never made."""
    call = node.expr
    if node.name != "exponent" or not isinstance(call, CallExpr) or call.args:
        return None
    callee = call.callee
    if not isinstance(callee, MemberExpr) or callee.name != "as_tuple":
        return None
    known = get_proper_type(lowerer.project.checked.types.get(callee.expr))
    if not isinstance(known, Instance) or known.type.name != "Decimal":
        return None
    value = lowerer.expr(callee.expr)
    return lowerer.prim("decimal.exponent", [value], at) if value.type == DECIMAL else None


__all__ = ["call", "default", "exponent", "makes_one", "method"]

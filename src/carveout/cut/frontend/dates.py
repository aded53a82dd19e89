"""Lowering of the `datetime` module: constructors, `replace`, zones, attributes.

    dates.call(lowerer, "datetime.timedelta", node, at)     # `timedelta(hours=2)`
    dates.method(lowerer, obj, "replace", node, at)         # `day.replace(day=1)`
    dates.attribute(lowerer, obj, "year", at)

A zone is no value of its own: `timezone.utc` and `timezone(timedelta(…))` are drafted where they
are given to a datetime. What asks for the clock or for the machine's zone is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mypy.nodes import CallExpr, Expression, MemberExpr, RefExpr

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    DATE,
    DATETIME,
    INT,
    TIMEDELTA,
    OptionalType,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry.dates import ATTRIBUTES

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base
    from carveout.cut.frontend.library import Library

_PARTS = ("year", "month", "day", "hour", "minute", "second", "microsecond")
_SPANS = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")
_CLOCK = frozenset({"today", "now", "utcnow", "fromtimestamp", "utcfromtimestamp"})


def call(lowerer: Library, name: str, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """A constructor of the module."""
    match name:
        case "datetime.date":
            return _made(lowerer, name, node, _PARTS[:3], 3, at)
        case "datetime.timedelta":
            return _made(lowerer, name, node, _SPANS, 0, at)
        case "datetime.datetime":
            zone, rest = _parted(node, 7)
            if isinstance(zone, CallExpr):
                # It is evaluated, and may raise, before the datetime is made.
                offset = _offset(lowerer, zone, at)
                return _made(lowerer, "datetime.zoned", rest, _PARTS, 3, at, [offset])
            made = _made(lowerer, name, rest, _PARTS, 3, at)
            return made if zone is None else _at_offset(lowerer, made, zone, at)
        case "datetime.time" | "datetime.timezone":
            raise Refusal(
                "refusal-call",
                f"{name} as a value is not drafted",
                at,
                hint="give a zone to a datetime: tzinfo=timezone.utc",
            )
    return None


def class_method(lowerer: Library, owner: str, name: str, node: CallExpr, at: ir.At) -> None:
    """Refuses what asks for the clock or the machine's zone."""
    if owner in ("datetime.date", "datetime.datetime") and name in _CLOCK:
        raise Refusal(
            "refusal-call",
            f"{owner}.{name}() depends on when and where it runs",
            at,
            hint="pass the time in as an argument",
        )


def _parted(node: CallExpr, at: int) -> tuple[Expression | None, CallExpr]:
    """The zone of a call (`tzinfo=…`, or the argument at this place), and the call without it."""
    zone: Expression | None = None
    args, names, kinds = [], [], []
    for index, (arg, name, kind) in enumerate(
        zip(node.args, node.arg_names, node.arg_kinds, strict=True)
    ):
        if name == "tzinfo" or (name is None and index == at):
            zone = arg
            continue
        args.append(arg)
        names.append(name)
        kinds.append(kind)
    return zone, CallExpr(node.callee, args, kinds, names)


def _made(
    lowerer: Library,
    key: str,
    node: CallExpr,
    names: tuple[str, ...],
    needed: int,
    at: ir.At,
    more: Sequence[ir.Expr] = (),
) -> ir.Expr:
    """A constructor with int arguments by their names; those not given are 0."""
    found = _named(lowerer, node, names, at)
    if any(name not in found for name in names[:needed]):
        raise Refusal("refusal-call", "an argument is missing here", at)
    given = {name: found.get(name, ir.Const(INT, at, 0)) for name in names}
    args, wrap = lowerer.in_order(list(names), list(found), given, at)
    return wrap(lowerer.prim(key, [*args, *more], at))


def _named(
    lowerer: Library, node: CallExpr, names: tuple[str, ...], at: ir.At
) -> dict[str, ir.Expr]:
    """The arguments of a call by their names, in the order in which they are written."""
    positional, keywords = lowerer.arguments(node)
    given = dict(zip(names, positional, strict=False)) | keywords
    if len(positional) > len(names) or set(given) - set(names):
        raise Refusal("refusal-call", "these arguments are not drafted", at)
    return {name: lowerer.coerce(lowerer.expr(arg), INT) for name, arg in given.items()}


def _offset(lowerer: Library, node: Expression, at: ir.At) -> ir.Expr:
    """A zone as its offset, or None for no zone."""
    match node:
        case RefExpr(fullname="builtins.None"):
            return ir.Const(OptionalType(TIMEDELTA), at, None)
        case (
            RefExpr(fullname="datetime.UTC")
            | MemberExpr(name="utc", expr=RefExpr(fullname="datetime.timezone"))
        ):
            zeros: list[ir.Expr] = [ir.Const(INT, at, 0) for _ in _SPANS]
            return ir.Some(
                OptionalType(TIMEDELTA), at, lowerer.prim("datetime.timedelta", zeros, at)
            )
        case CallExpr(callee=RefExpr(fullname="datetime.timezone"), args=[delta]):
            made = lowerer.coerce(lowerer.expr(delta), TIMEDELTA)
            return ir.Some(OptionalType(TIMEDELTA), at, made)
    raise Refusal(
        "refusal-call",
        "only timezone.utc and timezone(…) are drafted as a zone",
        at,
        hint="zones by their names need the machine's tables: convert before the call",
    )


def _at_offset(lowerer: Library, made: ir.Expr, zone: Expression, at: ir.At) -> ir.Expr:
    return lowerer.prim("datetime.at_offset", [made, _offset(lowerer, zone, at)], at)


def method(lowerer: Library, obj: ir.Expr, name: str, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """A method whose arguments are more than a list of values."""
    if obj.type not in (DATE, DATETIME):
        return None
    if name == "replace":
        zone, rest = _parted(node, 7)
        names = _PARTS if obj.type == DATETIME else _PARTS[:3]
        found = _named(lowerer, rest, names, at)
        parts, wrap = lowerer.in_order(
            [part for part in names if part in found], list(found), dict(found), at
        )
        by_name = dict(zip([part for part in names if part in found], parts, strict=True))
        args: list[ir.Expr] = [
            ir.Some(OptionalType(INT), at, by_name[part])
            if part in by_name
            else ir.Const(OptionalType(INT), at, None)
            for part in names
        ]
        known = [part for part in names if part in found] == list(found)
        if (found and isinstance(zone, CallExpr)) or not (known or isinstance(obj, ir.Var)):
            raise Refusal(
                "refusal-call", "this replace is not drafted", at, hint="do it in two steps"
            )
        made = obj
        if found or zone is None:
            made = wrap(lowerer.prim(f"{obj.type}.replace", [obj, *args], at))
        return made if zone is None else _at_offset(lowerer, made, zone, at)
    if name == "astimezone" and obj.type == DATETIME and len(node.args) == 1:
        offset = _offset(lowerer, node.args[0], at)
        if isinstance(offset, ir.Some):
            return lowerer.prim("datetime.to_offset", [obj, offset.operand], at)
    if name == "isoformat" and node.args:
        raise Refusal("refusal-call", "isoformat with arguments is not drafted", at)
    return None


def attribute(lowerer: Base, obj: ir.Expr, name: str, at: ir.At) -> ir.Expr | None:
    """`day.year`"""
    if name in ATTRIBUTES.get(str(obj.type), ()):
        return lowerer.prim(f"{obj.type}.{name}", [obj], at)
    return None


__all__ = ["attribute", "call", "class_method", "method"]

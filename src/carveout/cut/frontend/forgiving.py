"""mypy's errors that a draft can live with: it asks when it runs, and declines where mypy is right.

    return nodes[name].weight * 2      # mypy: unsupported operand types for * ("None" and "int")

A draft has a type of its own for every expression, so that an error of mypy's says where a value
may be None, not that nothing is known. Where a None arrives that the function has no use for, and
where a function that gives something ends without a `return`, the reference answers.

Invariant: what is forgiven never changes what a draft takes a value for.
"""

from __future__ import annotations

import re

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import NONE, OptionalType, Type

_MAYBE = r'"(?P<have>[^"]+) \| None"'
_WANTED = r'"(?P<want>[^"]+)"'
_FORGIVEN = [
    re.compile(pattern)
    for pattern in (
        r"Missing return statement$",
        r"Need type annotation for ",
        r"Cannot call function of unknown",
        r'Unsupported operand types for \S+ \("None" and "[^"]*"\)$',
        r'Unsupported operand types for \S+ \("[^"]*" and "None"\)$',
        r'Unsupported left operand type for \S+ \("None"\)$',
        r'Item "None" of "[^"]*" has no attribute ',
        r'Value of type "[^"]* \| None" is not indexable$',
        # What a parameter takes, an argument is held to again.
        r'Argument .* has incompatible type "[^"]* \| None"; expected "[^"]*"$',
        rf"Incompatible return value type \(got {_MAYBE}, expected {_WANTED}\)$",
        rf"Incompatible types in assignment \(expression has type {_MAYBE}, "
        rf"variable has type {_WANTED}\)$",
    )
]


def forgiven(said: str) -> bool:
    """Whether a draft asks by itself for what mypy says."""
    for pattern in _FORGIVEN:
        if (found := pattern.match(said)) is not None:
            parts = found.groupdict()
            return parts.get("have") == parts.get("want")
    return False


# What has no meaning for a None; `==`, `in` and `str` have one.
_OPERATORS = frozenset(
    {"+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "<", "<=", ">", ">="}
    | {"neg", "pos", "invert", "getitem", "setitem", "delitem", "slice", "setslice", "delslice"}
    | {f"builtins.{name}" for name in ("len", "abs", "int", "float", "round", "ord", "chr", "bin")}
)


def needs_some(key: str) -> bool:
    """Whether an operation raises, or does what no draft does, when it is given a None."""
    return key in _OPERATORS


def unwrapped(value: ir.Expr) -> ir.Expr:
    """What may be None as what it is otherwise; a None declines."""
    if isinstance(value.type, OptionalType):
        return ir.Unwrap(value.type.item, value.at, value)
    return value


def closed(statements: list[ir.Stmt], result: Type, at: ir.At) -> list[ir.Stmt]:
    """A function's statements with what its end gives: None, where that may be."""
    if result == NONE or ir.ends(statements):
        return statements
    if isinstance(result, OptionalType):
        return [*statements, ir.Return(at, ir.Const(result, at, None))]
    return [*statements, ir.Decline(at, "a function ended without a result")]


__all__ = ["closed", "forgiven", "unwrapped"]

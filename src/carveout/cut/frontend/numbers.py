"""Numbers that are declared float and may be ints.

    total: float = 0        # mypy allows it, Python keeps the int

A draft first takes every float for a float, and refuses where an int stands in its place. If that
is what refuses it, it is drafted again with every declared float as a `num`, an int or a float as
Python has it; literals and results of `/` are floats all the same.
"""

from __future__ import annotations

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import BOOL, FLOAT, INT, NUM, TupleType, Type
from carveout.cut.registry import Entry
from carveout.cut.registry.entry import Generic, Name, Shape

# Obstacles that may be gone where a float may be an int.
MIXED = frozenset({"refusal-int-as-float", "refusal-mixed-types", "refusal-union"})


def _mentions(shape: Shape) -> bool:
    if isinstance(shape, Generic):
        return any(map(_mentions, shape.args))
    return shape.name == "num"


def _converts(entry: Entry) -> bool:
    """Whether an operation makes a float of an int: `math.sqrt(4)`, `float(4)`."""
    result = entry.result
    return entry.key == "builtins.float" or (
        entry.key.startswith("math.")
        and isinstance(result, Name)
        and result.name in ("float", "bool")
    )


def taken(entry: Entry, args: list[ir.Expr]) -> list[ir.Expr] | None:
    """The arguments as an entry takes them; None if it is not for them."""
    mixed = any(arg.type == NUM for arg in args)
    if any(_mentions(param.shape) and isinstance(param.shape, Name) for param in entry.params):
        return args if mixed else None
    if not mixed or not _converts(entry):
        return args
    return [
        ir.ToFloat(FLOAT, arg.at, arg)
        if arg.type == NUM and isinstance(param.shape, Name) and param.shape.loose
        else arg
        for param, arg in zip(entry.params, args, strict=True)
    ]


def widened(args: list[ir.Expr]) -> list[ir.Expr] | None:
    """Ints and floats among the arguments as nums; None if there are none."""
    if not any(arg.type in (INT, FLOAT) for arg in args):
        return None
    return [ir.ToNum(NUM, arg.at, arg) if arg.type in (INT, FLOAT) else arg for arg in args]


def wider(a: Type, b: Type) -> Type | None:
    """The type that holds both, where they differ in ints and floats only."""
    if a == b:
        return a
    if {a, b} <= {INT, FLOAT, NUM}:
        return NUM
    if isinstance(a, TupleType) and isinstance(b, TupleType) and len(a.items) == len(b.items):
        items = [wider(x, y) for x, y in zip(a.items, b.items, strict=True)]
        if None not in items:
            return TupleType(tuple(item for item in items if item is not None))
    return None


__all__ = ["BOOL", "MIXED", "taken", "widened", "wider"]

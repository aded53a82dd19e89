"""Numbers that are declared float and may be ints.

    total: float = 0        # mypy allows it, Python keeps the int

A draft first takes every float for a float, and refuses where an int stands in its place. If that
is what refuses it, it is drafted again with every declared float as a `num`, an int or a float as
Python has it; literals and results of `/` are floats all the same.
"""

from __future__ import annotations

import functools

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    FLOAT,
    INT,
    NUM,
    ListType,
    TupleType,
    Type,
    VarTupleType,
)
from carveout.cut.registry import Entry, entries
from carveout.cut.registry.entry import Generic, Name, Shape, Taken

# Obstacles that may be gone where a float may be an int.
MIXED = frozenset({"refusal-int-as-float", "refusal-mixed-types", "refusal-union"})


def _mentions(shape: Shape, name: str = "num") -> bool:
    if isinstance(shape, Generic):
        return any(_mentions(arg, name) for arg in shape.args)
    return shape.name == name


def _converts(entry: Entry) -> bool:
    """Whether an operation makes a float of an int: `math.sqrt(4)`, `float(4)`."""
    result = entry.result
    return entry.key == "builtins.float" or (
        entry.key.startswith("math.")
        and isinstance(result, Name)
        and result.name in ("float", "bool")
    )


@functools.cache
def _of_bigs(entry: Entry) -> bool:
    return any(_mentions(param.shape, "big") for param in entry.params)


def _big(arg: ir.Expr) -> bool:
    match arg.type:
        case ListType(item) | VarTupleType(item):
            return item == BIG
    return arg.type == BIG


def _as_is(param: Taken, arg: ir.Expr) -> bool:
    """Whether an argument is what an entry of ints of any size says, without a conversion."""
    match param.shape:
        case Name("big" | "float" as name):
            return str(arg.type) == name
        case Name("int"):
            return arg.type in (INT, BOOL)
        case Generic(args=(Name("big"),)):
            return _big(arg)
    return True


def taken(entry: Entry, args: list[ir.Expr]) -> list[ir.Expr] | None:
    """The arguments as an entry takes them; None if it is not for them."""
    big = any(map(_big, args))
    if (
        not entry.key.startswith("big.")
        and _of_bigs(entry)
        and not all(map(_as_is, entry.params, args))
    ):
        return None
    if big and _converts(entry) and entry.key != "builtins.float":
        args = [
            ir.Prim(FLOAT, arg.at, entries("big.real")[0], [arg])
            if arg.type == BIG and isinstance(param.shape, Name) and param.shape.loose
            else arg
            for param, arg in zip(entry.params, args, strict=True)
        ]
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

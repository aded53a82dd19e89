"""Types of locals that mypy does not know: what arrives first, or what is put in.

    seen = {}                # mypy: dict[Any, Any]
    seen[name] = 1           # dict[str, int]

A draft has types of its own for every expression. A local whose type has an `Any` in it is of the
type of the first value it gets; an empty container, of what is put into it somewhere. Whatever else
is assigned must be of that type too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mypy.nodes import (
    AssignmentStmt,
    CallExpr,
    DictExpr,
    Expression,
    FuncItem,
    IndexExpr,
    ListExpr,
    MemberExpr,
    NameExpr,
    RefExpr,
    Var,
)
from mypy.types import AnyType, Instance, TupleType, UnionType, get_proper_type
from mypy.types import Type as MypyType

from carveout.cut.frontend.scoping import walk

# What is put in by a method: the arguments' places of key and value.
_PUTS = {
    "append": (None, 0),
    "add": (None, 0),
    "insert": (None, 1),
    "setdefault": (0, 1),
}
Put = tuple[MypyType | None, MypyType | None]


def vague(given: MypyType | None) -> bool:
    """Whether there is an `Any` in a type."""
    match get_proper_type(given):
        case AnyType():
            return True
        case Instance(args=args):
            return any(map(vague, args))
        case TupleType(items=items) | UnionType(items=items):
            return any(map(vague, items))
    return False


def empties(func: FuncItem, types: Mapping[Expression, MypyType]) -> dict[Var, tuple[str, Put]]:
    """Locals that start as empty containers of unknown items, and what is put into them."""
    found: dict[Var, str] = {}
    puts: dict[Var, list[Put]] = {}
    for node in walk(func.body):
        match node:
            case AssignmentStmt(lvalues=[NameExpr(node=Var() as var)], rvalue=value):
                kind = _empty(value)
                if kind is not None and vague(var.type):
                    found[var] = kind
        for var, put in _puts(node, types):
            if not any(map(vague, put)):
                puts.setdefault(var, []).append(put)
    return {var: (kind, puts[var][0]) for var, kind in found.items() if var in puts}


def _empty(value: Expression) -> str | None:
    match value:
        case DictExpr(items=[]):
            return "dict"
        case ListExpr(items=[]):
            return "list"
        case CallExpr(callee=RefExpr(fullname=name), args=[]) if name.startswith("builtins."):
            short = name.rpartition(".")[2]
            return short if short in ("dict", "list", "set") else None
    return None


def _puts(node: object, types: Mapping[Expression, MypyType]) -> Iterator[tuple[Var, Put]]:
    match node:
        case AssignmentStmt(
            lvalues=[IndexExpr(base=NameExpr(node=Var() as var), index=key)], rvalue=value
        ):
            yield var, (types.get(key), types.get(value))
        case CallExpr(callee=MemberExpr(expr=NameExpr(node=Var() as var), name=name), args=args):
            key_at, value_at = _PUTS.get(name, (None, 9))
            if value_at is not None and value_at < len(args):
                key_type = None if key_at is None else types.get(args[key_at])
                yield var, (key_type, types.get(args[value_at]))


__all__ = ["empties", "vague"]

"""Lowering of `json.dumps`: values of known types, and dicts and lists that are written out.

    json.dumps({"name": name, "sizes": sizes}, sort_keys=True)     # Json::Object(…), then the text

A dict that is written out may have values of several types; any other value has one type, which
says how it is written. What json raises TypeError for is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mypy.nodes import (
    CallExpr,
    DictExpr,
    Expression,
    ListComprehension,
    ListExpr,
    StrExpr,
    TupleExpr,
)

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BOOL,
    FLOAT,
    INT,
    LIBRARY,
    NEVER,
    NONE,
    NUM,
    STR,
    DictType,
    ListType,
    OptionalType,
    TupleType,
    Type,
    UnionType,
    VarTupleType,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry.entry import ATOM, Entry, Generic, Name, Taken
from carveout.cut.rust.text import string

if TYPE_CHECKING:
    from carveout.cut.frontend.library import Library

JSON = LIBRARY["json"]
_PLAIN: dict[str, object] = {
    "ensure_ascii": True,
    "sort_keys": False,
    "indent": None,
    "separators": None,
}
_MOST_IN_A_TUPLE = 6


def call(lowerer: Library, name: str, node: CallExpr, at: ir.At) -> ir.Expr:
    """`json.dumps(value, …)`"""
    positional, keywords = lowerer.arguments(node)
    if name != "dumps" or len(positional) != 1 or set(keywords) - set(_PLAIN):
        what = f"json.{name}" if name != "dumps" else f"json.dumps with {', '.join(keywords)}"
        raise Refusal(
            "refusal-call", f"{what} is not drafted", at,
            hint="take it out of the operation: pass in what was read, give back what is written",
        )  # fmt: skip
    given = {word: lowerer.evaluated(arg, at) for word, arg in keywords.items()}
    value = _tree(lowerer, positional[0])
    rust = f"dumps::text({{0}}, &{options(given, at)})?"
    entry = Entry("json.dumps", (Taken("look", Name("T")),), Name("str"), "own", rust, ATOM, True)
    return ir.Prim(STR, at, entry, [value])


def options(chosen: dict[str, object], at: ir.At) -> str:
    """The runtime's options for those that a call names."""
    given = _PLAIN | chosen
    if given == _PLAIN:
        return "dumps::Options::PLAIN"
    indent, separators = given["indent"], given["separators"]
    if type(indent) is int:
        indent = " " * indent
    if separators is None:
        separators = (", " if indent is None else ",", ": ")
    fine = (
        isinstance(indent, (str, type(None)))
        and isinstance(separators, tuple)
        and len(separators) == 2
        and all(isinstance(part, str) for part in separators)
        and type(given["ensure_ascii"]) is bool
        and type(given["sort_keys"]) is bool
    )
    if not fine:
        raise Refusal("refusal-call", "these options of json.dumps are not drafted", at)
    assert isinstance(separators, tuple)
    shown = "None" if indent is None else f"Some({string(str(indent))})"
    fields = {
        "ensure_ascii": str(given["ensure_ascii"]).lower(),
        "sort_keys": str(given["sort_keys"]).lower(),
        "indent": shown,
        "separators": f"({string(separators[0])}, {string(separators[1])})",
    }
    return f"dumps::Options {{ {', '.join(f'{k}: {v}' for k, v in fields.items())} }}"


def _tree(lowerer: Library, node: Expression) -> ir.Expr:
    """A value as it is written; of what is written out, each part by itself."""
    at = lowerer.at(node)
    match node:
        case DictExpr(items=[]) | ListExpr(items=[]):
            kind = "Object" if isinstance(node, DictExpr) else "List"
            rust = f"dumps::Json::{kind}(Vec::new())"
            return ir.Prim(
                JSON, at, Entry("json.part", (), Name("json"), "own", rust, ATOM, False), []
            )
        case DictExpr(items=items) if items and all(isinstance(k, StrExpr) for k, _ in items):
            keys = [key.value for key, _ in items if isinstance(key, StrExpr)]
            if len(set(keys)) != len(keys):
                raise Refusal("refusal-call", "a key that is written twice is not drafted", at)
            pair = TupleType((STR, JSON))
            parts: list[ir.Expr] = [
                ir.TupleLit(
                    pair, at,
                    [ir.Const(STR, at, lowerer.text(key, at)), _part(lowerer, value)],
                )
                for key, (_, value) in zip(keys, items, strict=True)
            ]  # fmt: skip
            return _made("dumps::Json::Object({0})", ir.ListLit(ListType(pair), at, parts), at)
        case ListExpr(items=values) | TupleExpr(items=values) if any(
            isinstance(value, (DictExpr, ListExpr, TupleExpr)) for value in values
        ):
            made = ir.ListLit(ListType(JSON), at, [_part(lowerer, value) for value in values])
            return _made("dumps::Json::List({0})", made, at)
        case ListComprehension(generator=walk) if isinstance(walk.left_expr, (DictExpr, ListExpr)):
            clauses = lowerer.clauses(walk, order_seen=True)
            part = _part(lowerer, walk.left_expr)
            lowerer.check_clauses(clauses, [part])
            each = ir.Comp(ListType(JSON), at, clauses, None, part)
            return _made("dumps::Json::List({0})", each, at)
    value = lowerer.expr(node)
    if not _known(value.type):
        raise Refusal(
            "refusal-call", f"json.dumps of {value.type} is not drafted", at,
            hint="write the dict out: json.dumps({\"name\": order.name})",
        )  # fmt: skip
    return value


def _part(lowerer: Library, node: Expression) -> ir.Expr:
    value = _tree(lowerer, node)
    return value if value.type == JSON else _made("dumps::value({0})", value, value.at)


def _made(rust: str, value: ir.Expr, at: ir.At) -> ir.Expr:
    items = isinstance(value, (ir.ListLit, ir.Comp)) and JSON in _inside(value.type)
    shape = Generic("list", (Name("T"),)) if items else Name("T")
    entry = Entry("json.part", (Taken("own", shape),), Name("json"), "own", rust, ATOM, False)
    return ir.Prim(JSON, at, entry, [value])


def _inside(type_: Type) -> tuple[Type, ...]:
    item = type_.item if isinstance(type_, ListType) else type_
    return item.items if isinstance(item, TupleType) else (item,)


def _known(type_: Type) -> bool:
    match type_:
        case OptionalType(item) | ListType(item) | VarTupleType(item):
            return item == NEVER or _known(item)
        case TupleType(items):
            return len(items) <= _MOST_IN_A_TUPLE and all(map(_known, items))
        case UnionType(items):
            return all(map(_known, items))
        case DictType(key, value, kind="dict"):
            return key in (STR, INT) and _known(value)
    return type_ in (INT, FLOAT, BOOL, STR, NONE, NUM)

"""Lowering of `"…" % values` and `"…".format(values)`, where the template is written there.

    percent(self, "%-10s|%5.2f", values, at)      # an ir.Format, as an f-string's
    braces(self, "{0}: {1:>{w}}", args, at)

All values are evaluated before any of them is formatted, in the order they are written.
"""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from mypy.nodes import DictExpr, Expression, StrExpr

from carveout.cut.frontend import special, spelled
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    BYTES,
    FLOAT,
    INT,
    NUM,
    STR,
    DictType,
    EnumType,
    ListType,
    OptionalType,
    UnionType,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry.formats import COMPUTED, BadSpec, Spec, parse_spec

if TYPE_CHECKING:
    from carveout.cut.frontend.expressions import Expressions
    from carveout.cut.frontend.formatting import Formatting

# Source: https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting
_PERCENT = re.compile(
    r"%(?:\((?P<name>[^()]*)\))?(?P<flags>[-+ #0]*)(?P<width>\d*)"
    r"(?:\.(?P<precision>\d*))?(?P<kind>[diuoxXeEfFgGsrac%])"
)
_FLOATS = "eEfFgG"
_PLAIN = parse_spec("")


def percent(self: Expressions, left: ir.Expr, right: ir.Expr, at: ir.At) -> ir.Expr:
    """`template % values`"""
    if not isinstance(left, ir.Const) or not isinstance(left.value, str):
        raise Refusal(
            "refusal-operator", "%-formatting is only drafted with a literal on its left", at,
            hint="use an f-string",
        )  # fmt: skip
    pieces = _pieces(left.value, at)
    if any(isinstance(piece, re.Match) and piece["name"] is not None for piece in pieces):
        return _percent_of_dict(self, pieces, right, at)
    one = (ListType, OptionalType, EnumType, UnionType)
    if (
        right.type not in (INT, FLOAT, NUM, BOOL, STR, BYTES)
        and not isinstance(right, ir.TupleLit)
        and not isinstance(right.type, one)
    ):
        raise Refusal(
            "refusal-format", f"%-formatting of {right.type} is not drafted", at,
            hint="write its parts as a tuple",
        )  # fmt: skip
    values = right.items if isinstance(right, ir.TupleLit) else [right]
    wanted = [piece for piece in pieces if isinstance(piece, re.Match) and piece["kind"] != "%"]
    if len(wanted) != len(values):
        raise Refusal("refusal-format", "this would raise: another number of values", at)

    def body(reads: list[Callable[[], ir.Expr]]) -> ir.Expr:
        parts: list[str | ir.Expr] = []
        given = iter(reads)
        for piece in pieces:
            if isinstance(piece, str):
                parts.append(piece)
            elif piece["kind"] == "%":
                parts.append("%")
            else:
                parts.append(_converted(self, piece, next(given)(), at))
        return ir.Format(STR, at, parts)

    return in_turn(self, values, body, at)


def _percent_of_dict(
    self: Expressions, pieces: list[str | re.Match[str]], right: ir.Expr, at: ir.At
) -> ir.Expr:
    """`"%(name)s" % d`: each item is looked up when its turn comes."""
    named = [piece for piece in pieces if isinstance(piece, re.Match) and piece["kind"] != "%"]
    plain = isinstance(right.type, DictType) and right.type.key == STR
    if not plain or any(piece["name"] is None for piece in named):
        raise Refusal(
            "refusal-format", f"%-formatting of {right.type} is not drafted", at,
            hint="use an f-string",
        )  # fmt: skip

    made: ir.Expr = self.with_name(
        right,
        at,
        lambda read: _named_parts(
            self,
            pieces,
            lambda name: self.prim("getitem", [read(), ir.Const(STR, at, name)], at),
            at,
        ),
    )
    return made


def percent_of_literal(
    self: Expressions, template: str, given: DictExpr, at: ir.At
) -> ir.Expr | None:
    """`"%(a)s %(b)d" % {"a": …, "b": …}`, whose values may be of any types."""
    pieces = _pieces(template, at)
    named = [piece for piece in pieces if isinstance(piece, re.Match) and piece["kind"] != "%"]
    names = [key.value for key, _ in given.items if isinstance(key, StrExpr)]
    if len(set(names)) != len(given.items) or any(p["name"] not in names for p in named):
        return None
    values = [self.expr(value) for _, value in given.items]
    return in_turn(
        self,
        values,
        lambda reads: _named_parts(self, pieces, lambda name: reads[names.index(name)](), at),
        at,
    )


def _named_parts(
    self: Expressions,
    pieces: list[str | re.Match[str]],
    item: Callable[[str], ir.Expr],
    at: ir.At,
) -> ir.Expr:
    parts: list[str | ir.Expr] = []
    for piece in pieces:
        if isinstance(piece, str):
            parts.append(piece)
        elif piece["kind"] == "%":
            parts.append("%")
        else:
            parts.append(_converted(self, piece, item(piece["name"]), at))
    return ir.Format(STR, at, parts)


def _pieces(text: str, at: ir.At) -> list[str | re.Match[str]]:
    pieces: list[str | re.Match[str]] = []
    start = 0
    while (mark := text.find("%", start)) >= 0:
        found = _PERCENT.match(text, mark)
        if found is None or (found["kind"] == "%" and found[0] != "%%"):
            raise Refusal(
                "refusal-format", f"the format {text[mark : mark + 6]!r} is not drafted", at,
                hint="use an f-string",
            )  # fmt: skip
        if mark > start:
            pieces.append(text[start:mark])
        pieces.append(found)
        start = found.end()
    return [*pieces, text[start:]] if start < len(text) else pieces


def _converted(self: Expressions, piece: re.Match[str], value: ir.Expr, at: ir.At) -> ir.Expr:
    kind, flags = piece["kind"], piece["flags"]
    width = int(piece["width"] or 0)
    precision = None if piece["precision"] is None else int(piece["precision"] or 0)
    text = kind in "srac"
    if kind == "c":
        value = self.prim("percent.c", [value], at)
        precision = None
    elif kind == "a":
        value = spelled.escaped(self, value, at)  # type: ignore[arg-type]
    elif text:
        if kind == "r" or value.type != STR:
            how = "repr" if kind == "r" else "str"
            own = special.builtin(self, how, value, at)
            value = own or self.prim(f"builtins.{how}", [value], at)
    elif kind in _FLOATS:
        if value.type != FLOAT:
            value = self.prim("builtins.float", [value], at)
    else:
        if value.type == FLOAT and kind in "diu":
            value = self.prim("builtins.int", [value], at)
        elif value.type == BOOL:
            value = ir.ToInt(INT, at, value)
        if value.type not in (INT, BIG) or precision is not None:
            raise Refusal("refusal-format", f"the format {piece[0]!r} is not drafted here", at)
    if width > 9999 or (precision or 0) > 999:
        raise Refusal("refusal-format", f"the format {piece[0]!r} is too wide", at)
    left = "-" in flags
    spec = Spec(
        fill=" ",
        align="<" if left else ">" if text else None,
        sign=None if text else "+" if "+" in flags else " " if " " in flags else None,
        alternate="#" in flags and not text,
        zero="0" in flags and not left and not text,
        width=width,
        grouping=None,
        precision=precision,
        kind="s" if text else "d" if kind in "iu" else kind,
    )
    if text and not width and precision is None:
        return value
    return spec_of(value, spec, at)


def spec_of(value: ir.Expr, spec: Spec, at: ir.At, more: list[ir.Expr] | None = None) -> ir.Expr:
    """A formatted value; `more` are the widths and precisions that are worked out."""
    from carveout.cut.registry.entry import ATOM, Entry, Name

    if value.type == INT and spec == replace(_PLAIN, kind=spec.kind) and spec.kind in (None, "d"):
        return value
    own = {"num": "num::format", "big": "big::format", "decimal": "decimal::format"}
    how = own.get(str(value.type), f"format::{value.type}")
    rust = f"{how}({{0}}, &{spec.rust()})?"
    entry = Entry("format", (), Name("str"), "own", rust, ATOM, True)
    return ir.Prim(STR, at, entry, [value, *(more or [])])


def braces(
    self: Formatting,
    template: str,
    positional: list[Expression],
    keywords: dict[str, Expression],
    at: ir.At,
) -> ir.Expr:
    """`template.format(…)`"""
    values = [self.expr(arg) for arg in [*positional, *keywords.values()]]
    places = {str(index): index for index in range(len(positional))}
    places |= {name: len(positional) + index for index, name in enumerate(keywords)}
    try:
        fields = list(string.Formatter().parse(template))
    except ValueError:
        raise Refusal("refusal-format", "this would raise: the template is broken", at) from None
    parsed = [(text, name, _inner(spec, at), how) for text, name, spec, how in fields]
    asked = [
        name
        for _, outer, inner, _ in parsed
        if outer is not None
        for name in (outer, *(part for _, part in inner if part is not None))
    ]
    if "" in asked:
        # Numbered as they are met, a field before those within its specification.
        if any(name.isdigit() for name in asked):
            raise Refusal("refusal-format", "this would raise: numbered in two ways", at)
        numbers = itertools.count()

        def number(name: str | None) -> str | None:
            return str(next(numbers)) if name == "" else name

        parsed = [
            (text, number(name), [(t, number(n)) for t, n in inner], how)
            for text, name, inner, how in parsed
        ]
        asked = [n for _, o, i, _ in parsed if o is not None for n in (o, *(p for _, p in i if p))]
    if any(name not in places for name in asked):
        raise Refusal("refusal-format", "this template is not drafted", at, hint="use an f-string")

    def body(reads: list[Callable[[], ir.Expr]]) -> ir.Expr:
        parts: list[str | ir.Expr] = []
        for text, name, inner, how in parsed:
            if text:
                parts.append(self.text(text, at))
            if name is None:
                continue
            spec = ""
            more: list[ir.Expr] = []
            for piece, part in inner:
                spec += piece
                if part is None:
                    continue
                value = reads[places[part]]()
                if value.type != INT or len(more) == len(COMPUTED):
                    raise Refusal("refusal-format", "a computed format is not drafted", at)
                spec += COMPUTED[len(more)]
                more.append(value)
            try:
                known = parse_spec(spec, len(more)) if spec else None
            except BadSpec as error:
                raise Refusal(
                    "refusal-format", f"the format {spec!r} is not drafted: {error}", at
                ) from None
            parts.append(self.formatted(reads[places[name]](), how or "", known, at, more))
        return ir.Format(STR, at, parts)

    return in_turn(self, values, body, at)


def _inner(spec: str | None, at: ir.At) -> list[tuple[str, str | None]]:
    """A specification as texts, each with the field that follows it."""
    if not spec or ("{" not in spec and "}" not in spec):
        return [(spec, None)] if spec else []
    try:
        found = list(string.Formatter().parse(spec))
    except ValueError:
        raise Refusal("refusal-format", "this would raise: the template is broken", at) from None
    if any(inner or how for _, _, inner, how in found):
        raise Refusal("refusal-format", "this template is not drafted", at, hint="use an f-string")
    return [(text, name) for text, name, _, _ in found]


def in_turn(
    self: Expressions,
    values: list[ir.Expr],
    body: Callable[[list[Callable[[], ir.Expr]]], ir.Expr],
    at: ir.At,
) -> ir.Expr:
    """`body` with values that are evaluated before it, in order, unless nobody could tell."""
    reads: list[Callable[[], ir.Expr]] = []

    def next_one(index: int) -> ir.Expr:
        if index == len(values):
            return body(reads)

        def with_read(read: Callable[[], ir.Expr]) -> ir.Expr:
            reads.append(read)
            return next_one(index + 1)

        made: ir.Expr = self.with_name(values[index], at, with_read)
        return made

    return next_one(0)

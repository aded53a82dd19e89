"""Lowering of calls with `*`: helpers that take `*args` or `**kwargs`, and tuples that are spread.

    total(1, *pair, 4)       # total(vec![1, pair.0, pair.1, 4]), for `def total(*xs: int)`
    named(a=1, b=2)          # named({"a": 1, "b": 2}), for `def named(**options: int)`

A fixed tuple gives as many arguments as it has items; a list or a tuple of any length can only be
what `*args` takes. What the function gets is a tuple or dict of its own, as in Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mypy.nodes import ArgKind, Argument, CallExpr, FuncDef, FuncItem
from mypy.nodes import Var as MypyVar

from carveout.cut.frontend.base import Base
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import STR, DictType, ListType, TupleType, Type, VarTupleType
from carveout.cut.refuse import Refusal

STARS = (ArgKind.ARG_STAR, ArgKind.ARG_STAR2)
Wrap = Callable[[ir.Expr], ir.Expr]


def has_stars(func: FuncItem) -> bool:
    """Whether a function takes `*args` or `**kwargs`."""
    return any(kind in STARS for kind in func.arg_kinds)


class Spreading(Base):
    """Mixed into Calls."""

    def default_of(self, func: FuncItem, name: str, at: ir.At) -> ir.Expr | None:
        """closures.py"""
        raise NotImplementedError

    def spread_out(
        self, func: FuncDef, arguments: list[Argument], node: CallExpr, at: ir.At
    ) -> tuple[list[ir.Expr], Wrap, dict[MypyVar, Any]]:
        """As `matched`, where the call or the function has stars."""
        self.project.spread.add(func)
        kinds = {a.variable.name: a.kind for a in arguments}
        types = {a.variable.name: self.reader.read(a.variable.type, at) for a in arguments}
        plain = [name for name, kind in kinds.items() if kind.is_positional()]
        star = next((n for n, kind in kinds.items() if kind == ArgKind.ARG_STAR), None)
        more = next((n for n, kind in kinds.items() if kind == ArgKind.ARG_STAR2), None)
        lets: list[tuple[str, ir.Expr]] = []
        given: dict[str, ir.Expr] = {}
        order: list[str] = []
        # What `*args` takes: items, and whole sequences.
        rest: list[tuple[bool, ir.Expr]] = []
        extra: list[tuple[str, ir.Expr]] = []

        def place(value: ir.Expr) -> None:
            if len(order) < len(plain):
                name = plain[len(order)]
                given[name] = self.coerce(value, types[name])
                order.append(name)
            elif star is not None:
                rest.append((False, value))
            else:
                raise Refusal("refusal-call", "too many arguments", at)

        kinds_given = list(node.arg_kinds)
        names_from = next((i for i, k in enumerate(kinds_given) if k.is_named()), len(kinds_given))
        for kind, arg in zip(kinds_given[:names_from], node.args[:names_from], strict=True):
            if kind == ArgKind.ARG_POS:
                wanted = types[plain[len(order)]] if len(order) < len(plain) else None
                if wanted is None and star is not None:
                    wanted = _item(types[star])
                place(self.expr(arg, wanted))
            elif kind == ArgKind.ARG_STAR:
                value = self.expr(arg)
                if isinstance(value.type, TupleType):
                    for part in self._spread_items(value, lets, given, rest):
                        place(part)
                elif isinstance(value.type, (ListType, VarTupleType)):
                    if star is None or len(order) < len(plain):
                        raise Refusal(
                            "refusal-varargs", "how many arguments these are is not known", at,
                            hint="spread a tuple of a known length",
                        )  # fmt: skip
                    rest.append((True, value))
                else:
                    raise Refusal("refusal-varargs", f"spreading {value.type} is not drafted", at)
            else:
                raise Refusal("refusal-varargs", "`**` in a call is not drafted", at)
        if star is not None:
            given[star] = self._together(rest, types[star], at)
            order.append(star)
        apart = False
        for index in range(names_from, len(node.args)):
            name, arg = node.arg_names[index], node.args[index]
            if name is None:
                raise Refusal("refusal-varargs", "a `*` after keywords is not drafted", at)
            if name in kinds and kinds[name] not in STARS:
                if name in given:
                    raise Refusal("refusal-call", f"two values for {name}", at)
                given[name] = self.coerce(self.expr(arg, types[name]), types[name])
                order.append(name)
                apart = bool(extra)
                continue
            if more is None:
                raise Refusal("refusal-call", f"no parameter {name}", at)
            if apart:
                raise Refusal("refusal-varargs", "keywords for `**` between others", at)
            item = _item(types[more])
            extra.append((name, self.coerce(self.expr(arg, item), item)))
            if len(extra) == 1:
                order.append(more)
        if more is not None:
            keys: list[ir.Expr] = [ir.Const(STR, at, name) for name, _ in extra]
            given[more] = ir.DictLit(types[more], at, keys, [value for _, value in extra])
            if not extra:
                order.append(more)
        for argument in arguments:
            name = argument.variable.name
            if name not in given:
                if argument.initializer is None:
                    raise Refusal("refusal-call", f"no argument for {name}", at)
                kept = self.default_of(func, name, at)
                if kept is None:
                    kept = self.default(argument.initializer, at)
                given[name] = self.coerce(kept, types[name])
                order.append(name)
        args, wrap = self.in_order(list(kinds), order, given, at)

        def around(body: ir.Expr) -> ir.Expr:
            body = wrap(body)
            for held, value in reversed(lets):
                body = ir.Let(body.type, at, held, value, body)
            return body

        return args, around, {}

    def default(self, node: Any, at: ir.At) -> ir.Expr:
        """calls.py"""
        raise NotImplementedError

    def _spread_items(
        self,
        value: ir.Expr,
        lets: list[tuple[str, ir.Expr]],
        given: dict[str, ir.Expr],
        rest: list[tuple[bool, ir.Expr]],
    ) -> list[ir.Expr]:
        """The items of a fixed tuple; one that is no name gets one, before everything else."""
        whole = value.type
        assert isinstance(whole, TupleType)
        if isinstance(value, ir.TupleLit):
            return list(value.items)
        if not isinstance(value, ir.Var):
            earlier = [*given.values(), *(one for _, one in rest)]
            if not all(isinstance(one, (ir.Const, ir.GlobalConst, ir.Member)) for one in earlier):
                raise Refusal(
                    "refusal-varargs", "a value is spread after other arguments", value.at,
                    hint="give it a name first",
                )  # fmt: skip
            name = self.fresh("spread", whole)
            lets.append((name, value))
        else:
            name = value.name
        return [
            ir.Part(type_, value.at, ir.Var(whole, value.at, name), index)
            for index, type_ in enumerate(whole.items)
        ]

    def _together(self, rest: list[tuple[bool, ir.Expr]], type_: Type, at: ir.At) -> ir.Expr:
        """The tuple that `*args` is."""
        item = _item(type_)
        made: ir.Expr | None = None
        row: list[ir.Expr] = []

        def joined(left: ir.Expr | None, right: ir.Expr) -> ir.Expr:
            return right if left is None else self.prim("+", [left, right], at)

        for whole, value in rest:
            if not whole:
                row.append(self.coerce(value, item))
                continue
            if row:
                made = joined(made, ir.ListLit(type_, at, row))
                row = []
            if isinstance(value.type, ListType):
                value = self.prim("builtins.tuple", [value], at)
            if value.type != type_:
                raise Refusal("refusal-varargs", f"{value.type} spread over {item}", at)
            made = joined(made, value)
        if row or made is None:
            made = joined(made, ir.ListLit(type_, at, row))
        return made


def _item(type_: Type) -> Type:
    if isinstance(type_, DictType):
        return type_.value
    assert isinstance(type_, VarTupleType)
    return type_.item


__all__ = ["STARS", "Spreading", "has_stars"]

"""Lowering of f-strings.

mypy rewrites them to `"".join(["…", "{:{}}".format(value, spec), …])`.
"""

from __future__ import annotations

from mypy.nodes import (
    CallExpr,
    Expression,
    ListExpr,
    MemberExpr,
    StrExpr,
)

from carveout.cut.frontend import special, spelled, templates
from carveout.cut.frontend.reductions import Reductions
from carveout.cut.frontend.showing import enum_formatted
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    DATES,
    DECIMAL,
    FAULT,
    FLOAT,
    INT,
    NUM,
    STR,
    EnumType,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry.formats import COMPUTED, BadSpec, Spec, parse_spec


class Formatting(Reductions):
    """f-strings."""

    def fstring(self, node: CallExpr) -> ir.Expr | None:
        """mypy rewrites f-strings to `"".join([… "{:{}}".format(value, spec) …])`."""
        callee = node.callee
        if not (isinstance(callee, MemberExpr) and isinstance(callee.expr, StrExpr)):
            return None
        at = self.at(node)
        if callee.name == "format" and self._placeholder(callee.expr.value) is not None:
            part = self._formatted(node)
            return (
                part
                if isinstance(part, ir.Expr) and part.type == STR and isinstance(part, ir.Prim)
                else ir.Format(STR, at, [part])
            )
        if callee.name != "join" or callee.expr.value or len(node.args) != 1:
            return None
        (items,) = node.args
        if not isinstance(items, ListExpr):
            return None
        parts: list[str | ir.Expr] = []
        for item in items.items:
            if isinstance(item, StrExpr):
                parts.append(self.text(item.value, at))
            elif (
                isinstance(item, CallExpr)
                and isinstance(item.callee, MemberExpr)
                and (isinstance(item.callee.expr, StrExpr))
                and item.callee.name == "format"
            ):
                parts.append(self._formatted(item))
            else:
                return None
        return ir.Format(STR, at, parts)

    @staticmethod
    def _placeholder(text: str) -> str | None:
        return {"{:{}}": "", "{!r:{}}": "r", "{!s:{}}": "s", "{!a:{}}": "a"}.get(text)

    def _formatted(self, node: CallExpr) -> ir.Expr:
        at = self.at(node)
        assert isinstance(node.callee, MemberExpr)
        assert isinstance(node.callee.expr, StrExpr)
        conversion = self._placeholder(node.callee.expr.value)
        if conversion is None or len(node.args) != 2:
            raise Refusal("refusal-format", "this formatting is not drafted", at)
        return self.formatted_as(node.args[0], node.args[1], conversion, at)

    def formatted_as(
        self, node: Expression, written: Expression | None, conversion: str, at: ir.At
    ) -> ir.Expr:
        """A value in the way that a specification says, as a part of an `ir.Format`."""
        value = self.expr(node)
        spec, more = (None, []) if written is None else self._spec(written, at)
        given, asked = value, bool(conversion)
        if value.type == FAULT and conversion in ("", "s"):
            value = self.shown_fault(value, at)
        if isinstance(value.type, EnumType) and not conversion:
            value = given = enum_formatted(self, value, spec is None, at)
        elif conversion == "a":
            value, conversion = spelled.escaped(self, value, at), "s"  # type: ignore[arg-type]
        else:
            how = "repr" if conversion == "r" else "str"
            if (own := special.builtin(self, how, value, at)) is not None:
                value, conversion = own, "s"
        if value is not given and spec is not None and not asked:
            # `object.__format__` takes no specification, and each type its own.
            raise Refusal(
                "refusal-format",
                f"formatting {given.type} with a specification is not drafted",
                at,
                hint="write {…!s:…}",
            )
        return self.formatted(value, conversion, spec, at, more)

    def formatted(
        self,
        value: ir.Expr,
        conversion: str,
        spec: Spec | None,
        at: ir.At,
        more: list[ir.Expr] | None = None,
    ) -> ir.Expr:
        """A value as a part of an `ir.Format`."""
        if conversion == "a":
            value, conversion = spelled.escaped(self, value, at), "s"  # type: ignore[arg-type]
        value = self._converted(value, conversion, spec is None, at)
        if (value.type in (BIG, DECIMAL) or value.type in DATES) and spec is None:
            value = self.prim("builtins.str", [value], at)
        if value.type not in (INT, BIG, FLOAT, NUM, STR, BOOL, DECIMAL):
            raise Refusal(
                "refusal-format",
                f"formatting {value.type} is not drafted",
                value.at,
                hint="format its parts",
            )
        if value.type == DECIMAL and spec is not None and spec.padded and spec.align:
            raise Refusal("refusal-format", "this would raise: zeros and an alignment", at)
        return value if spec is None else templates.spec_of(value, spec, at, more)

    def _converted(self, value: ir.Expr, conversion: str, plain: bool, at: ir.At) -> ir.Expr:
        """`!r` and `!s`; without a specification an object is shown as `str` does."""
        if isinstance(value.type, EnumType) and not conversion:
            return enum_formatted(self, value, plain, at)
        if conversion == "r" or (conversion == "s" and value.type != STR):
            how = "repr" if conversion == "r" else "str"
            own = special.builtin(self, how, value, at)
            return own or self.prim(f"builtins.{how}", [value], at)
        if plain and value.type not in (INT, BIG, FLOAT, NUM, STR, BOOL):
            return special.builtin(self, "str", value, at) or value
        return value

    def _spec(self, node: Expression, at: ir.At) -> tuple[Spec | None, list[ir.Expr]]:
        """The specification, and the ints that stand for `{1}`, `{2}` … in it."""
        text = ""
        more: list[ir.Expr] = []
        items: list[Expression] = [node]
        if (
            isinstance(node, CallExpr)
            and len(node.args) == 1
            and isinstance(node.args[0], ListExpr)
        ):
            items = node.args[0].items
        for item in items:
            if isinstance(item, StrExpr):
                text += item.value
                continue
            part = self.expr(item)
            if isinstance(part, ir.Format) and len(part.parts) == 1:
                (one,) = part.parts
                part = one if isinstance(one, ir.Expr) else part
            if part.type == BIG:
                part = self.sized(part, INT)
            if part.type != INT or len(more) == len(COMPUTED):
                raise Refusal("refusal-format", "a computed format is not drafted", at)
            text += COMPUTED[len(more)]
            more.append(part)
        if not text:
            return None, []
        try:
            return parse_spec(text, len(more)), more
        except BadSpec as error:
            raise Refusal(
                "refusal-format", f"the format {text!r} is not drafted: {error}", at
            ) from None

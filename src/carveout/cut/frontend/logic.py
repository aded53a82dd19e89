"""Lowering of truth, `and` and `or`, conditional expressions and comparisons.

self.cond(node)      # a bool: Python's truth, spelt out
self.compare("<", left, right, at)
"""

from __future__ import annotations

from typing import Any

from mypy.nodes import (
    CallExpr,
    ComparisonExpr,
    ConditionalExpr,
    Expression,
    NameExpr,
    OpExpr,
    UnaryExpr,
)

from carveout.cut.frontend import enums, instances, numbers, special, spelled
from carveout.cut.frontend.names import Names
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import simple
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    BYTES,
    DECIMAL,
    FLOAT,
    INT,
    LIBRARY,
    NEVER,
    NONE,
    NUM,
    STR,
    TIMEDELTA,
    DequeType,
    DictType,
    EnumType,
    FunctionType,
    ListType,
    OptionalType,
    SetType,
    StructType,
    TupleType,
    Type,
    UnionType,
    VarTupleType,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry.entry import Entry, Name


class Logic(Names):
    """Truth and comparisons."""

    # --- logic and comparison --------------------------------------------------------------------

    def cond(self, node: Expression) -> ir.Expr:
        """The truth of an expression."""
        at = self.at(node)
        match node:
            case OpExpr(op="and" | "or"):
                left = self.cond(node.left)
                if isinstance(left, ir.Const):
                    # What is known when it is cut: the right side never runs, or decides.
                    return self.cond(node.right) if left.value == (node.op == "and") else left
                made = ir.And if node.op == "and" else ir.Or
                return made(BOOL, at, left, self.cond(node.right))
            case UnaryExpr(op="not"):
                return self.negated(self.cond(node.expr), at)
        if (known := self.known_function(node)) is not None:
            return ir.Const(BOOL, at, known)
        return self.truth(self.expr_for_truth(node), at)

    @staticmethod
    def negated(test: ir.Expr, at: ir.At) -> ir.Expr:
        if isinstance(test, ir.Const):
            return ir.Const(BOOL, at, not test.value)
        return ir.Not(BOOL, at, test)

    def expr_for_truth(self, node: Expression) -> ir.Expr:
        return self.expr(node)

    def truth(self, value: ir.Expr, at: ir.At) -> ir.Expr:
        value = enums.plain(self, value, at)
        type_ = value.type
        if (called := special.truth(self, value, at)) is not None:
            return called
        match type_:
            case _ if type_ == BOOL:
                return value
            case _ if type_ == INT:
                return self.prim("!=", [value, ir.Const(INT, at, 0)], at)
            case _ if type_ in (NUM, BIG, TIMEDELTA, DECIMAL):
                return self.prim("bool", [value], at)
            case _ if type_ == FLOAT:
                return self.prim("!=", [value, ir.Const(FLOAT, at, 0.0)], at)
            case _ if type_ == NONE and isinstance(value, ir.Const):
                return ir.Const(BOOL, at, False)
            case _ if type_ in (STR, BYTES):
                return self._truth_by("!{0.}.is_empty()", value, at)
            case ListType() | VarTupleType() | DictType() | SetType() | DequeType():
                return self._truth_by("!{0.}.is_empty()", value, at)
            case OptionalType(item):
                always = isinstance(item, (StructType, EnumType, TupleType, FunctionType))
                always = always or item in LIBRARY.values()
                if always and not special.decides_truth(self, item):
                    if isinstance(item, EnumType):
                        self.truth(ir.Member(item, at, ""), at)
                    return ir.Not(BOOL, at, ir.IsNone(BOOL, at, value))
                return self.with_name(
                    value,
                    at,
                    lambda v: ir.And(
                        BOOL,
                        at,
                        ir.Not(BOOL, at, ir.IsNone(BOOL, at, v())),
                        self.truth(ir.Unwrap(item, at, v()), at),
                    ),
                )
            case EnumType(name) if self.reader.table.enums[name].base == "none":
                pass
            case StructType() | TupleType() | FunctionType():
                pass
            case _:
                raise Refusal("refusal-truth", f"the truth of {type_} is not drafted", at)
        if simple(value) or (isinstance(value, ir.Unwrap) and simple(value.operand)):
            return ir.Const(BOOL, at, True)
        if isinstance(value, (ir.Unwrap, ir.Field)):
            # It is always true, and evaluated all the same.
            return self.with_name(value, at, lambda _: ir.Const(BOOL, at, True))
        raise Refusal("refusal-truth", f"{type_} is always true; this test says nothing", at)

    def _truth_by(self, rust: str, value: ir.Expr, at: ir.At) -> ir.Expr:
        entry = Entry("bool", (), Name("bool"), "own", rust, 15, False)
        return ir.Prim(BOOL, at, entry, [value])

    def with_name(self, value: ir.Expr, at: ir.At, body: Any) -> ir.Expr:
        """`body` may read `value` several times, though it is evaluated once."""
        if isinstance(value, (ir.Const, ir.Member, ir.GlobalConst)):
            return body(lambda: value)  # type: ignore[no-any-return]
        if isinstance(value, ir.Var):
            return body(lambda: ir.Var(value.type, value.at, value.name))  # type: ignore[no-any-return]
        name = self.fresh("it", value.type)
        inner = body(lambda: ir.Var(value.type, value.at, name))
        return ir.Let(inner.type, at, name, value, inner)

    def logic(self, node: OpExpr, at: ir.At, expected: Type | None) -> ir.Expr:
        """`a or b` gives one of its operands."""
        left = self.expr(node.left, expected)
        if isinstance(left, ir.Const) and left.type == BOOL:
            return self.expr(node.right, expected) if left.value == (node.op == "and") else left
        right = self.expr(node.right, expected)
        if left.type == BOOL and right.type == BOOL:
            return (ir.And if node.op == "and" else ir.Or)(BOOL, at, left, right)

        def choose(read: Any) -> ir.Expr:
            kept: ir.Expr = read()
            if node.op == "or" and isinstance(kept.type, OptionalType):
                kept = ir.Unwrap(kept.type.item, at, kept)
            type_ = self.common(kept, right, at)
            test = self.truth(read(), at)
            then, orelse = self.coerce(kept, type_), self.coerce(right, type_)
            if node.op == "and":
                then, orelse = orelse, then
            return ir.IfExp(type_, at, test, then, orelse)

        return self.with_name(left, at, choose)

    def common(self, a: ir.Expr, b: ir.Expr, at: ir.At) -> Type:
        """The one type both have or can be given."""
        if a.type == b.type:
            return a.type
        if {a.type, b.type} == {INT, BIG}:
            return BIG
        for wanted in (a.type, b.type):
            if wanted not in (NONE, NEVER) and self.fits(a, wanted) and self.fits(b, wanted):
                return wanted
        if self.reader.loose and (wider := numbers.wider(a.type, b.type)) is not None:
            return wider
        for one, other in ((a, b), (b, a)):
            if one.type == NONE and other.type != NONE:
                return OptionalType(other.type)
        raise Refusal(
            "refusal-mixed-types",
            f"this is either {a.type} or {b.type}",
            at,
            hint="make both the same type",
        )

    def conditional(self, node: ConditionalExpr, at: ir.At, expected: Type | None) -> ir.Expr:
        cond = self.cond(node.cond)
        if isinstance(cond, ir.Const):
            # Whether a function was passed: the other branch is never evaluated.
            return self.expr(node.if_expr if cond.value else node.else_expr, expected)
        then, orelse = self.expr(node.if_expr, expected), self.expr(node.else_expr, expected)
        wide = expected.item if isinstance(expected, OptionalType) else expected
        if expected is not None and isinstance(wide, UnionType):
            then, orelse = self.coerce(then, expected), self.coerce(orelse, expected)
        type_ = self.common(then, orelse, at)
        return ir.IfExp(type_, at, cond, self.coerce(then, type_), self.coerce(orelse, type_))

    def comparison(self, node: ComparisonExpr, at: ir.At) -> ir.Expr:
        if (
            node.operators in (["is"], ["is not"])
            and isinstance(node.operands[1], NameExpr)
            and node.operands[1].fullname == "builtins.None"
            and (known := self.known_function(node.operands[0])) is not None
        ):
            return ir.Const(BOOL, at, known is (node.operators == ["is not"]))
        if (same := instances.type_test(self, node, at)) is not None:
            return same
        operands = [self._operand(node, index) for index in range(len(node.operands))]
        if len(operands) == 2:
            return self.compare(node.operators[0], operands[0], operands[1], at)

        # a < b < c: each operand once, left to right, and no further than needed.
        def chain(index: int, left: ir.Expr) -> ir.Expr:
            right, symbol = operands[index + 1], node.operators[index]
            if index == len(node.operators) - 1:
                return self.compare(symbol, left, right, at)
            return self.with_name(
                right,
                at,
                lambda read: ir.And(
                    BOOL, at, self.compare(symbol, left, read(), at), chain(index + 1, read())
                ),
            )

        return self.with_name(operands[0], at, lambda read: chain(0, read()))

    def _operand(self, node: ComparisonExpr, index: int) -> ir.Expr:
        operand = node.operands[index]
        if (
            index
            and node.operators[index - 1] in ("in", "not in")
            and isinstance(operand, CallExpr)
            and isinstance(walked := self.iter_call(operand, self.at(operand)), ir.DictIter)
        ):
            # `x in d.values()`
            return walked.obj if walked.view == "keys" else self.collect(walked, self.at(operand))
        if (
            index
            and node.operators[index - 1] in ("in", "not in")
            and (found := enums.members(self, operand)) is not None
        ):
            return found
        if (seen := spelled.view(self, operand)) is not None:  # type: ignore[arg-type]
            return seen
        return self.expr(operand)

    def compare(self, symbol: str, left: ir.Expr, right: ir.Expr, at: ir.At) -> ir.Expr:
        if symbol in ("is", "is not"):
            same = self._identity(left, right, at)
            return self.negated(same, at) if symbol == "is not" else same
        if symbol in ("in", "not in"):
            found = self._membership(left, right, at)
            return ir.Not(BOOL, at, found) if symbol == "not in" else found
        if (called := special.comparison(self, symbol, left, right, at)) is not None:
            return called
        if left.type != right.type:
            left, right = enums.plain(self, left, at), enums.plain(self, right, at)
        if symbol in ("==", "!="):
            for one, other in ((left, right), (right, left)):
                if other.type == NONE and isinstance(one.type, OptionalType):
                    test: ir.Expr = ir.IsNone(BOOL, at, one)
                    return ir.Not(BOOL, at, test) if symbol == "!=" else test
            self.equality(left.type, at)
            self.equality(right.type, at)
            if left.type != right.type:
                for type_ in (left.type, right.type):
                    if (
                        isinstance(type_, OptionalType)
                        and self.fits(left, type_)
                        and self.fits(right, type_)
                    ):
                        left, right = self.coerce(left, type_), self.coerce(right, type_)
                        break
            if isinstance(left.type, EnumType) and left.type == right.type:
                entry = Entry(
                    f"enum.{symbol}", (), Name("bool"), "own", f"{{0:7}} {symbol} {{1:7}}", 6, False
                )
                return ir.Prim(BOOL, at, entry, [left, right])
        elif left.type == right.type and self.reader.table.comparable(left.type):
            pass
        elif any(
            isinstance(t, (OptionalType, StructType, EnumType)) for t in (left.type, right.type)
        ):
            raise Refusal(
                "refusal-operator", f"`{symbol}` on {left.type} and {right.type} is not drafted", at
            )
        return self.prim(symbol, [left, right], at)

    def equality(self, type_: Type, at: ir.At) -> None:
        def odd(part: Type) -> bool:
            if isinstance(part, StructType):
                struct = self.reader.table.structs[part.name]
                # Which object it is can only be told of counted ones, those that can change.
                return not struct.equal and (struct.frozen or not struct.identity)
            if isinstance(part, FunctionType):
                # Two lambdas of one place are two objects.
                return True
            return isinstance(part, EnumType) and self.reader.table.enums[part.name].base != "none"

        if not isinstance(type_, EnumType) and self.reader.table.any_part(type_, odd):
            raise Refusal("refusal-operator", f"`==` on {type_} is not drafted", at)

    def _identity(self, left: ir.Expr, right: ir.Expr, at: ir.At) -> ir.Expr:
        for one, other in ((left, right), (right, left)):
            if isinstance(other, ir.Const) and other.value is None:
                if isinstance(one, ir.Const) and one.value is None:
                    return ir.Const(BOOL, at, True)
                if isinstance(one, ir.Unwrap):
                    # What mypy narrowed may have become None since.
                    return ir.IsNone(BOOL, at, one.operand)
                if isinstance(one.type, OptionalType):
                    return ir.IsNone(BOOL, at, one)
                if simple(one):
                    return ir.Const(BOOL, at, one.type == NONE)
                if isinstance(one, ir.Field) and one.type in (INT, FLOAT, BOOL, STR, BYTES):
                    # Never None, and evaluated all the same.
                    return self.with_name(one, at, lambda _: ir.Const(BOOL, at, False))
        if left.type == right.type and (isinstance(left.type, EnumType) or left.type == BOOL):
            return self.compare("==", left, right, at)
        if (same := special.same_object(self, left, right, at)) is not None:
            return same
        raise Refusal(
            "refusal-identity",
            "`is` depends on which object it is",
            at,
            hint="use == ; `is` is drafted for None, bools and enum members",
        )

    def _any_of(self, left: ir.Expr, items: list[ir.Expr], at: ir.At) -> ir.Expr:
        """`left in (None, 0, "")`: compared with one constant after another."""

        def with_read(read: Any) -> ir.Expr:
            found: ir.Expr = ir.Const(BOOL, at, False)
            for item in reversed(items):
                type_ = read().type
                if spelled.never_equal(type_, item.type):
                    continue
                test = self.compare("==", read(), item, at)
                found = test if isinstance(found, ir.Const) else ir.Or(BOOL, at, test, found)
            return found

        made: ir.Expr = self.with_name(left, at, with_read)
        return made

    def _membership(self, left: ir.Expr, right: ir.Expr, at: ir.At) -> ir.Expr:
        if isinstance(right, (ir.TupleLit, ir.SetLit)):
            items = right.items
            if any(item.type != left.type for item in items):
                if all(isinstance(item, (ir.Const, ir.Member)) for item in items):
                    return self._any_of(left, items, at)
                raise Refusal(
                    "refusal-mixed-types", f"looking for {left.type} among other types", at
                )
            right = ir.ListLit(ListType(left.type), right.at, items)
        if (called := special.contains(self, left, right, at)) is not None:
            return called
        self.equality(left.type, at)
        if left.type == FLOAT and isinstance(right.type, (ListType, VarTupleType)):
            pass  # the runtime declines on NaN, where identity would decide
        return self.prim("in", [left, right], at)

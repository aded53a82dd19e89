"""What a `for` or a comprehension walks over.

    self.iter(node)              # RangeIter, SeqIter, DictIter, EnumerateIter, ZipIter, …
    self.materialise(node)       # the same as a list, for functions that take any iterable

The order of a set is never seen: `no_set_order` refuses where it would be.
"""

from __future__ import annotations

from typing import Any

from mypy.nodes import (
    ArgKind,
    CallExpr,
    DictionaryComprehension,
    Expression,
    GeneratorExpr,
    ListComprehension,
    MemberExpr,
    RefExpr,
    SetComprehension,
)

from carveout.cut.frontend.base import Base
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BYTES,
    FLOAT,
    INT,
    STR,
    DequeType,
    DictType,
    ListType,
    SetType,
    TupleType,
    Type,
    VarTupleType,
)
from carveout.cut.refuse import Refusal


class Iterables(Base):
    """Lowering of iterables and comprehensions."""

    def pattern(self, target: Any, type_: Type) -> ir.Pattern:
        raise NotImplementedError

    def iter(self, node: Expression) -> ir.Iter:
        at = self.at(node)
        if isinstance(node, CallExpr):
            found = self.iter_call(node, at)
            if found is not None:
                return found
        value = self.expr(node)
        return self.iter_of(value, at)

    def iter_of(self, value: ir.Expr, at: ir.At) -> ir.Iter:
        match value.type:
            case ListType(item) | VarTupleType(item) | DequeType(item):
                return ir.SeqIter(item, at, value)
            case _ if value.type == STR:
                return ir.SeqIter(STR, at, value)
            case _ if value.type == BYTES:
                return ir.SeqIter(INT, at, value)
            case DictType(key, _):
                return ir.DictIter(key, at, value, "keys")
            case SetType(item, _):
                return ir.SetIter(item, at, value)
            case TupleType() if (items := self.items_of(value)) is not None:
                made = ir.ListLit(ListType(items[0].type), at, items)
                return ir.SeqIter(items[0].type, at, made)
        raise Refusal("refusal-iterable", f"walking over {value.type} is not drafted", at)

    def count(self, positional: list[Expression], at: ir.At) -> ir.Iter:
        """iterating.py"""
        raise NotImplementedError

    def iter_call(self, node: CallExpr, at: ir.At) -> ir.Iter | None:
        callee = node.callee
        if (
            isinstance(callee, MemberExpr)
            and callee.name in ("keys", "values", "items")
            and not node.args
            and not (isinstance(callee.expr, RefExpr) and callee.fullname)
        ):
            obj = self.expr(callee.expr)
            if isinstance(obj.type, DictType):
                items: dict[str, Type] = {
                    "keys": obj.type.key,
                    "values": obj.type.value,
                    "items": TupleType((obj.type.key, obj.type.value)),
                }
                return ir.DictIter(items[callee.name], at, obj, callee.name)
        if not isinstance(callee, RefExpr):
            return None
        positional, keywords = self.arguments(node)
        if any(kind in (ArgKind.ARG_STAR, ArgKind.ARG_STAR2) for kind in node.arg_kinds):
            return None
        match callee.fullname, len(positional):
            case "builtins.range", count if 1 <= count <= 3:
                args = [self._int(arg) for arg in positional]
                zero = ir.Const(INT, at, 0)
                start, stop = (zero, args[0]) if count == 1 else (args[0], args[1])
                return ir.RangeIter(INT, at, start, stop, args[2] if count == 3 else None)
            case "itertools.count", 0 | 1 | 2 if not keywords:
                return self.count(positional, at)
            case "builtins.enumerate", 1 | 2:
                inner = self.iter(positional[0])
                self.no_set_order(inner)
                begin = positional[1] if len(positional) == 2 else keywords.get("start")
                first = ir.Const(INT, at, 0) if begin is None else self._int(begin)
                return ir.EnumerateIter(TupleType((INT, inner.item)), at, inner, first)
            case "builtins.zip", count if count >= 2:
                if keywords:
                    raise Refusal("refusal-call", "zip(strict=…) is not drafted", at)
                inners = [self.iter(arg) for arg in positional]
                for inner in inners:
                    self.no_set_order(inner)
                return ir.ZipIter(TupleType(tuple(i.item for i in inners)), at, inners)
            case "builtins.reversed", 1:
                inner = self.iter(positional[0])
                self.no_set_order(inner)
                if not isinstance(inner, (ir.SeqIter, ir.RangeIter, ir.DictIter)):
                    raise Refusal("refusal-iterable", "reversed of this is not drafted", at)
                return ir.ReversedIter(inner.item, at, inner)
        return None

    def _int(self, node: Expression) -> ir.Expr:
        value = self.expr(node)
        if value.type != INT:
            raise Refusal("refusal-call", f"an int is needed here, not {value.type}", value.at)
        return value

    def no_set_order(self, source: ir.Iter) -> None:
        if isinstance(source, ir.SetIter):
            raise Refusal(
                "refusal-set-order",
                "the order of a set would be seen here",
                source.at,
                hint="walk over sorted(…)",
            )

    def check_bound(self, pattern: ir.Pattern, item: Type, at: ir.At) -> None:
        """A loop's variable must be declared as what arrives."""
        if isinstance(pattern, ir.PVar) and pattern.name != "_" and pattern.type != item:
            raise Refusal(
                "refusal-mixed-types", f"{pattern.name} is {pattern.type}, and gets {item} here", at
            )

    # --- comprehensions --------------------------------------------------------------------------

    def check_clauses(self, clauses: list[ir.Clause], inside: list[ir.Expr]) -> None:
        """iterating.py"""
        raise NotImplementedError

    def clauses(
        self, node: GeneratorExpr | DictionaryComprehension, order_seen: bool
    ) -> list[ir.Clause]:
        out: list[ir.Clause] = []
        for target, sequence, conditions, is_async in zip(
            node.indices, node.sequences, node.condlists, node.is_async, strict=True
        ):
            if is_async:
                raise Refusal(
                    "refusal-expression", "async comprehensions are not drafted", self.at(node)
                )
            source = self.iter(sequence)
            if order_seen:
                self.no_set_order(source)
            pattern = self.pattern(target, source.item)
            self.check_bound(pattern, source.item, self.at(target))
            out.append(ir.Clause(pattern, source, [self.cond(c) for c in conditions]))
        return out

    def comprehension(self, node: GeneratorExpr, kind: Any, at: ir.At) -> ir.Expr:
        clauses = self.clauses(node, order_seen=kind is ListType)
        element = self.expr(node.left_expr)
        self.check_clauses(clauses, [element])
        if kind is SetType and not self.reader.table.hashable(element.type):
            raise Refusal("refusal-key", f"a set of {element.type} is not drafted", at)
        return ir.Comp(kind(element.type), at, clauses, None, element)

    def scoped_dict(self, node: DictionaryComprehension, at: ir.At) -> ir.Expr:
        clauses = self.clauses(node, order_seen=True)
        if node.key is None:
            raise Refusal("refusal-expression", "`**` in a comprehension is not drafted", at)
        key, value = self.expr(node.key), self.expr(node.value)
        self.check_clauses(clauses, [key, value])
        if not self.reader.table.hashable(key.type):
            raise Refusal("refusal-key", f"{key.type} as a key is not drafted", at)
        return ir.Comp(DictType(key.type, value.type), at, clauses, key, value)

    def generator(
        self, node: Expression, order_seen: bool
    ) -> tuple[list[ir.Clause], ir.Expr] | None:
        """The parts of a generator or comprehension given as an argument."""
        match node:
            case GeneratorExpr() | ListComprehension():
                listed = isinstance(node, ListComprehension)
                inner = node.generator if isinstance(node, ListComprehension) else node
                clauses = self.clauses(inner, order_seen or listed)
                element = self.expr(inner.left_expr)
                self.check_clauses(clauses, [element])
                return clauses, element
            case SetComprehension():
                return None
        return None

    def materialise(self, node: Expression, order_seen: bool = True) -> ir.Expr:
        """An iterable as a list; a list stays what it is."""
        at = self.at(node)
        if isinstance(node, GeneratorExpr):
            clauses = self.clauses(node, order_seen)
            element = self.expr(node.left_expr)
            self.check_clauses(clauses, [element])
            return ir.Comp(ListType(element.type), at, clauses, None, element)
        source = self.iter(node)
        if isinstance(source, ir.SeqIter) and isinstance(source.seq.type, (ListType, VarTupleType)):
            return source.seq
        if order_seen:
            self.no_set_order(source)
        return self.collect(source, at)

    def collect(self, source: ir.Iter, at: ir.At) -> ir.Expr:
        """A list of what an iterable gives."""
        pattern, element = self.bind_item(source.item, at)
        clause = ir.Clause(pattern, source, [])
        return ir.Comp(ListType(source.item), at, [clause], None, element)

    def bind_item(self, item: Type, at: ir.At) -> tuple[ir.Pattern, ir.Expr]:
        """A pattern for one item, and an expression that reads it back."""
        if isinstance(item, TupleType):
            pairs = [self.bind_item(part, at) for part in item.items]
            return (
                ir.PTuple(item, at, [p for p, _ in pairs]),
                ir.TupleLit(item, at, [e for _, e in pairs]),
            )
        name = self.fresh("item", item)
        return ir.PVar(item, at, name), ir.Var(item, at, name)


__all__ = ["FLOAT", "Iterables"]

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

from carveout.cut.frontend import acting, enums, forgiving, iterators, naming
from carveout.cut.frontend.base import Base
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BIG,
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
        if (gen := self.generator_call(node)) is not None:
            return self.iter_of(self.collected(gen, at), at)
        value = enums.members(self, node) or self.expr(node)
        return self.iter_of(value, at)

    def iter_of(self, value: ir.Expr, at: ir.At) -> ir.Iter:
        value = forgiving.unwrapped(value)
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
            case TupleType((item, *others)) if all(other == item for other in others):
                name = self.fresh("items", value.type)
                parts: list[ir.Expr] = [
                    ir.Part(item, at, ir.Var(value.type, at, name), index)
                    for index in range(1 + len(others))
                ]
                listed = ir.ListLit(ListType(item), at, parts)
                first = ir.Let(listed.type, at, name, value, listed)
                self.early[id(first)] = first
                return ir.SeqIter(item, at, first)
        if (walked := acting.walked(self, value, at)) is not None:  # type: ignore[arg-type]
            return walked
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
        if node.arg_kinds == [ArgKind.ARG_STAR] and callee.fullname == "builtins.zip":
            made = self._columns(node.args[0], at)
            self.early[id(made)] = made
            assert isinstance(made.type, ListType)
            return ir.SeqIter(made.type.item, at, made)
        if any(kind in (ArgKind.ARG_STAR, ArgKind.ARG_STAR2) for kind in node.arg_kinds):
            return None
        if self.is_lazy(node):
            return self._made_first(node, at)
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
                strict = self._strict(keywords, at)
                inners = [self.iter(arg) for arg in positional]
                for inner in inners:
                    self.no_set_order(inner)
                    if strict and not isinstance(inner, (ir.SeqIter, ir.DictIter)):
                        raise Refusal("refusal-call", "zip(strict=True) of this", inner.at)
                item = TupleType(tuple(i.item for i in inners))
                return ir.ZipIter(item, at, inners, strict)
            case "builtins.reversed", 1:
                inner = self.iter(positional[0])
                self.no_set_order(inner)
                if not isinstance(inner, (ir.SeqIter, ir.RangeIter, ir.DictIter)):
                    raise Refusal("refusal-iterable", "reversed of this is not drafted", at)
                return ir.ReversedIter(inner.item, at, inner)
        return None

    @staticmethod
    def _strict(keywords: dict[str, Expression], at: ir.At) -> bool:
        flag = keywords.get("strict")
        if set(keywords) - {"strict"} or not isinstance(flag, (RefExpr, type(None))):
            raise Refusal("refusal-call", "this call of zip is not drafted", at)
        if flag is not None and flag.fullname not in ("builtins.True", "builtins.False"):
            raise Refusal("refusal-call", "zip(strict=…) wants True or False", at)
        return flag is not None and flag.fullname == "builtins.True"

    def _columns(self, node: Expression, at: ir.At) -> ir.Expr:
        """`zip(*rows)` as a list of tuples: as many as the shortest row has items."""
        rows = self.materialise(node)
        match rows.type:
            case ListType(ListType(item) | VarTupleType(item) as row_type):
                pass
            case VarTupleType(ListType(item) | VarTupleType(item) as row_type):
                pass
            case _:
                raise Refusal("refusal-call", f"zip(*{rows.type}) is not drafted", at)
        name = self.fresh("rows", rows.type)
        index, one, other = (
            self.fresh("column", INT),
            self.fresh("row", row_type),
            self.fresh("row", row_type),
        )

        def each(row: str) -> ir.Clause:
            source = ir.SeqIter(row_type, at, ir.Var(rows.type, at, name))
            return ir.Clause(ir.PVar(row_type, at, row), source, [])

        length = self.prim("builtins.len", [ir.Var(row_type, at, one)], at)
        lengths = ir.Comp(ListType(INT), at, [each(one)], None, length)
        shortest = self.prim("min.default", [lengths, ir.Const(INT, at, 0)], at)
        numbers = ir.RangeIter(INT, at, ir.Const(INT, at, 0), shortest, None)
        found = self.prim("getitem", [ir.Var(row_type, at, other), ir.Var(INT, at, index)], at)
        column = ir.Comp(VarTupleType(item), at, [each(other)], None, found)
        clause = ir.Clause(ir.PVar(INT, at, index), numbers, [])
        columns = ir.Comp(ListType(VarTupleType(item)), at, [clause], None, column)
        return ir.Let(columns.type, at, name, rows, columns)

    # --- map, filter and generators --------------------------------------------------------------

    @staticmethod
    def is_lazy(node: Expression) -> bool:
        """Whether items are made one by one, when they are asked for."""
        if isinstance(node, GeneratorExpr):
            return True
        return (
            isinstance(node, CallExpr)
            and isinstance(node.callee, RefExpr)
            and node.callee.fullname in ("builtins.map", "builtins.filter")
            and len(node.args) >= 2
            and all(kind == ArgKind.ARG_POS for kind in node.arg_kinds)
        )

    def lazy(self, node: Expression, order_seen: bool) -> tuple[list[ir.Clause], ir.Expr]:
        """A lazy walk as the clauses and the element of a comprehension."""
        self.project.lazily = True
        if isinstance(node, GeneratorExpr):
            return self.clauses(node, order_seen), self.expr(node.left_expr)
        assert isinstance(node, CallExpr)
        assert isinstance(node.callee, RefExpr)
        at = self.at(node)
        self.sure(node.callee, at)
        function, *walked = node.args
        if node.callee.fullname == "builtins.map":
            if len(walked) == 1:
                clauses, element = self._walked(walked[0], order_seen)
                return clauses, self.applied(function, [element], self.at(function))
            inners = [self.iter(one) for one in walked]
            for inner in inners:
                self.no_set_order(inner)
            bound = [self.bind_item(inner.item, at) for inner in inners]
            item = TupleType(tuple(inner.item for inner in inners))
            pattern = ir.PTuple(item, at, [pattern for pattern, _ in bound])
            clause = ir.Clause(pattern, ir.ZipIter(item, at, inners, False), [])
            return [clause], self.applied(function, [e for _, e in bound], self.at(function))
        if len(walked) != 1:
            raise Refusal("refusal-call", "filter takes a function and one iterable", at)
        clauses, element = self._walked(walked[0], order_seen)
        if not isinstance(element, ir.Var):
            raise Refusal(
                "refusal-call", "filter of this is not drafted", at,
                hint="use a comprehension",
            )  # fmt: skip
        read = ir.Var(element.type, at, element.name)
        nothing = isinstance(function, RefExpr) and function.fullname == "builtins.None"
        kept = read if nothing else self.applied(function, [read], self.at(function))
        clauses[-1].conds.append(self.truth(kept, at))
        return clauses, element

    def _walked(self, node: Expression, order_seen: bool) -> tuple[list[ir.Clause], ir.Expr]:
        if self.is_lazy(node):
            return self.lazy(node, order_seen)
        source = self.iter(node)
        if order_seen:
            self.no_set_order(source)
        pattern, read = self.bind_item(source.item, self.at(node))
        return [ir.Clause(pattern, source, [])], read

    def _made_first(self, node: Expression, at: ir.At) -> ir.Iter:
        """A lazy walk as a list, where nobody can tell: making its items raises nothing."""
        clauses, element = self.lazy(node, True)
        if self.may_stop(element, *(clause.conds for clause in clauses)):
            raise Refusal(
                "refusal-iterable",
                "items that may raise when they are asked for, in a walk of several",
                at,
                hint="make a list of them first",
            )
        made = ir.Comp(ListType(element.type), at, clauses, None, element)
        self.early[id(made)] = made
        return ir.SeqIter(element.type, at, made)

    @staticmethod
    def may_stop(*parts: Any) -> bool:
        """Whether evaluating these may raise, decline or call something."""
        for part in parts:
            for node in part if isinstance(part, list) else [part]:
                for inner in ir.walk(node):
                    if isinstance(inner, (ir.Call, ir.Unwrap, ir.Extract)):
                        return True
                    if isinstance(inner, ir.Prim) and inner.entry.stops:
                        return True
        return False

    def _int(self, node: Expression) -> ir.Expr:
        value = self.expr(node)
        if value.type == BIG:
            value = self.sized(value, INT)
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
            if self.pending:
                self.pending.clear()
                raise Refusal(
                    "refusal-unpack", "only tuples of a known length are unpacked here",
                    self.at(target), hint="index the list instead",
                )  # fmt: skip
            out.append(ir.Clause(pattern, source, []))
            for condition in conditions:
                self._named_first(node, condition, out)
                out[-1].conds.append(self.cond(condition))
        first = node.key if isinstance(node, DictionaryComprehension) else node.left_expr
        if first is not None:
            self._named_first(node, first, out)
        return out

    def _named_first(
        self,
        whole: GeneratorExpr | DictionaryComprehension,
        node: Expression,
        out: list[ir.Clause],
    ) -> None:
        """A further loop for the `:=` that a part of a comprehension begins with."""
        if (named := naming.within(self, whole, node)) is not None:
            out.append(ir.Clause(*named, []))

    def comprehension(self, node: GeneratorExpr, kind: Any, at: ir.At) -> ir.Expr:
        if node.sequences:
            iterators.take_all(self, node.sequences[0])
        clauses = self.clauses(node, order_seen=kind is ListType)
        element = self.expr(node.left_expr)
        self.check_clauses(clauses, [element])
        if node.sequences and node.sequences[0] in self.replaced:
            iterators.untouched([element, *(c for one in clauses for c in one.conds)], at)
            if len(clauses) > 1:
                raise Refusal("refusal-iterable", "an iterator among several loops", at)
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
            case _ if self.is_lazy(node):
                clauses, element = self.lazy(node, order_seen)
                self.check_clauses(clauses, [element])
                return clauses, element
            case ListComprehension(generator=inner):
                clauses = self.clauses(inner, True)
                element = self.expr(inner.left_expr)
                self.check_clauses(clauses, [element])
                return clauses, element
            case SetComprehension():
                return None
        return None

    def materialise(
        self, node: Expression, order_seen: bool = True, whole: bool = False
    ) -> ir.Expr:
        """An iterable as a list; a list stays what it is.

        `whole`: Python takes all items before it does anything else.
        """
        at = self.at(node)
        if whole and (gen := self.generator_call(node)) is not None:
            return self.collected(gen, at, whole=True)
        if self.is_lazy(node):
            clauses, element = self.lazy(node, order_seen)
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

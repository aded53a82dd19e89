"""Lowering of built-ins that consume an iterable: any, all, sum, sorted, min, max, list, set, dict.

The order of a set is only walked where it can't be seen: not in the result, and not in which item
raises first.
"""

from __future__ import annotations

from mypy.nodes import (
    CallExpr,
    Expression,
    GeneratorExpr,
    LambdaExpr,
    ListComprehension,
)
from mypy.types import Instance, get_proper_type

from carveout.cut.frontend import enums, spelled, unordered
from carveout.cut.frontend.expressions import Expressions
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    DECIMAL,
    FLOAT,
    INT,
    NUM,
    STR,
    DictType,
    ListType,
    OptionalType,
    SetType,
    TupleType,
    VarTupleType,
)
from carveout.cut.refuse import Refusal

# Those whose result is the same in whatever order the items come.
_ORDERLESS = frozenset({"builtins.set", "builtins.frozenset"})


_COPIES = frozenset({"builtins.list", "builtins.set", "builtins.frozenset", "builtins.bytes"})


class Reductions(Expressions):
    """Calls that walk over something."""

    def over(self, name: str, node: Expression, at: ir.At) -> ir.Expr:
        """A function of one iterable."""
        known = get_proper_type(self.project.checked.types.get(node))
        if (
            name == "builtins.bytes"
            and isinstance(known, Instance)
            and known.type.fullname == "builtins.int"
        ):
            # So many zeros.
            return self.prim(name, [self.expr(node)], at)
        if name in _COPIES and not isinstance(node, (GeneratorExpr, CallExpr)):
            value = enums.members(self, node) or self.expr(node)
            if (value.type == STR and name == "builtins.list") or (
                isinstance(value.type, SetType) and name != "builtins.list"
            ):
                return self.prim(name, [value], at)
        over = self.materialise(
            node,
            order_seen=name not in _ORDERLESS and not self._total(name),
            whole=name not in ("math.fsum", "builtins.bytes"),
        )
        if name in ("builtins.min", "builtins.max") and isinstance(
            over.type, (ListType, VarTupleType)
        ):
            self._order_decides(over, at)
        return self.prim(name, [over], at)

    @staticmethod
    def _total(name: str) -> bool:
        return name in ("builtins.min", "builtins.max")

    def _order_decides(self, over: ir.Expr, at: ir.At) -> None:
        """min of a set's items is the same in any order only for ints and strings."""
        if isinstance(over, ir.Comp) and any(
            isinstance(c.source, ir.SetIter) for c in over.clauses
        ):
            item = over.element.type
            if not unordered.indistinct(item):
                raise Refusal("refusal-set-order", "the order of a set could be seen here", at)

    def any_all(self, kind: str, node: Expression, at: ir.At) -> ir.Expr:
        found = self._generator_truth(node)
        if found is None:
            source = self.iter(node)
            self.no_set_order_unless_silent(source)
            pattern, read = self.bind_item(source.item, at)
            found = [ir.Clause(pattern, source, [])], self.truth(read, at)
        clauses, test = found
        for clause in clauses:
            if isinstance(clause.source, ir.SetIter) and self.may_stop(test, clause.conds):
                raise Refusal(
                    "refusal-set-order",
                    "which item raises first would be seen here",
                    clause.source.at,
                    hint="walk over sorted(…)",
                )
        return ir.Reduce(BOOL, at, kind, clauses, test, None)

    def no_set_order_unless_silent(self, source: ir.Iter) -> None:
        if not isinstance(source, ir.SetIter):
            self.no_set_order(source)

    def _generator_truth(self, node: Expression) -> tuple[list[ir.Clause], ir.Expr] | None:
        inner = node.generator if isinstance(node, ListComprehension) else node
        if isinstance(inner, CallExpr) and self.is_lazy(inner):
            clauses, element = self.lazy(inner, False)
            return clauses, self.truth(element, self.at(inner))
        if not isinstance(inner, GeneratorExpr):
            return None
        if isinstance(node, ListComprehension):
            # A list is made whole before any() looks at it: the elements' faults come first.
            clauses = self.clauses(inner, True)
            element = self.cond(inner.left_expr)
            if self.may_stop(element, *(c.conds for c in clauses)):
                raise Refusal(
                    "refusal-call",
                    "any/all of a list that may raise is not drafted",
                    self.at(node),
                    hint="leave out the brackets",
                )
            return clauses, element
        return self.clauses(inner, False), self.cond(inner.left_expr)

    def sum(self, node: Expression, start: Expression | None, at: ir.At) -> ir.Expr:
        begin = None if start is None else self.expr(start)
        if begin is not None and (joined := spelled.sums(self, node, begin, at)) is not None:  # type: ignore[arg-type]
            return joined
        found = self.generator(node, order_seen=False)
        if found is None:
            gen = self.generator_call(node)
            made = None if gen is None else self.collected(gen, at, whole=True)
            source = self.iter(node) if made is None else self.iter_of(made, at)
            pattern, read = self.bind_item(source.item, at)
            found = [ir.Clause(pattern, source, [])], read
        clauses, element = found
        if element.type == BOOL:
            element = ir.ToInt(INT, at, element)
        if self.reader.loose and element.type == FLOAT:
            element = self.coerce(element, NUM)
        if element.type == NUM and begin is not None:
            begin = self.coerce(begin, NUM)
        if self.reader.loose and begin is not None and begin.type == FLOAT:
            element, begin = self.coerce(element, NUM), self.coerce(begin, NUM)
        if BIG in (element.type, getattr(begin, "type", None)):
            element = self.coerce(element, BIG)
            begin = None if begin is None else self.coerce(begin, BIG)
        if element.type == DECIMAL and begin is not None and begin.type == INT:
            begin = self.prim("decimal.Decimal", [begin], at)
        if element.type not in (INT, BIG, FLOAT, NUM, DECIMAL):
            raise Refusal("refusal-call", f"sum of {element.type} is not drafted", at)
        for clause in clauses:
            if isinstance(clause.source, ir.SetIter) and (
                element.type != INT or self.may_stop(element, clause.conds)
            ):
                raise Refusal(
                    "refusal-set-order",
                    "the order of a set would be seen here",
                    clause.source.at,
                    hint="walk over sorted(…)",
                )
        if begin is not None and begin.type != element.type:
            if isinstance(begin, ir.Const) and begin.value == 0 and type(begin.value) is int:
                begin = None
            else:
                raise Refusal(
                    "refusal-int-as-float",
                    f"sum of {element.type} starting from {begin.type}",
                    begin.at,
                    hint="start from 0.0",
                )
        return ir.Reduce(element.type, at, "sum", clauses, element, begin)

    def _settled_items(self, over: ir.Expr, at: ir.At) -> None:
        """Refuse items worked out of a set's, of which the first to raise would show."""
        if isinstance(over, ir.Comp) and self.may_stop(over.element):
            raise Refusal(
                "refusal-set-order", "which item raises first would be seen here", at,
                hint="walk over sorted(…)",
            )  # fmt: skip

    def keyed(self, over: ir.Expr, key: Expression, at: ir.At) -> ir.Comp:
        """A list of (key, item) of a list: keys first, each once, in order, as Python does."""
        if not isinstance(over.type, (ListType, VarTupleType)):
            raise Refusal("refusal-iterable", f"walking over {over.type} is not drafted", at)
        item = over.type.item
        source = ir.SeqIter(item, at, over)
        hint = "item"
        if isinstance(key, LambdaExpr) and len(key.arguments) == 1:
            hint = key.arguments[0].variable.name
        name = self.fresh(hint, item)
        value = self.applied(key, [ir.Var(item, at, name)], self.at(key))
        if isinstance(value.type, OptionalType):
            # `key=counts.get`: None can't be ordered, and is left to the reference.
            value = ir.Unwrap(value.type.item, value.at, value)
        if not self.reader.table.comparable(value.type):
            raise Refusal("refusal-operator", f"keys of type {value.type} can't be ordered", at)
        pair = TupleType((value.type, item))
        element = ir.TupleLit(pair, at, [value, ir.Var(item, at, name)])
        clause = ir.Clause(ir.PVar(item, at, name), source, [])
        return ir.Comp(ListType(pair), at, [clause], None, element)

    def apart_from(self, obj: ir.Expr | None, items: ir.Expr) -> None:
        """Refuse items made early by a generator that may see what happens between them."""
        for node in ir.walk(items):
            if isinstance(node, ir.Call) and node.quiet:
                for arg in node.args:
                    if self.reader.table.any_part(
                        arg.type,
                        lambda t: self.reader.table.mutable(t) and (obj is None or t == obj.type),
                    ):
                        raise Refusal(
                            "refusal-generator", "a generator that may see what becomes of it",
                            items.at, hint="make a list of them first",
                        )  # fmt: skip

    def is_settled(self, flag: ir.Expr) -> None:
        """Refuse what can be told to be worked out after the items and keys, not before them."""
        changing = any(
            isinstance(node, ir.Var) and self.reader.table.has_mutable(node.type)
            for node in ir.walk(flag)
        )
        if changing or self.may_stop(flag):
            raise Refusal("refusal-call", "give `reverse` a name first", flag.at)

    def flag(self, keywords: dict[str, Expression], at: ir.At) -> ir.Expr:
        if "reverse" not in keywords:
            return ir.Const(BOOL, at, False)
        flag = self.expr(keywords["reverse"])
        if flag.type != BOOL:
            raise Refusal("refusal-call", "reverse is a bool", flag.at)
        return flag

    def sorted(self, node: Expression, keywords: dict[str, Expression], at: ir.At) -> ir.Expr:
        if set(keywords) - {"key", "reverse"}:
            raise Refusal("refusal-call", "this call of sorted is not drafted", at)
        flag = self.flag(keywords, at)
        self.is_settled(flag)
        node = unordered.unlisted(self, node)
        if "key" in keywords:
            over = self.materialise(node, order_seen=False)
            pairs = self.keyed(over, keywords["key"], at)
            if unordered.of_set(over):
                self._settled_items(over, at)
                return unordered.keyed(self, "sorted.key", pairs, [flag], at)
            return self.prim("sorted.key", [pairs, flag], at)
        over = self.materialise(node, order_seen=False, whole=True)
        if unordered.of_set(over) and not (
            isinstance(over, ir.Comp)
            and unordered.indistinct(over.element.type)
            and not self.may_stop(over.element)
        ):
            raise Refusal("refusal-set-order", "equal items of a set could be told apart here", at)
        return self.prim("sorted.reverse", [over, flag], at)

    def best(
        self, kind: str, node: Expression, keywords: dict[str, Expression], at: ir.At
    ) -> ir.Expr:
        node = unordered.unlisted(self, node)
        if set(keywords) == {"key"}:
            over = self.materialise(node, order_seen=False)
            keyed = self.keyed(over, keywords["key"], at)
            if unordered.of_set(over):
                self._settled_items(over, at)
                return unordered.keyed(self, f"{kind}.key", keyed, [], at)
            self.apart_from(None, keyed)
            return self.prim(f"{kind}.key", [keyed], at)
        if set(keywords) == {"default"}:
            over = self.materialise(node, order_seen=False)
            self._order_decides(over, at)
            return self.prim(f"{kind}.default", [over, self.expr(keywords["default"])], at)
        if set(keywords) == {"key", "default"}:
            default = self.expr(keywords["default"])
            if not isinstance(default, (ir.Const, ir.Var)):
                raise Refusal("refusal-call", "give `default` a name first", default.at)
            pairs = self.keyed(self.materialise(node), keywords["key"], at)
            self.apart_from(None, pairs)
            name = self.fresh("pairs", pairs.type)
            found = self.prim(f"{kind}.key", [ir.Var(pairs.type, at, name)], at)
            some = self.truth(ir.Var(pairs.type, at, name), at)
            type_ = self.common(found, default, at)
            found, default = self.coerce(found, type_), self.coerce(default, type_)
            chosen = ir.IfExp(type_, at, some, found, default)
            return ir.Let(type_, at, name, pairs, chosen)
        raise Refusal("refusal-call", f"this call of {kind} is not drafted", at)

    def best_of(self, name: str, items: list[ir.Expr], at: ir.At) -> ir.Expr:
        if self.reader.loose and {item.type for item in items} <= {INT, FLOAT, NUM}:
            items = [self.coerce(item, NUM) for item in items]
        if len({item.type for item in items}) != 1:
            raise Refusal("refusal-mixed-types", "the arguments are of several types", at)
        if items[0].type in (INT, FLOAT):
            # Two by two, without a list: the best so far against the next.
            best = items[0]
            for item in items[1:]:
                best = self.prim(name, [best, item], at)
            return best
        return self.prim(name, [ir.ListLit(ListType(items[0].type), at, items)], at)

    def dict(self, node: Expression, at: ir.At) -> ir.Expr:
        found = self.generator(node, order_seen=True)
        if found is None:
            walked = self.iter_call(node, at) if isinstance(node, CallExpr) else None
            if walked is None:
                given = self.expr(node)
                if isinstance(given.type, DictType):
                    return self.prim("builtins.dict", [given], at)
                walked = self.iter_of(given, at)
            source = walked
            self.no_set_order(source)
            pattern, read = self.bind_item(source.item, at)
            found = [ir.Clause(pattern, source, [])], read
        clauses, element = found
        if not isinstance(element, ir.TupleLit) or len(element.items) != 2:
            raise Refusal(
                "refusal-call", "dict() of this is not drafted", at, hint="use {k: v for …}"
            )
        key, value = element.items
        if not self.reader.table.hashable(key.type):
            raise Refusal("refusal-key", f"{key.type} as a key is not drafted", at)
        return ir.Comp(DictType(key.type, value.type), at, clauses, key, value)

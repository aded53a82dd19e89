"""Lowering of unpacking: `a, (b, *c) = value`.

A fixed tuple is taken apart by a pattern; a list, text or tuple of any length is looked into once
its length is known to fit.
"""

from __future__ import annotations

from collections.abc import Callable

from mypy.nodes import (
    ArgKind,
    CallExpr,
    Expression,
    ListExpr,
    Lvalue,
    NameExpr,
    RefExpr,
    StarExpr,
    TupleExpr,
    Var,
)

from carveout.cut.frontend import records
from carveout.cut.frontend.callables import Callables
from carveout.cut.frontend.inference import vague
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BIG,
    INT,
    STR,
    ListType,
    OptionalType,
    StructType,
    TupleType,
    Type,
    VarTupleType,
)
from carveout.cut.refuse import Refusal


class Unpacking(Callables):
    """Several targets for one value."""

    def pattern(self, target: Lvalue | Expression, type_: Type) -> ir.Pattern:
        raise NotImplementedError

    def target_type(self, target: Lvalue) -> Type | None:
        raise NotImplementedError

    def apart(self, target: Lvalue, node: Expression, at: ir.At) -> ir.Expr | None:
        """A value that several targets take apart at once; None if it is like any other.

        `small, large = [], {}`: each part as its target has it. `a, b = map(int, parts)`: as a
        list, of one item more than there are targets, which is all that Python asks for.
        """
        if not isinstance(target, (TupleExpr, ListExpr)):
            return None
        targets = target.items
        starred = any(isinstance(item, StarExpr) for item in targets)
        if isinstance(node, TupleExpr):
            stars = starred or any(isinstance(item, StarExpr) for item in node.items)
            if stars or len(node.items) != len(targets) or not 1 <= len(targets) <= 12:
                return None
            parts = []
            for one, item in zip(targets, node.items, strict=True):
                wanted = self.target_type(one)
                part = self.expr(item, wanted)
                fits = wanted is not None and self.fits(part, wanted)
                parts.append(self.coerce(part, wanted) if wanted and fits else part)
            return ir.TupleLit(TupleType(tuple(part.type for part in parts)), at, parts)
        if self.is_lazy(node):
            clauses, element = self.lazy(node, True)
            (first, *others) = clauses
            if not starred and not others and not first.conds:
                limit = ir.Const(INT, at, len(targets) + 1)
                turns = ir.RangeIter(INT, at, ir.Const(INT, at, 0), limit, None)
                both = TupleType((INT, first.source.item))
                first.target = ir.PTuple(both, at, [ir.PVar(INT, at, "_"), first.target])
                first.source = ir.ZipIter(both, at, [turns, first.source])
            elif not starred and self.may_stop(element, *(clause.conds for clause in clauses)):
                raise Refusal(
                    "refusal-unpack", "items that may raise when they are asked for", at,
                    hint="make a list of them first",
                )  # fmt: skip
            self.check_clauses(clauses, [element])
            return ir.Comp(ListType(element.type), at, clauses, None, element)
        ordered = ("builtins.zip", "builtins.enumerate", "builtins.reversed")
        callee = node.callee if isinstance(node, CallExpr) else None
        if (
            isinstance(node, CallExpr)
            and isinstance(callee, RefExpr)
            and callee.fullname == "builtins.zip"
            and node.arg_kinds == [ArgKind.ARG_STAR]
            and not starred
        ):
            self.sure(callee, at)
            if (made := self._unzipped(node.args[0], len(targets), at)) is not None:
                return made
        if isinstance(callee, RefExpr) and callee.fullname in ordered:
            return self.collect(self.iter(node), at)
        return None

    def _unzipped(self, node: Expression, count: int, at: ir.At) -> ir.Expr | None:
        """`names, numbers = zip(*pairs)`: of no pairs there is nothing to unpack."""
        if self.is_lazy(node) or not isinstance(pairs := self.expr(node), ir.Expr):
            return None
        if not isinstance(pairs.type, (ListType, VarTupleType)):
            return None
        row = pairs.type.item
        if not isinstance(row, TupleType) or len(row.items) != count:
            return None
        rows = self.prim("unzip.rows", [pairs], at)

        def columns(read: Callable[[], ir.Expr]) -> ir.Expr:
            parts: list[ir.Expr] = []
            for index, item in enumerate(row.items):
                name = self.fresh("pair", row)
                part = ir.Part(item, at, ir.Var(row, at, name), index)
                clause = ir.Clause(ir.PVar(row, at, name), ir.SeqIter(row, at, read()), [])
                parts.append(ir.Comp(VarTupleType(item), at, [clause], None, part))
            return ir.TupleLit(TupleType(tuple(one.type for one in parts)), at, parts)

        made: ir.Expr = self.with_name(rows, at, columns)
        return made

    def unpack(self, target: TupleExpr | ListExpr, value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
        if isinstance(value.type, StructType) and self.reader.table.structs[value.type.name].named:
            name = self.fresh("whole", value.type)
            first = ir.Assign(at, ir.PVar(value.type, at, name), value)
            whole = records.as_tuple(self, ir.Var(value.type, at, name))
            assert whole is not None
            return [first, *self.unpack(target, whole, at)]
        starred = any(isinstance(item, StarExpr) for item in target.items)
        if isinstance(value.type, (ListType, VarTupleType)) or value.type == STR:
            return self._unpack_sequence(target, value, at)
        if starred and isinstance(value.type, TupleType):
            return self._unpack_starred(target, value, at)
        if not isinstance(value.type, TupleType) or len(value.type.items) != len(target.items):
            raise Refusal(
                "refusal-unpack",
                f"{len(target.items)} names for {value.type} are not drafted",
                at,
                hint="index it instead",
            )
        if self.project.big is not None:
            value = self._sized_items(target, value)
        assert isinstance(value.type, TupleType)
        if all(isinstance(item, (NameExpr, TupleExpr)) for item in target.items) and (
            self.project.big is None or self._as_declared(target, value.type)
        ):
            pattern = self.pattern(target, value.type)
            if isinstance(value, ir.TupleLit):
                self._coerce_items(pattern, value)
            return [ir.Assign(at, pattern, value), *self.stores(at)]
        names = [self.fresh("part", item) for item in value.type.items]
        pattern = ir.PTuple(
            value.type,
            at,
            [ir.PVar(t, at, n) for n, t in zip(names, value.type.items, strict=True)],
        )
        out: list[ir.Stmt] = [ir.Assign(at, pattern, value)]
        for item, name, type_ in zip(target.items, names, value.type.items, strict=True):
            out += self.store(item, ir.Var(type_, at, name), at)
        return out

    def _unpack_sequence(
        self, target: TupleExpr | ListExpr, value: ir.Expr, at: ir.At
    ) -> list[ir.Stmt]:
        """`a, *rest = xs`: raises what Python does where their number differs."""
        name = self.fresh("items", value.type)
        out: list[ir.Stmt] = [ir.Assign(at, ir.PVar(value.type, at, name), value)]

        def items() -> ir.Expr:
            return ir.Var(value.type, at, name)

        def number(n: int | None) -> ir.Expr:
            if n is None:
                return ir.Const(OptionalType(INT), at, None)
            return ir.Const(INT, at, n)

        star = next((i for i, t in enumerate(target.items) if isinstance(t, StarExpr)), None)
        count = len(target.items) - (star is not None)
        length = self.prim("builtins.len", [items()], at)
        fits = "unpack.exact" if star is None else "unpack.rest"
        out.append(ir.Do(at, self.prim(fits, [length, number(count)], at)))
        for index, item in enumerate(target.items):
            if isinstance(item, StarExpr):
                left = len(target.items) - index - 1
                bounds = [index or None, -left or None, None]
                ends = [
                    self.coerce(number(n), OptionalType(INT)) if n is not None else number(None)
                    for n in bounds
                ]
                rest = self.prim("slice", [items(), *ends], at)
                if not isinstance(rest.type, ListType):
                    rest = self.prim("builtins.list", [rest], at)
                out += self.store(item.expr, rest, at)
                continue
            place = index if star is None or index < star else index - len(target.items)
            out += self.store(item, self.prim("getitem", [items(), number(place)], at), at)
        return out

    def _unpack_starred(
        self, target: TupleExpr | ListExpr, value: ir.Expr, at: ir.At
    ) -> list[ir.Stmt]:
        """`first, *rest = a, b, c`, where the rest is of one type."""
        assert isinstance(value.type, TupleType)
        types = value.type.items
        star = next(i for i, t in enumerate(target.items) if isinstance(t, StarExpr))
        after = len(target.items) - star - 1
        rest = types[star : len(types) - after]
        if len(types) < len(target.items) - 1 or len(set(rest)) != 1:
            raise Refusal(
                "refusal-unpack", f"{len(target.items)} names for {value.type} are not drafted", at,
                hint="index it instead",
            )  # fmt: skip
        names = [self.fresh("part", item) for item in types]
        parts: list[ir.Pattern] = [ir.PVar(t, at, n) for n, t in zip(names, types, strict=True)]
        out: list[ir.Stmt] = [ir.Assign(at, ir.PTuple(value.type, at, parts), value)]
        reads: list[ir.Expr] = [ir.Var(t, at, n) for n, t in zip(names, types, strict=True)]
        last = len(types) - after
        made = ir.ListLit(ListType(rest[0]), at, reads[star:last])
        values = [*reads[:star], made, *reads[last:]]
        for item, one in zip(target.items, values, strict=True):
            out += self.store(item.expr if isinstance(item, StarExpr) else item, one, at)
        return out

    def _sized_items(self, target: TupleExpr | ListExpr, value: ir.Expr) -> ir.Expr:
        """Items of a display as ints of the size that their targets have."""
        if not isinstance(value, ir.TupleLit) or len(value.items) != len(target.items):
            return value
        items = list(value.items)
        for index, item in enumerate(target.items):
            wanted = self._declared_int(item)
            if wanted is not None and {wanted, items[index].type} == {INT, BIG}:
                items[index] = self.sized(items[index], wanted)
        return ir.TupleLit(TupleType(tuple(item.type for item in items)), value.at, items)

    def _declared_int(self, target: Expression) -> Type | None:
        match target:
            case NameExpr(node=Var() as var) if self.is_local(target) and not self.dropped(target):
                return self.declared(var, self.at(target)) if not vague(var.type) else None
        return None

    def _as_declared(self, target: TupleExpr | ListExpr, type_: Type) -> bool:
        """Whether no item is an int of another size than its target's."""
        assert isinstance(type_, TupleType)
        return not any(
            {self._declared_int(item), part} == {INT, BIG}
            for item, part in zip(target.items, type_.items, strict=True)
        )

    def _coerce_items(self, pattern: ir.Pattern, value: ir.TupleLit) -> None:
        if isinstance(pattern, ir.PTuple):
            for index, item in enumerate(pattern.items):
                if isinstance(item, ir.PVar) and item.name != "_":
                    value.items[index] = self.coerce(value.items[index], item.type)
            value.type = TupleType(tuple(item.type for item in value.items))

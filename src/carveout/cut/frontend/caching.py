"""Nested functions with `functools.cache` or `lru_cache`: what they gave is kept in a dict.

    @cache
    def ways(n: int) -> int: …       # fn ways(n: i64, …, ways_memo: &mut Dict<i64, i64>)

The cache is empty each time the function is defined, and gives what it has, stale answers included,
as Python's does. Arguments must be hashable, and equal only if they are the same (no floats);
results must not change. The caches of a module's functions are in the carving itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from mypy.nodes import FuncItem, TryStmt

from carveout.cut.frontend.base import Base
from carveout.cut.frontend.scoping import walk
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import BOOL, NONE, DictType, TupleType, Type
from carveout.cut.refuse import Refusal


@dataclass(frozen=True)
class Memo:
    """The dict's name and type, and the name of this call's key."""

    name: str
    type: DictType
    key: str


class Caching(Base):
    """Lowering of functions that keep what they gave."""

    memo: Memo | None = None

    def memo_type(self, func: FuncItem, result: Type, at: ir.At) -> DictType:
        """Of the dict that keeps what a function gave."""
        types = [self.reader.read(a.variable.type, at) for a in func.arguments]
        key = types[0] if len(types) == 1 else TupleType(tuple(types))
        why = None
        if not types or not self.reader.table.hashable(key):
            why = "arguments that are no plain keys"
        elif result == NONE or self.reader.table.has_mutable(result):
            why = f"a result of {result}"
        elif any(isinstance(node, TryStmt) for node in walk(func.body)):
            why = "a try in it"
        if why is not None:
            raise Refusal(
                "refusal-decorator",
                f"a cached function with {why} is not drafted",
                at,
                hint="leave the cache out, or keep a dict of your own",
            )
        return DictType(key, result)

    def open_memo(self, params: list[ir.Param], result: Type, at: ir.At) -> list[ir.Stmt]:
        """Where a cached function finds what it gave."""
        func = self.func
        if func not in self.project.memos:
            return []
        type_ = self.memo_type(func, result, at)
        name = self.names[self.project.memos[func]]
        self.memo = Memo(name, type_, self.fresh("key", type_.key))
        return self.recall(params[: len(func.arguments)], at)

    def recall(self, params: list[ir.Param], at: ir.At) -> list[ir.Stmt]:
        """What a cached function does first."""
        assert self.memo is not None
        memo = self.memo
        parts: list[ir.Expr] = [ir.Var(p.type, at, p.name) for p in params]
        key = parts[0] if len(parts) == 1 else ir.TupleLit(memo.type.key, at, parts)
        read = [ir.Var(memo.type.key, at, memo.key), ir.Var(memo.type, at, memo.name)]
        known = self.prim("in", list(read), at)
        assert known.type == BOOL
        again: list[ir.Expr] = [
            ir.Var(memo.type, at, memo.name),
            ir.Var(memo.type.key, at, memo.key),
        ]
        kept = self.prim("getitem", again, at)
        return [
            ir.Assign(at, ir.PVar(memo.type.key, at, memo.key), key),
            ir.If(at, known, [ir.Return(at, kept)], []),
        ]

    def remember(self, value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
        """`return value` of a cached function."""
        assert self.memo is not None
        memo = self.memo
        name = self.fresh("result", value.type)
        return [
            ir.Assign(at, ir.PVar(value.type, at, name), value),
            ir.SetItem(
                at,
                ir.Var(memo.type, at, memo.name),
                ir.Var(memo.type.key, at, memo.key),
                ir.Var(value.type, at, name),
            ),
            ir.Return(at, ir.Var(value.type, at, name)),
        ]


__all__ = ["Caching", "Memo"]

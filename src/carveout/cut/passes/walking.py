"""Loops over a list or dict that changes meanwhile, spelt out as Python's iterators do them.

Problem: a Rust iterator borrows what it walks over. Python's list iterator is an index that is
compared with the length each time; its dict iterator looks whether the size is still the same:

    for i, price in enumerate(prices):      # at = 0
        prices[i] = price * 2               # while at < len(prices): i = at; price = prices[at] …

    for name in totals:                     # names = list(totals); count = len(totals)
        totals[name] += 1                   # for name in names: decline if len(totals) != count …

Only a variable that is not bound again in the loop, with items that can't change themselves, and a
dict only where keys may be set, not removed: then the same size means the same keys. All other such
loops are left to be refused.

Invariant: without a change in the loop nothing is rewritten.
"""

from __future__ import annotations

from carveout.cut import registry
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.scopes import bound
from carveout.cut.ir.types import (
    INT,
    DictType,
    ListType,
    TupleType,
    Type,
    TypeTable,
)
from carveout.cut.passes.sharing import Sharing

_WHY = "a dict changed its size while it was walked over"


class _Walking:
    def __init__(self, function: ir.Function, table: TypeTable, sharing: Sharing) -> None:
        self.function = function
        self.table = table
        self.sharing = sharing
        self.changed = False

    # --- building --------------------------------------------------------------------------------

    def fresh(self, hint: str, type_: Type) -> str:
        name, n = hint, 2
        while name in self.function.variables:
            name, n = f"{hint}_{n}", n + 1
        self.function.variables[name] = ir.Variable(name, type_)
        return name

    def prim(self, key: str, args: list[ir.Expr], at: ir.At) -> ir.Expr:
        for entry in registry.entries(key):
            found: registry.Bindings = {}
            if len(entry.params) == len(args) and all(
                registry.match(taken.shape, arg.type, found, self.table)
                for taken, arg in zip(entry.params, args, strict=True)
            ):
                return ir.Prim(registry.build(entry.result, found), at, entry, args)
        raise AssertionError(f"{key} takes no {[str(arg.type) for arg in args]}")

    def var(self, name: str, at: ir.At) -> ir.Var:
        return ir.Var(self.function.variables[name].type, at, name)

    @staticmethod
    def assign(name: str, value: ir.Expr, at: ir.At) -> ir.Assign:
        return ir.Assign(at, ir.PVar(value.type, at, name), value)

    # --- the walk --------------------------------------------------------------------------------

    def block(self, body: list[ir.Stmt]) -> list[ir.Stmt]:
        out: list[ir.Stmt] = []
        for node in body:
            match node:
                case ir.If():
                    node.then, node.orelse = self.block(node.then), self.block(node.orelse)
                case ir.While():
                    node.body, node.orelse = self.block(node.body), self.block(node.orelse)
                case ir.For():
                    node.body, node.orelse = self.block(node.body), self.block(node.orelse)
                    made = self.loop(node)
                    if made is not None:
                        made[0].comments = node.comments
                        self.changed = True
                        out += made
                        continue
            out.append(node)
        return out

    def loop(self, node: ir.For) -> list[ir.Stmt] | None:
        match node.source, node.target:
            case ir.SeqIter(seq=ir.Var(type=ListType(item)) as seq), _:
                if self.applies(node, seq) and not self.table.has_mutable(item):
                    return self.by_index(node, seq, None, node.target)
            case ir.EnumerateIter(
                inner=ir.SeqIter(seq=ir.Var(type=ListType(item)) as seq),
                start=(ir.Const() | ir.Var()) as start,
            ), ir.PTuple(items=[ir.PVar() as count, target]):
                if self.applies(node, seq) and not self.table.has_mutable(item):
                    return self.by_index(node, seq, (count, start), target)
            case ir.DictIter(obj=ir.Var(type=DictType(_, value)) as obj, view="keys" | "items"), _:
                keys_only = node.source.view == "keys"
                if self.applies(node, obj) and (keys_only or not self.table.has_mutable(value)):
                    return self.by_keys(node, obj)
        return None

    def applies(self, node: ir.For, container: ir.Var) -> bool:
        held = self.sharing.node(container)
        if held is None or any(container.name in bound(one) for one in node.body):
            return False
        changes = [one for s in node.body for one in self.sharing.changes_in(s)]
        if not any(one.find() is held for one, _ in changes):
            return False
        if isinstance(container.type, DictType):
            return all(is_set for one, is_set in changes if one.find() is held)
        return True

    def by_index(
        self,
        node: ir.For,
        seq: ir.Var,
        counted: tuple[ir.PVar, ir.Expr] | None,
        target: ir.Pattern,
    ) -> list[ir.Stmt]:
        at = node.at
        index = self.fresh("at", INT)

        def here() -> ir.Expr:
            return self.var(index, at)

        def listed() -> ir.Expr:
            return self.var(seq.name, at)

        one = ir.Const(INT, at, 1)
        head: list[ir.Stmt] = []
        if counted is not None and counted[0].name != "_":
            count, start = counted
            value = here() if _is_zero(start) else self.prim("+", [start, here()], at)
            head.append(ir.Assign(at, count, value))
        head.append(ir.Assign(at, target, self.prim("getitem", [listed(), here()], at)))
        head.append(self.assign(index, self.prim("+", [here(), one], at), at))
        test = self.prim("<", [here(), self.prim("builtins.len", [listed()], at)], at)
        loop = ir.While(at, test, [*head, *node.body], orelse=node.orelse)
        return [self.assign(index, ir.Const(INT, at, 0), at), loop]

    def by_keys(self, node: ir.For, obj: ir.Var) -> list[ir.Stmt]:
        at, source = node.at, node.source
        assert isinstance(source, ir.DictIter)
        assert isinstance(obj.type, DictType)
        key = obj.type.key
        keys, size = self.fresh("keys", ListType(key)), self.fresh("size", INT)
        each = self.fresh("each", key)
        clause = ir.Clause(ir.PVar(key, at, each), ir.DictIter(key, at, obj, "keys"), [])
        listed = ir.Comp(ListType(key), at, [clause], None, self.var(each, at))

        def length() -> ir.Expr:
            return self.prim("builtins.len", [self.var(obj.name, at)], at)

        def check() -> ir.Stmt:
            same = self.prim("!=", [length(), self.var(size, at)], at)
            return ir.If(at, same, [ir.Decline(at, _WHY)], [])

        head: list[ir.Stmt] = [check()]
        target = node.target
        if source.view == "items":
            held = self.fresh("key", key)
            target = ir.PVar(key, at, held)
            found = self.prim("getitem", [self.var(obj.name, at), self.var(held, at)], at)
            pair = TupleType((key, obj.type.value))
            both = ir.TupleLit(pair, at, [self.var(held, at), found])
            head.append(ir.Assign(at, node.target, both))
        loop = ir.For(
            at,
            target,
            ir.SeqIter(key, at, self.var(keys, at)),
            [*head, *node.body],
            orelse=[check(), *node.orelse],
        )
        return [self.assign(keys, listed, at), self.assign(size, length(), at), loop]


def _is_zero(expr: ir.Expr) -> bool:
    return isinstance(expr, ir.Const) and expr.type == INT and expr.value == 0


def spell_out_walks(program: ir.Program, table: TypeTable, sharing: Sharing) -> bool:
    """Rewrite what can be; whether anything was."""
    changed = False
    for function in program.functions.values():
        sharing.function = function
        walking = _Walking(function, table, sharing)
        function.body = walking.block(function.body)
        changed |= walking.changed
    return changed

"""Storage: write into every type which objects are counted.

    rows: list[list[int]]        # list[shared list[int]]: its rows have other holders as well

Runs when flow and holding have settled. Invariant: afterwards the types of an expression and of
what it flows into are equal again, counted objects included."""

from __future__ import annotations

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    DequeType,
    DictType,
    ListType,
    OptionalType,
    RefType,
    SetType,
    StructType,
    TupleType,
    Type,
    TypeTable,
    UnionType,
    VarTupleType,
)
from carveout.cut.passes.flow import Flow, Node


def settle_structs(flow: Flow, table: TypeTable) -> None:
    """Which classes' objects are counted."""
    for name, info in table.structs.items():
        node = flow.structs.get(name)
        if node is not None and node.find().shared and flow.counted(node):
            info.shared = True
        if flow.holds_itself(StructType(name)):
            info.shared = True
            info.cyclic = not info.frozen


class Storage:
    """Rewrites a program's types, in place."""

    def __init__(self, program: ir.Program, table: TypeTable, flow: Flow) -> None:
        self.program = program
        self.table = table
        self.flow = flow

    def run(self) -> None:
        settle_structs(self.flow, self.table)
        for name, info in self.table.structs.items():
            node = self.flow.structs.get(name)
            for field, type_ in info.fields.items():
                info.fields[field] = self.typed(type_, self._child(node, field))
        for key, function in self.program.functions.items():
            self.flow.function = function
            function.result = self.typed(function.result, self.flow.result(key))
            for param in function.params:
                param.type = self.typed(param.type, self.flow.var(param.name))
            done: set[int] = set()
            for statement in function.body:
                for node in ir.walk(statement):
                    if id(node) in done:
                        continue
                    done.add(id(node))
                    self._rewrite(node)
            for variable in function.variables.values():
                variable.type = self.typed(variable.type, self.flow.var(variable.name))

    def _rewrite(self, node: object) -> None:
        match node:
            case ir.Expr():
                node.type = self.typed(node.type, self.flow.memo.get(id(node)))
            case ir.PVar() | ir.PTuple():
                found = self.flow.patterns.get(id(node))
                if found is None and isinstance(node, ir.PVar):
                    found = self.flow.var(node.name)
                node.type = self.typed(node.type, found)
            case ir.Iter():
                node.item = self.typed(node.item, self.flow.items.get(id(node)))

    @staticmethod
    def _child(node: Node | None, name: str) -> Node | None:
        return None if node is None else node.find().children.get(name)

    def typed(self, type_: Type, node: Node | None) -> Type:
        """The type with its counted objects marked."""
        if node is None:
            return type_
        node = node.find()
        match type_:
            case OptionalType(item):
                return OptionalType(self.typed(item, node))
            case RefType(item):
                return RefType(self.typed(item, node))
            case ListType(item):
                return ListType(self.typed(item, self._child(node, "item")), node.shared)
            case VarTupleType(item):
                return VarTupleType(self.typed(item, self._child(node, "item")))
            case DictType(key, value):
                inner = self.typed(value, self._child(node, "value"))
                return DictType(key, inner, node.shared, type_.kind)
            case DequeType(item):
                return DequeType(self.typed(item, self._child(node, "item")), node.shared)
            case SetType(item, frozen):
                return SetType(item, frozen, node.shared and not frozen)
            case TupleType(items) | UnionType(items):
                return type(type_)(
                    tuple(self.typed(t, self._child(node, str(i))) for i, t in enumerate(items))
                )
        return type_


__all__ = ["Storage", "settle_structs"]

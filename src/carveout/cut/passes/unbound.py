"""Unbound: a variable that has no value on some path becomes an optional one.

    if found:
        best = 3
    return best             # Python: UnboundLocalError if not found

becomes `best: int | None = None`, assigned `Some(3)`, and unwrapped where it is read: a read
without a value declines, so that the reference raises.

Invariant: afterwards every variable is assigned before it is read, on every path.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import Any

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import OptionalType


def make_optional(function: ir.Function, names: set[str]) -> None:
    """Rewrite the function, in place."""
    rewrite = _Rewrite(function, names)
    function.body = [*rewrite.start(), *rewrite.block(function.body)]


def tried(function: ir.Function) -> set[str]:
    """Names first assigned inside a `try`: in Rust that is a closure, which cannot declare them."""
    found: set[str] = set()
    params = {param.name for param in function.params}
    everywhere = _reads(function.body)

    def visit(body: list[ir.Stmt], have: set[str]) -> set[str]:
        """Names surely assigned after the block."""
        for node in body:
            match node:
                case ir.Assign():
                    have = have | {v.name for v in ir.pattern_vars(node.target)}
                case ir.If():
                    have = visit(node.then, have) & visit(node.orelse, have)
                case ir.While() | ir.For():
                    inside = have
                    if isinstance(node, ir.For):
                        inside = have | {v.name for v in ir.pattern_vars(node.target)}
                    visit(node.body, inside)
                    visit(node.orelse, have)
                case ir.Try():
                    inner = [node.body]
                    if node.final:
                        inner += [node.orelse, *(h.body for h in node.handlers)]
                    for guarded in inner:
                        reads = _reads(guarded)
                        found.update(n for n in _bound(guarded) - have if everywhere[n] > reads[n])
                    visit(node.body, have)
                    for handler in node.handlers:
                        visit(handler.body, have)
                    visit(node.orelse, have)
                    have = visit(node.final, have)
        return have

    visit(function.body, params)
    return {name for name in found if name in function.variables}


def _bound(body: list[ir.Stmt]) -> set[str]:
    return {
        var.name
        for statement in body
        for node in ir.walk(statement)
        if isinstance(node, (ir.Assign, ir.For))
        for var in ir.pattern_vars(node.target)
    }


def _reads(body: list[ir.Stmt]) -> Counter[str]:
    return Counter(
        node.name for statement in body for node in ir.walk(statement) if isinstance(node, ir.Var)
    )


class _Rewrite:
    def __init__(self, function: ir.Function, names: set[str]) -> None:
        self.function = function
        self.names = names
        self.types = {name: function.variables[name].type for name in names}
        for name in names:
            function.variables[name].type = OptionalType(self.types[name])

    def start(self) -> list[ir.Stmt]:
        at = self.function.at
        return [
            ir.Assign(at, ir.PVar(OptionalType(t), at, n), ir.Const(OptionalType(t), at, None))
            for n, t in sorted(self.types.items())
        ]

    def block(self, body: list[ir.Stmt]) -> list[ir.Stmt]:
        out: list[ir.Stmt] = []
        for statement in body:
            out += self.stmt(statement)
        return out

    def stmt(self, node: ir.Stmt) -> list[ir.Stmt]:
        match node:
            case ir.Assign(target=ir.PVar(name=name)) if name in self.names:
                value = self.reads(node.value)
                assert isinstance(node.target, ir.PVar)
                node.target.type = OptionalType(self.types[name])
                node.value = ir.Some(OptionalType(self.types[name]), node.at, value)
                return [node]
            case ir.Assign():
                node.value = self.reads(node.value)
                target, after = self.pattern(node.target)
                node.target = target
                return [node, *after]
            case ir.For():
                node.source = self.reads(node.source)
                target, after = self.pattern(node.target)
                node.target = target
                node.body = [*after, *self.block(node.body)]
                node.orelse = self.block(node.orelse)
                return [node]
        for spec in fields(node):
            value = getattr(node, spec.name)
            if isinstance(value, list) and value and isinstance(value[0], ir.Stmt):
                setattr(node, spec.name, self.block(value))
            elif isinstance(value, list) and value and isinstance(value[0], ir.Handler):
                for handler in value:
                    handler.body = self.block(handler.body)
            elif isinstance(value, list):
                setattr(
                    node, spec.name, [self.reads(v) if isinstance(v, ir.Expr) else v for v in value]
                )
            elif isinstance(value, ir.Expr):
                setattr(node, spec.name, self.reads(value))
        return [node]

    def pattern(self, target: ir.Pattern) -> tuple[ir.Pattern, list[ir.Stmt]]:
        """The pattern with temporaries for the names, and what assigns them."""
        if isinstance(target, ir.PVar):
            if target.name not in self.names:
                return target, []
            type_ = self.types[target.name]
            name, n = f"next_{target.name}", 2
            while name in self.function.variables:
                name, n = f"next_{target.name}_{n}", n + 1
            self.function.variables[name] = ir.Variable(name, type_)
            at = target.at
            some = ir.Some(OptionalType(type_), at, ir.Var(type_, at, name))
            return ir.PVar(type_, at, name), [
                ir.Assign(at, ir.PVar(OptionalType(type_), at, target.name), some)
            ]
        assert isinstance(target, ir.PTuple)
        pairs = [self.pattern(item) for item in target.items]
        return ir.PTuple(target.type, target.at, [p for p, _ in pairs]), [
            s for _, more in pairs for s in more
        ]

    def reads(self, node: Any) -> Any:
        """The expression with its reads of these names unwrapped."""
        if isinstance(node, ir.Var):
            if node.name not in self.names:
                return node
            type_ = self.types[node.name]
            return ir.Unwrap(type_, node.at, ir.Var(OptionalType(type_), node.at, node.name))
        for spec in fields(node):
            value = getattr(node, spec.name)
            if isinstance(value, (ir.Expr, ir.Iter, ir.Clause)):
                setattr(node, spec.name, self.reads(value))
            elif isinstance(value, list):
                setattr(
                    node,
                    spec.name,
                    [
                        self.reads(v) if isinstance(v, (ir.Expr, ir.Iter, ir.Clause)) else v
                        for v in value
                    ],
                )
        return node


__all__ = ["make_optional", "tried"]

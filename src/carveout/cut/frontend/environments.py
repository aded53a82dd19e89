"""What a function inside another takes along.

Env(scopes, scope, "shop.tables", "shop.tables:total")      # `env.args(at)`: further arguments
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mypy.nodes import Expression, FuncItem
from mypy.nodes import Var as MypyVar

from carveout.cut.frontend.scoping import Scope, Scopes
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import StructType, Type


@dataclass(eq=False)
class Env:
    """What a nested function takes along, under the names it has in the function being lowered."""

    scopes: Scopes
    scope: Scope
    module: str
    # The function it is in.
    key: str
    vars: dict[MypyVar, tuple[str, Type]] = field(default_factory=dict)
    # The shared locals of functions around it: the names of their objects.
    cells: dict[Scope, tuple[str, StructType]] = field(default_factory=dict)
    # Names that stand for functions, such as a `key` that was passed.
    callees: dict[MypyVar, Callee] = field(default_factory=dict)
    # Keys of the functions it is beside.
    keys: dict[FuncItem, str] = field(default_factory=dict)

    def args(self, at: ir.At) -> list[ir.Expr]:
        """The further arguments of a call."""
        out: list[ir.Expr] = [ir.Var(type_, at, name) for name, type_ in self.vars.values()]
        out += [ir.Var(struct, at, name) for name, struct in self.cells.values()]
        for callee in self.callees.values():
            if callee.env is not None:
                out += callee.env.args(at)
        return out


@dataclass(eq=False)
class Callee:
    """A function that is known when it is compiled; `ident` tells it from others."""

    node: Expression
    ident: str
    env: Env | None


__all__ = ["Callee", "Env"]

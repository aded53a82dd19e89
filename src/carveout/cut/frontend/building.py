"""Lowering of `__init__`: a function that gives the finished object.

    def __init__(self, size: int) -> None:
        self.items: list[int] = []
        self.size = size                    # new_stack(size) → Stack(items=[], size=size)
        self.push(0)                        # from here on there is an object

Until the object as a whole is used, its attributes are local variables: in Rust there is no object
without all its fields. What reads an attribute that no path has set is left to the reference.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mypy.nodes import (
    Argument,
    AssignmentStmt,
    CallExpr,
    Expression,
    ExpressionStmt,
    FuncDef,
    LambdaExpr,
    Lvalue,
    MemberExpr,
    NameExpr,
    Node,
    OperatorAssignmentStmt,
    ReturnStmt,
    Statement,
    SuperExpr,
    TempNode,
)

from carveout.cut.frontend import methods
from carveout.cut.frontend.classes import targets
from carveout.cut.frontend.lower import FunctionLowerer
from carveout.cut.frontend.trees import children
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import NONE, StructType, Type
from carveout.cut.refuse import Refusal


def lowerer_of(func: FuncDef) -> type[FunctionLowerer]:
    """What lowers a function."""
    return Building if func.name == "__init__" and func.info else FunctionLowerer


@dataclass
class _Uses:
    """How an object is used: which fields are read, and whether it is needed as a whole."""

    this: object
    fields: frozenset[str]
    read: list[str] = field(default_factory=list)
    whole: bool = False

    def visit(self, node: Node, inside: bool = False) -> None:
        match node:
            case NameExpr():
                self.whole |= node.node is self.this
            case MemberExpr(expr=NameExpr() as owner) if (
                owner.node is self.this and node.name in self.fields and not inside
            ):
                self.read.append(node.name)
                return
        # What a nested function holds on to is the object.
        inside = inside or isinstance(node, (LambdaExpr, FuncDef))
        for child in children(node):
            self.visit(child, inside)


class Building(FunctionLowerer):
    """Lowers `__init__`."""

    def arguments_of(self, func: FuncDef) -> list[Argument]:
        return func.arguments[1:]

    def result_of(self, func: FuncDef, at: ir.At) -> Type:
        type_ = self.reader.read_plain(func.info, at)
        assert isinstance(type_, StructType)
        self.made = type_
        self.this = func.arguments[0].variable
        self.fields = self.reader.table.structs[type_.name].fields
        self.whole = False
        self.held: dict[str, str] = {}
        return type_

    def untyped(self, func: FuncDef) -> bool:
        """`def __init__(self):` has nothing to annotate."""
        return func.type is None and len(func.arguments) > 1

    def _uses(self, node: Statement | Expression) -> _Uses:
        uses = _Uses(self.this, frozenset(self.fields))
        uses.visit(node)
        return uses

    def whole_body(self, body: list[Statement]) -> list[ir.Stmt]:
        if not hasattr(self, "made"):
            # The class is refused, and nothing is known of its fields.
            return []
        body = [statement for statement in body if not _initialises_object(statement)]
        split = len(body)
        for index, statement in enumerate(body):
            if self._uses(statement).whole:
                split = index
                break
        first, rest = body[:split], body[split:]
        at = self.at(self.func)
        out: list[ir.Stmt] = []
        with self.collecting():
            made = self._at_once(first)
            if made is None:
                out = self._local(first, at)
                if ir.ends(out):
                    return out
                made = self._object(at)
            if not rest:
                return [*out, ir.Return(at, made)]
            name = self.declare(self.this, self.made)
            self.whole = True
            out.append(ir.Assign(at, ir.PVar(self.made, at, name), made))
            out += self.block(rest)
            if not ir.ends(out):
                out.append(ir.Return(at, ir.Var(self.made, at, name)))
        return out

    # --- the object from its fields --------------------------------------------------------------

    def _at_once(self, body: list[Statement]) -> ir.Expr | None:
        """The object, where the body only sets each field once, from other things."""
        sources: dict[str, Expression] = {}
        for statement in body:
            match statement:
                case AssignmentStmt(lvalues=[MemberExpr() as target], rvalue=rvalue):
                    if target.name in sources or isinstance(rvalue, TempNode):
                        return None
                    if not self._is_field(target) or self._uses(rvalue).read:
                        return None
                    sources[target.name] = rvalue
                case _:
                    return None
        if set(sources) != set(self.fields):
            return None
        args = []
        for name, source in sources.items():
            with self.collecting():
                args.append(self.coerce(self.expr(source, self.fields[name]), self.fields[name]))
        at = self.at(self.func)
        if len(args) != len(sources):
            args = []
        return ir.New(self.made, at, list(sources)[: len(args)], args)

    def _local(self, body: list[Statement], at: ir.At) -> list[ir.Stmt]:
        """The body with the fields as variables."""
        out: list[ir.Stmt] = []
        assigned = {
            target.name
            for statement in body
            for target in targets(statement)
            if isinstance(target, MemberExpr) and self._is_field(target)
        }
        for name, type_ in self.fields.items():
            default = methods.class_default(self, self.made.name, name, at)
            if default is None and name not in assigned:
                raise Refusal(
                    "refusal-class",
                    f"{self.made}.{name} is not set before the object is used",
                    at,
                    hint="set every attribute first",
                )
            self.held[name] = self.fresh(name, type_)
            if default is not None:
                out.append(ir.Assign(at, ir.PVar(type_, at, self.held[name]), default))
        return out + self.block(body)

    def _object(self, at: ir.At) -> ir.Expr:
        args: list[ir.Expr] = [ir.Var(t, at, self.held[n]) for n, t in self.fields.items()]
        return ir.New(self.made, at, list(self.fields), args)

    def _is_field(self, node: Expression) -> bool:
        return (
            isinstance(node, MemberExpr)
            and isinstance(node.expr, NameExpr)
            and node.expr.node is self.this
            and node.name in self.fields
        )

    def held_field(self, node: Expression) -> str | None:
        if self.whole or not self._is_field(node):
            return None
        assert isinstance(node, MemberExpr)
        return self.held.get(node.name)

    # --- attributes as variables -----------------------------------------------------------------

    def statement(self, node: Statement) -> list[ir.Stmt]:
        if isinstance(node, ReturnStmt):
            at = self.at(node)
            if self.whole:
                return [ir.Return(at, ir.Var(self.made, at, self.names[self.this]))]
            if self.held:
                return [ir.Return(at, self._object(at))]
        return super().statement(node)

    def member(self, node: MemberExpr, at: ir.At) -> ir.Expr:
        name = self.held_field(node)
        if name is None:
            return super().member(node, at)
        return self.narrow(ir.Var(self.fields[node.name], at, name), node, at)

    def store(self, target: Lvalue, value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
        name = self.held_field(target)
        if name is None:
            return super().store(target, value, at)
        assert isinstance(target, MemberExpr)
        type_ = self.fields[target.name]
        return [ir.Assign(at, ir.PVar(type_, at, name), self.coerce(value, type_))]

    def augmented(self, node: OperatorAssignmentStmt, at: ir.At) -> list[ir.Stmt]:
        if self.held_field(node.lvalue) is None:
            return super().augmented(node, at)
        left = self.expr(node.lvalue)
        right = self.expr(node.rvalue, left.type)
        if in_place := self.in_place(node.op, left, right, at):
            return in_place
        return self.store(node.lvalue, self.binary(node.op, left, right, at), at)


def _initialises_object(statement: Statement) -> bool:
    """`super().__init__()` of a class without bases does nothing."""
    match statement:
        case ExpressionStmt(expr=CallExpr(callee=SuperExpr(name="__init__"), args=[])):
            return True
    return False


__all__ = ["NONE", "Building", "lowerer_of"]

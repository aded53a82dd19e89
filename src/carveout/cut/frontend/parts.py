"""The expressions directly inside a statement or an expression of mypy's tree.

    parts_of(node)       # [left, right] of `left + right`

Only those that mean something by themselves: not what a comprehension binds, nor a lambda.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mypy.nodes import (
    AssignmentExpr,
    AssignmentStmt,
    Block,
    CallExpr,
    ComparisonExpr,
    ConditionalExpr,
    Decorator,
    DictExpr,
    Expression,
    ExpressionStmt,
    ForStmt,
    FuncDef,
    GeneratorExpr,
    IfStmt,
    IndexExpr,
    LambdaExpr,
    ListExpr,
    MatchStmt,
    MemberExpr,
    MypyFile,
    Node,
    OperatorAssignmentStmt,
    OpExpr,
    RefExpr,
    ReturnStmt,
    SetExpr,
    SliceExpr,
    StarExpr,
    Statement,
    TryStmt,
    TupleExpr,
    TypeInfo,
    UnaryExpr,
    WhileStmt,
    WithStmt,
)

from carveout.cut.ir.types import ListType
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.lower import FunctionLowerer


def _is_code(node: Expression) -> bool:
    """A function or class as such, which only the call it is given to understands."""
    return isinstance(node, LambdaExpr) or (
        isinstance(node, RefExpr)
        and isinstance(node.node, (FuncDef, TypeInfo, Decorator, MypyFile))
    )


def parts_of(node: Node) -> list[Expression]:
    """What is evaluated on the way to a node, in order."""
    match node:
        case AssignmentStmt() | OperatorAssignmentStmt():
            return [node.rvalue]
        case ExpressionStmt(expr=expr):
            return [expr]
        case ReturnStmt(expr=expr) if expr is not None:
            return [expr]
        case OpExpr(left=left, right=right):
            return [left, right]
        case UnaryExpr(expr=expr):
            return [expr]
        case ComparisonExpr(operands=operands):
            return list(operands)
        case ConditionalExpr():
            return [node.cond, node.if_expr, node.else_expr]
        case CallExpr(callee=callee, args=args):
            owner = callee.expr if isinstance(callee, MemberExpr) else None
            given = [arg for arg in args if not _is_code(arg)]
            return given if owner is None or _is_code(owner) else [owner, *given]
        case IndexExpr(base=base, index=index):
            return [base] if isinstance(index, SliceExpr) else [base, index]
        case ListExpr(items=items) | TupleExpr(items=items) | SetExpr(items=items):
            return list(items)
        case DictExpr(items=pairs):
            return [part for pair in pairs for part in pair if part is not None]
    return []


def blocks_of(node: Statement) -> list[Block]:
    """The blocks of a compound statement."""
    found: list[Block | None] = []
    match node:
        case IfStmt(body=bodies, else_body=other):
            found = [*bodies, other]
        case ForStmt(body=body, else_body=other) | WhileStmt(body=body, else_body=other):
            found = [body, other]
        case WithStmt(body=body):
            found = [body]
        case MatchStmt(bodies=bodies):
            found = [*bodies]
        case TryStmt():
            found = [node.body, *node.handlers, node.else_body, node.finally_body]
    return [block for block in found if block is not None]


def assignments(body: Block) -> Iterator[AssignmentStmt]:
    """Every assignment of a function, in its inner blocks too."""
    for statement in body.body:
        if isinstance(statement, AssignmentStmt):
            yield statement
        inner = [statement] if isinstance(statement, Block) else blocks_of(statement)
        for block in inner:
            yield from assignments(block)


def first_assigned(node: Expression) -> AssignmentExpr | None:
    """The `:=` that is evaluated before anything else of an expression."""
    match node:
        case AssignmentExpr():
            return None if first_assigned(node.value) is not None else node
        case ComparisonExpr(operands=[first, *_]):
            return first_assigned(first)
        case OpExpr(left=first) | IndexExpr(base=first) | MemberExpr(expr=first):
            return first_assigned(first)
        case UnaryExpr(expr=first) | ConditionalExpr(cond=first):
            return first_assigned(first)
        case ListExpr(items=[first, *_]) | TupleExpr(items=[first, *_]):
            return first_assigned(first)
        case CallExpr(callee=MemberExpr(expr=first)) if not _is_code(first):
            return first_assigned(first)
        case CallExpr(callee=callee, args=[first, *_]) if _is_code(callee):
            return first_assigned(first)
    return None


def survey_part(lowerer: FunctionLowerer, node: Expression) -> None:
    """Note what is refused in an expression whose statement is refused for another reason."""
    if isinstance(node, StarExpr):
        node = node.expr
    if isinstance(node, LambdaExpr):
        return
    try:
        # A generator stands nowhere by itself: what is wrong is in it, or in what takes it.
        if isinstance(node, GeneratorExpr):
            lowerer.comprehension(node, ListType, lowerer.at(node))
        else:
            lowerer.expr(node)
    except Refusal as refusal:
        if refusal.code not in ("refusal-untyped", "refusal-unbound"):
            lowerer.refusals.append(refusal)
        for part in parts_of(node):
            survey_part(lowerer, part)

"""What is known of a generator function, or of a walk, from its source alone.

endless(func)        # it is written to go on for ever
tails(func)          # the lines of the yields after which a round of their loop ends
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mypy.nodes import (
    ArgKind,
    BreakStmt,
    CallExpr,
    ContinueStmt,
    Decorator,
    Expression,
    ExpressionStmt,
    ForStmt,
    FuncDef,
    IfStmt,
    IntExpr,
    LambdaExpr,
    MemberExpr,
    NameExpr,
    RefExpr,
    ReturnStmt,
    Statement,
    StrExpr,
    WhileStmt,
    YieldExpr,
    YieldFromExpr,
)

from carveout.cut.frontend.parts import blocks_of
from carveout.cut.frontend.scoping import children, walk


def over(node: CallExpr) -> Expression | None:
    """What `enumerate`, `islice`, `takewhile`, `map` or `filter` walks over."""
    if not isinstance(node.callee, RefExpr) or any(k != ArgKind.ARG_POS for k in node.arg_kinds):
        return None
    match node.callee.fullname, node.args:
        case "builtins.enumerate", [over] | [over, _]:
            return over
        case "itertools.islice", [over, _]:
            return over
        case (("itertools.takewhile" | "builtins.map" | "builtins.filter"), [_, over]):
            return over
    return None


def simple_call(node: Expression) -> bool:
    """Whether evaluating a call's arguments is nothing that anybody could tell."""
    plain = (NameExpr, IntExpr, StrExpr)
    return isinstance(node, CallExpr) and all(isinstance(arg, plain) for arg in node.args)


def statements(func: FuncDef) -> list[Statement]:
    return list(func.body.body)


def is_yield(node: object) -> bool:
    return isinstance(node, (YieldExpr, YieldFromExpr))


def own(node: Any) -> Iterator[Any]:
    """Everything inside a node, but for functions defined there."""
    for part in children(node):
        if isinstance(part, (FuncDef, LambdaExpr, Decorator)):
            continue
        yield part
        yield from own(part)


def called(node: CallExpr, func: FuncDef) -> bool:
    """Whether a call may be one of this function."""
    match node.callee:
        case RefExpr(node=target) if target is func:
            return True
        case RefExpr(node=Decorator(func=inner)) if inner is func:
            return True
        case MemberExpr(name=name):
            return bool(func.info) and name == func.name
    return False


def size(body: list[Statement]) -> int:
    return sum(isinstance(node, Statement) for one in body for node in walk(one))


def tails(func: FuncDef) -> set[int]:
    """The lines of the yields after which a round of their loop ends."""
    found: set[int] = set()

    def last(body: list[Statement]) -> None:
        match body[-1] if body else None:
            case ExpressionStmt(expr=YieldExpr()) as node:
                found.add(node.line)
            case IfStmt() as node:
                for block in blocks_of(node):
                    last(block.body)

    lines = [n.line for n in own(func.body) if is_yield(n)]
    for node in own(func.body):
        if isinstance(node, (ForStmt, WhileStmt)):
            last(node.body.body)
    return {line for line in found if lines.count(line) == 1}


def continues(body: list[Statement]) -> bool:
    """Whether a `continue` for the loop of this body is in it."""
    for node in body:
        match node:
            case ContinueStmt():
                return True
            case ForStmt() | WhileStmt():
                if node.else_body is not None and continues(node.else_body.body):
                    return True
            case _:
                if any(continues(block.body) for block in blocks_of(node)):
                    return True
    return False


def breaks(body: list[Statement]) -> bool:
    for node in body:
        match node:
            case BreakStmt() | ReturnStmt():
                return True
            case ForStmt() | WhileStmt():
                if any(isinstance(n, ReturnStmt) for n in own(node)):
                    return True
                if node.else_body is not None and breaks(node.else_body.body):
                    return True
            case _:
                if any(breaks(block.body) for block in blocks_of(node)):
                    return True
    return False


def endless(func: FuncDef, seen: frozenset[FuncDef] = frozenset()) -> bool:
    """Whether a generator is written to go on for ever."""
    for node in own(func.body):
        match node:
            case WhileStmt(expr=NameExpr(fullname="builtins.True")) if not breaks(node.body.body):
                return True
            case WhileStmt(expr=IntExpr(value=value)) if value and not breaks(node.body.body):
                return True
            case CallExpr(callee=RefExpr(fullname="itertools.count" | "itertools.cycle")):
                return True
            case CallExpr(callee=RefExpr(node=FuncDef() as other)) if (
                other.is_generator and other not in {*seen, func} and endless(other, seen | {func})
            ):
                return True
    return False

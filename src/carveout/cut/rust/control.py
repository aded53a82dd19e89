"""Control flow, for the writer of statements: where names are bound, whether a block ends."""

from __future__ import annotations

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.regions import blocks


def bound(statement: ir.Stmt) -> set[str]:
    """Names assigned by a statement and those inside it (a comprehension's are its own)."""
    found: set[str] = set()
    for node in ir.walk(statement):
        if isinstance(node, (ir.Assign, ir.For)):
            found |= {var.name for var in ir.pattern_vars(node.target) if var.name != "_"}
    return found


def assignments(body: list[ir.Stmt], name: str) -> int:
    """How often a name is assigned on one path at most; a loop counts twice."""
    count = 0
    for node in body:
        match node:
            case ir.Assign():
                count += any(v.name == name for v in ir.pattern_vars(node.target))
            case ir.If():
                count += max(assignments(node.then, name), assignments(node.orelse, name))
            case ir.While() | ir.For():
                if isinstance(node, ir.For):
                    count += 2 * any(v.name == name for v in ir.pattern_vars(node.target))
                count += 2 * assignments(node.body, name) + assignments(node.orelse, name)
            case ir.Try():
                count += 2 * sum(assignments(inner, name) for inner in blocks(node))
    return count


def ends(body: list[ir.Stmt]) -> bool:
    """Whether control never leaves the block by its end."""
    if not body:
        return False
    match body[-1]:
        case ir.Return() | ir.Raise() | ir.Reraise() | ir.Break() | ir.Continue():
            return True
        case ir.If(then=then, orelse=orelse):
            return ends(then) and ends(orelse)
        case ir.While(cond=ir.Const(value=True), body=inner):
            return not breaks(inner)
        case ir.Try() as node:
            if ends(node.final):
                return True
            inner = node.orelse if node.orelse else node.body
            return ends(inner) and all(ends(handler.body) for handler in node.handlers)
    return False


def breaks(body: list[ir.Stmt]) -> bool:
    """Whether a `break` in here leaves the loop around."""
    for node in body:
        match node:
            case ir.Break():
                return True
            case ir.While() | ir.For():
                if breaks(node.orelse):
                    return True
            case ir.If() | ir.Try():
                if any(map(breaks, blocks(node))):
                    return True
    return False


def simple(expr: ir.Expr) -> bool:
    """Nothing happens when it is evaluated, whenever that is."""
    match expr:
        case ir.Const() | ir.Var() | ir.Member() | ir.GlobalConst():
            return True
        case ir.Field() | ir.Part():
            return simple(expr.obj)
    return False


__all__ = ["assignments", "bound", "breaks", "ends", "simple"]

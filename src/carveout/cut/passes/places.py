"""Places: expressions that name something that already exists, and what a statement does to them.

    is_place(expr)                 # `book.orders[0]` is, `sorted(xs)` is not
    path_of(expr)                  # Path("book", ("orders",))
    list(uses(statement, program)) # Use(Path("book", ("orders",)), "read", at), …

A path is the variable and the fields up to the first step that is looked up when the program runs
(an index, a key, a narrowed None). In Rust, what follows that step borrows the path as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import ListType, VarTupleType


@dataclass(frozen=True, slots=True)
class Path:
    """A variable and fields or tuple items of it."""

    root: str
    steps: tuple[str, ...] = ()

    def overlaps(self, other: Path) -> bool:
        shorter = min(len(self.steps), len(other.steps))
        return self.root == other.root and self.steps[:shorter] == other.steps[:shorter]


@dataclass(frozen=True, slots=True)
class Use:
    """`kind` is "read" or "write"."""

    path: Path
    kind: str
    at: ir.At


def is_place(expr: ir.Expr) -> bool:
    """Whether it names something that already exists, rather than making it."""
    match expr:
        case ir.Var():
            return True
        case ir.Field() | ir.Part():
            return is_place(expr.obj)
        case ir.Unwrap():
            return is_place(expr.operand)
        case ir.Prim():
            return expr.entry.gives != "own" and bool(expr.args) and is_place(expr.args[0])
    return False


def root(expr: ir.Expr) -> ir.Var | None:
    """The variable a place starts from."""
    match expr:
        case ir.Var():
            return expr
        case ir.Field() | ir.Part():
            return root(expr.obj)
        case ir.Unwrap():
            return root(expr.operand)
        case ir.Prim() if expr.entry.gives != "own" and expr.args:
            return root(expr.args[0])
    return None


def is_static(expr: ir.Expr) -> bool:
    """Whether finding the place is only naming it."""
    match expr:
        case ir.Var():
            return True
        case ir.Field() | ir.Part():
            return is_static(expr.obj)
    return False


def path_of(expr: ir.Expr) -> Path | None:
    """The path of a place; None for what is no place."""
    match expr:
        case ir.Var():
            return Path(expr.name)
        case ir.Field() | ir.Part():
            base = path_of(expr.obj)
            if base is None or not is_static(expr.obj):
                return base
            step = expr.name if isinstance(expr, ir.Field) else str(expr.index)
            return Path(base.root, (*base.steps, step))
        case ir.Unwrap():
            return path_of(expr.operand)
        case ir.Prim() if expr.entry.gives != "own" and expr.args:
            return path_of(expr.args[0])
    return None


def looked_up(expr: ir.Expr) -> ir.Expr | None:
    """The dict of a `d.get(key)`, whose result may be a look into it."""
    if isinstance(expr, ir.Prim) and expr.entry.key == "dict.get" and len(expr.args) == 2:
        return expr.args[0] if is_place(expr.args[0]) else None
    return None


def changed_args(expr: ir.Expr, program: ir.Program) -> list[ir.Expr]:
    """The arguments that a call or an operation changes in place."""
    match expr:
        case ir.Prim():
            taken = zip(expr.entry.params, expr.args, strict=False)
            return [arg for param, arg in taken if param.mode == "mut"]
        case ir.Call():
            params = program.functions[expr.function].params
            pairs = zip(params, expr.args, strict=True)
            return [arg for param, arg in pairs if param.mode == "mut"]
    return []


def uses(node: object, program: ir.Program) -> Iterator[Use]:
    """What a node reads and changes, nested statements left out."""
    match node:
        case ir.Assign():
            yield from uses(node.value, program)
            for var in ir.pattern_vars(node.target):
                yield Use(Path(var.name), "write", node.at)
        case ir.SetField():
            yield from uses(node.value, program)
            yield from _inside(node.obj, program)
            base = path_of(node.obj)
            if base is not None:
                steps = (*base.steps, node.name) if is_static(node.obj) else base.steps
                yield Use(Path(base.root, steps), "write", node.at)
        case ir.SetItem():
            yield from uses(node.value, program)
            yield from _inside(node.obj, program)
            yield from uses(node.index, program)
            base = path_of(node.obj)
            if base is not None:
                yield Use(base, "write", node.at)
        case ir.For():
            yield from uses(node.source, program)
            for var in ir.pattern_vars(node.target):
                yield Use(Path(var.name), "write", node.at)
        case ir.If() | ir.While():
            yield from uses(node.cond, program)
        case ir.Expr() if is_place(node):
            found = path_of(node)
            assert found is not None
            yield from _inside(node, program)
            yield Use(found, "read", node.at)
        case ir.Expr():
            changed = changed_args(node, program)
            for child in ir.children(node):
                if any(child is one for one in changed) and is_place(child):
                    yield from _inside(child, program)
                else:
                    yield from uses(child, program)
            for one in changed:
                base = path_of(one)
                if base is not None:
                    yield Use(base, "write", node.at)
        case _:
            for child in ir.children(node):
                if not isinstance(child, ir.Stmt):
                    yield from uses(child, program)


def _inside(place: ir.Expr, program: ir.Program) -> Iterator[Use]:
    """What is used to find a place: its indices and keys."""
    match place:
        case ir.Field() | ir.Part():
            yield from _inside(place.obj, program)
        case ir.Unwrap():
            yield from _inside(place.operand, program)
        case ir.Prim() if place.entry.gives != "own":
            first, *others = place.args
            yield from _inside(first, program)
            for other in others:
                yield from uses(other, program)
            if place.entry.gives == "mutref":
                base = path_of(first)
                if base is not None:
                    yield Use(base, "write", place.at)
        case ir.Var():
            return
        case _:
            yield from uses(place, program)


def leaves(expr: ir.Expr) -> Iterator[ir.Expr]:
    """Where the value of an expression really comes from."""
    match expr:
        case ir.IfExp():
            yield from leaves(expr.then)
            yield from leaves(expr.orelse)
        case ir.Let():
            yield from leaves(expr.body)
        case ir.Some():
            yield from leaves(expr.operand)
        case _:
            yield expr


def iter_owned(source: ir.Iter) -> bool:
    """Whether a plain walk gives values rather than looks."""
    match source:
        case ir.SeqIter():
            listed = isinstance(source.seq.type, (ListType, VarTupleType))
            return not listed or source.copy or not is_place(source.seq)
        case ir.RangeIter():
            return True
        case ir.ReversedIter():
            return iter_owned(source.inner)
    return False


def supplies(target: ir.Pattern, source: ir.Iter) -> Iterator[tuple[ir.PVar, ir.Iter]]:
    """Each variable that a walk binds whole, with the container its values come out of."""
    match target, source:
        case ir.PVar(), (ir.SeqIter() | ir.RangeIter() | ir.SetIter()):
            yield target, source
        case ir.PVar(), ir.DictIter() if source.view != "items":
            yield target, source
        case _, ir.ReversedIter():
            yield from supplies(target, source.inner)
        case ir.PTuple(), ir.DictIter() if source.view == "items":
            for item in target.items:
                if isinstance(item, ir.PVar):
                    yield item, source
        case ir.PTuple(), ir.EnumerateIter():
            yield from supplies(target.items[1], source.inner)
        case ir.PTuple(), ir.ZipIter():
            for item, inner in zip(target.items, source.inners, strict=True):
                yield from supplies(item, inner)


def borrowed(source: ir.Iter) -> Iterator[ir.SeqIter | ir.DictIter | ir.SetIter]:
    """The containers that a walk borrows while it lasts."""
    for node in ir.walk(source):
        match node:
            case ir.SeqIter() if is_place(node.seq) and not node.copy:
                yield node
            case ir.DictIter() | ir.SetIter() if is_place(node.obj) and not getattr(
                node, "copy", False
            ):
                yield node


def walked(node: ir.SeqIter | ir.DictIter | ir.SetIter) -> ir.Expr:
    """The container a walk is over."""
    return node.seq if isinstance(node, ir.SeqIter) else node.obj

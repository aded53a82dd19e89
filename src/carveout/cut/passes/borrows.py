"""Which borrows collide: rustc's rules, applied before there is any Rust.

Problem: a `&` look may not outlive a change of what it looks into, and a `&mut` may not meet any
other use:

    first = names[0]            # &names[0]
    names.append("z")           # changes names
    return first                # … while first is still looked at: it has to be a copy

    borrows = Borrows(program, function, table)
    borrows.settle()            # holds that collide become "own"; walks that do, walk over a copy
    borrows.collisions()        # refusals for what collides inside one expression

A variable's borrow lives wherever the variable is live; a loop's for the whole body. Two uses
collide where their paths overlap and one of them changes (or the borrow is a `&mut`).

Invariant: after `settle`, every hold that is left is one that rustc accepts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import TypeTable
from carveout.cut.passes.places import (
    Path,
    Use,
    borrowed,
    changed_args,
    is_place,
    looked_up,
    path_of,
    supplies,
    uses,
    walked,
)
from carveout.cut.refuse import Refusal


@dataclass(frozen=True)
class _Look:
    """A variable that is not held as "own", and the path it looks into."""

    name: str
    path: Path
    held: str


class Borrows:
    """The borrows of one function."""

    def __init__(self, program: ir.Program, function: ir.Function, table: TypeTable) -> None:
        self.program = program
        self.function = function
        self.table = table

    # --- what is borrowed ------------------------------------------------------------------------

    def _looks(self) -> list[_Look]:
        """Assigned variables that are borrows."""
        found = []
        for statement in self._statements(self.function.body):
            if isinstance(statement, ir.Assign) and isinstance(statement.target, ir.PVar):
                variable = self.function.variables.get(statement.target.name)
                path = path_of(looked_up(statement.value) or statement.value)
                if variable is not None and variable.held != "own" and path is not None:
                    found.append(_Look(variable.name, path, variable.held))
        return found

    def _walks(self) -> Iterator[tuple[ir.For | ir.Clause, list[object]]]:
        """Every walk with what happens while it lasts."""
        for statement in self._statements(self.function.body):
            if isinstance(statement, ir.For):
                yield statement, list(self._statements(statement.body))
            for node in self._expressions(statement):
                if isinstance(node, (ir.Comp, ir.Reduce)):
                    for index, clause in enumerate(node.clauses):
                        inside: list[object] = [*clause.conds]
                        for later in node.clauses[index + 1 :]:
                            inside += [later.source, *later.conds]
                        if isinstance(node, ir.Comp) and node.key is not None:
                            inside.append(node.key)
                        inside.append(node.element)
                        yield clause, inside

    def _statements(self, body: list[ir.Stmt]) -> Iterator[ir.Stmt]:
        for statement in body:
            yield statement
            for child in ir.children(statement):
                if isinstance(child, ir.Stmt):
                    yield from self._statements([child])

    @staticmethod
    def _expressions(statement: ir.Stmt) -> Iterator[object]:
        """The nodes of a statement's own expressions."""
        for child in ir.children(statement):
            if not isinstance(child, ir.Stmt):
                yield from ir.walk(child)

    def pins(self) -> dict[str, frozenset[str]]:
        """For each borrowing variable, the variables it looks into, directly or not."""
        looks = self._looks()
        found: dict[str, frozenset[str]] = {}
        for look in looks:
            paths = [look.path, *self._behind(look.path, looks)]
            found[look.name] = frozenset(path.root for path in paths)
        return found

    def _held(self, var: ir.PVar) -> str:
        variable = self.function.variables.get(var.name)
        return "own" if variable is None else variable.held

    # --- settling --------------------------------------------------------------------------------

    def settle(self) -> None:
        """Give up borrows until none collides."""
        while self._give_up():
            pass

    def _give_up(self) -> bool:
        looks = self._looks()
        for look in looks:
            if self._look_collides(look, looks):
                self.function.variables[look.name].held = "own"
                return True
        for walk, inside in self._walks():
            for over in borrowed(walk.source):
                path = path_of(walked(over))
                assert path is not None
                through = [var for var, leaf in supplies(walk.target, walk.source) if leaf is over]
                changes = any(self._held(var) == "mut" for var in through)
                paths = [path, *self._behind(path, looks)]
                if any(self._collides(paths, changes, use) for use in self._uses_of(inside)):
                    if changes:
                        for var in through:
                            self.function.variables[var.name].held = "own"
                    else:
                        self._copy(walk, over)
                    return True
        return False

    def _copy(self, walk: ir.For | ir.Clause, over: ir.Iter) -> None:
        assert isinstance(over, (ir.SeqIter, ir.DictIter))
        over.copy = True
        for var, leaf in supplies(walk.target, walk.source):
            if leaf is over:
                self.function.variables[var.name].held = "own"

    def _uses_of(self, nodes: list[object]) -> Iterator[Use]:
        for node in nodes:
            yield from uses(node, self.program)

    @staticmethod
    def _collides(paths: list[Path], changes: bool, use: Use) -> bool:
        return (changes or use.kind == "write") and any(use.path.overlaps(p) for p in paths)

    def _behind(self, path: Path, looks: list[_Look]) -> list[Path]:
        """The paths that a path's variable itself looks into."""
        found: list[Path] = []
        todo = [path.root]
        walks = list(self._walks())
        while todo:
            name = todo.pop()
            behind = [look.path for look in looks if look.name == name]
            for walk, _ in walks:
                if any(
                    v.name == name and self._held(v) != "own" for v in ir.pattern_vars(walk.target)
                ):
                    behind += [p for o in borrowed(walk.source) if (p := path_of(walked(o)))]
            for one in behind:
                if one not in found:
                    found.append(one)
                    todo.append(one.root)
        return found

    def _look_collides(self, look: _Look, looks: list[_Look]) -> bool:
        paths = [look.path, *self._behind(look.path, looks)]
        for statement in self._statements(self.function.body):
            if look.name not in statement.live_in:
                continue
            for use in uses(statement, self.program):
                if self._collides(paths, look.held in ("mut", "optmut"), use):
                    return True
        return False

    # --- inside one expression -------------------------------------------------------------------

    def collisions(self) -> list[Refusal]:
        """Looks at what a later part of the same expression changes."""
        found = []
        for statement in self._statements(self.function.body):
            for node in self._expressions(statement):
                if isinstance(node, ir.Expr) and (at := self._inside(node)) is not None:
                    found.append(self._refusal(at))
            match statement:
                case ir.SetItem() if not isinstance(statement.obj, ir.Var):
                    if self._writes(statement.index, statement.obj):
                        found.append(self._refusal(statement.at))
        return found

    @staticmethod
    def _refusal(at: ir.At) -> Refusal:
        return Refusal(
            "refusal-order",
            "this looks at a value and changes it in the same expression",
            at,
            hint="give the part that changes it a line of its own",
        )

    def _inside(self, node: ir.Expr) -> ir.At | None:
        children = [child for child in ir.children(node) if isinstance(child, ir.Expr)]
        changed = changed_args(node, self.program)
        for index, child in enumerate(children):
            is_changed = any(child is one for one in changed)
            if not is_place(child) or (self.table.copyable(child.type) and not is_changed):
                continue
            for later in children[index + 1 :]:
                if any(later is one for one in changed) and self._touches(later, child):
                    return node.at
                if is_changed and isinstance(child, ir.Var):
                    # The same object before and after; the argument comes first in Rust.
                    if isinstance(node, ir.Call) and self._reads(later, child):
                        return node.at
                elif self._writes(later, child) or (
                    is_changed and isinstance(node, ir.Call) and self._reads(later, child)
                ):
                    return node.at
        return None

    @staticmethod
    def _touches(a: ir.Expr, b: ir.Expr) -> bool:
        one, other = path_of(a), path_of(b)
        return one is not None and other is not None and one.overlaps(other)

    def _writes(self, node: ir.Expr, place: ir.Expr) -> bool:
        path = path_of(place)
        return path is not None and any(
            use.kind == "write" and use.path.overlaps(path) for use in uses(node, self.program)
        )

    def _reads(self, node: ir.Expr, place: ir.Expr) -> bool:
        path = path_of(place)
        return (
            path is not None
            and not self.table.copyable(node.type)
            and any(use.path.overlaps(path) for use in uses(node, self.program))
        )

"""Whose variable is whose: the scopes of a function and of the functions inside it.

    scopes = Scopes(func)
    scopes.of[inner].needs       # variables of outer functions that a call of `inner` reads
    scopes.cells                 # variables that one function assigns and another one has

A nested function is drafted as a function of its own that gets what it needs as further parameters.
A variable that only its own function assigns is passed as it is at the time of the call, which is
when Python would read it. One that a `nonlocal` assigns elsewhere is a field of an object that all
of them hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mypy.nodes import (
    AssignmentExpr,
    AssignmentStmt,
    Decorator,
    DelStmt,
    DictionaryComprehension,
    Expression,
    ForStmt,
    FuncDef,
    FuncItem,
    GeneratorExpr,
    LambdaExpr,
    ListExpr,
    NameExpr,
    Node,
    NonlocalDecl,
    OperatorAssignmentStmt,
    StarExpr,
    Statement,
    TempNode,
    TryStmt,
    TupleExpr,
    Var,
    WithStmt,
)
from mypy.patterns import AsPattern, MappingPattern, Pattern, StarredPattern


@dataclass(eq=False)
class Scope:
    """One function or lambda; `needs` is what it takes from outside, calls of others included."""

    func: FuncItem
    parent: Scope | None
    nonlocals: set[str] = field(default_factory=set)
    owned: dict[Var, None] = field(default_factory=dict)
    reads: dict[Var, None] = field(default_factory=dict)
    assigns: dict[Var, int] = field(default_factory=dict)
    # Nested functions and lambdas mentioned by name, here or inside.
    uses: dict[FuncItem, None] = field(default_factory=dict)
    needs: dict[Var, None] = field(default_factory=dict)
    # Variables of its own that another function assigns.
    cells: dict[Var, None] = field(default_factory=dict)
    # A variable for each default that is evaluated where the function is defined.
    defaults: dict[str, Var] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.func.name if isinstance(self.func, FuncDef) else "lambda"

    def inside(self, other: Scope) -> bool:
        """Whether it is `other`, or in it."""
        here: Scope | None = self
        while here is not None:
            if here is other:
                return True
            here = here.parent
        return False


class Scopes:
    """The scopes of a function, its own first."""

    def __init__(self, func: FuncItem) -> None:
        self.of: dict[FuncItem, Scope] = {}
        self.owner: dict[Var, Scope] = {}
        self.decorated: dict[FuncDef, Decorator] = {}
        # A name given to a lambda, once.
        self.named: dict[Var, LambdaExpr] = {}
        # Names that are bound, and those that are read, each where it stands.
        self.targets: set[NameExpr] = set()
        self.read: set[Var] = set()
        self.here = self.root = Scope(func, None)
        self._enter(func, None)
        self._settle()

    # --- reading ---------------------------------------------------------------------------------

    def _enter(self, func: FuncItem, parent: Scope | None) -> None:
        scope = self.root if parent is None else Scope(func, parent)
        self.of[func] = scope
        outer, self.here = self.here, scope
        for argument in func.arguments:
            self._own(argument.variable)
            scope.assigns[argument.variable] = 1
        self._read(func.body)
        self.here = outer

    def _own(self, var: Var) -> None:
        if var not in self.owner:
            self.owner[var] = self.here
            self.here.owned[var] = None

    def _bind(self, target: Expression | None) -> None:
        match target:
            case NameExpr(node=Var() as var):
                self.targets.add(target)
                if target.name not in self.here.nonlocals:
                    self._own(var)
                self.here.assigns[var] = self.here.assigns.get(var, 0) + 1
            case TupleExpr(items=items) | ListExpr(items=items):
                for item in items:
                    self._bind(item)
            case StarExpr(expr=inner):
                self._bind(inner)

    def _read(self, node: Node) -> None:
        """A node and everything inside it, nested functions as scopes of their own."""
        match node:
            case FuncDef() | LambdaExpr():
                for argument in node.arguments:
                    if argument.initializer is not None:
                        self._read(argument.initializer)
                self._enter(node, self.here)
                return
            case Decorator():
                self.decorated[node.func] = node
                for decorator in node.original_decorators:
                    self._read(decorator)
                self._read(node.func)
                return
            case NameExpr(node=Var() as var):
                self.here.reads[var] = None
                if node not in self.targets:
                    self.read.add(var)
            case NameExpr(node=FuncDef() as func) | NameExpr(node=Decorator(func=func)):
                self.here.uses[func] = None
            case NonlocalDecl():
                self.here.nonlocals |= set(node.names)
            case AssignmentStmt():
                for target in node.lvalues:
                    self._bind(target)
                match node.lvalues, node.rvalue:
                    case [NameExpr(node=Var() as var)], LambdaExpr() as made:
                        self.named[var] = made
            case OperatorAssignmentStmt():
                self._bind(node.lvalue)
                if isinstance(node.lvalue, NameExpr) and isinstance(node.lvalue.node, Var):
                    self.read.add(node.lvalue.node)
            case AssignmentExpr():
                self._bind(node.target)
            case ForStmt():
                self._bind(node.index)
            case GeneratorExpr() | DictionaryComprehension():
                for target in node.indices:
                    self._bind(target)
            case WithStmt():
                for given in node.target:
                    self._bind(given)
            case TryStmt():
                for caught in node.vars:
                    self._bind(caught)
            case DelStmt():
                self._bind(node.expr)
            case AsPattern():
                self._bind(node.name)
            case StarredPattern():
                self._bind(node.capture)
            case MappingPattern():
                self._bind(node.rest)
        for child in children(node):
            self._read(child)

    # --- settling --------------------------------------------------------------------------------

    def _settle(self) -> None:
        for scope in self.of.values():
            for var in scope.assigns:
                owner = self.owner.get(var)
                if owner is not None and owner is not scope:
                    owner.cells[var] = None
        self.named = {
            var: made
            for var, made in self.named.items()
            if var in self.owner
            and var not in self.owner[var].cells
            and self.owner[var].assigns[var] == 1
        }
        for scope in self.of.values():
            for var in scope.reads:
                if var in self.named:
                    scope.uses[self.named[var]] = None
        for scope in self.of.values():
            for argument in scope.func.arguments:
                if argument.initializer is not None and scope is not self.root:
                    scope.defaults[argument.variable.name] = Var(f"{argument.variable.name}")
        # What is read inside of a function, and what the functions it mentions need.
        inside: dict[Scope, list[Scope]] = {
            one: [other for other in self.of.values() if other.inside(one)]
            for one in self.of.values()
        }
        grown = True
        while grown:
            grown = False
            for scope, inner in inside.items():
                before = len(scope.needs)
                for one in inner:
                    for var in [*one.reads, *one.assigns, *one.needs]:
                        self._need(scope, var)
                    for used in one.uses:
                        for var in self.of[used].needs if used in self.of else ():
                            self._need(scope, var)
                grown |= len(scope.needs) != before

    def _need(self, scope: Scope, var: Var) -> None:
        owner = self.owner.get(var)
        if owner is not None and not owner.inside(scope) and var not in self.named:
            scope.needs[var] = None

    @property
    def named_functions(self) -> set[FuncItem]:
        """Those that have no value until their definition has run."""
        return {one for one in self.of if isinstance(one, FuncDef)} | set(self.named.values())

    def reached(self, func: FuncItem) -> set[FuncItem]:
        """The nested functions that a call of one may come to, itself included."""
        seen: set[FuncItem] = set()
        todo = [func]
        while todo:
            one = todo.pop()
            if one not in seen and one in self.of:
                seen.add(one)
                for scope in self.of.values():
                    if scope.inside(self.of[one]):
                        todo += scope.uses
        return seen

    def surely_assigned(self, scope: Scope, var: Var) -> bool:
        """Whether a variable has its value before anything could read it in a nested function.

        That is: its function assigns it in a statement at its top, before any statement there that
        mentions the name otherwise or a nested function that needs it.
        """
        if any(argument.variable is var for argument in scope.func.arguments):
            return True
        for statement in scope.func.body.body:
            if isinstance(statement, AssignmentStmt) and isinstance(statement.rvalue, TempNode):
                continue
            if isinstance(statement, AssignmentStmt) and any(
                isinstance(target, NameExpr) and target.node is var for target in statement.lvalues
            ):
                return not self._mentions(statement.rvalue, scope, var)
            if isinstance(statement, (FuncDef, Decorator)):
                continue
            if self._mentions(statement, scope, var):
                return False
        return False

    def _mentions(self, node: Statement | Expression, scope: Scope, var: Var) -> bool:
        for inner in walk(node):
            match inner:
                case NameExpr(node=Var() as other) if other is var:
                    return True
                case NameExpr(node=FuncDef() as func) | NameExpr(node=Decorator(func=func)):
                    if func in self.of and var in self.of[func].needs:
                        return True
        return False


# What leads away from the text of a function: to symbols, types and what mypy made of it.
_ELSEWHERE = frozenset(
    {"node", "info", "type", "unanalyzed_type", "analyzed", "original_def", "definition", "target"}
    | {"unanalyzed_items", "def_frame", "original_first_arg", "method_types", "expanded", "var"}
)
_PARTS: dict[type, list[str]] = {}


def children(node: Node) -> Iterator[Node]:
    """The statements, expressions and patterns directly inside a node."""
    kind = type(node)
    if kind not in _PARTS:
        _PARTS[kind] = [
            name
            for name in dir(kind)
            if not name.startswith("_")
            and name not in _ELSEWHERE
            and type(getattr(kind, name)).__name__ == "getset_descriptor"
        ] + sorted(_KEEPS_TARGET.get(kind.__name__, ()))
    for name in _PARTS[kind]:
        yield from _nodes(getattr(node, name, None))


# Where `target` is part of the text.
_KEEPS_TARGET = {"WithStmt": {"target"}, "AssignmentExpr": {"target"}}


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, (Statement, Expression, Pattern)):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _nodes(item)


def walk(node: Node) -> Iterator[Node]:
    """A node and everything inside it."""
    yield node
    for child in children(node):
        yield from walk(child)


__all__ = ["Scope", "Scopes", "children", "walk"]

"""Lowering of `__init__`: a function that gives the finished object.

    def __init__(self, size: int) -> None:
        self.items: list[int] = []
        self.size = size                    # new_stack(size) → Stack(items=[], size=size)
        self.push(0)                        # from here on there is an object

Until the object as a whole is used, its attributes are local variables: in Rust there is no object
without all its fields. What reads an attribute that no path has set is left to the reference.
`super().__init__(…)` is the text of the base's `__init__` in its place, its parameters variables:
each class has a function of its own that makes its objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mypy.nodes import (
    ArgKind,
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
    RefExpr,
    ReturnStmt,
    Statement,
    SuperExpr,
    TempNode,
    TypeInfo,
    Var,
)

from carveout.cut.frontend import classes, hierarchy, methods
from carveout.cut.frontend.classes import targets
from carveout.cut.frontend.inference import infer_empties
from carveout.cut.frontend.kept_methods import keeping_methods
from carveout.cut.frontend.lower import FunctionLowerer
from carveout.cut.frontend.trees import children, walk
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import NONE, Type
from carveout.cut.refuse import Refusal


def lowerer_of(func: FuncDef) -> type[FunctionLowerer]:
    """What lowers a function."""
    return Building if func.name == "__init__" and func.info else FunctionLowerer


@dataclass
class _Uses:
    """How an object is used: which fields are read, and whether it is needed as a whole."""

    these: frozenset[object]
    fields: frozenset[str]
    read: list[str] = field(default_factory=list)
    whole: bool = False

    def visit(self, node: Node, inside: bool = False) -> None:
        match node:
            case NameExpr():
                self.whole |= node.node in self.these
            case MemberExpr(expr=NameExpr() as owner) if (
                owner.node in self.these and node.name in self.fields and not inside
            ):
                self.read.append(node.name)
                return
        # What a nested function holds on to is the object.
        inside = inside or isinstance(node, (LambdaExpr, FuncDef))
        for child in children(node):
            self.visit(child, inside)


@dataclass(frozen=True)
class Step:
    """A statement of a function; or the call of a base's `__init__`, whose own steps follow."""

    node: Statement
    func: FuncDef
    call: CallExpr | None = None
    base: FuncDef | None = None

    def parts(self) -> list[Statement | Expression]:
        """What it evaluates."""
        if self.call is None:
            return [self.node]
        explicit = not isinstance(self.call.callee, SuperExpr)
        return [*self.call.args[explicit:]]


class Building(FunctionLowerer):
    """Lowers `__init__`."""

    def arguments_of(self, func: FuncDef) -> list[Argument]:
        return func.arguments[1:]

    def result_of(self, func: FuncDef, at: ir.At) -> Type:
        self.info = self.project.built_for.get(self.key, func.info)
        self.made = self.reader.object_of(self.info, at)
        self.this = func.arguments[0].variable
        self.these: set[object] = {self.this}
        self.fields = self.reader.fields(self.info, at)
        self.whole = False
        self.held: dict[str, str] = {}
        return self.made

    def untyped(self, func: FuncDef) -> bool:
        """`def __init__(self):` has nothing to annotate."""
        return func.type is None and len(func.arguments) > 1

    def uses(self, node: Statement | Expression) -> _Uses:
        uses = _Uses(frozenset(self.these), frozenset(self.fields))
        uses.visit(node)
        return uses

    def whole_body(self, body: list[Statement]) -> list[ir.Stmt]:
        if not hasattr(self, "made"):
            # The class is refused, and nothing is known of its fields.
            return []
        at = self.at(self.func)
        out: list[ir.Stmt] = []
        with self.collecting():
            steps, later = keeping_methods(self, self._steps(self.func, body))
            split = len(steps)
            for index, step in enumerate(steps):
                if any(self.uses(part).whole for part in step.parts()):
                    split = index
                    break
            first, rest = steps[:split], [*later, *steps[split:]]
            made = None
            if all(step.func is self.func and step.call is None for step in first):
                made = self._at_once([step.node for step in first])
            if made is None:
                out = self._local(first, at)
                if ir.ends(out):
                    return out
                made = self._object(at)
            if not rest:
                return [*out, ir.Return(at, made)]
            name = self.declare(self.this, self.made)
            for other in self.these:
                assert isinstance(other, Var)
                self.names[other] = name
            self.whole = True
            out.append(ir.Assign(at, ir.PVar(self.made, at, name), made))
            out += self._run(rest)
            if not ir.ends(out):
                out.append(ir.Return(at, ir.Var(self.made, at, name)))
        return out

    # --- the `__init__` of bases -----------------------------------------------------------------

    def _steps(self, func: FuncDef, body: list[Statement]) -> list[Step]:
        """The statements, with those of a base's `__init__` where it is called."""
        out: list[Step] = []
        for statement in body:
            call = _base_call(statement)
            if call is None:
                if any(_base_call(inner) for inner in walk(statement)):
                    raise Refusal(
                        "refusal-class",
                        "a base's __init__ is called under a condition",
                        self.at(statement),
                        hint="call it at the top of this __init__",
                    )
                out.append(Step(statement, func))
                continue
            found = self._base_init(func, call)
            if found is None:
                out += self.last_init(statement, func, call)
                continue
            self.these.add(found.arguments[0].variable)
            out.append(Step(statement, func, call, found))
            out += self._steps(found, list(found.body.body))
        return out

    def last_init(self, statement: Statement, func: FuncDef, call: CallExpr) -> list[Step]:
        """The call of `object.__init__`, which does nothing."""
        if call.args[not isinstance(call.callee, SuperExpr) :]:
            raise Refusal("refusal-call", "too many arguments", self.at(call))
        return []

    def end_of_chain(self, step: Step) -> list[ir.Stmt]:
        """exceptions.py: the call of `Exception.__init__`."""
        raise NotImplementedError

    def _base_init(self, func: FuncDef, call: CallExpr) -> FuncDef | None:
        """The `__init__` that this object's class has after the one of `func`."""
        at = self.at(call)
        match call.callee:
            case SuperExpr(call=CallExpr(args=[])):
                later = self.info.mro[self.info.mro.index(func.info) + 1 :]
            case MemberExpr(expr=RefExpr(node=TypeInfo() as owner)) if owner in self.info.mro:
                later = owner.mro
            case _:
                raise Refusal("refusal-call", "this call of a base's __init__ is not drafted", at)
        for base in later:
            symbol = base.names.get("__init__")
            if symbol is None or base.fullname in classes.PASSIVE_BASES:
                continue
            found = symbol.node
            if not isinstance(found, FuncDef) or symbol.plugin_generated:
                break
            self.draftable(found, at)
            inside = list(walk(found.body))
            if any(isinstance(node, (ReturnStmt, FuncDef)) for node in inside):
                raise Refusal(
                    "refusal-class",
                    f"{base.name}.__init__ returns early or defines functions",
                    at,
                    hint="let it only set attributes",
                )
            if found.type is None and len(found.arguments) > 1:
                raise Refusal("refusal-untyped", f"{base.name}.__init__ has no annotations", at)
            self.project.inlined.append((base.module_name, found))
            self.find_precise(found)
            infer_empties(self, found)
            return found
        else:
            return None
        raise Refusal("refusal-class", f"the __init__ of {base.name} is not drafted here", at)

    def _run(self, steps: list[Step]) -> list[ir.Stmt]:
        """Statements of several functions, each where it stands in the source."""
        out: list[ir.Stmt] = []
        index = 0
        while index < len(steps):
            step = steps[index]
            with self._inside(step.func):
                if step.call is not None:
                    with self.collecting():
                        out += self._bind(step) if step.base else self.end_of_chain(step)
                    index += 1
                    continue
                last = index
                while last < len(steps) and steps[last].func is step.func and not steps[last].call:
                    last += 1
                out += self.block([one.node for one in steps[index:last]])
                index = last
            if ir.ends(out):
                break
        return out

    @contextmanager
    def _inside(self, func: FuncDef) -> Iterator[None]:
        """While statements of a base's function are lowered."""
        module, path = self.module, self.path
        if func is not self.func:
            self.module = func.info.module_name
            self.path = self.project.checked.path(self.module)
        try:
            yield
        finally:
            self.module, self.path = module, path

    def _bind(self, step: Step) -> list[ir.Stmt]:
        """The parameters of a base's `__init__` as variables."""
        assert step.base is not None
        assert step.call is not None
        at = self.at(step.call)
        call = step.call
        if not isinstance(call.callee, SuperExpr):
            call = CallExpr(call.callee, call.args[1:], call.arg_kinds[1:], call.arg_names[1:])
            call.set_line(step.call)
        if any(kind not in (ArgKind.ARG_POS, ArgKind.ARG_NAMED) for kind in call.arg_kinds):
            raise Refusal("refusal-call", "`*` and `**` in a call are not drafted", at)
        params = step.base.arguments[1:]
        args, wrap, callees = self.matched(step.base, params, call, at)
        probe = ir.Const(NONE, at, None)
        if callees or wrap(probe) is not probe:
            raise Refusal(
                "refusal-call", "these arguments of a base's __init__ are not drafted", at,
                hint="write them in the order of its parameters",
            )  # fmt: skip
        out: list[ir.Stmt] = []
        for param, arg in zip(params, args, strict=True):
            name = self.declare(param.variable, arg.type)
            out.append(ir.Assign(at, ir.PVar(arg.type, at, name), arg))
        return out

    # --- the object from its fields --------------------------------------------------------------

    def _at_once(self, body: list[Node]) -> ir.Expr | None:
        """The object, where the body only sets each field once, from other things."""
        sources: dict[str, Expression] = {}
        for statement in body:
            match statement:
                case AssignmentStmt(lvalues=[MemberExpr() as target], rvalue=rvalue):
                    if target.name in sources or isinstance(rvalue, TempNode):
                        return None
                    if not self._is_field(target) or self.uses(rvalue).read:
                        return None
                    sources[target.name] = rvalue
                case _:
                    return None
        if set(sources) != set(self.fields):
            return None
        given: dict[str, ir.Expr] = {}
        for name, source in sources.items():
            with self.collecting():
                given[name] = self.coerce(self.expr(source, self.fields[name]), self.fields[name])
        return hierarchy.new(self, self.info, given, self.at(self.func))

    def _local(self, steps: list[Step], at: ir.At) -> list[ir.Stmt]:
        """The body with the fields as variables."""
        out: list[ir.Stmt] = []
        assigned = {
            target.name
            for step in steps
            for target in targets(step.node)
            if isinstance(target, MemberExpr) and self._is_field(target)
        }
        for name, type_ in self.fields.items():
            default = methods.class_default(self, self.info, name, at)
            if default is None and name not in assigned:
                raise Refusal(
                    "refusal-class",
                    f"{self.info.name}.{name} is not set before the object is used",
                    at,
                    hint="set every attribute first",
                )
            self.held[name] = self.fresh(name, type_)
            if default is not None:
                out.append(ir.Assign(at, ir.PVar(type_, at, self.held[name]), default))
        return out + self._run(steps)

    def _object(self, at: ir.At) -> ir.Expr:
        given: dict[str, ir.Expr] = {n: ir.Var(t, at, self.held[n]) for n, t in self.fields.items()}
        return hierarchy.new(self, self.info, given, at)

    def _is_field(self, node: Expression) -> bool:
        return (
            isinstance(node, MemberExpr)
            and isinstance(node.expr, NameExpr)
            and node.expr.node in self.these
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


def _base_call(statement: Node) -> CallExpr | None:
    """`super().__init__(…)` or `Base.__init__(self, …)` as a statement."""
    match statement:
        case ExpressionStmt(expr=CallExpr(callee=SuperExpr(name="__init__")) as call):
            return call
        case ExpressionStmt(
            expr=CallExpr(callee=MemberExpr(name="__init__", expr=RefExpr(node=TypeInfo()))) as call
        ):
            return call
    return None


__all__ = ["NONE", "Building", "lowerer_of"]

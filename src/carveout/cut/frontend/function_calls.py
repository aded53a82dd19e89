"""Lowering of calls of functions that were kept: which one it is, the running program knows.

    OPS[sign](left, right)          # call_ops(ops[sign], left, right)

A call is one of a function of the draft that asks which one it is given and does what that does. So
everything that is known of functions (what they change, how deep they come, what stops them) holds
for values of them.

Invariant: such a function knows every function of its kind, those met later too (`settle`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mypy.nodes import (
    ArgKind,
    CallExpr,
    ConditionalExpr,
    Expression,
    FuncDef,
    IndexExpr,
    MemberExpr,
    MypyFile,
    NameExpr,
    RefExpr,
    TypeApplication,
)
from mypy.nodes import Var as MypyVar
from mypy.types import AnyType, CallableType, Instance, Overloaded, get_proper_type

from carveout.cut.frontend.environments import Env
from carveout.cut.frontend.scoping import Scopes
from carveout.cut.frontend.signatures import (
    open_function,
)
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    FLOAT,
    INT,
    NONE,
    NUM,
    FunctionType,
    OptionalType,
    StructType,
    Type,
)
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Project
    from carveout.cut.frontend.callables import Callables

# What a call does: statements before it, and its value, from what was taken along and given.
Run = Callable[["Callables", Callable[[int], ir.Expr], list[ir.Expr], ir.At], "Done"]
Done = tuple[list[ir.Stmt], ir.Expr]


@dataclass(eq=False)
class Kept:
    """One function of a kind."""

    index: int
    struct: StructType | None
    run: Run
    bound: Mapping[Any, Type]
    at: ir.At


@dataclass(eq=False)
class Apply:
    """A function of the draft that calls the functions of a kind."""

    kind: FunctionType
    params: tuple[Type, ...]
    result: Type
    module: str
    func: FuncDef
    at: ir.At
    # How many functions it knows, and what was refused.
    known: int = -1
    refusals: list[Refusal] = field(default_factory=list)


# --- calls ---------------------------------------------------------------------------------------


def dynamic(low: Callables, node: Expression) -> bool:
    """Whether an expression is a function that only the running program knows."""
    match node:
        case NameExpr(node=MypyVar() as var) if low.is_local(node):
            if low.known_function(node) is not None or var in low.env.scopes.named:
                return False
            if low.is_cell(var):
                return _callable_type(var.type)
            name = low.names.get(var)
            type_ = low.variables[name].type if name is not None else NONE
            bare = type_.item if isinstance(type_, OptionalType) else type_
            return isinstance(bare, FunctionType)
        case RefExpr(node=MypyVar() as var):
            if isinstance(node, MemberExpr) and not (
                isinstance(node.expr, RefExpr) and isinstance(node.expr.node, MypyFile)
            ):
                return _is_field(low, node)
            home = node.fullname.partition(".")[0]
            return home in low.project.checked.packages and _callable_type(var.type)
        case MemberExpr():
            return _is_field(low, node)
        case IndexExpr():
            return not isinstance(node.analyzed, TypeApplication) and _callable_type(
                low.project.checked.types.get(node), True
            )
        case CallExpr() | ConditionalExpr():
            return _callable_type(low.project.checked.types.get(node), True)
    return False


def _is_field(low: Callables, node: MemberExpr) -> bool:
    owner = get_proper_type(low.project.checked.types.get(node.expr))
    if not isinstance(owner, Instance):
        return False
    symbol = owner.type.get(node.name)
    found = symbol.node if symbol is not None else None
    return isinstance(found, MypyVar) and _callable_type(low.project.checked.types.get(node))


def _callable_type(given: Any, vague: bool = False) -> bool:
    type_ = get_proper_type(given)
    if isinstance(type_, AnyType):
        return vague
    return isinstance(type_, (CallableType, Overloaded)) or open_function(type_)


def called(low: Callables, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """The call of a function that was kept."""
    if not dynamic(low, node.callee):
        return None
    function = low.expr(node.callee)
    bare = function.type.item if isinstance(function.type, OptionalType) else function.type
    if not isinstance(bare, FunctionType):
        return None
    if any(kind != ArgKind.ARG_POS for kind in node.arg_kinds):
        raise Refusal("refusal-call", "a kept function takes positional arguments only", at)
    params = low.reader.table.functions[bare.name].params
    wanted: list[Type | None] = [*(params or ())] or [None] * len(node.args)
    if len(wanted) != len(node.args):
        raise Refusal("refusal-call", f"this function takes {len(wanted)} arguments", at)
    args = [low.expr(arg, type_) for arg, type_ in zip(node.args, wanted, strict=True)]
    return call(low, function, args, at)


def call(low: Callables, function: ir.Expr, args: list[ir.Expr], at: ir.At) -> ir.Expr:
    """The same of a value, with its arguments."""
    if isinstance(function.type, OptionalType):
        # None is called: the reference says what that comes to.
        function = ir.Unwrap(function.type.item, at, function)
    kind = function.type
    assert isinstance(kind, FunctionType)
    project, info = low.project, low.reader.table.functions[kind.name]
    if info.params is not None:
        if len(info.params) != len(args):
            raise Refusal("refusal-call", f"this function takes {len(info.params)} arguments", at)
        args = [low.coerce(arg, type_) for arg, type_ in zip(args, info.params, strict=True)]
    params = tuple(arg.type for arg in args)
    key = f"{kind.name}({', '.join(map(str, params))})"
    if key not in project.applies:
        short = kind.name.rpartition(":")[2]
        word = "".join(f"_{c.lower()}" if c.isupper() else c for c in short)
        project.reserve(key, f"call_{word.strip('_')}")
        made = Apply(kind, params, NONE, low.module, low.func, at)
        project.applies[key] = made
        try:
            made.result = info.result or _result(low, key, made)
        except Refusal:
            del project.applies[key]
            raise
    return ir.Call(project.applies[key].result, at, key, [function, *args])


def _result(low: Callables, key: str, made: Apply) -> Type:
    """What the functions of a kind give for these arguments, where the source does not say it."""
    found: dict[Type, None] = {}
    first: Refusal | None = None
    for one in list(low.project.kept.get(made.kind.name, {}).values()):
        probe = Applying.over(low.project, key, made)
        try:
            _, given = probe.branch(one)
        except Refusal as refusal:
            first = first or refusal
            continue
        found[INT if given.type == BIG else given.type] = None
    if not found:
        raise first or Refusal("refusal-untyped", "which functions these are is not known", made.at)
    if len(found) > 1 and set(found) <= {INT, FLOAT, NUM}:
        return NUM
    if len(found) > 1:
        raise Refusal(
            "refusal-mixed-types",
            f"these functions give {' or '.join(map(str, found))}",
            made.at,
            hint="let all of them give one type",
        )
    return next(iter(found))


class Applying:
    """Makes a function that calls the functions of a kind, over a lowerer of its own."""

    def __init__(self, low: Callables, made: Apply) -> None:
        self.low, self.made = low, made

    @classmethod
    def over(cls, project: Project, key: str, made: Apply) -> Applying:
        from carveout.cut.frontend.lower import FunctionLowerer

        low = FunctionLowerer(project, made.module, key, made.func)
        low.open_scope()
        scopes = Scopes(made.func)
        low.env = Env(scopes, scopes.root, made.module, key)
        low.names = {}
        # Whatever is called was defined when its value was made.
        low.visiting = [made]
        applying = cls(low, made)
        applying.function = low.fresh("function", made.kind)
        applying.args = [
            low.fresh(chr(ord("a") + index), type_) for index, type_ in enumerate(made.params)
        ]
        return applying

    function: str
    args: list[str]

    def branch(self, one: Kept) -> Done:
        """What a call of one of the functions does."""
        low, made = self.low, self.made
        at = one.at

        def taken(index: int) -> ir.Expr:
            assert one.struct is not None
            fields = low.reader.table.structs[one.struct.name].fields
            said = list(fields)[index]
            read = ir.Var(made.kind, at, self.function)
            return ir.Field(fields[said], at, ir.Extract(one.struct, at, read, one.index), said)

        args: list[ir.Expr] = [
            ir.Var(type_, at, name) for name, type_ in zip(self.args, made.params, strict=True)
        ]
        with low.reader.where(one.bound):
            return one.run(low, taken, args, at)

    def lower(self, key: str) -> ir.Function:
        low, made = self.low, self.made
        body: list[ir.Stmt] = []
        open_ = low.reader.table.functions[made.kind.name].params is None
        for one in list(low.project.kept.get(made.kind.name, {}).values()):
            read = ir.Var(made.kind, one.at, self.function)
            test = ir.IsMember(BOOL, one.at, read, one.index)
            try:
                before, given = self.branch(one)
                done = low.coerce(given, made.result)
                body.append(ir.If(one.at, test, [*before, ir.Return(one.at, done)], []))
            except Refusal as refusal:
                if not open_:
                    low.refusals.append(refusal)
                # It is not one that is called with such arguments, or the reference does it.
                why = "a function that is not drafted for these arguments"
                body.append(ir.If(one.at, test, [ir.Decline(one.at, why)], []))
        match body:
            case [*_, ir.If(then=last)]:
                # There is no other.
                body[-1:] = last
            case _:
                body = [ir.Decline(made.at, "no function is ever kept here")]
        try:
            body = [*low.constants(body, made.at), *body]
        except Refusal as refusal:
            low.refusals.append(refusal)
        names = [self.function, *self.args]
        params = [ir.Param(n, t) for n, t in zip(names, (made.kind, *made.params), strict=True)]
        doc = "Calls whichever function it is given."
        made.refusals = low.refusals
        return ir.Function(
            key, low.rust_name, params, made.result, body, low.variables, doc, made.at
        )


def settle(project: Project, functions: dict[str, ir.Function]) -> bool:
    """Write the calls of kinds that have got more functions; whether there were any."""
    news = False
    for key, made in list(project.applies.items()):
        count = len(project.kept.get(made.kind.name, {}))
        if made.known != count:
            news, made.known = True, count
            project.reader.bound = {}
            functions[key] = Applying.over(project, key, made).lower(key)
    return news


def reached(functions: dict[str, ir.Function], entry: str) -> dict[str, ir.Function]:
    """Without what was only drafted to see what it gives."""
    seen: set[str] = set()
    todo = [entry]
    while todo:
        key = todo.pop()
        if key in seen or key not in functions:
            continue
        seen.add(key)
        for statement in functions[key].body:
            todo += [n.function for n in ir.walk(statement) if isinstance(n, ir.Call)]
    return {key: function for key, function in functions.items() if key in seen}


__all__ = ["Apply", "Kept", "call", "called", "dynamic", "reached", "settle"]

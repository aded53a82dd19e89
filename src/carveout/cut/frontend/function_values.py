"""Lowering of functions as values: kept in dicts, lists, fields and variables, passed on.

    OPS = {"+": operator.add, "-": lambda a, b: a - b}
    OPS[sign](left, right)          # call_ops(ops[sign], left, right)

    def adder(n: int) -> Callable[[int], int]:
        return lambda x: x + n      # IntToInt::Lambda(IntToIntLambda { n })

All functions of a draft that may stand for each other are one enum (Reynolds's defunctionalisation:
"Definitional interpreters", 1972). What a function takes along, it takes when its value is made: a
variable that something sets later, which Python would read later, is refused.
docs/decisions/functions-as-values.md says why; function_calls.py calls them.

Invariant: two functions that can come to one place are of one kind (signatures.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mypy.nodes import (
    ArgKind,
    CallExpr,
    Decorator,
    DictionaryComprehension,
    Expression,
    ForStmt,
    FuncDef,
    GeneratorExpr,
    LambdaExpr,
    MemberExpr,
    MypyFile,
    NameExpr,
    OverloadedFuncDef,
    RefExpr,
    TypeInfo,
    WhileStmt,
)
from mypy.nodes import Var as MypyVar
from mypy.types import CallableType, Instance, Overloaded, get_proper_type

from carveout.cut.frontend.environments import Callee, Env
from carveout.cut.frontend.function_calls import Done, Kept, Run, call, dynamic
from carveout.cut.frontend.scoping import Scope, walk
from carveout.cut.frontend.signatures import (
    MADE,
    hint_of,
    open_function,
)
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    NEVER,
    NONE,
    FunctionType,
    OptionalType,
    StructInfo,
    StructType,
    Type,
)
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.callables import Callables

_HINT = "annotate what keeps it: Callable[[int], int], dict[str, Callable[[int, int], int]]"


@dataclass(eq=False)
class Made:
    """A function value that is being made: what it takes along, and what a call of it does."""

    ident: str
    hint: str
    taken: list[tuple[str, ir.Expr]]
    run: Run


# --- values --------------------------------------------------------------------------------------


def is_function(low: Callables, node: Expression) -> bool:
    """Whether an expression names or makes a function."""
    match node:
        case LambdaExpr():
            return True
        case NameExpr(node=MypyVar() as var):
            return low.known_function(node) is True or var in low.env.scopes.named
        case NameExpr(node=FuncDef() | Decorator() | OverloadedFuncDef()):
            return True
        case NameExpr(node=TypeInfo() as info):
            return info.fullname in ("builtins.int", "builtins.float", "builtins.str") or (
                info.fullname == "builtins.bool"
            )
        case MemberExpr(
            expr=RefExpr(node=MypyFile()), node=FuncDef() | Decorator() | OverloadedFuncDef()
        ):
            return True
        case MemberExpr():
            return _is_method(low, node)
        case CallExpr(callee=RefExpr(fullname=name)):
            return name in MADE
    return False


def _is_method(low: Callables, node: MemberExpr) -> bool:
    """`str.upper`, or a method of an object."""
    owner = node.expr
    if isinstance(owner, RefExpr) and isinstance(owner.node, TypeInfo):
        symbol = owner.node.get(node.name)
        found = symbol.node if symbol is not None else None
        return isinstance(found, (FuncDef, Decorator)) and not _is_property(found)
    info = get_proper_type(low.project.checked.types.get(owner))
    if isinstance(info, Instance):
        symbol = info.type.get(node.name)
        found = symbol.node if symbol is not None else None
        return isinstance(found, FuncDef) and not found.is_property and not found.is_static
    return False


def _is_property(found: object) -> bool:
    return isinstance(found, Decorator) and found.func.is_property


def value(low: Callables, node: Expression, expected: Type | None) -> ir.Expr | None:
    """A function as a value; None for all other expressions."""
    if isinstance(expected, OptionalType):
        expected = expected.item
    if isinstance(node, (NameExpr, MemberExpr)) and not isinstance(expected, FunctionType):
        # A class, or what else is known of such names: the rest of the compiler says.
        if isinstance(node.node, TypeInfo):
            return None
        if isinstance(node, MemberExpr) and not isinstance(
            get_proper_type(low.project.checked.types.get(node)), (CallableType, Overloaded)
        ):
            return None
    if not is_function(low, node):
        return None
    at = low.at(node)
    if not isinstance(expected, FunctionType):
        given = get_proper_type(low.project.checked.types.get(node))
        if not isinstance(given, CallableType) or open_function(given) or given.variables:
            raise Refusal(
                "refusal-expression", "a function as a value is not drafted here", at, hint=_HINT
            )
        read = low.reader.read(given, at)
        assert isinstance(read, FunctionType)
        expected = read
    return _value(low, _made(low, node, at), expected, at)


def _value(low: Callables, made: Made, kind: FunctionType, at: ir.At) -> ir.Expr:
    table = low.reader.table
    info = table.functions[kind.name]
    kept = low.project.kept.setdefault(kind.name, {})
    if made.ident not in kept:
        name = _fresh(made.hint, info.members)
        struct = None
        if made.taken:
            struct = StructType(f"{kind.name}{hint_of(name)}")
            fields = {said: expr.type for said, expr in made.taken}
            if any(table.any_part(t, lambda part: part == NEVER) for t in fields.values()):
                raise Refusal("refusal-untyped", "what this takes along has no known type", at)
            table.structs[struct.name] = StructInfo(
                struct.name, fields, True, f"What `{name}` takes along.", equal=False, crosses=False
            )  # fmt: skip
        kept[made.ident] = Kept(len(info.members), struct, made.run, dict(low.reader.bound), at)
        info.members[name] = struct
    one = kept[made.ident]
    if one.struct is None:
        return ir.Inject(kind, at, ir.Const(NONE, at, None), one.index)
    fields = table.structs[one.struct.name].fields
    args = [low.coerce(expr, fields[said]) for said, expr in made.taken]
    packed = ir.New(one.struct, at, [said for said, _ in made.taken], args)
    return ir.Inject(kind, at, packed, one.index)


def _fresh(hint: str, taken: Mapping[str, object]) -> str:
    name, n = hint, 2
    words = {one.replace("_", "").lower() for one in taken}
    while name.replace("_", "").lower() in words:
        name, n = f"{hint}_{n}", n + 1
    return name


def _made(low: Callables, node: Expression, at: ir.At) -> Made:
    if isinstance(node, CallExpr) and isinstance(node.callee, RefExpr):
        if node.callee.fullname == "functools.partial":
            return _partial(low, node, at)
    elif isinstance(node, MemberExpr) and not (
        isinstance(node.expr, RefExpr) and isinstance(node.expr.node, (TypeInfo, MypyFile))
    ):
        return _method(low, node, at)
    before = set(low.names)
    callee = low.callee_of(node, at)
    env = callee.env
    assert env is not None
    _settled(low, env, before, at)
    taken = [(_said(arg, i), arg) for i, arg in enumerate(env.args(at))]
    return Made(callee.ident, _hint(callee.node), _apart(taken), _of_callee(callee))


def _said(arg: ir.Expr, index: int) -> str:
    return arg.name if isinstance(arg, ir.Var) else f"taken_{index}"


def _apart(taken: list[tuple[str, ir.Expr]]) -> list[tuple[str, ir.Expr]]:
    """With names that differ."""
    out: dict[str, ir.Expr] = {}
    for said, expr in taken:
        name, n = said, 2
        while name in out:
            name, n = f"{said}_{n}", n + 1
        out[name] = expr
    return list(out.items())


def _hint(node: Expression) -> str:
    match node:
        case LambdaExpr():
            return "lambda"
        case CallExpr(callee=NameExpr(name=name) | MemberExpr(name=name)):
            return name
        case MemberExpr(expr=RefExpr(node=TypeInfo() as owner), name=name):
            return f"{owner.name.lower()}_{name}"
        case NameExpr(name=name) | MemberExpr(name=name):
            return name.strip("_") or "function"
    return "function"


def _of_callee(callee: Callee) -> Run:
    def run(
        low: Callables, taken: Callable[[int], ir.Expr], args: list[ir.Expr], at: ir.At
    ) -> Done:
        params: list[ir.Param] = []
        here = low.received_callee(callee, params)
        before: list[ir.Stmt] = [
            ir.Assign(at, ir.PVar(param.type, at, param.name), taken(index))
            for index, param in enumerate(params)
        ]
        assert here.env is not None
        with low.within(here.env, callee):
            return before, low.applied(here.node, args, at)

    return run


def _settled(low: Callables, env: Env, before: set[MypyVar], at: ir.At) -> None:
    """Refuse to take along what Python would read later, and find changed."""
    for var in env.vars:
        owner = env.scopes.owner.get(var)
        why = None
        if owner is None:
            # The value of a default, which is fixed by the definition.
            continue
        if owner.assigns.get(var, 0) != 1 or _in_loop(owner, var):
            why = "may be set again after this function is made"
        elif var not in before:
            why = "has no value yet where this function is made"
        if why is not None:
            raise Refusal(
                "refusal-closure", f"{var.name} {why}; Python reads it at each call", at,
                hint=f"let functools.partial keep its value, or a function make this one from "
                f"{var.name}",
            )  # fmt: skip
    for callee in env.callees.values():
        if callee.env is not None:
            _settled(low, callee.env, before | set(callee.env.vars), at)


def _in_loop(owner: Scope, var: MypyVar) -> bool:
    def mentions(node: Any) -> bool:
        return any(isinstance(n, NameExpr) and n.node is var for n in walk(node))

    for node in walk(owner.func.body):
        match node:
            case ForStmt() | WhileStmt():
                if isinstance(node, ForStmt) and mentions(node.index):
                    return True
                if any(_binds(inner, var) for inner in walk(node.body)):
                    return True
            case GeneratorExpr() | DictionaryComprehension():
                if any(map(mentions, node.indices)):
                    return True
    return False


def _binds(node: Any, var: MypyVar) -> bool:
    targets = [*getattr(node, "lvalues", ()), getattr(node, "target", None)]
    targets += [getattr(node, "index", None)] if isinstance(node, ForStmt) else []
    for target in targets:
        if isinstance(target, list):
            continue
        if target is not None and any(
            isinstance(n, NameExpr) and n.node is var for n in walk(target)
        ):
            return True
    return False


def _method(low: Callables, node: MemberExpr, at: ir.At) -> Made:
    """`obj.method`: the object is found when the value is made."""
    obj = low.expr(node.expr)
    type_ = obj.type

    def run(
        low: Callables, taken: Callable[[int], ir.Expr], args: list[ir.Expr], at: ir.At
    ) -> Done:
        name = low.fresh("this", type_)
        before = ir.Assign(at, ir.PVar(type_, at, name), taken(0))
        return [before], low.method_of(ir.Var(type_, at, name), None, node.name, args, at)

    return Made(f"{type_}.{node.name}", node.name.strip("_"), [("this", obj)], run)


def _partial(low: Callables, node: CallExpr, at: ir.At) -> Made:
    """`partial(f, 2, by=3)`: what is given is evaluated when the value is made."""
    positional, keywords = low.arguments(node)
    if not positional or any(kind in (ArgKind.ARG_STAR, ArgKind.ARG_STAR2) for kind in (
        node.arg_kinds
    )):  # fmt: skip
        raise Refusal("refusal-call", "this partial is not drafted", at)
    first = positional[0]
    if dynamic(low, first):
        function = low.expr(first)
        taken, inner = [("function", function)], _of_value(function.type)
        ident = f"{low.env.key}.partial@{node.line}:{node.column}"
    else:
        made = _made(low, first, at)
        taken, inner = list(made.taken), made.run
        ident = f"{low.env.key}.partial@{node.line}:{node.column} {made.ident}"
    count = len(taken)
    given = [low.expr(arg) for arg in positional[1:]]
    named = {name: low.expr(arg) for name, arg in keywords.items()}
    taken += [(_said(arg, i), arg) for i, arg in enumerate(given)]
    taken += list(named.items())
    types = [expr.type for _, expr in taken]
    target = first.node.func if isinstance(first, RefExpr) and isinstance(
        first.node, Decorator) else getattr(first, "node", None)  # fmt: skip
    if named and not isinstance(target, FuncDef):
        raise Refusal(
            "refusal-call", "keywords of a partial of this are not drafted", at,
            hint="give them by position",
        )  # fmt: skip

    def run(low: Callables, read: Callable[[int], ir.Expr], args: list[ir.Expr], at: ir.At) -> Done:
        before: list[ir.Stmt] = []
        kept: list[ir.Expr] = []
        for index in range(count, len(types)):
            name = low.fresh("given", types[index])
            before.append(ir.Assign(at, ir.PVar(types[index], at, name), read(index)))
            kept.append(ir.Var(types[index], at, name))
        low.named = dict(zip(named, kept[len(given) :], strict=True))
        try:
            inside, done = inner(low, read, [*kept[: len(given)], *args], at)
        finally:
            low.named = {}
        return [*before, *inside], done

    return Made(ident, f"partial_{_hint(first)}", _apart(taken), run)


def _of_value(type_: Type) -> Run:
    def run(
        low: Callables, taken: Callable[[int], ir.Expr], args: list[ir.Expr], at: ir.At
    ) -> Done:
        name = low.fresh("kept", type_)
        before = ir.Assign(at, ir.PVar(type_, at, name), taken(0))
        return [before], call(low, ir.Var(type_, at, name), args, at)

    return run


__all__ = ["is_function", "value"]

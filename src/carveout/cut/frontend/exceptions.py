"""The package's own exceptions: fields, an `__init__` and a `__str__` of their own, hierarchies.

    class Refused(AppError):
        def __init__(self, code: int) -> None:
            super().__init__(f"refused: {code}")
            self.code = code

    raise Refused(3)           # a fault with what the constructor was given
    except AppError as e:
        e.code, str(e)         # what the constructor makes of it, asked by the fault's class

The exception that leaves a carving is made by Python, by the class itself. Inside, an attribute is
a function of what the constructor was given (readings.py), for a constructor that does nothing else
than set attributes.

Invariant: a constructor that may raise, decline or change something is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mypy.nodes import (
    CallExpr,
    FuncDef,
    MemberExpr,
    NameExpr,
    RefExpr,
    TypeInfo,
    Var,
)
from mypy.types import UnionType, get_proper_type

from carveout.cut.frontend import classes
from carveout.cut.frontend.families import found_in, function_of
from carveout.cut.frontend.hierarchy import class_in
from carveout.cut.frontend.types import public_name
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import BOOL, FAULT, STR, OptionalType, Type
from carveout.cut.refuse import Refusal
from carveout.cut.registry.entry import ATOM, Entry, Name

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base, Project
    from carveout.cut.frontend.calls import Calls

# The text of an exception, as a field of it.
TEXT = "str()"
_ARG = ("int", "float", "bool", "str", "bytes")


def is_exception(info: TypeInfo) -> bool:
    return info.has_base("builtins.BaseException")


def own_init(project: Project, info: TypeInfo) -> FuncDef | None:
    """The `__init__` that a class of the package has of its own or from another."""
    found = found_in(info, "__init__")
    if found is None or not project.reader.own(found[0]):
        return None
    if not isinstance(found[1], FuncDef):
        raise Refusal(
            "refusal-raise", f"{info.name}.__init__ has a decorator", _place(project, info)
        )
    return found[1]


def _own_text(project: Project, info: TypeInfo) -> FuncDef | None:
    found = found_in(info, "__str__")
    return function_of(found[1]) if found is not None and project.reader.own(found[0]) else None


def _place(project: Project, info: TypeInfo) -> ir.At:
    return ir.At(project.checked.path(info.module_name), info.defn.line, info.defn.column + 1)


def constructed(lowerer: Calls, info: TypeInfo, call: CallExpr | None, at: ir.At) -> ir.Stmt:
    """`raise Refused(3)` of a class with an `__init__` of its own."""
    init = own_init(lowerer.project, info)
    assert init is not None
    _look_through(lowerer.project, info, init)
    given = call or CallExpr(NameExpr("raised"), [], [], [])
    params = init.arguments[1:]
    if any(param.kind.is_named() for param in params):
        raise Refusal("refusal-raise", f"{info.name}.__init__ has keyword-only parameters", at)
    probe = ir.Const(BOOL, at, None)
    args, wrap, callees = lowerer.matched(init, params, given, at)
    if callees or wrap(probe) is not probe:
        raise Refusal(
            "refusal-raise", "arguments of an exception in another order", at,
            hint="write them in the order of its parameters",
        )  # fmt: skip
    for param, arg in zip(params, args, strict=True):
        argument_type(param.variable.name, arg.type, at)
    if not _passes_on(lowerer.project, info):
        # Its args are what the call has without names: it must have them all so.
        if any(name is not None for name in given.arg_names):
            raise Refusal(
                "refusal-raise", f"{info.name} keeps only what is passed without a name", at,
                hint="pass the arguments by position",
            )  # fmt: skip
        args = args[: len(given.args)]
    return ir.Raise(at, public_name(info), args, made=True)


def RefExprLike() -> RefExpr:
    """A callee that is never looked at."""
    from mypy.nodes import NameExpr

    return NameExpr("raised")


def argument_type(name: str, type_: Type, at: ir.At) -> None:
    """Refuse what a fault can't keep."""
    inner = type_.item if isinstance(type_, OptionalType) else type_
    if str(inner) not in _ARG:
        raise Refusal(
            "refusal-raise",
            f"an exception's argument {name} of type {type_} is not drafted",
            at,
            hint="pass a str or a number",
        )


def _passes_on(project: Project, info: TypeInfo) -> bool:
    """Whether a constructor calls the one of Exception, which sets the arguments."""
    return project.passes_on[info.fullname]


def _look_through(project: Project, info: TypeInfo, init: FuncDef) -> None:
    """See to it that a constructor only sets attributes; refuses it otherwise."""
    if info.fullname in project.looked_through:
        refusal = project.looked_through[info.fullname]
        if refusal is not None:
            raise refusal
        return
    for name in ("__new__", "__reduce__", "__setattr__", "__getattr__", "__getattribute__"):
        found = found_in(info, name)
        if found is not None and project.reader.own(found[0]):
            raise Refusal("refusal-raise", f"{info.name} defines {name}", _place(project, info))
    key = f"{public_name(info)}.{TEXT}"
    project.known.setdefault(key, "looked_through")
    project.readings[key] = (info, None)
    from carveout.cut.frontend.readings import Reading

    reading = Reading(project, init.info.module_name, key, init)
    reading.lower()
    del project.known[key]
    project.looked_through[info.fullname] = reading.refusals[0] if reading.refusals else None
    if reading.refusals:
        raise reading.refusals[0]
    project.inlined.append((init.info.module_name, init))


# --- asking a caught one -------------------------------------------------------------------------


def attribute(lowerer: Calls, obj: ir.Expr, node: MemberExpr, at: ir.At) -> ir.Expr:
    """`e.code` of a caught exception."""
    infos = _statics(lowerer, node)
    among = [
        info
        for info in exceptions_of(lowerer.project)
        if any(static in info.mro for static in infos)
    ]
    if not infos or not all(lowerer.reader.own(info) for info in infos) or not among:
        raise Refusal(
            "refusal-attribute", f"{node.name} of an exception is not drafted", at,
            hint="pass what is needed as an argument of a class of your own",
        )  # fmt: skip
    var = next((s.node for i in infos if (s := i.get(node.name)) and isinstance(s.node, Var)), None)
    if var is None:
        raise Refusal("refusal-attribute", f"{node.name} of an exception is not drafted", at)
    result = lowerer.reader.read(var.type, at)
    arms: list[tuple[list[TypeInfo], ir.Expr | None]] = []
    error = "error"
    read = ir.Var(FAULT, at, error)
    for info in among:
        try:
            value = _field_of(lowerer, info, node.name, read, result, at)
        except Refusal as refusal:
            if info in infos:
                raise refusal
            # Nobody can raise it, or who does is refused.
            continue
        arms.append(([info], value))
    said = ", ".join(info.name for info in infos)
    key = f"{public_name(infos[0])}.{node.name}[{said}]"
    _function(lowerer, key, f"{_snake(infos[0].name)}_{node.name}", result, arms, None, at)
    return ir.Call(result, at, key, [obj])


def _statics(lowerer: Base, node: MemberExpr) -> list[TypeInfo]:
    type_ = get_proper_type(lowerer.project.checked.types.get(node.expr))
    items = type_.items if isinstance(type_, UnionType) else [type_]
    found = [class_in(item) for item in items]
    return [info for info in found if info is not None]


def exceptions_of(project: Project) -> list[TypeInfo]:
    """The package's exception classes."""
    return [info for info in project.families.all_classes if is_exception(info)]


def _field_of(
    lowerer: Calls, info: TypeInfo, name: str, read: ir.Expr, result: Type, at: ir.At
) -> ir.Expr:
    init = own_init(lowerer.project, info)
    sets = init is not None and any(
        name in classes.set_on_objects(base) for base in info.mro if lowerer.reader.own(base)
    )
    for base in info.mro:
        module, _, named = public_name(base).partition(":")
        if not lowerer.reader.own(base):
            continue
        if (setter := lowerer.project.bindings.changes_class(module, named)) is not None:
            raise Refusal("refusal-class", f"{setter} sets attributes of {base.name}", at)
    if not sets:
        from carveout.cut.frontend.dispatch import class_value

        return lowerer.coerce(class_value(lowerer, info, name, at), result)
    assert init is not None
    _look_through(lowerer.project, info, init)
    return _read(lowerer, info, init, name, read, at)


def _read(
    lowerer: Base, info: TypeInfo, init: FuncDef, name: str, read: ir.Expr, at: ir.At
) -> ir.Expr:
    """The call of the function that gives a field."""
    key = f"{public_name(info)}.{name}"
    project = lowerer.project
    word = "text" if name == TEXT else name
    if project.reserve(key, f"{_snake(info.name)}_{word}"):
        project.readings[key] = (info, name)
        from carveout.cut.frontend.readings import Reading

        reading = Reading(project, init.info.module_name, key, init)
        project.made[key] = reading.lower()
        if reading.refusals:
            del project.made[key], project.known[key]
            raise reading.refusals[0]
    return ir.Call(project.made[key].result, at, key, [read])


def _snake(name: str) -> str:
    from carveout.cut.frontend.methods import snake

    return snake(name)


def exactly(error: ir.Expr, kind: str, at: ir.At) -> ir.Expr:
    """Whether a fault is of this very class."""
    entry = Entry(
        "fault.exactly", (), Name("bool"), "own", f'{{0.}}.exactly("{kind}")', ATOM, False
    )
    return ir.Prim(BOOL, at, entry, [error])


def _function(
    lowerer: Base,
    key: str,
    name: str,
    result: Type,
    arms: list[tuple[list[TypeInfo], ir.Expr | None]],
    otherwise: ir.Expr | None,
    at: ir.At,
) -> None:
    """A function that answers by the class of the fault it gets; None in an arm: a decline."""
    project = lowerer.project
    if key not in project.known:
        project.reserve(key, name)
    error = ir.Var(FAULT, at, "error")
    last: ir.Stmt = ir.Decline(at, "another exception")
    if otherwise is not None:
        last = ir.Return(at, otherwise)
    body: list[ir.Stmt] = [last]
    for infos, value in reversed(arms):
        test: ir.Expr | None = None
        for info in infos:
            one = exactly(error, public_name(info), at)
            test = one if test is None else ir.Or(BOOL, at, test, one)
        assert test is not None
        arm: ir.Stmt = ir.Return(at, value) if value is not None else ir.Decline(at, "its text")
        body = [ir.If(at, test, [arm], body)]
    variables = {"error": ir.Variable("error", FAULT)}
    project.made[key] = ir.Function(
        key, project.known[key], [ir.Param("error", FAULT)], result, body, variables, None, at
    )


def text_of(lowerer: Calls, value: ir.Expr, at: ir.At) -> ir.Expr:
    """`str(e)` of a caught exception, whichever it is."""
    special = [
        info
        for info in exceptions_of(lowerer.project)
        if own_init(lowerer.project, info) is not None
        or _own_text(lowerer.project, info) is not None
        or info.has_base("builtins.KeyError")
        or info.has_base("builtins.OSError")
    ]
    if not special:
        return lowerer.prim("fault.str", [value], at)
    key = "exceptions:str"
    if key not in lowerer.project.known:
        lowerer.project.reserve(key, "text_of_error")
        read = ir.Var(FAULT, at, "error")
        arms: list[tuple[list[TypeInfo], ir.Expr | None]] = []
        for info in special:
            try:
                arms.append(([info], _text_of(lowerer, info, read, at)))
            except Refusal:
                # The reference says it.
                arms.append(([info], None))
        otherwise = lowerer.prim("fault.str", [read], at)
        _function(lowerer, key, "text_of_error", STR, arms, otherwise, at)
    return ir.Call(STR, at, key, [value])


def repr_of(lowerer: Base, value: ir.Expr, at: ir.At) -> ir.Expr:
    """`repr(e)` of a caught exception; declines for those that an `__init__` makes."""
    for info in exceptions_of(lowerer.project):
        found = found_in(info, "__repr__")
        if found is not None and lowerer.reader.own(found[0]):
            raise Refusal(
                "refusal-except", f"repr() of an exception where {info.name} has a __repr__", at,
                hint="pass the text on by itself",
            )  # fmt: skip
    return lowerer.prim("fault.repr", [value], at)


def _text_of(lowerer: Calls, info: TypeInfo, read: ir.Expr, at: ir.At) -> ir.Expr | None:
    own = _own_text(lowerer.project, info)
    init = own_init(lowerer.project, info)
    if own is not None:
        if init is not None:
            _look_through(lowerer.project, info, init)
        return lowerer.call_helper(own.info.module_name, own, [read], at, own.info)
    if init is None:
        key = info.has_base("builtins.KeyError")
        return lowerer.prim("fault.keystr", [read], at) if key else None
    _look_through(lowerer.project, info, init)
    return _read(lowerer, info, init, TEXT, read, at)


__all__ = [
    "TEXT",
    "argument_type",
    "attribute",
    "constructed",
    "exceptions_of",
    "is_exception",
    "own_init",
    "repr_of",
    "text_of",
]

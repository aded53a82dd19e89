"""What a class and its bases mean by a name, and which class's method a call reaches.

    shape.area()          # Call of shape_any_area, which asks of which class the object is
    super().area()        # Call of shape_area: known when the operation is cut

A name is looked up as Python does it, along the method resolution order of the object's own class.
Where all classes that an object can be of find the same function, that is called; else a function
is made that chooses (`_dispatcher`).

Invariant: an object of a class that was not expected is left to the reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mypy.nodes import (
    ArgKind,
    CallExpr,
    Decorator,
    Expression,
    FuncDef,
    MemberExpr,
    NameExpr,
    OverloadedFuncDef,
    RefExpr,
    SuperExpr,
    TypeInfo,
    Var,
)

from carveout.cut.frontend import classes
from carveout.cut.frontend.families import found_in, function_of
from carveout.cut.frontend.hierarchy import class_in, classes_at, each, is_of, read_field
from carveout.cut.frontend.types import public_name
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import simple
from carveout.cut.ir.types import NONE, StructType, Type
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base
    from carveout.cut.frontend.calls import Calls


def attribute(lowerer: Calls, obj: ir.Expr, node: MemberExpr, at: ir.At) -> ir.Expr | None:
    """`obj.name` of a hierarchy: a field, a property, a class's own attribute."""
    layout = lowerer.reader.layout(obj.type)
    if layout is None:
        return None
    infos = classes_at(lowerer, obj, node.expr)
    name = node.name
    having = [info for info in infos if name in layout.fields[info.fullname]]
    if len(having) == len(infos):
        return read_field(lowerer, layout, obj, infos, name, at)
    found = [found_in(info, name) for info in infos]
    properties = [property_of(one[1]) if one is not None else None for one in found]
    if all(properties):
        return call(lowerer, obj, infos, name, [], {}, at)
    if not having and not any(properties):
        return each(lowerer, obj, infos, at, lambda info, _: class_value(lowerer, info, name, at))
    raise Refusal(
        "refusal-attribute",
        f"{name} is a field in some classes of {layout.family.root.name} and more in others",
        at,
    )


def class_value(lowerer: Calls, info: TypeInfo, name: str, at: ir.At) -> ir.Expr:
    """`Limits.MOST`, an attribute of a class or its bases that is never set anew."""
    for base in info.mro:
        if name in base.names and lowerer.reader.own(base):
            value = classes.defaults(base).get(name)
            if value is not None:
                wanted = None
                node = base.names[name].node
                if isinstance(node, Var) and node.type is not None:
                    wanted = lowerer.reader.read(node.type, at)
                found = lowerer.class_constant(value, base.module_name, at)
                return found if wanted is None else lowerer.coerce(found, wanted)
            break
    raise Refusal("refusal-attribute", f"{info.name}.{name} is not drafted", at)


def property_of(node: object) -> FuncDef | None:
    match node:
        case Decorator() if node.func.is_property and classes.is_usable(node):
            return node.func
        case OverloadedFuncDef(items=[Decorator() as getter, *_]) if classes.is_property(node):
            return getter.func
    return None


# --- calls ---------------------------------------------------------------------------------------


def method(
    lowerer: Calls, obj: ir.Expr, callee: MemberExpr, node: CallExpr, at: ir.At
) -> ir.Expr | None:
    """`obj.name(…)` of a hierarchy."""
    layout = lowerer.reader.layout(obj.type)
    if layout is None:
        return None
    infos = classes_at(lowerer, obj, callee.expr)
    found = {info: found_in(info, callee.name) for info in infos}
    funcs = {function_of(one[1]) if one is not None else None for one in found.values()}
    if None in funcs:
        raise Refusal(
            "refusal-call", f"{layout.family.root.name}.{callee.name}() is not drafted", at
        )
    (first, *more) = (func for func in funcs if func is not None)
    _usable(first, at)
    if not more and not first.is_class:
        if first.is_static and not simple(obj):
            raise Refusal("refusal-call", "a static method of this is not drafted", at)
        start = [] if first.is_static else [obj]
        return lowerer.call_with(first.info.module_name, first, start, node, at, first.info)
    static = class_in(lowerer.project.checked.types.get(callee.expr))
    shape = _interface(infos, static, callee.name, at)
    positional, keywords = _given(lowerer, shape, node, at)
    return call(lowerer, obj, infos, callee.name, positional, keywords, at, shape)


def _usable(func: FuncDef, at: ir.At) -> None:
    if func.is_property:
        raise Refusal("refusal-call", f"{func.name} is a property", at)


def _interface(infos: Sequence[TypeInfo], static: TypeInfo | None, name: str, at: ir.At) -> FuncDef:
    """The function whose parameters and result a call is written for."""
    for info in (*([static] if static is not None else []), *infos):
        found = found_in(info, name)
        func = function_of(found[1]) if found is not None else None
        func = func or (property_of(found[1]) if found is not None else None)
        if func is not None:
            return func
    raise Refusal("refusal-call", f"{infos[0].name}.{name}() is not drafted", at)


def _given(
    lowerer: Calls, func: FuncDef, node: CallExpr, at: ir.At
) -> tuple[list[ir.Expr], dict[str, ir.Expr]]:
    """A call's arguments as the function that mypy knows takes them."""
    arguments = func.arguments if func.is_static else func.arguments[1:]
    lowerer.draftable(func, at)
    by_name = {a.variable.name: a for a in arguments}
    positional: list[ir.Expr] = []
    keywords: dict[str, ir.Expr] = {}
    for name, arg in zip(node.arg_names, node.args, strict=True):
        taken = by_name.get(name) if name is not None else None
        if name is None and len(positional) < len(arguments):
            taken = arguments[len(positional)]
        if taken is None:
            raise Refusal("refusal-call", "these arguments are not drafted", at)
        type_ = lowerer.reader.read(taken.variable.type, at)
        value = lowerer.coerce(lowerer.expr(arg, type_), type_)
        if name is None:
            positional.append(value)
        else:
            keywords[name] = value
    return positional, keywords


def call(
    lowerer: Calls,
    obj: ir.Expr,
    infos: Sequence[TypeInfo],
    name: str,
    positional: list[ir.Expr],
    keywords: dict[str, ir.Expr],
    at: ir.At,
    shape: FuncDef | None = None,
) -> ir.Expr:
    """The call of a method or property, whichever class the object is of."""
    assert isinstance(obj.type, StructType)
    shape = shape or _interface(infos, None, name, at)
    funcs = {info: _interface([info], None, name, at) for info in infos}
    if len(set(funcs.values())) == 1 and not shape.is_class:
        (func,) = set(funcs.values())
        args = _spread(lowerer, func, positional, keywords, at)
        return lowerer.call_helper(func.info.module_name, func, [obj, *args], at, func.info)
    result = lowerer.reader.read(getattr(shape.type, "ret_type", None), at)
    key = _dispatcher(lowerer, obj.type, funcs, name, positional, keywords, result, at)
    return ir.Call(result, at, key, [obj, *positional, *keywords.values()])


def _dispatcher(
    lowerer: Calls,
    type_: StructType,
    funcs: dict[TypeInfo, FuncDef],
    name: str,
    positional: list[ir.Expr],
    keywords: dict[str, ir.Expr],
    result: Type,
    at: ir.At,
) -> str:
    """A function that calls the method of the class that its first argument is of."""
    from carveout.cut.frontend.methods import snake

    layout = lowerer.reader.layout(type_)
    assert layout is not None
    root = layout.family.root
    types = [arg.type for arg in (*positional, *keywords.values())]
    said = [str(len(positional)), *keywords, *(info.name for info in funcs), *map(str, types)]
    key = f"{public_name(root)}.{name}[{', '.join(said)}]"
    if not lowerer.project.reserve(key, f"{snake(root.name)}_any_{name.strip('_')}"):
        return key
    here = lowerer.at(root.defn)
    this = "this"
    names = [f"arg{n + 1}" for n in range(len(positional))] + list(keywords)
    params = [ir.Param(this, type_), *(ir.Param(n, t) for n, t in zip(names, types, strict=True))]
    variables = {param.name: ir.Variable(param.name, param.type) for param in params}

    def read(param: str) -> ir.Expr:
        return ir.Var(variables[param].type, here, param)

    groups: dict[object, list[TypeInfo]] = {}
    for info, func in funcs.items():
        groups.setdefault((func, info if func.is_class else None), []).append(info)
    arms: list[tuple[list[TypeInfo], ir.Stmt]] = []
    for infos in groups.values():
        func = funcs[infos[0]]
        given = [read(n) for n in names[: len(positional)]]
        args = _spread(lowerer, func, given, {n: read(n) for n in keywords}, here, infos[0])
        first: list[ir.Expr] = [] if func.is_static else [read(this)]
        if func.is_class:
            made = for_class(lowerer, infos[0], func, args, here)
        else:
            made = lowerer.call_helper(
                func.info.module_name, func, [*first, *args], here, func.info
            )
        arms.append((infos, ir.Return(here, lowerer.coerce(made, result))))
    body: list[ir.Stmt] = [ir.Decline(here, f"another class below {root.name}")]
    if {info for infos, _ in arms for info in infos} == set(layout.family.live):
        infos, last = arms.pop()
        body = [last]
    for infos, arm in reversed(arms):
        body = [ir.If(here, is_of(lowerer, read(this), infos, here), [arm], body)]
    lowerer.project.made[key] = ir.Function(
        key,
        lowerer.project.known[key],
        params,
        result,
        body,
        variables,
        f"`{name}` of whichever class the object is.",
        here,
    )
    return key


def _spread(
    lowerer: Calls,
    func: FuncDef,
    positional: list[ir.Expr],
    keywords: dict[str, ir.Expr],
    at: ir.At,
    info: TypeInfo | None = None,
) -> list[ir.Expr]:
    """Arguments by a function's own parameters, with its own defaults."""
    lowerer.draftable(func, at)
    arguments = func.arguments if func.is_static else func.arguments[1:]
    rest = list(positional)
    out: list[ir.Expr] = []
    for argument in arguments:
        name = argument.variable.name
        from carveout.cut.frontend import special

        wanted = special.own_operand(lowerer, func, argument) or lowerer.reader.read(
            argument.variable.type, at
        )
        if rest and not argument.kind.is_named():
            value = rest.pop(0)
        elif name in keywords:
            value = keywords[name]
        elif argument.initializer is not None:
            value = lowerer.default(argument.initializer, at)
        else:
            raise Refusal("refusal-call", f"no argument for {name}", at)
        out.append(lowerer.coerce(value, wanted))
    names = [a.variable.name for a in arguments]
    if rest or not set(keywords) <= set(names):
        raise Refusal("refusal-call", f"{func.name} takes other arguments", at)
    if [n for n in names if n in keywords] != list(keywords):
        raise Refusal("refusal-call", "keywords in another order than the parameters", at)
    return out


def for_class(
    lowerer: Calls, info: TypeInfo, func: FuncDef, args: list[ir.Expr], at: ir.At
) -> ir.Expr:
    """The call of a class method, drafted for the class it is called on."""
    from carveout.cut.frontend.methods import snake

    lowerer.draftable(func, at)
    key = f"{public_name(info)}.{func.name}"
    lowerer.project.built_for[key] = info
    result = lowerer.reader.read(getattr(func.type, "ret_type", None), at)
    name = f"{snake(info.name)}_{func.name.strip('_')}"
    lowerer.project.request(func.info.module_name, key, func, name)
    return ir.Call(result, at, key, args)


# --- super ---------------------------------------------------------------------------------------


def above(lowerer: Base, info: TypeInfo, name: str, at: ir.At) -> tuple[TypeInfo, object] | None:
    """What `super().name` is inside a class, for every object that it can be said of."""
    type_ = lowerer.reader.object_of(info, at)
    layout = lowerer.reader.layout(type_)
    subjects = [info] if layout is None else [c for c in layout.family.live if info in c.mro]
    found: list[tuple[TypeInfo, object] | None] = []
    for subject in subjects or [info]:
        later = subject.mro[subject.mro.index(info) + 1 :]
        one = None
        for base in later:
            symbol = base.names.get(name)
            passive = base.fullname in classes.PASSIVE_BASES
            if symbol is not None and not passive and not symbol.plugin_generated:
                one = base, symbol.node
                break
        if one not in found:
            found.append(one)
    if len(found) != 1:
        raise Refusal(
            "refusal-call",
            f"super().{name} is another function in another class below {info.name}",
            at,
            hint="call the base's function by its name",
        )
    return found[0]


def super_call(lowerer: Calls, callee: SuperExpr, node: CallExpr, at: ir.At) -> ir.Expr:
    """`super().name(…)`."""
    info = callee.info
    if info is None or callee.call.args or not lowerer.func.arguments:
        raise Refusal("refusal-call", "this super() is not drafted", at)
    if info.has_base("builtins.BaseException"):
        raise Refusal("refusal-call", f"super().{callee.name}() is not drafted here", at)
    found = above(lowerer, info, callee.name, at)
    if found is None and callee.name in ("__init__", "__post_init__") and not node.args:
        return ir.Const(NONE, at, None)
    func = function_of(found[1]) if found is not None else None
    if func is None:
        raise Refusal("refusal-call", f"super().{callee.name}() is not drafted", at)
    return _explicit(lowerer, func, lowerer.func.arguments[0].variable, node.args, node, at)


def super_property(lowerer: Calls, node: SuperExpr, at: ir.At) -> ir.Expr:
    """`super().name` of a property."""
    info = node.info
    if info is None or node.call.args or not lowerer.func.arguments:
        raise Refusal("refusal-expression", "this super() is not drafted", at)
    found = above(lowerer, info, node.name, at)
    func = property_of(found[1]) if found is not None else None
    name = lowerer.names.get(lowerer.func.arguments[0].variable)
    if func is None or name is None:
        raise Refusal("refusal-expression", f"super().{node.name} is not drafted", at)
    obj = ir.Var(lowerer.variables[name].type, at, name)
    return lowerer.call_helper(func.info.module_name, func, [obj], at, func.info)


def base_call(lowerer: Calls, callee: Expression, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """`Shape.area(self)`: a function of a class, with the object as its first argument."""
    if not isinstance(callee, MemberExpr):
        return None
    owner = callee.expr
    if not isinstance(owner, RefExpr) or not isinstance(owner.node, TypeInfo):
        return None
    info = owner.node
    if not lowerer.reader.own(info) or lowerer.reader.families.of(info) is None:
        return None
    found = found_in(info, callee.name)
    func = function_of(found[1]) if found is not None else None
    if func is None or func.is_static or func.is_class or func.name == "__init__":
        return None
    lowerer.sure(owner, at)
    match node.args:
        case [NameExpr(node=Var() as this), *rest]:
            return _explicit(lowerer, func, this, rest, node, at)
    return None


def _explicit(
    lowerer: Calls, func: FuncDef, this: Var, rest: list[Expression], node: CallExpr, at: ir.At
) -> ir.Expr:
    """A call of this very function, whatever class the object is of."""
    _usable(func, at)
    if func.is_class or func.is_static:
        raise Refusal("refusal-call", f"super().{func.name}() is not drafted", at)
    if func.abstract_status and func.is_trivial_body:
        raise Refusal("refusal-call", f"{func.name} is abstract", at)
    name = lowerer.names.get(this)
    if name is None:
        raise Refusal("refusal-call", "this super() is not drafted", at)
    obj = ir.Var(lowerer.variables[name].type, at, name)
    skipped = len(node.args) - len(rest)
    inner = CallExpr(node.callee, rest, node.arg_kinds[skipped:], node.arg_names[skipped:])
    inner.set_line(node)
    if any(kind not in (ArgKind.ARG_POS, ArgKind.ARG_NAMED) for kind in inner.arg_kinds):
        raise Refusal("refusal-call", "`*` and `**` in a call are not drafted", at)
    return lowerer.call_with(func.info.module_name, func, [obj], inner, at, func.info)


__all__ = [
    "attribute",
    "base_call",
    "call",
    "class_value",
    "for_class",
    "method",
    "property_of",
    "super_call",
    "super_property",
]

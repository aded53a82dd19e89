"""What the standard library adds to a dataclass: `__post_init__`, replace, a repr.

    Order(3)                     # with `__post_init__`: a Call of new_order, which calls it
    replace(order, size=4)       # ir.New of the other fields as they are

Invariant: a constructor with `__post_init__` gets its fields in their order, evaluated as written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mypy.nodes import CallExpr, Expression, FuncDef, TypeInfo

from carveout.cut.frontend import classes
from carveout.cut.frontend.methods import snake
from carveout.cut.frontend.types import public_name
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import STR, StructType, TupleType
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base
    from carveout.cut.frontend.calls import Calls


def finished(lowerer: Calls, info: TypeInfo, made: ir.New, at: ir.At) -> ir.Expr:
    """The object after its `__post_init__`, if its class has one."""
    symbol = info.names.get("__post_init__")
    if symbol is None:
        return made
    func = symbol.node
    if not isinstance(func, FuncDef) or len(func.arguments) != 1:
        raise Refusal("refusal-class", f"{info.name}.__post_init__ takes more than the object", at)
    assert isinstance(made.type, StructType)
    fields = lowerer.reader.table.structs[made.type.name].fields
    key = f"{public_name(info)}.__init__"
    given = dict(zip(made.names, made.args, strict=True))
    args, wrap = lowerer.in_order(list(fields), made.names, given, at)
    if lowerer.project.reserve(key, f"new_{snake(info.name)}"):
        after = lowerer.call_helper(
            info.module_name, func, [ir.Var(made.type, at, "self")], at, info
        )
        here = lowerer.at(info.defn)
        variables = {name: ir.Variable(name, type_) for name, type_ in fields.items()}
        variables["self"] = ir.Variable("self", made.type)
        parts: list[ir.Expr] = [ir.Var(t, here, n) for n, t in fields.items()]
        body: list[ir.Stmt] = [
            ir.Assign(
                here, ir.PVar(made.type, here, "self"), ir.New(made.type, here, list(fields), parts)
            ),
            ir.Do(here, after),
            ir.Return(here, ir.Var(made.type, here, "self")),
        ]
        lowerer.project.made[key] = ir.Function(
            key,
            lowerer.project.known[key],
            [ir.Param(name, type_) for name, type_ in fields.items()],
            made.type,
            body,
            variables,
            None,
            here,
        )
    return wrap(ir.Call(made.type, at, key, args))


def replace(lowerer: Calls, node: CallExpr, at: ir.At) -> ir.Expr:
    """`dataclasses.replace(obj, field=…)`: the object, the values, then the other fields."""
    positional, _ = lowerer.arguments(node)
    if len(positional) != 1:
        raise Refusal("refusal-call", "this call of replace is not drafted", at)
    obj = lowerer.expr(positional[0])
    if not isinstance(obj.type, StructType):
        raise Refusal("refusal-call", f"replace of {obj.type} is not drafted", at)
    if not classes.is_dataclass(lowerer.reader.infos[obj.type.name]):
        raise Refusal("refusal-call", f"{obj.type} is no dataclass", at)
    return changed(lowerer, obj, node, at)


def changed(lowerer: Calls, obj: ir.Expr, node: CallExpr, at: ir.At) -> ir.Expr:
    """A new object with the fields that the call names, and the others as they are."""
    _, keywords = lowerer.arguments(node)
    assert isinstance(obj.type, StructType)
    info = lowerer.reader.infos[obj.type.name]
    fields = lowerer.reader.table.structs[obj.type.name].fields
    held = obj if isinstance(obj, ir.Var) else None
    name = held.name if held is not None else lowerer.fresh("it", obj.type)
    given: dict[str, ir.Expr] = {}
    for field, value in keywords.items():
        if field not in fields:
            raise Refusal("refusal-call", f"no field {field}", at)
        given[field] = lowerer.coerce(lowerer.expr(value, fields[field]), fields[field])
    for field, type_ in fields.items():
        if field not in given:
            given[field] = ir.Field(type_, at, ir.Var(obj.type, at, name), field)
    made = finished(lowerer, info, ir.New(obj.type, at, list(given), list(given.values())), at)
    return made if held is not None else ir.Let(made.type, at, name, obj, made)


def shown(lowerer: Base, value: ir.Expr, at: ir.At) -> ir.Expr | None:
    """The repr that a dataclass gets: `Order(number=1, side='buy')`."""
    if not isinstance(value.type, StructType):
        return None
    if not isinstance(value, ir.Var):
        # It is looked at field by field.
        name = lowerer.fresh("it", value.type)
        found = shown(lowerer, ir.Var(value.type, at, name), at)
        return None if found is None else ir.Let(STR, at, name, value, found)
    info = lowerer.reader.infos[value.type.name]
    struct = lowerer.reader.table.structs[value.type.name]
    if not (classes.is_dataclass(info) or struct.named):
        return None
    if _option(info.defn.decorators, "repr"):
        return None
    table = lowerer.reader.table
    if any(table.any_part(t, lambda part: part == value.type) for t in struct.fields.values()):
        # One that holds itself is shown with `...` where it comes again.
        return None
    # A dataclass says where it is nested.
    said = info.name if struct.named else public_name(info).rpartition(":")[2]
    parts: list[str | ir.Expr] = [f"{said}("]
    comma = ""
    for name, type_ in struct.fields.items():
        source = lowerer.reader.defaults[value.type.name].get(name)
        if isinstance(source, CallExpr) and "repr" in source.arg_names:
            return None
        field = ir.Field(type_, at, ir.Var(value.type, at, value.name), name)
        parts += [f"{comma}{name}=", lowerer.prim("builtins.repr", [field], at)]
        comma = ", "
    return ir.Format(STR, at, [*parts, ")"])


def as_tuple(lowerer: Base, value: ir.Expr) -> ir.Expr | None:
    """A NamedTuple as a tuple of its fields; it must be a plain read."""
    if not isinstance(value.type, StructType) or not isinstance(value, ir.Var):
        return None
    struct = lowerer.reader.table.structs[value.type.name]
    if not struct.named:
        return None
    parts: list[ir.Expr] = [
        ir.Field(type_, value.at, ir.Var(value.type, value.at, value.name), name)
        for name, type_ in struct.fields.items()
    ]
    return ir.TupleLit(TupleType(tuple(part.type for part in parts)), value.at, parts)


def _option(decorators: list[Expression], name: str) -> bool:
    """Whether a decorator's call has an option."""
    return any(isinstance(one, CallExpr) and name in one.arg_names for one in decorators)


__all__ = ["as_tuple", "changed", "finished", "replace", "shown"]

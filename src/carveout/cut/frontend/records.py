"""What the standard library adds to a dataclass: `__post_init__`, replace, a repr.

    Order(3)                     # with `__post_init__`: a Call of new_order, which calls it
    replace(order, size=4)       # ir.New of the other fields as they are

Invariant: a constructor with `__post_init__` gets its fields in their order, evaluated as written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mypy.nodes import CallExpr, TypeInfo

from carveout.cut.frontend import classes, hierarchy
from carveout.cut.frontend.families import found_in, function_of
from carveout.cut.frontend.layout import is_record
from carveout.cut.frontend.methods import snake
from carveout.cut.frontend.types import public_name
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import STR, StructType, TupleType
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base
    from carveout.cut.frontend.calls import Calls


def finished(lowerer: Calls, info: TypeInfo, given: dict[str, ir.Expr], at: ir.At) -> ir.Expr:
    """The object of these fields after its `__post_init__`, if its class has one."""
    type_ = lowerer.reader.object_of(info, at)
    found = found_in(info, "__post_init__")
    if found is None:
        return hierarchy.new(lowerer, info, given, at)
    func = function_of(found[1])
    if func is None or len(func.arguments) != 1:
        raise Refusal("refusal-class", f"{info.name}.__post_init__ takes more than the object", at)
    fields = lowerer.reader.fields(info, at)
    key = f"{type_.name}.__init__" if info.defn.type_vars else f"{public_name(info)}.__init__"
    args, wrap = lowerer.in_order(list(fields), list(given), given, at)
    if lowerer.project.reserve(key, f"new_{snake(info.name)}"):
        here = lowerer.at(info.defn)
        after = lowerer.call_helper(
            func.info.module_name, func, [ir.Var(type_, here, "self")], at, func.info
        )
        variables = {name: ir.Variable(name, field) for name, field in fields.items()}
        variables["self"] = ir.Variable("self", type_)
        parts: dict[str, ir.Expr] = {n: ir.Var(t, here, n) for n, t in fields.items()}
        body: list[ir.Stmt] = [
            ir.Assign(
                here, ir.PVar(type_, here, "self"), hierarchy.new(lowerer, info, parts, here)
            ),
            ir.Do(here, after),
            ir.Return(here, ir.Var(type_, here, "self")),
        ]
        lowerer.project.made[key] = ir.Function(
            key,
            lowerer.project.known[key],
            [ir.Param(name, field) for name, field in fields.items()],
            type_,
            body,
            variables,
            None,
            here,
        )
    return wrap(ir.Call(type_, at, key, args))


def replace(lowerer: Calls, node: CallExpr, at: ir.At) -> ir.Expr:
    """`dataclasses.replace(obj, field=…)`: the object, the values, then the other fields."""
    positional, _ = lowerer.arguments(node)
    if len(positional) != 1:
        raise Refusal("refusal-call", "this call of replace is not drafted", at)
    obj = lowerer.expr(positional[0])
    if not isinstance(obj.type, StructType):
        raise Refusal("refusal-call", f"replace of {obj.type} is not drafted", at)
    if not any(map(classes.is_dataclass, lowerer.reader.infos[obj.type.name].mro)):
        raise Refusal("refusal-call", f"{obj.type} is no dataclass", at)
    return changed(lowerer, obj, node, at)


def changed(lowerer: Calls, obj: ir.Expr, node: CallExpr, at: ir.At) -> ir.Expr:
    """A new object with the fields that the call names, and the others as they are."""
    positional, keywords = lowerer.arguments(node)
    assert isinstance(obj.type, StructType)
    infos = hierarchy.classes_at(lowerer, obj, positional[0] if positional else None)
    if len(infos) != 1:
        raise Refusal(
            "refusal-call", f"a replaced {obj.type} may be of several classes", at,
            hint="ask for its class first, with isinstance",
        )  # fmt: skip
    (info,) = infos
    fields = lowerer.reader.fields(info, at)
    held = obj if isinstance(obj, ir.Var) else None
    name = held.name if held is not None else lowerer.fresh("it", obj.type)
    given: dict[str, ir.Expr] = {}
    for field, value in keywords.items():
        if field not in fields:
            raise Refusal("refusal-call", f"no field {field}", at)
        given[field] = lowerer.coerce(lowerer.expr(value, fields[field]), fields[field])
    for field, type_ in fields.items():
        if field not in given:
            read = ir.Var(obj.type, at, name)
            given[field] = hierarchy.field_of(lowerer, info, read, field, type_, at)
    made = finished(lowerer, info, given, at)
    return made if held is not None else ir.Let(made.type, at, name, obj, made)


def shown(lowerer: Calls, value: ir.Expr, at: ir.At) -> ir.Expr | None:
    """The repr that a dataclass gets: `Order(number=1, side='buy')`."""
    if not isinstance(value.type, StructType):
        return None
    if not isinstance(value, ir.Var):
        # It is looked at field by field.
        name = lowerer.fresh("it", value.type)
        found = shown(lowerer, ir.Var(value.type, at, name), at)
        return None if found is None else ir.Let(STR, at, name, value, found)
    struct = lowerer.reader.table.structs[value.type.name]
    infos = hierarchy.possible(lowerer, value.type, None, at)
    if any(not (is_record(info) or struct.named) for info in infos):
        return None
    table = lowerer.reader.table
    if any(table.any_part(t, lambda part: part == value.type) for t in struct.fields.values()):
        # One that holds itself is shown with `...` where it comes again.
        return None
    if struct.said and not struct.fields:
        # Nothing of it is read.
        return None
    with lowerer.reader.where(lowerer.reader.parameters_of(value.type)):
        said = {info: _repr(lowerer, info, value, at) for info in infos}
    if None in said.values():
        return None
    return hierarchy.each(lowerer, value, infos, at, lambda info, _: said[info] or value)


def _repr(lowerer: Calls, info: TypeInfo, value: ir.Var, at: ir.At) -> ir.Expr | None:
    """The text of an object of one class."""
    from carveout.cut.frontend.showing import repr_of

    shows = next((b for b in info.mro if classes.is_dataclass(b) or classes.is_struct(b)), info)
    asked = [one for one in shows.defn.decorators if isinstance(one, CallExpr)]
    if any("repr" in one.arg_names for one in asked):
        return None
    named = info.is_named_tuple
    if not named and not any(map(classes.is_dataclass, info.mro)):
        return None
    # A dataclass says where it is nested.
    parts: list[str | ir.Expr] = [
        f"{info.name if named else public_name(info).rpartition(':')[2]}("
    ]
    comma = ""
    for name, type_ in lowerer.reader.fields(info, at).items():
        source = lowerer.reader.defaults[lowerer.reader.key_of(info)].get(name)
        if isinstance(source, CallExpr) and "repr" in source.arg_names:
            return None
        read = ir.Var(value.type, at, value.name)
        field = hierarchy.field_of(lowerer, info, read, name, type_, at)
        parts += [f"{comma}{name}=", repr_of(lowerer, field, at)]
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


__all__ = ["as_tuple", "changed", "finished", "replace", "shown"]

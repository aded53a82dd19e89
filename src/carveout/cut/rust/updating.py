"""Rust text of items that are changed from what they were: found once, changed where they stand.

    counts[key] = counts.get(key, 0) + 1
    totals[i] = totals[i] + x

    let item = counts.slot(&key, 0);
    *item = int::add(*item, 1)?;

Only for numbers, where neither the place nor what is added can be told to have been evaluated once
or twice, and what is added does not look at the container.
"""

from __future__ import annotations

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import simple
from carveout.cut.ir.types import BOOL, FLOAT, INT, DictType, ListType, Type
from carveout.cut.registry.characters import TEXT
from carveout.cut.registry.entry import Entry
from carveout.cut.rust.iteration import Iteration
from carveout.cut.rust.places import has_effects, opens
from carveout.cut.rust.text import ident

_LIST, _DICT = "list::get({0}, {1})?", "dict::get({0}, {1})?"
_DEFAULT = "{0.}.get({1}).cloned().unwrap_or({2})"
# Faults of these are declines: nobody sees what was put in before.
_QUIET = ("int::add", "int::sub", "int::mul", "int::neg")
_PURE = frozenset({"+", "-", "*"})


def quiet(expr: ir.Expr) -> bool:
    """Arithmetic of names and literals: it gives a number or declines, whenever it is evaluated."""
    match expr:
        case ir.Const() | ir.Var() | ir.GlobalConst():
            return True
        case ir.Prim(entry=entry, args=args):
            return entry.rust.startswith(_QUIET) and all(map(quiet, args))
    return False


def _still(expr: ir.Expr) -> bool:
    """Whether nothing happens when it is evaluated; a character's text is as good as its name."""
    if isinstance(expr, ir.Prim) and expr.entry == TEXT:
        return simple(expr.args[0])
    return simple(expr)


def same(a: ir.Expr, b: ir.Expr) -> bool:
    """Whether two expressions are one place, evaluated at once after each other."""
    if type(a) is not type(b) or a.type != b.type:
        return False
    match a, b:
        case ir.Var(name=one), ir.Var(name=other):
            return one == other
        case ir.Const(value=one), ir.Const(value=other):
            return repr(one) == repr(other)
        case ir.Field(obj=one, name=x), ir.Field(obj=other, name=y):
            return x == y and same(one, other)
        case ir.Unwrap(operand=one), ir.Unwrap(operand=other):
            return same(one, other)
        case ir.Prim(entry=one, args=x), ir.Prim(entry=other, args=y):
            known = one.rust == _LIST or quiet(a) or one == TEXT
            return known and one == other and all(map(same, x, y)) and len(x) == len(y)
    return False


def update(writer: Iteration, node: ir.SetItem) -> list[str] | None:
    """The lines of an item that is changed from itself; None where it is none of these."""
    obj, index, value = node.obj, node.index, node.value
    if not isinstance(value, ir.Prim) or not isinstance(obj.type, (ListType, DictType)):
        return None
    if not value.args or not isinstance(value.args[0], ir.Prim) or len(value.args) != 2:
        return None
    (old, more), entry = value.args, value.entry
    assert isinstance(old, ir.Prim)
    if len(old.args) < 2 or not same(old.args[0], obj) or not same(old.args[1], index):
        return None
    if not _fits(writer, obj, index, old, value.type):
        return None
    start = writer._path(obj)[-1]
    if not isinstance(start, ir.Var) or has_effects(more) or not _apart(writer, obj, start, more):
        return None
    # `item.min(…)` of a `&mut` would compare places; it is found twice then.
    if entry.rust.startswith("{0:20}."):
        return None
    found = _place(writer, obj, index, old, entry, more)
    if found is None:
        return None
    name = writer.temp("item")
    writer.function.variables[name] = ir.Variable(name, value.type, held="mut")
    seen = ir.Prim(value.type, value.at, entry, [ir.Var(value.type, value.at, name), more])
    text = writer.value(seen).text
    del writer.function.variables[name]
    return _with(found, ident(name), f"*{ident(name)} = {text};")


def _with(value: str, name: str, line: str) -> list[str]:
    """A line with a name for what is changed; what was opened on the way stays open for it."""
    bare = name.removeprefix("mut ")
    if opens(value.removesuffix(".edit()?")) or (opens(value) and bare == name):
        return [f"match {value} {{", f"{name} => {{", line, "}", "}"]
    return ["{", f"let {name} = {value};", line, "}"]


# Float arithmetic that Rust writes as `+=`.
IN_PLACE = {
    f"{{0:{prec}}} {op} {{1:{prec + 1}}}": f"{op}="
    for op, prec in (("+", 12), ("-", 12), ("*", 13))
}


def update_field(writer: Iteration, node: ir.SetField) -> list[str] | None:
    """The lines of a counted object's field that is changed from itself: opened once.

    None where it is none of these.
    """
    obj, value = node.obj, node.value
    if not writer.counted(obj.type) or not isinstance(value, ir.Prim):
        return None
    own = [inner for inner in ir.walk(value) if _own(inner, obj)]
    if not own or not _number(value, obj):
        return None
    opened = f"{writer.receiver(obj)}.edit()?"
    old, *more = value.args
    if value.entry.rust in IN_PLACE and own == [old] and own[0].name == node.name:
        how = IN_PLACE[value.entry.rust]
        return [f"{opened}.{ident(node.name)} {how} {writer.value(more[0]).text};"]
    name = writer.temp("object")
    text = writer.value(_inside(value, obj, name)).text
    return _with(opened, f"mut {name}", f"{name}.{ident(node.name)} = {text};")


def _own(expr: object, obj: ir.Expr) -> bool:
    """Whether it is a field of the object itself."""
    return isinstance(expr, ir.Field) and same(expr.obj, obj)


def _inside(expr: ir.Expr, obj: ir.Expr, name: str) -> ir.Expr:
    """The value, its object's fields read through the name that it is opened under."""
    match expr:
        case ir.Field(name=field) if _own(expr, obj):
            return ir.Var(expr.type, expr.at, f"{name}.{ident(field)}")
        case ir.Prim(entry=entry, args=args):
            return ir.Prim(expr.type, expr.at, entry, [_inside(a, obj, name) for a in args])
        case ir.ToFloat(operand=operand):
            return ir.ToFloat(expr.type, expr.at, _inside(operand, obj, name))
    return expr


def _number(expr: ir.Expr, obj: ir.Expr) -> bool:
    """Arithmetic of numbers that have names: nothing happens but that it may decline."""
    match expr:
        case ir.Const() | ir.Var() | ir.GlobalConst():
            return expr.type in (INT, FLOAT, BOOL)
        case ir.Field() if _own(expr, obj):
            return expr.type in (INT, FLOAT, BOOL)
        case ir.Prim(entry=entry, args=args):
            calm = not entry.stops or entry.rust.startswith(_QUIET)
            return calm and entry.key in (*_PURE, "neg") and all(_number(arg, obj) for arg in args)
        case ir.ToFloat(operand=operand):
            return _number(operand, obj)
    return False


def _fits(writer: Iteration, obj: ir.Expr, index: ir.Expr, old: ir.Prim, type_: Type) -> bool:
    number = writer.copyable(type_) and old.type == type_
    return number and (_still(index) or quiet(index)) and not has_effects(obj)


def _apart(writer: Iteration, obj: ir.Expr, start: ir.Var, more: ir.Expr) -> bool:
    """Whether what is added looks at nothing that is open for the change meanwhile."""
    if any(writer.counted(step.type) for step in writer._path(obj)):
        return isinstance(more, (ir.Const, ir.Var, ir.GlobalConst)) and writer.copyable(more.type)
    return not any(isinstance(n, ir.Var) and n.name == start.name for n in ir.walk(more))


def _place(
    writer: Iteration, obj: ir.Expr, index: ir.Expr, old: ir.Prim, entry: Entry, more: ir.Expr
) -> str | None:
    """A `&mut` to the item."""
    match obj.type, old.entry.rust:
        case ListType(), rust if rust == _LIST:
            return f"list::get_mut({writer.place(obj).text}, {writer.value(index).text})?"
        case DictType(kind="dict"), rust if rust == _DICT and _still(index):
            return f"dict::get_mut({writer.place(obj).text}, {writer.reference(index).text})?"
        case DictType(kind="dict"), rust if rust == _DEFAULT and _still(index):
            default = old.args[2]
            calm = not entry.stops or entry.rust.startswith(_QUIET)
            if calm and entry.key in _PURE and quiet(default) and (simple(more) or quiet(more)):
                key = writer.reference(index).text
                return f"{writer.open(obj)}.slot({key}, {writer.value(default).text})"
    return None


__all__ = ["IN_PLACE", "quiet", "same", "update", "update_field"]

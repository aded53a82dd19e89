"""Iterators that are kept: `iter` of a list, tuple or text, `next`, loops that go on from there.

    tokens = iter(text.split())      # WordIterator { items, at: 0 }
    first = next(tokens)             # next_str(&mut tokens)?
    for token in tokens: …           # while more_str(&mut tokens)? { let token = …; … }

As CPython's: the list itself is looked at, by an index; what is appended meanwhile is seen, and an
iterator that has ended stays at its end. One object, whoever holds it.

Invariant: StopIteration is only raised where no generator, `map` or `filter` of the draft could
come between, for which Python makes something else of it; there the call is declined.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mypy.nodes import CallExpr, Expression, ForStmt, GeneratorExpr, NameExpr, RefExpr, TypeInfo
from mypy.nodes import Var as MypyVar

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BOOL,
    INT,
    NEVER,
    NONE,
    STR,
    DictType,
    ListType,
    OptionalType,
    StructInfo,
    StructType,
    Type,
    VarTupleType,
)
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.calls import Calls
    from carveout.cut.frontend.iterables import Iterables
    from carveout.cut.frontend.lower import FunctionLowerer
    from carveout.cut.frontend.types import TypeReader

_HOME = "iterators:"
# Built-ins that take every item before they do anything.
TAKES_ALL = frozenset({"list", "tuple", "set", "frozenset", "sorted"})


def read_iterator(reader: TypeReader, info: TypeInfo, item: Type) -> StructType:
    """The type of the iterators over items of a type."""
    words = re.findall(r"\w+", str(item))
    name = f"{_HOME}{''.join(w[:1].upper() + w[1:] for w in words)}Iterator"
    n = 2
    while name in reader.table.structs and item_of(reader, StructType(name)) != item:
        name, n = f"{name.rstrip('0123456789')}{n}", n + 1
    if name not in reader.table.structs:
        reader.table.structs[name] = StructInfo(
            name, {"items": ListType(item), "at": INT}, False,
            "What is walked over, and how far it is; -1 at its end.",
            equal=False, identity=True, crosses=False,
        )  # fmt: skip
        reader.infos[name] = info
    return StructType(name)


def is_iterator(type_: Type | None) -> bool:
    return isinstance(type_, StructType) and type_.name.startswith(_HOME)


def item_of(reader: TypeReader, type_: Type) -> Type:
    assert isinstance(type_, StructType)
    items = reader.table.structs[type_.name].fields["items"]
    assert isinstance(items, ListType)
    return items.item


# --- making --------------------------------------------------------------------------------------


def made(low: Calls, node: Expression, expected: Type | None, once: bool = False) -> ir.Expr | None:
    """`iter(xs)`; None for what is no call of it. `once`: nobody else gets it."""
    match node:
        case CallExpr(callee=RefExpr(fullname="builtins.iter") as callee, args=[over]):
            low.sure(callee, low.at(node))
        case _:
            return None
    at = low.at(node)
    if any(name is not None for name in node.arg_names):
        raise Refusal("refusal-call", "iter takes its arguments by position", at)
    value = low.expr(over)
    if is_iterator(value.type):
        return value
    if isinstance(value.type, VarTupleType):
        value = low.prim("builtins.list", [value], at)
    elif (
        (once and isinstance(value.type, DictType))
        or value.type == STR
        or low.items_of(value) is not None
    ):
        value = low.collect(low.iter_of(value, at), at)
    if not isinstance(value.type, ListType) or value.type.item == NEVER:
        raise Refusal(
            "refusal-iterable", f"an iterator over {value.type} that is kept is not drafted", at,
            hint="make a list of it first: iter(list(…))",
        )  # fmt: skip
    known = expected
    if known is None or not is_iterator(known):
        symbol = low.project.checked.files["typing"].names["Iterator"].node
        assert isinstance(symbol, TypeInfo)
        known = read_iterator(low.reader, symbol, value.type.item)
    if item_of(low.reader, known) != value.type.item:
        raise Refusal(
            "refusal-mixed-types", f"an iterator over {value.type} stands where {known} is", at
        )
    return ir.New(known, at, ["items", "at"], [value, ir.Const(INT, at, 0)])


def kept(low: Iterables, node: Expression) -> ir.Expr | None:
    """An iterator that an expression names; None for all others."""
    known = low.project.checked.types.get(node)
    if isinstance(node, (CallExpr, GeneratorExpr)) or known is None:
        return None
    from mypy.types import Instance, get_proper_type

    type_ = get_proper_type(known)
    if not isinstance(type_, Instance) or type_.type.fullname != "typing.Iterator":
        return None
    value = low.expr(node)
    return value if is_iterator(value.type) else None


# --- taking --------------------------------------------------------------------------------------


def taken(low: Calls, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """`next(it)` and `next(it, default)` of an iterator that is kept."""
    positional, keywords = low.arguments(node)
    if keywords or not 1 <= len(positional) <= 2:
        return None
    if isinstance(positional[0], CallExpr):
        # `next(iter(xs))`: nobody else has it.
        walker = made(low, positional[0], None, once=True)
    else:
        walker = kept(low, positional[0])
    if walker is None:
        return None
    item = item_of(low.reader, walker.type)
    if len(positional) == 1:
        if low.func.is_generator:
            raise Refusal(
                "refusal-generator", "next() without a default inside a generator", at,
                hint="give it a default",
            )  # fmt: skip
        return ir.Call(item, at, _function(low, "next", walker.type, at), [walker])
    default = low.expr(positional[1], item)
    if not isinstance(default, (ir.Const, ir.Var)):
        raise Refusal("refusal-call", "give the default of next() a name first", at)
    type_ = item
    if default.type == NONE:
        type_ = item if isinstance(item, OptionalType) else OptionalType(item)

    def choose(read: object) -> ir.Expr:
        assert callable(read)
        more = ir.Call(BOOL, at, _function(low, "more", walker.type, at), [read()])
        one = ir.Call(item, at, _function(low, "take", walker.type, at), [read()])
        return ir.IfExp(type_, at, more, low.coerce(one, type_), low.coerce(default, type_))

    found: ir.Expr = low.with_name(walker, at, choose)
    return found


def rest(low: Iterables, walker: ir.Expr, at: ir.At) -> ir.Expr:
    """All that is left, as a list."""
    list_type = ListType(item_of(low.reader, walker.type))
    return ir.Call(list_type, at, _function(low, "rest", walker.type, at), [walker])


def take_all(low: Iterables, node: Expression) -> None:
    """Have an expression that names an iterator stand for all that is left of it."""
    if node not in low.replaced and (walker := kept(low, node)) is not None:
        low.replaced[node] = lambda: rest(low, walker, low.at(node))


def untouched(inside: list[ir.Expr], at: ir.At) -> None:
    """Refuse a comprehension that takes more of what it walks over."""
    for part in inside:
        for node in ir.walk(part):
            if isinstance(node, ir.Expr) and is_iterator(node.type):
                raise Refusal(
                    "refusal-order", "an iterator is used while it is walked over", at,
                    hint="write the loop out",
                )  # fmt: skip


def for_loop(low: FunctionLowerer, node: ForStmt, at: ir.At) -> list[ir.Stmt] | None:
    """`for item in it`: from where it is, and others may take of it meanwhile."""
    walker = kept(low, node.expr)
    if walker is None:
        return None
    out: list[ir.Stmt] = []
    if not isinstance(walker, ir.Var) or not _set_once(low, node.expr):
        name = low.fresh("walked", walker.type)
        out.append(ir.Assign(at, ir.PVar(walker.type, at, name), walker))
        walker = ir.Var(walker.type, at, name)
    name, type_ = walker.name, walker.type
    item = item_of(low.reader, type_)
    more = ir.Call(BOOL, at, _function(low, "more", type_, at), [ir.Var(type_, at, name)])
    one = ir.Call(item, at, _function(low, "take", type_, at), [ir.Var(type_, at, name)])
    body = [*low.store(node.index, one, at), *low.block(node.body.body)]
    return [*out, ir.While(at, more, body, orelse=low.orelse(node.else_body))]


def _set_once(low: FunctionLowerer, node: Expression) -> bool:
    if not isinstance(node, NameExpr) or not isinstance(node.node, MypyVar):
        return False
    owner = low.env.scopes.owner.get(node.node)
    return owner is not None and owner.assigns.get(node.node, 0) == 1


# --- the functions -------------------------------------------------------------------------------


def _function(low: Iterables, what: str, type_: Type, at: ir.At) -> str:
    """`next`, `more`, `take` and `rest`, as functions of the draft."""
    assert isinstance(type_, StructType)
    project = low.project
    key = f"{type_.name}.{what}"
    if key in project.made:
        return key
    short = type_.name.removeprefix(_HOME).removesuffix("Iterator")
    word = "".join(f"_{c.lower()}" if c.isupper() else c for c in short).strip("_")
    project.reserve(key, f"{what}_{word}")
    item = item_of(low.reader, type_)
    list_type = ListType(item)
    variables = {"walker": ir.Variable("walker", type_)}

    def walker() -> ir.Expr:
        return ir.Var(type_, at, "walker")

    def items() -> ir.Expr:
        return ir.Field(list_type, at, walker(), "items")

    def place() -> ir.Expr:
        return ir.Field(INT, at, walker(), "at")

    def number(value: int) -> ir.Expr:
        return ir.Const(INT, at, value)

    end = ir.SetField(at, walker(), "at", number(-1))
    ended = low.prim("<", [place(), number(0)], at)
    left = low.prim("<", [place(), low.prim("builtins.len", [items()], at)], at)
    onward = ir.SetField(at, walker(), "at", low.prim("+", [place(), number(1)], at))
    variables["item"] = ir.Variable("item", item)
    read = ir.Assign(at, ir.PVar(item, at, "item"), low.prim("getitem", [items(), place()], at))
    give: list[ir.Stmt] = [read, onward, ir.Return(at, ir.Var(item, at, "item"))]
    body: list[ir.Stmt]
    result: Type
    match what:
        case "take":
            result, body = item, give
            doc = "The next item, which is there."
        case "next":
            result = item
            there = ir.And(BOOL, at, ir.Not(BOOL, at, ended), left)
            stop = ir.Raise(at, "builtins:StopIteration", [])
            body = [ir.If(at, there, give, []), end, stop]
            doc = "`next(it)`"
        case "more":
            result = BOOL
            false = ir.Return(at, ir.Const(BOOL, at, False))
            true = ir.Return(at, ir.Const(BOOL, at, True))
            body = [ir.If(at, ended, [false], []), ir.If(at, left, [true], []), end, false]
            doc = "Whether there is another item; an iterator at its end stays there."
        case _:
            result = list_type
            variables = {"walker": variables["walker"], "left": ir.Variable("left", list_type)}
            nothing = ir.Return(at, ir.ListLit(list_type, at, []))
            none = ir.Const(OptionalType(INT), at, None)
            begin = ir.Some(OptionalType(INT), at, place())
            whole = low.prim("slice", [items(), begin, none, none], at)
            body = [
                ir.If(at, ended, [nothing], []),
                ir.Assign(at, ir.PVar(list_type, at, "left"), whole),
                end,
                ir.Return(at, ir.Var(list_type, at, "left")),
            ]
            doc = "All that is left."
    if what == "more":
        del variables["item"]
    project.made[key] = ir.Function(
        key, project.known[key], [ir.Param("walker", type_)], result, body, variables, doc, at
    )
    return key


def settle_ends(functions: dict[str, ir.Function], lazy: bool) -> None:
    """Where something lazy is in the draft, the end of an iterator is the reference's to raise."""
    if not lazy:
        return
    for key, function in functions.items():
        if key.startswith(_HOME) and key.endswith(".next"):
            *body, stop = function.body
            function.body = [*body, ir.Decline(stop.at, "an iterator ended inside of a generator")]


__all__ = [
    "TAKES_ALL", "for_loop", "is_iterator", "kept", "made", "read_iterator", "rest", "settle_ends",
    "take_all", "taken", "untouched",
]  # fmt: skip

"""Rust text of expressions.

Every expression can be asked for in four ways:

    value(e)    # its value, owned: moved where that is its last use, cloned otherwise
    look(e)     # a `&` to it; the value itself where the type is Copy
    receiver(e) # to the left of a dot
    place(e)    # a `&mut` to it, for what changes it

Invariants: evaluation order is Python's; nothing is cloned that passes/ownership.py did not
know of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BOOL,
    BYTES,
    FLOAT,
    INT,
    NONE,
    STR,
    EnumType,
    ListType,
    OptionalType,
    Type,
    TypeTable,
    VarTupleType,
)
from carveout.cut.passes.places import is_place, is_static, leaves, root
from carveout.cut.passes.sharing import Sharing
from carveout.cut.registry.entry import ATOM, Entry, Name
from carveout.cut.rust.iteration import Iteration
from carveout.cut.rust.text import (
    AND,
    LOW,
    OR,
    UNARY,
    Text,
    class_ident,
    ident,
    member_ident,
    number,
    rust_type,
    string,
)

# Operations whose arguments are slices.
_TAKE_SLICES = ("list::", "text::join", "bytes::")
_HOLE = re.compile(r"\{(\d)(\.|&|:\d+)?\}")
# The same place, to change.
_TO_MUT = {"list::get": "list::get_mut", ".item(": ".item_mut("}


class Expressions(Iteration):
    """Rust text of one function's expressions."""

    def __init__(
        self, program: ir.Program, table: TypeTable, function: ir.Function, sharing: Sharing
    ) -> None:
        self.program = program
        self.table = table
        self.function = function
        self.sharing = sharing
        sharing.function = function
        self.read = {
            node.name
            for statement in function.body
            for node in ir.walk(statement)
            if isinstance(node, ir.Var)
        }

    def binder(self, name: str) -> str:
        """A name where it is bound: one that is never read starts with an underscore."""
        return ident(name) if name in self.read else f"_{name}"

    def _note_copy(self, expr: ir.Expr) -> None:
        """Every copy that is written is judged by the sharing analysis."""
        self.sharing.copied(self.sharing.node(expr), expr.at)

    def copied(self, expr: ir.Expr) -> str:
        """A copy of a container that is walked over; its items are copied, not itself seen."""
        over = self.sharing.node(expr)
        if over is not None:
            for child in list(over.find().children.values()):
                self.sharing.copied(child, expr.at)
        return f"{self.receiver(expr)}.clone()"

    # --- ways to ask -----------------------------------------------------------------------------

    def copyable(self, type_: Type) -> bool:
        return self.table.copyable(type_)

    def held(self, name: str) -> str:
        variable = self.function.variables.get(name)
        return "own" if variable is None or self.copyable(variable.type) else variable.held

    def value(self, expr: ir.Expr) -> Text:
        """The owned value."""
        if self.copyable(expr.type):
            return self.plain(expr)
        match expr:
            case ir.Var():
                if expr.last and self.held(expr.name) == "own":
                    return Text(ident(expr.name))
                self._note_copy(expr)
                return Text(f"{ident(expr.name)}.{self._clone(expr)}")
            case ir.Field() | ir.Part() if is_place(expr):
                if self._moves(expr):
                    return Text(self.receiver(expr))
                self._note_copy(expr)
                return Text(f"{self.receiver(expr)}.clone()")
            case ir.Prim() if expr.entry.gives != "own":
                self._note_copy(expr)
                return Text(f"{self._prim(expr).at_least(ATOM)}.clone()")
            case ir.Unwrap() if (look := self._look_of(expr)) is not None:
                self._note_copy(expr)
                return Text(f"{look}.clone()")
            case ir.Unwrap():
                if self._moves(expr.operand):
                    return Text(f"option::take({self.value(expr.operand).text})?")
                self._note_copy(expr)
                return Text(f"option::some({self.look(expr.operand).text})?.clone()")
        return self.plain(expr)

    def _look_of(self, expr: ir.Unwrap) -> str | None:
        """The `&` in an optional look, narrowed."""
        if isinstance(expr.operand, ir.Var):
            name, held = ident(expr.operand.name), self.held(expr.operand.name)
            if held == "optref":
                return f"option::take({name})?"
            if held == "optmut":
                return f"option::take({name}.as_deref())?"
        return None

    def _moves(self, expr: ir.Expr) -> bool:
        """Whether its value is taken rather than copied."""
        if not is_place(expr):
            return True
        start = root(expr)
        return (
            isinstance(expr, (ir.Var, ir.Field, ir.Part))
            and is_static(expr)
            and expr.last
            and start is not None
            and self.held(start.name) == "own"
        )

    def _clone(self, expr: ir.Expr) -> str:
        borrowed = isinstance(expr, ir.Var) and self.held(expr.name) != "own"
        if isinstance(expr.type, (ListType, VarTupleType)) and borrowed:
            return "to_vec()"
        return "clone()"

    def look(self, expr: ir.Expr) -> Text:
        """A `&T`; a Copy type's value."""
        if self.copyable(expr.type):
            return self.plain(expr)
        return self.reference(expr)

    def reference(self, expr: ir.Expr) -> Text:
        """A `&T`, whatever the type."""
        match expr:
            case ir.Var() if self.held(expr.name) in ("ref", "mut"):
                return Text(ident(expr.name))
            case ir.Var():
                return Text(f"&{ident(expr.name)}", UNARY)
            case ir.Prim() if expr.entry.gives != "own":
                return self._prim(expr)
            case ir.Unwrap() if (look := self._look_of(expr)) is not None:
                return Text(look)
            case ir.Unwrap() if is_place(expr) and not self.copyable(expr.type):
                return Text(f"option::some({self.reference(expr.operand).text})?")
            case ir.Field() | ir.Part():
                return Text(f"&{self.receiver(expr)}", UNARY)
        return Text(f"&{self.value(expr).at_least(UNARY)}", UNARY)

    def receiver(self, expr: ir.Expr) -> str:
        """Something to put a dot after."""
        match expr:
            case ir.Var():
                return ident(expr.name)
            case ir.Field():
                return f"{self.receiver(expr.obj)}.{ident(expr.name)}"
            case ir.Part():
                return f"{self.receiver(expr.obj)}.{expr.index}"
            case ir.Prim() if expr.entry.gives != "own":
                return self._prim(expr).at_least(ATOM)
            case ir.Unwrap() if (look := self._look_of(expr)) is not None:
                return look
            case ir.Unwrap() if is_place(expr) and not self.copyable(expr.type):
                return f"option::some({self.reference(expr.operand).text})?"
            case ir.Const() if expr.type in (INT, FLOAT):
                assert isinstance(expr.value, (int, float))
                return number(expr.value, suffix=True).at_least(ATOM)
            case ir.Const() if expr.type == STR:
                return self.plain(expr).text
        return self.plain(expr).at_least(ATOM)

    def place(self, expr: ir.Expr) -> Text:
        """A `&mut T`."""
        match expr:
            case ir.Var():
                if self.held(expr.name) == "mut":
                    return Text(ident(expr.name))
                return Text(f"&mut {ident(expr.name)}", UNARY)
            case ir.Prim() if expr.entry.gives != "own":
                return Text(self.place_receiver(expr))
            case ir.Unwrap() if is_place(expr):
                # `&mut` already.
                return Text(self.place_receiver(expr))
        return Text(f"&mut {self.place_receiver(expr)}", UNARY)

    def place_receiver(self, expr: ir.Expr) -> str:
        """Something that changes when what follows the dot changes it."""
        match expr:
            case ir.Var():
                return ident(expr.name)
            case ir.Field():
                return f"{self.place_receiver(expr.obj)}.{ident(expr.name)}"
            case ir.Part():
                return f"{self.place_receiver(expr.obj)}.{expr.index}"
            case ir.Unwrap(operand=ir.Var(name=name)) if self.held(name) == "optmut":
                return f"option::take({ident(name)}.as_deref_mut())?"
            case ir.Unwrap():
                return f"option::some_mut({self.place(expr.operand).text})?"
            case ir.Prim() if expr.entry.gives == "mutref":
                return self._prim(expr).at_least(ATOM)
            case ir.Prim() if expr.entry.gives == "ref":
                base, key = expr.args
                if isinstance(base.type, ListType):
                    return f"list::get_mut({self.place(base).text}, {self.value(key).text})?"
                return f"{self.place_receiver(base)}.item_mut({self.reference(key).text})?"
        # A value just made: changing it changes nothing else.
        return self.value(expr).at_least(ATOM)

    # --- the nodes -------------------------------------------------------------------------------

    def plain(self, expr: ir.Expr) -> Text:
        """Without regard to ownership: Copy values, and values just made."""
        match expr:
            case ir.Const():
                return self._const(expr)
            case ir.GlobalConst():
                if expr.type == STR:
                    return Text(f"Str::from({ident(expr.name)})")
                return Text(ident(expr.name))
            case ir.Var():
                return Text(ident(expr.name))
            case ir.Field() | ir.Part():
                return Text(self.receiver(expr))
            case ir.Prim():
                text = self._prim(expr)
                if expr.entry.gives != "own":
                    return Text(f"*{text.at_least(UNARY)}", UNARY)
                return text
            case ir.Call():
                return self._call(expr)
            case ir.New():
                return self._new(expr)
            case ir.Member():
                return Text(f"{class_ident(str(self._enum(expr.type)))}::{member_ident(expr.name)}")
            case ir.TupleLit():
                inner = ", ".join(self.value(item).text for item in expr.items)
                return Text(f"({inner},)" if len(expr.items) == 1 else f"({inner})")
            case ir.ListLit():
                return Text(self._vec(expr.items))
            case ir.SetLit():
                if not expr.items:
                    return Text("Set::new()")
                return Text(f"Set::from_iter({self._array(expr.items)})")
            case ir.DictLit():
                if not expr.keys:
                    return Text("Dict::new()")
                pairs = (
                    f"({self.value(k).text}, {self.value(v).text})"
                    for k, v in zip(expr.keys, expr.values, strict=True)
                )
                return Text(f"Dict::from_iter([{', '.join(pairs)}])")
            case ir.And():
                return Text(
                    f"{self.value(expr.left).at_least(AND)} && "
                    f"{self.value(expr.right).at_least(AND)}",
                    AND,
                )
            case ir.Or():
                return Text(
                    f"{self.value(expr.left).at_least(OR)} || "
                    f"{self.value(expr.right).at_least(OR)}",
                    OR,
                )
            case ir.Not():
                if isinstance(expr.operand, ir.IsNone):
                    return Text(f"{self.receiver(expr.operand.operand)}.is_some()")
                text = self.value(expr.operand)
                if text.prec == UNARY and text.text.startswith("!"):
                    return Text(text.text[1:])
                return Text(f"!{text.at_least(UNARY)}", UNARY)
            case ir.IfExp():
                return Text(
                    f"if {self.value(expr.cond).text} {{ {self.value(expr.then).text} }} "
                    f"else {{ {self.value(expr.orelse).text} }}",
                    LOW,
                )
            case ir.Let():
                return Text(
                    f"{{ let {ident(expr.name)} = {self.value(expr.value).text}; "
                    f"{self.value(expr.body).text} }}",
                    LOW,
                )
            case ir.Some():
                return Text(f"Some({self.value(expr.operand).text})")
            case ir.Unwrap():
                return Text(f"option::take({self.value(expr.operand).text})?")
            case ir.IsNone():
                return Text(f"{self.receiver(expr.operand)}.is_none()")
            case ir.ToFloat():
                if isinstance(expr.operand, ir.Const) and isinstance(expr.operand.value, int):
                    exact = float(expr.operand.value)
                    if int(exact) == expr.operand.value:
                        return number(exact)
                if expr.operand.type == BOOL:
                    return Text(f"f64::from(u8::from({self.value(expr.operand).text}))")
                return Text(f"{self.value(expr.operand).at_least(14)} as f64", 14)
            case ir.ToInt():
                return Text(f"i64::from({self.value(expr.operand).text})")
            case ir.Comp():
                return self.comprehension(expr)
            case ir.Reduce():
                return self.reduce(expr)
            case ir.Format():
                return self._format(expr)
        raise AssertionError(expr)

    @staticmethod
    def _enum(type_: Type) -> str:
        assert isinstance(type_, EnumType)
        return type_.name

    def _const(self, expr: ir.Const) -> Text:
        match expr.value:
            case None:
                return Text("()" if expr.type == NONE else "None")
            case bool():
                return Text(str(expr.value).lower())
            case int() | float():
                return number(expr.value)
            case str():
                return Text(f"Str::from({string(expr.value)})")
            case bytes():
                inner = ", ".join(map(str, expr.value))
                return Text(f"Bytes::from(vec![{inner}])" if inner else "Bytes::default()")
        raise AssertionError(expr)

    def _array(self, items: list[ir.Expr]) -> str:
        return f"[{', '.join(self.value(item).text for item in items)}]"

    def _vec(self, items: list[ir.Expr]) -> str:
        return f"vec!{self._array(items)}" if items else "Vec::new()"

    def _call(self, expr: ir.Call) -> Text:
        callee = self.program.functions[expr.function]
        args = []
        for param, arg in zip(callee.params, expr.args, strict=True):
            way = {"own": self.value, "ref": self.reference, "mut": self.place}[param.mode]
            if param.mode == "ref" and isinstance(arg, ir.ListLit):
                args.append(f"&{self._array(arg.items)}")
            else:
                args.append(way(arg).text)
        return Text(f"{ident(callee.name)}({', '.join(args)})?")

    def _new(self, expr: ir.New) -> Text:
        fields = []
        for name, arg in zip(expr.names, expr.args, strict=True):
            text = self.value(arg).text
            fields.append(ident(name) if text == ident(name) else f"{ident(name)}: {text}")
        return Text(f"{rust_type(expr.type)} {{ {', '.join(fields)} }}", LOW)

    def _format(self, expr: ir.Format) -> Text:
        pattern, args = "", []
        for part in expr.parts:
            if isinstance(part, str):
                pattern += string(part)[1:-1].replace("{", "{{").replace("}", "}}")
                continue
            if part.type == FLOAT:
                args.append(f"float::repr({self.value(part).text})")
            elif part.type == BOOL:
                args.append(f"text::from_bool({self.value(part).text})")
            else:
                args.append(self.receiver(part) if is_place(part) else self.value(part).text)
            pattern += "{}"
        # `\u{…}` in the pattern is an escape, not a hole.
        pattern = re.sub(r"\\u\{\{([0-9a-f]+)\}\}", r"\\u{\1}", pattern)
        if not args:
            return Text(f'Str::from("{pattern.replace("{{", "{").replace("}}", "}")}")')
        return Text(f'Str::from(format!("{pattern}", {", ".join(args)}))')

    # --- registry entries ------------------------------------------------------------------------

    def _prim(self, expr: ir.Prim) -> Text:
        if expr.entry.rust == "{0:20}" and self.copyable(expr.args[0].type):
            return self.plain(expr.args[0])
        entry, lets = expr.entry, self._hoists(expr)

        def hole(found: re.Match[str]) -> str:
            index, how = int(found[1]), found[2] or ""
            arg, mode = expr.args[index], _mode(entry, index)
            if index in lets:
                early = lets[index]
                by_reference = mode == "look" and how != "." and not early.is_reference
                if by_reference and (not self.copyable(arg.type) or _bare(entry, index)):
                    return f"&{early.name}"
                return early.name
            if how == ".":
                return self.place_receiver(arg) if mode == "mut" else self.receiver(arg)
            if mode == "mut":
                return self.place(arg).text
            if mode == "own":
                return self.value(arg).text
            if isinstance(arg, ir.ListLit) and entry.rust.startswith(_TAKE_SLICES):
                return f"&{self._array(arg.items)}"
            if how == "&" or _bare(entry, index):
                return self.reference(arg).text
            prec = int(how[1:]) if how.startswith(":") else LOW
            if prec == ATOM and isinstance(arg, ir.Const):
                return self.receiver(arg)
            return self.look(arg).at_least(prec)

        text = _HOLE.sub(hole, entry.rust)
        if lets:
            before = " ".join(f"let {early.name} = {early.text};" for early in lets.values())
            return Text(f"{{ {self._checks(expr)}{before} {text} }}", LOW)
        return Text(text, entry.prec)

    def _hoists(self, expr: ir.Prim) -> dict[int, _Early]:
        """Arguments that have to be evaluated before the rest, in a line of their own.

        Because the place that changes is borrowed while they are evaluated, or because Rust's text
        names them in another order than Python evaluates them.
        """
        entry = expr.entry
        out: dict[int, _Early] = {}
        order = [int(found[1]) for found in _HOLE.finditer(entry.rust)]
        if order != sorted(order):
            lively = [index for index, arg in enumerate(expr.args) if not calm(arg)]
            for index in lively[:-1]:
                out[index] = self._early(index, expr.args[index], _mode(entry, index))
        if not entry.params or entry.params[0].mode != "mut":
            return out
        start = root(expr.args[0])
        if start is None:
            return out
        direct = "{0.}" in entry.rust and not _borrows(expr.args[0])
        for index, arg in enumerate(expr.args[1:], 1):
            mentions = any(isinstance(n, ir.Var) and n.name == start.name for n in ir.walk(arg))
            changes = any(
                (isinstance(n, ir.Prim) and any(t.mode == "mut" for t in n.entry.params))
                or isinstance(n, ir.Call)
                for n in ir.walk(arg)
            )
            if mentions and (not direct or changes):
                out[index] = _Early(self.temp(f"arg{index}"), self.value(arg).text, False)
        return out

    def _early(self, index: int, arg: ir.Expr, mode: str) -> _Early:
        name = self.temp(f"arg{index}")
        if mode == "look" and is_place(arg) and not self.copyable(arg.type):
            return _Early(name, self.reference(arg).text, True)
        return _Early(name, self.value(arg).text, False)

    def _checks(self, expr: ir.Prim) -> str:
        """Python finds the place first: its faults come before the arguments'."""
        if expr.entry.params[0].mode != "mut" or not _borrows(expr.args[0]):
            return ""
        return f"{self.reference(expr.args[0]).text}; "


@dataclass(frozen=True)
class _Early:
    """An argument that gets a name before the operation."""

    name: str
    text: str
    is_reference: bool


def _mode(entry: Entry, index: int) -> str:
    return entry.params[index].mode if index < len(entry.params) else "look"


def calm(expr: ir.Expr) -> bool:
    """Whether evaluating it neither raises nor changes anything."""
    for node in ir.walk(expr):
        match node:
            case ir.Call() | ir.Unwrap() | ir.Comp() | ir.Reduce():
                return False
            case ir.Prim():
                if node.entry.stops or any(taken.mode == "mut" for taken in node.entry.params):
                    return False
    return True


def _bare(entry: Entry, index: int) -> bool:
    """A parameter of a bare type variable is passed by reference, Copy or not."""
    if index >= len(entry.params):
        return False
    shape = entry.params[index].shape
    return isinstance(shape, Name) and len(shape.name) == 1


def _borrows(expr: ir.Expr) -> bool:
    """Whether finding the place is more than naming it."""
    return any(isinstance(node, (ir.Prim, ir.Unwrap)) for node in ir.walk(expr))


__all__ = ["BYTES", "Expressions", "OptionalType", "leaves"]

"""Rust text of expressions: what each node of the intermediate representation becomes.

Ownership is in places.py, walks and comprehensions are in iteration.py; evaluation order is
Python's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import is_place
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    CHAR,
    INT,
    NONE,
    NUM,
    STR,
    DequeType,
    DictType,
    EnumType,
    FunctionType,
    ListType,
    SetType,
    StructType,
    Type,
    TypeTable,
    UnionType,
    VarTupleType,
)
from carveout.cut.registry.characters import literal
from carveout.cut.registry.entry import ATOM, DICTS, Entry, Generic, Name
from carveout.cut.rust.iteration import Iteration
from carveout.cut.rust.places import (
    CannotWrite,
    closed,
    has_effects,
    member_letter,
    member_name,
    opens,
)
from carveout.cut.rust.text import (
    AND,
    LOW,
    OR,
    UNARY,
    Text,
    big_literal,
    class_ident,
    ident,
    member_ident,
    number,
    string,
)

_HOLE = re.compile(r"\{(\d)(\.|&|\*|:\d+)?\}")
_LESS = re.compile(r"\{0[^}]*\} <")
_CONTAINERS = ("list", "seq", "iter", "set", "fset", "anyset", "vtuple", "deque", *DICTS)


class Expressions(Iteration):
    """Rust text of one function's expressions."""

    # Names whose own storage is changed in place.
    changed: set[str]

    def __init__(self, program: ir.Program, table: TypeTable, function: ir.Function) -> None:
        self.program = program
        self.table = table
        self.function = function

    def new(self, type_: Type, text: str, prec: int = LOW) -> Text:
        """An object just made; a counted one gets its first handle."""
        if not self.counted(type_):
            return Text(text, prec)
        cyclic = isinstance(type_, StructType) and self.table.structs[type_.name].cyclic
        return Text(f"Shared::{'linked' if cyclic else 'new'}({text})")

    def plain(self, expr: ir.Expr) -> Text:
        """Without regard to ownership: Copy values, and values just made."""
        match expr:
            case ir.Const():
                return self._const(expr)
            case ir.GlobalConst():
                if expr.type == STR:
                    return Text(f"Str::from_static({ident(expr.name)})")
                return Text(ident(expr.name))
            case ir.Var():
                # A Copy value that is lent for change is read through its `&mut`.
                deref = self.function.variables.get(expr.name)
                if deref is not None and deref.held == "mut" and self.copyable(expr.type):
                    return Text(f"*{ident(expr.name)}", UNARY)
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
                return Text(f"{class_ident(self._enum(expr.type))}::{member_ident(expr.name)}")
            case ir.TupleLit():
                inner = ", ".join(self._beside(expr.items))
                return Text(f"({inner},)" if len(expr.items) == 1 else f"({inner})")
            case ir.ListLit():
                return self.new(expr.type, self._vec(expr.items), ATOM)
            case ir.SetLit():
                if not expr.items:
                    return self.new(expr.type, "Set::new()", ATOM)
                return self.new(expr.type, f"Set::from_iter({self.array(expr.items)})", ATOM)
            case ir.DictLit():
                if not expr.keys:
                    return self.new(expr.type, "Dict::new()", ATOM)
                parts = self._beside(list(ir.children(expr)))
                pairs = ", ".join(
                    f"({key}, {value})" for key, value in zip(parts[::2], parts[1::2], strict=True)
                )
                return self.new(expr.type, f"Dict::from_iter([{pairs}])", ATOM)
            case ir.And() | ir.Or():
                symbol, prec = ("&&", AND) if isinstance(expr, ir.And) else ("||", OR)
                left, right = self.value(expr.left), self.value(expr.right)
                return Text(f"{left.at_least(prec)} {symbol} {right.at_least(prec)}", prec)
            case ir.Not():
                if isinstance(expr.operand, ir.IsNone):
                    return Text(f"{self.receiver(expr.operand.operand)}.is_some()")
                operand = self.value(expr.operand).at_least(UNARY)
                if operand.startswith("!"):
                    return Text(operand[1:], UNARY)
                return Text(f"!{operand}", UNARY)
            case ir.IfExp():
                then, orelse = self.value(expr.then).text, self.value(expr.orelse).text
                return Text(
                    f"if {self.value(expr.cond).text} {{ {then} }} else {{ {orelse} }}", LOW
                )
            case ir.Let():
                return self._let(expr)
            case ir.Some():
                return Text(f"Some({self.value(expr.operand).text})")
            case ir.Unwrap():
                return Text(f"option::take({self.value(expr.operand).text})?")
            case ir.IsNone():
                return Text(f"{self.receiver(expr.operand)}.is_none()")
            case ir.ToFloat():
                return self._to_float(expr.operand)
            case ir.Inject(type=UnionType(items)):
                member = member_letter(expr.index).upper()
                return Text(f"OneOf{len(items)}::{member}({self.value(expr.operand).text})")
            case ir.Inject(type=FunctionType(name)):
                info = self.table.functions[name]
                member = member_ident(list(info.members)[expr.index])
                said = f"{class_ident(name)}::{member}"
                if expr.operand.type == NONE:
                    return Text(said)
                return Text(f"{said}({self.value(expr.operand).text})")
            case ir.Extract():
                letter = member_name(expr.operand.type, expr.index, self.table)
                return Text(f"{self.value(expr.operand).at_least(ATOM)}.into_{letter}()?")
            case ir.IsMember():
                which = member_name(expr.operand.type, expr.index, self.table)
                return Text(f"{self.receiver(expr.operand)}.is_{which}()")
            case ir.ToNum():
                kind = "Int" if expr.operand.type == INT else "Float"
                return Text(f"Num::{kind}({self.value(expr.operand).text})")
            case ir.ToInt():
                return Text(f"i64::from({self.value(expr.operand).text})")
            case ir.Comp():
                return self.comprehension(expr)
            case ir.Reduce():
                return self.reduce(expr)
            case ir.Format():
                return self._format(expr)
        raise AssertionError(expr)

    def _to_float(self, operand: ir.Expr) -> Text:
        if isinstance(operand, ir.Const) and isinstance(operand.value, int):
            exact = float(operand.value)
            if int(exact) == operand.value:
                return number(exact)
        if operand.type == NUM:
            return Text(f"{self.receiver(operand)}.float()")
        if operand.type == BOOL:
            return Text(f"f64::from(u8::from({self.value(operand).text}))")
        return Text(f"{self.value(operand).at_least(14)} as f64", 14)

    def _let(self, expr: ir.Let) -> Text:
        """The value is closed before the body: what it opened may be changed there."""
        name, variable = ident(expr.name), self.function.variables[expr.name]
        bound = self.reference(expr.value) if variable.held == "ref" else self.value(expr.value)
        mutable = "mut " if variable.held == "own" and expr.name in self.changed else ""
        body = self.value(expr.body).text
        return Text(f"{{ let {mutable}{name} = {bound.text}; {body} }}", LOW)

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
            case int() if expr.type == BIG:
                return Text(big_literal(expr.value))
            case int():
                # Where nothing else says so, Rust takes an int for one of 32 bits.
                return number(expr.value, suffix=not -(2**31) <= expr.value < 2**31)
            case float():
                return number(expr.value)
            case str() if expr.type == CHAR:
                return Text(literal(expr.value))
            case str():
                return Text(f"Str::from_static({string(expr.value)})")
            case bytes():
                inner = ", ".join(map(str, expr.value))
                return Text(f"Bytes::from(vec![{inner}])" if inner else "Bytes::default()")
        raise AssertionError(expr)

    def _beside(self, items: list[ir.Expr]) -> list[str]:
        """Values that stand side by side: what one opens is closed where another is moved."""
        texts = [self.value(item).text for item in items]
        moving = len(items) > 1 and any(
            isinstance(node, ir.Var) and node.last and not self.copyable(node.type)
            for item in items
            for node in ir.walk(item)
        )
        if not moving:
            return texts
        name = self.temp("seen")
        return [closed(f"{{ let {name} = {t}; {name} }}") if opens(t) else t for t in texts]

    def array(self, items: list[ir.Expr]) -> str:
        return f"[{', '.join(self._beside(items))}]"

    def _vec(self, items: list[ir.Expr]) -> str:
        return f"vec!{self.array(items)}" if items else "Vec::new()"

    def _call(self, expr: ir.Call) -> Text:
        callee = self.program.functions[expr.function]
        pairs = [(arg, param.mode) for param, arg in zip(callee.params, expr.args, strict=True)]
        lets, names = self.arguments(pairs, user=True)
        texts = []
        for index, (arg, way) in enumerate(pairs):
            if index in names:
                texts.append(names[index] if way == "own" else f"&{names[index]}")
            else:
                asked = {"own": self.value, "ref": self.reference, "mut": self.place}[way]
                texts.append(asked(arg).text)
        quiet = ".map_err(Stop::unraised)" * expr.quiet
        text = f"{ident(callee.name)}({', '.join(texts)}){quiet}?"
        return Text(f"{{ {' '.join(lets)} {text} }}", LOW) if lets else Text(text)

    def _new(self, expr: ir.New) -> Text:
        fields = []
        for name, text in zip(expr.names, self._beside(expr.args), strict=True):
            fields.append(ident(name) if text == ident(name) else f"{ident(name)}: {text}")
        assert isinstance(expr.type, StructType)
        return self.new(expr.type, f"{class_ident(expr.type.name)} {{ {', '.join(fields)} }}")

    def _format(self, expr: ir.Format) -> Text:
        parts: list[str] = []
        literals = ""
        for part in _parts(expr):
            if isinstance(part, str):
                literals += part
                continue
            if literals:
                parts.append(string(literals))
                literals = ""
            # Each part is added before the next is evaluated: places stay where they are.
            parts.append(self.receiver(part) if is_place(part) else self.value(part).text)
        if not parts:
            return Text(f"Str::from_static({string(literals)})")
        if literals:
            parts.append(string(literals))
        return Text(f"text!({', '.join(parts)})")

    # --- registry entries ------------------------------------------------------------------------

    def _prim(self, expr: ir.Prim, after: str = "") -> Text:
        """`after` follows a dot: `clone()` of a look, before what it opened is closed."""
        entry = expr.entry
        if entry.rust == "{0:20}":
            return self.value(expr.args[0])
        pairs: list[tuple[ir.Expr, str]] = []
        for taken, arg in zip(entry.params, expr.args, strict=False):
            # Copy values are evaluated where they stand, as owned ones are.
            look = "own" if self.copyable(arg.type) else "ref"
            pairs.append((arg, look if taken.mode == "look" else taken.mode))
        order = [int(found[1]) for found in _HOLE.finditer(entry.rust)]
        lets, names = self.arguments(pairs, user=False, order=order if pairs else None)
        # Written before anything else, and what it mentions is written again.
        # A place that has a name is found first as it is.
        checks = self._checks(expr) if lets and 0 not in names else ""

        # `xs.extend(xs)`: what changes is not looked at meanwhile, but as it was.
        copies = set()
        if any(taken.mode == "mut" for taken in entry.params):
            for at, index in enumerate(sorted(names)):
                arg = expr.args[index]
                taken = entry.params[index]
                inner = isinstance(taken.shape, Generic) and taken.shape.name in _CONTAINERS
                if taken.mode == "look" and inner and self.counted(arg.type):
                    inside = self.sealed(Text(f"{self.receiver(arg)}.look()?.clone()"))
                    lets[at] = f"let {names[index]} = {inside.text};"
                    copies.add(index)

        def hole(found: re.Match[str]) -> str:
            index, how = int(found[1]), found[2] or ""
            if index in copies:
                return f"&{names[index]}"
            text = self._hole(entry, expr.args[index], index, how, names.get(index))
            # `n as f64 < x` would begin the arguments of a type.
            cast = index == 0 and text.endswith(" as f64") and _LESS.match(entry.rust)
            return f"({text})" if cast else text

        text, prec = _HOLE.sub(hole, entry.rust), entry.prec
        if isinstance(expr.type, EnumType):
            text = text.replace("{T}", class_ident(expr.type.name))
        if entry.gives == "own" and isinstance(entry.result, Generic):
            text, prec = self._made(expr, text, entry)
        if after:
            text, prec = f"{Text(text, prec).at_least(ATOM)}.{after}", ATOM
        if not lets:
            return Text(text, prec)
        head = f"{checks}{' '.join(lets)}"
        if after and opens(text):
            name = self.temp("seen")
            return Text(closed(f"{{ {head} let {name} = {text}; {name} }}"), LOW)
        return Text(f"{{ {head} {text} }}", LOW)

    def _made(self, expr: ir.Prim, text: str, entry: Entry) -> tuple[str, int]:
        type_ = expr.type
        if self.counted(type_):
            return f"Shared::new({text})", ATOM
        assert isinstance(entry.result, Generic)
        if entry.result.name not in ("opt",):
            for sub, inner in zip(entry.result.args, self.table.parts(type_), strict=False):
                if isinstance(sub, Generic) and sub.name in _CONTAINERS and self.counted(inner):
                    raise CannotWrite(f"counted {inner} inside a new {type_}")
        return text, entry.prec

    def _hole(self, entry: Entry, arg: ir.Expr, index: int, how: str, name: str | None) -> str:
        taken = entry.params[index] if index < len(entry.params) else None
        mode = taken.mode if taken is not None else "look"
        shape = taken.shape if taken is not None else None
        container = isinstance(shape, Generic) and shape.name in _CONTAINERS
        bare_var = isinstance(shape, Name) and len(shape.name) == 1
        if taken is None and how == ".":
            return self.inside(arg)
        if name is not None:
            opened = container and self.counted(arg.type)
            if mode == "mut":
                return f"{name}.edit()?" if how == "." else f"&mut *{name}.edit()?"
            if how == ".":
                return f"{name}{'.look()?' * opened}"
            if mode == "own" and opened:
                return self._copied_out(name, arg.type)
            if opened:
                return f"&*{name}.look()?"
            if how == "*":
                return name
            if mode == "look" and (not self.copyable(arg.type) or bare_var or how == "&"):
                return f"&{name}"
            return name
        if how == ".":
            if mode == "mut":
                return self.open(arg)
            return self.inside(arg) if container else self.receiver(arg)
        if mode == "mut":
            return self.place(arg).text
        if mode == "own":
            if container and self.counted(arg.type):
                return self._copied_out(self.receiver(arg), arg.type)
            if container and is_place(arg) and not self._movable(arg):
                # `sorted(xs)` asks for a copy of the list, not of what is in it.
                for part in self.table.parts(arg.type):
                    self.cloning(part)
                whole = isinstance(arg.type, (ListType, VarTupleType))
                copied = f"{self.receiver(arg)}.{'to_vec' if whole else 'clone'}()"
                return self.sealed(Text(copied)).text
            return self.value(arg).text
        if how == "*":
            return self.operand(arg).at_least(UNARY)
        if container:
            return self.contents(arg).text
        if how == "&" or bare_var:
            match shape, arg:
                case Name("K"), ir.Var(type=VarTupleType(), name=lent) if self.held(lent) != "own":
                    # It may be lent as a slice, which is no key.
                    return f"&{ident(lent)}.to_vec()"
            return self.reference(arg).text
        prec = int(how[1:]) if how.startswith(":") else LOW
        if prec == ATOM and not (isinstance(arg, ir.Prim) and arg.entry.gives != "own"):
            return self.sealed(Text(self.receiver(arg))).at_least(ATOM)
        return self.look(arg).at_least(prec)

    def _unconcerned(self, arg: ir.Expr, place: ir.Expr) -> bool:
        """Whether an argument raises nothing, and neither sees nor changes what a place is in."""
        inside = {
            one.type
            for node in ir.walk(place)
            if isinstance(node, ir.Prim)
            for taken, one in zip(node.entry.params, node.args, strict=False)
            if taken.mode == "mut"
        }
        if not inside or any(isinstance(node, ir.Call) for node in ir.walk(place)):
            return False
        for node in ir.walk(arg):
            match node:
                case ir.Prim():
                    declines = node.entry.key in _DECLINING and node.type == INT
                    if (node.entry.stops and not declines) or node.entry.acts:
                        return False
                    if any(taken.mode == "mut" for taken in node.entry.params):
                        return False
                case ir.Var(type=type_):
                    if self.table.any_part(type_, lambda part: part in inside):
                        return False
                case ir.Field() | ir.Part() | ir.Const() | ir.GlobalConst() | ir.Member():
                    pass
                case ir.Unwrap() | ir.Some() | ir.TupleLit() | ir.ToInt() | ir.ToFloat():
                    pass
                case ir.ToNum() | ir.Inject() | ir.Format() | ir.IfExp() | ir.IsNone():
                    pass
                case ir.Not() | ir.And() | ir.Or():
                    pass
                case _:
                    return False
        return True

    @staticmethod
    def _copied_out(receiver: str, type_: Type) -> str:
        """The container itself of a counted one, for what takes it apart."""
        assert isinstance(type_, (ListType, DictType, SetType, DequeType))
        return f"{receiver}.look()?.clone()"

    def _checks(self, expr: ir.Prim) -> str:
        """Python finds the place first: its faults come before the arguments'."""
        place = expr.args[0]
        if not is_place(place) or not any(
            isinstance(node, (ir.Prim, ir.Unwrap, ir.Extract)) for node in ir.walk(place)
        ):
            return ""
        if has_effects(place):
            if all(self._unconcerned(arg, place) for arg in expr.args[1:]):
                # What comes first makes no difference.
                return ""
            raise CannotWrite("a place whose search changes something, before arguments")
        for node in ir.walk(place):
            if isinstance(node, ir.Var):
                node.last = False
        return f"{self.reference(place).text}; "


# Of ints these can only decline.
_DECLINING = frozenset({"+", "-", "*", "neg"})


def _parts(expr: ir.Format) -> Iterator[str | ir.Expr]:
    """The parts of a text, and of texts inside it."""
    for part in expr.parts:
        if isinstance(part, ir.Format):
            yield from _parts(part)
        else:
            yield part


__all__ = ["Expressions"]

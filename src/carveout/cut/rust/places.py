"""Rust text of places: the four ways to ask for an expression, and counted objects on the way.

    value(e)     # its value, owned: moved where that is its last use, cloned otherwise
    look(e)      # a `&` to it; the value itself where the type is Copy
    receiver(e)  # to the left of a dot
    place(e)     # a `&mut` to it, for what changes it

A counted object is opened with `.look()?` or `.edit()?`. What these give closes at the end of the
statement, so in a statement that also calls or changes something a read is closed at once:
`sealed`.

Invariant: nothing is cloned but handles and what cannot change.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import is_place, path, root, simple
from carveout.cut.ir.types import (
    FLOAT,
    INT,
    STR,
    DequeType,
    DictType,
    FunctionType,
    ListType,
    Type,
    TypeTable,
    VarTupleType,
)
from carveout.cut.passes.moving import owned_object
from carveout.cut.rust.text import ATOM, LOW, UNARY, Text, function_word, ident, number, string

# Marks an opening that is closed before the statement goes on; it never leaves the backend.
_CLOSED = "\0"


def opens(text: str) -> bool:
    """Whether evaluating it leaves a counted object open until the end of the statement."""
    return ".look()?" in text or ".edit()?" in text


def closed(text: str) -> str:
    """A block that closes what it opens."""
    return text.replace("look()?", f"look(){_CLOSED}?").replace("edit()?", f"edit(){_CLOSED}?")


def finished(text: str) -> str:
    """The text as it goes out."""
    return text.replace(_CLOSED, "")


def member_letter(index: int) -> str:
    """How the runtime names the members of a union: `as_a`, `into_b`."""
    return "abcd"[index]


def member_name(union: Type, index: int, table: TypeTable) -> str:
    """The same of a union or a kind of function."""
    if isinstance(union, FunctionType):
        return function_word(list(table.functions[union.name].members)[index])
    return member_letter(index)


class CannotWrite(Exception):
    """The borrowing way has no Rust for this; the plain way has."""


def has_effects(node: object) -> bool:
    """Whether evaluating it may change something."""
    for inner in ir.walk(node):
        if isinstance(inner, ir.Call):
            return True
        if isinstance(inner, ir.Prim) and any(t.mode == "mut" for t in inner.entry.params):
            return True
        if isinstance(inner, ir.Prim) and inner.entry.acts:
            return True
    return False


class Places:
    """Mixed into Expressions."""

    program: ir.Program
    table: TypeTable
    function: ir.Function
    # The statement being written calls or changes something.
    effects = False
    # Names whose counted objects are open to look at, and under which names.
    opened: Mapping[str, str] = MappingProxyType({})

    def plain(self, expr: ir.Expr) -> Text:
        raise NotImplementedError

    def _prim(self, expr: ir.Prim, after: str = "") -> Text:
        raise NotImplementedError

    # --- what is what ----------------------------------------------------------------------------

    def copyable(self, type_: Type) -> bool:
        return self.table.copyable(type_)

    def counted(self, type_: Type) -> bool:
        return self.table.shared(type_)

    def held(self, name: str) -> str:
        variable = self.function.variables.get(name)
        return "own" if variable is None or self.copyable(variable.type) else variable.held

    def temp(self, hint: str) -> str:
        """A name that hides none of the function's own."""
        while hint in self.function.variables:
            hint += "_"
        return hint

    def sealed(self, text: Text) -> Text:
        """A value for which nothing stays open while the statement goes on."""
        if self.effects and opens(text.text):
            name = self.temp("seen")
            return Text(closed(f"{{ let {name} = {text.text}; {name} }}"), LOW)
        return text

    def cloning(self, type_: Type) -> None:
        """Guards the invariant: an object that can change is never cloned."""
        if self._owned_object(type_):
            raise CannotWrite(f"a copy of {type_}")

    def _owned_object(self, type_: Type) -> bool:
        return owned_object(type_, self.table)

    # --- ways to ask -----------------------------------------------------------------------------

    def value(self, expr: ir.Expr) -> Text:
        """The owned value."""
        if self.copyable(expr.type):
            return self.sealed(self.plain(expr))
        match expr:
            case ir.Var():
                if expr.last and self.held(expr.name) == "own":
                    return Text(ident(expr.name))
                self.cloning(expr.type)
                return Text(f"{ident(expr.name)}.{self._clone(expr)}")
            case ir.Field(obj=obj) if is_place(expr) or self.counted(obj.type):
                self.cloning(expr.type)
                return self.sealed(Text(f"{self.receiver(expr)}.clone()"))
            case ir.Part() if is_place(expr):
                self.cloning(expr.type)
                return self.sealed(Text(f"{self.receiver(expr)}.clone()"))
            case ir.Prim() if expr.entry.gives != "own":
                self.cloning(expr.type)
                return self.sealed(self._prim(expr, "clone()"))
            case ir.Extract():
                letter = member_name(expr.operand.type, expr.index, self.table)
                if self._movable(expr.operand):
                    return Text(f"{self.value(expr.operand).at_least(ATOM)}.into_{letter}()?")
                self.cloning(expr.type)
                return self.sealed(Text(f"{self.receiver(expr)}.clone()"))
            case ir.Unwrap():
                if self._movable(expr.operand):
                    return Text(f"option::take({self.value(expr.operand).text})?")
                self.cloning(expr.type)
                return self.sealed(
                    Text(f"option::some({self.reference(expr.operand).text})?.clone()")
                )
        return self.sealed(self.plain(expr))

    def _movable(self, expr: ir.Expr) -> bool:
        return not is_place(expr) or (
            isinstance(expr, ir.Var) and expr.last and self.held(expr.name) == "own"
        )

    def _clone(self, expr: ir.Var) -> str:
        if isinstance(expr.type, VarTupleType) and self.held(expr.name) != "own":
            return "to_vec()"
        return "clone()"

    def look(self, expr: ir.Expr) -> Text:
        """A `&T`; a Copy type's value."""
        if self.copyable(expr.type):
            return self.sealed(self.plain(expr))
        return self.reference(expr)

    def reference(self, expr: ir.Expr) -> Text:
        """A `&T`, whatever the type; a `&` handle where it is counted."""
        match expr:
            case ir.Var() if self.held(expr.name) in ("ref", "mut"):
                return Text(ident(expr.name))
            case ir.Var():
                return Text(f"&{ident(expr.name)}", UNARY)
            case ir.Prim() if expr.entry.gives != "own":
                found = self._prim(expr)
                if self._out_of_block(expr, found):
                    return Text(f"&{self._prim(expr, 'clone()').at_least(UNARY)}", UNARY)
                return found
            case ir.Extract() if is_place(expr) and not self.copyable(expr.type):
                return Text(self.receiver(expr))
            case ir.Unwrap() if is_place(expr) and not self.copyable(expr.type):
                return Text(f"option::some({self.reference(expr.operand).text})?")
            case ir.Field() | ir.Part():
                return Text(f"&{self.receiver(expr)}", UNARY)
        return Text(f"&{self.value(expr).at_least(UNARY)}", UNARY)

    def _out_of_block(self, expr: ir.Prim, found: Text) -> bool:
        """Whether a look leads into what a block made and takes with it; a copy does not."""
        return (
            found.text.startswith("{")
            and not is_place(expr.args[0])
            and not self._owned_object(expr.type)
        )

    def contents(self, expr: ir.Expr) -> Text:
        """A `&` to the container itself, whoever holds it."""
        if self.counted(expr.type):
            return Text(f"&*{self.receiver(expr)}.look()?", UNARY)
        if isinstance(expr, ir.ListLit) and expr.items:
            inner = ", ".join(self.value(item).text for item in expr.items)
            return Text(f"&[{inner}]", UNARY)
        return self.reference(expr)

    def operand(self, expr: ir.Expr) -> Text:
        """The value itself where it stands, to compare it and leave it there."""
        match expr:
            case ir.Const(value=str(value)):
                return Text(string(value))
            case ir.GlobalConst(value=str()):
                return Text(ident(expr.name))
        text = self.reference(expr)
        if text.text.startswith("&"):
            return Text(text.text[1:], UNARY)
        return Text(f"*{text.at_least(UNARY)}", UNARY)

    def inside(self, expr: ir.Expr) -> str:
        """Something to put a dot after, to read what is inside of it."""
        if isinstance(expr, ir.Var) and expr.name in self.opened:
            return self.opened[expr.name]
        return f"{self.receiver(expr)}{'.look()?' * self.counted(expr.type)}"

    def receiver(self, expr: ir.Expr) -> str:
        """Something to put a dot after."""
        match expr:
            case ir.Var():
                return ident(expr.name)
            case ir.Field():
                return f"{self.inside(expr.obj)}.{ident(expr.name)}"
            case ir.Part():
                return f"{self.receiver(expr.obj)}.{expr.index}"
            case ir.Prim() if expr.entry.gives != "own":
                found = self._prim(expr)
                if self.counted(expr.type) and found.text.startswith("{") and opens(found.text):
                    # The block closes what it opened: the object's handle is taken out of it.
                    found = self._prim(expr, "clone()")
                return found.at_least(ATOM)
            case ir.Extract() if is_place(expr) and not self.copyable(expr.type):
                which = member_name(expr.operand.type, expr.index, self.table)
                return f"{self.receiver(expr.operand)}.as_{which}()?"
            case ir.Unwrap() if is_place(expr) and not self.copyable(expr.type):
                return f"option::some({self.reference(expr.operand).text})?"
            case ir.Const() if expr.type in (INT, FLOAT):
                assert isinstance(expr.value, (int, float))
                return number(expr.value, suffix=True).at_least(ATOM)
            case ir.Const() if expr.type == STR:
                return self.plain(expr).text
        found = self.plain(expr)
        if expr.type == FLOAT and _of_literals(expr):
            # Of literals alone Rust does not know which kind of float they are.
            value = self.temp("value")
            return f"({{ let {value}: f64 = {found.text}; {value} }})"
        return found.at_least(ATOM)

    # --- to change -------------------------------------------------------------------------------

    def place(self, expr: ir.Expr) -> Text:
        """A `&mut T`, to the container itself if it is counted."""
        if self.counted(expr.type):
            return Text(f"&mut *{self.receiver(expr)}.edit()?", UNARY)
        match expr:
            case ir.Var():
                if self.held(expr.name) == "mut":
                    return Text(ident(expr.name))
                return Text(f"&mut {ident(expr.name)}", UNARY)
            case ir.Prim() if expr.entry.gives != "own":
                return Text(self.place_receiver(expr))
            case ir.Unwrap() if is_place(expr):
                return Text(self.place_receiver(expr))
        return Text(f"&mut {self.place_receiver(expr)}", UNARY)

    def open(self, expr: ir.Expr) -> str:
        """Something to put a dot after, to change what is inside of it."""
        if self.counted(expr.type):
            return f"{self.receiver(expr)}.edit()?"
        return self.place_receiver(expr)

    def place_receiver(self, expr: ir.Expr) -> str:
        """Something that changes when what follows the dot changes it."""
        match expr:
            case ir.Var():
                return ident(expr.name)
            case ir.Field():
                return f"{self.open(expr.obj)}.{ident(expr.name)}"
            case ir.Part():
                return f"{self.place_receiver(expr.obj)}.{expr.index}"
            case ir.Extract():
                if not self.counted(expr.type):
                    raise CannotWrite(f"a change inside {expr.operand.type}")
                return self.receiver(expr)
            case ir.Unwrap():
                if not is_place(expr.operand):
                    return self.value(expr).at_least(ATOM)
                return f"option::some_mut({self.place(expr.operand).text})?"
            case ir.Prim() if expr.entry.gives == "mutref":
                return self._prim(expr).at_least(ATOM)
            case ir.Prim() if expr.entry.gives == "ref" and is_place(expr):
                base, key = expr.args
                if isinstance(base.type, ListType):
                    return f"list::get_mut({self.place(base).text}, {self.value(key).text})?"
                if isinstance(base.type, DequeType):
                    return f"deque::get_mut({self.place(base).text}, {self.value(key).text})?"
                if isinstance(base.type, DictType):
                    return f"dict::get_mut({self.place(base).text}, {self.reference(key).text})?"
                raise CannotWrite(f"a change inside {base.type}")
        # A value just made: changing it changes nothing else.
        return self.value(expr).at_least(ATOM)

    # --- arguments in Python's order -------------------------------------------------------------

    def arguments(
        self, pairs: list[tuple[ir.Expr, str]], user: bool, order: list[int] | None = None
    ) -> tuple[list[str], dict[int, str]]:
        """What must be evaluated first, as `let`s, and the names that stand for it by index.

        `pairs` are arguments and how they are taken: "own", "ref" or "mut". `user`: the callee is
        drafted too, so that it may reach what it was not given. `order` is the order in which the
        text names them, if it is another than Python's.
        """
        need: set[int] = set()
        lent = [
            (index, root(expr)) for index, (expr, way) in enumerate(pairs)
            if way == "mut" and is_place(expr)
        ]  # fmt: skip
        editing = any(
            way == "mut" and any(self.counted(e.type) for e in _steps(expr)) for expr, way in pairs
        )
        for index, (expr, way) in enumerate(pairs):
            if way == "mut":
                continue
            for other, start in lent:
                if other != index and start is not None and _mentions(expr, start.name):
                    need.add(index)
            crosses = any(self.counted(e.type) for e in _steps(expr)[1:])
            if way == "ref" and user and is_place(expr) and crosses:
                need.add(index)
            if way == "ref" and editing and self.counted(expr.type):
                need.add(index)
            if way == "own" and (editing or lent) and self._reads_counted(expr):
                need.add(index)
            if way == "own" and lent and has_effects(expr):
                need.add(index)
            # `ys[ys.pop()]`: the item is popped before `ys` is borrowed to look at it.
            if has_effects(expr) and any(w == "ref" and is_place(e) for e, w in pairs[:index]):
                need.add(index)
        need |= self._out_of_order(pairs, order or [])
        if need:
            last = max(need)
            disturbing = any(has_effects(pairs[index][0]) for index in need)
            for index, (expr, way) in enumerate(pairs[:last]):
                if way == "mut":
                    continue
                if not (_constant(expr) if disturbing else simple(expr)):
                    need.add(index)
        lets, names = [], {}
        for index in sorted(need | self._kept_first(pairs, need)):
            name = self.temp(f"arg{index}")
            lets.append(f"let {name} = {self.value(pairs[index][0]).text};")
            names[index] = name
        return lets, names

    @staticmethod
    def _out_of_order(pairs: list[tuple[ir.Expr, str]], order: list[int]) -> set[int]:
        """Arguments that the text would evaluate after a later one, where that can be told."""
        found: set[int] = set()
        for at, index in enumerate(order):
            for other in order[at + 1 :]:
                if other < index and not simple(pairs[other][0]) and not simple(pairs[index][0]):
                    found.add(other)
        return found

    def _kept_first(self, pairs: list[tuple[ir.Expr, str]], need: set[int]) -> set[int]:
        """What is changed, found before a later argument can make it something else."""
        found: set[int] = set()
        for index, (expr, way) in enumerate(pairs):
            if way != "mut" or isinstance(expr, ir.Var) or not is_place(expr):
                continue
            if any(later > index and has_effects(pairs[later][0]) for later in need):
                if self._steady(expr, [pair[0] for pair in pairs[index + 1 :]]):
                    continue
                if not self.counted(expr.type):
                    raise CannotWrite("a place that an argument may change")
                found.add(index)
        return found

    def _steady(self, expr: ir.Expr, later: list[ir.Expr]) -> bool:
        """Whether a place is the same object before and after: `node.items.append(self.read())`.

        Fields that no statement of the program sets, of a variable that the arguments don't bind.
        """
        *fields, start = path(expr)
        if not isinstance(start, ir.Var) or not all(isinstance(f, ir.Field) for f in fields):
            return False
        if self.program.fields_set & {f.name for f in fields if isinstance(f, ir.Field)}:
            return False
        return not any(
            getattr(node, "name", None) == start.name and not isinstance(node, (ir.Var, ir.Field))
            for argument in later
            for node in ir.walk(argument)
        )

    @staticmethod
    def _path(expr: ir.Expr) -> list[ir.Expr]:
        """The place, what it is inside of, and so on to its root."""
        return list(path(expr))

    def _reads_counted(self, expr: ir.Expr) -> bool:
        return any(
            self.counted(step.type)
            for node in ir.walk(expr)
            if isinstance(node, ir.Expr)
            for step in _steps(node)
        )


def _of_literals(expr: ir.Expr) -> bool:
    """Whether a float is made of literals by what Rust writes as operators."""
    match expr:
        case ir.Const() | ir.IfExp():
            return True
        case ir.ToFloat():
            return isinstance(expr.operand, ir.Const)
        case ir.Prim():
            return "(" not in expr.entry.rust and all(map(_of_literals, expr.args))
    return False


def _steps(expr: ir.Expr) -> list[ir.Expr]:
    return list(path(expr))


def _constant(expr: ir.Expr) -> bool:
    return isinstance(expr, (ir.Const, ir.Var, ir.Member, ir.GlobalConst))


def _mentions(expr: ir.Expr, name: str) -> bool:
    return any(isinstance(node, ir.Var) and node.name == name for node in ir.walk(expr))


__all__ = ["CannotWrite", "Places", "has_effects"]

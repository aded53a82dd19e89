"""Characters: a name that only ever holds texts of one character holds a `char`.

Problem: Python has no type for one character, so that every look at one makes a text:

    c = text[at]                # let c = character::at(&text, at)?;
    if c == "{" or c.isdigit(): # if c == '{' || character::isdigit(c)? {

A variable, a parameter or a result of type str is a character if everything that flows into it is
one: `s[i]`, an item of a walk over a text, a literal of one character, `chr(n)`, another such name.
All are taken for characters first, and those that are none are struck out until nothing changes.
Comparisons and tests of characters are those of `char`; wherever else one is used it is made a text
again (`character::text(c)`), which costs nothing for ASCII.

Runs before flow. Invariants: the operation's own parameters and result, and fields and items of
containers, stay texts; values, faults and the order of evaluation are as before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import BOOL, CHAR, INT, STR, TupleType, Type
from carveout.cut.registry import characters as known

# A variable of a function, or its result ("").
Name = tuple[str, str]
_ORDER = ("<", "<=", ">", ">=")


def find_characters(program: ir.Program) -> None:
    """Gives characters their own type, in place."""
    found = _Found(program)
    found.settle()
    if found.names or found.looked:
        _Rewrite(program, found).run()


def _one(expr: ir.Expr) -> bool:
    return (
        isinstance(expr, ir.Const)
        and isinstance(expr.value, str)
        and len(expr.value) == 1
        and not "\ud800" <= expr.value <= "\udfff"
    )


def _is(expr: ir.Expr, key: str, *types: Type) -> bool:
    """Whether it is a use of the registry's entry for arguments of these types."""
    return (
        isinstance(expr, ir.Prim)
        and expr.entry.key == key
        and [arg.type for arg in expr.args] == list(types)
    )


class _Found:
    """Which names are characters."""

    def __init__(self, program: ir.Program) -> None:
        self.program = program
        self.key = ""
        self.names: set[Name] = set()
        # Whether some character is looked at without a name.
        self.looked = False
        for key, function in program.functions.items():
            fixed = {p.name for p in function.params} if self._fixed(function) else set()
            names = {n for n, v in function.variables.items() if v.type == STR} - fixed
            self.names |= {(key, name) for name in names}
            if function.result == STR and not self._fixed(function):
                self.names.add((key, ""))

    def _fixed(self, function: ir.Function) -> bool:
        """Whether its parameters and its result are texts in any case."""
        return function.key == self.program.entry or function.cached

    def settle(self) -> None:
        while True:
            before = len(self.names)
            for key, function in self.program.functions.items():
                self.key = key
                for statement in function.body:
                    for node in ir.walk(statement):
                        self._strike(node)
            # One that nobody looks at as a character is better off as a text.
            self._drop_unlooked()
            if len(self.names) == before:
                return

    def is_one(self, expr: ir.Expr) -> bool:
        """Whether its value can be had as a character."""
        match expr:
            case ir.Const():
                return _one(expr)
            case ir.GlobalConst(value=str(value)):
                return len(value) == 1 and not "\ud800" <= value <= "\udfff"
            case ir.Var(name=name):
                return (self.key, name) in self.names
            case ir.Prim():
                if _is(expr, "character.text", CHAR) or _is(expr, "getitem", STR, INT):
                    return True
                return expr.entry.key == "builtins.chr"
            case ir.IfExp():
                return self.is_one(expr.then) and self.is_one(expr.orelse)
            case ir.Let():
                return self.is_one(expr.body)
            case ir.Call():
                return (expr.function, "") in self.names
        return False

    def _strike(self, node: object) -> None:
        match node:
            case ir.Assign(target=target, value=value):
                self._assigned(target, value)
            case ir.For(target=target, source=source) | ir.Clause(target=target, source=source):
                self._walked(target, source)
            case ir.Let(name=name, value=value):
                if not self.is_one(value):
                    self.names.discard((self.key, name))
            case ir.Handler(name=name):
                self.names.discard((self.key, name))
            case ir.Return(value=value):
                if not self.is_one(value):
                    self.names.discard((self.key, ""))
            case ir.Call(function=key, args=args):
                for param, arg in zip(self.program.functions[key].params, args, strict=True):
                    if not self.is_one(arg):
                        self.names.discard((key, param.name))

    def _assigned(self, target: ir.Pattern, value: ir.Expr) -> None:
        match target, value:
            case ir.PVar(name=name), _:
                if not self.is_one(value):
                    self.names.discard((self.key, name))
            case ir.PTuple(items=items), ir.TupleLit(items=values):
                for inner, part in zip(items, values, strict=True):
                    self._assigned(inner, part)
            case _:
                for var in ir.pattern_vars(target):
                    self.names.discard((self.key, var.name))

    def _walked(self, target: ir.Pattern, source: ir.Iter) -> None:
        match target, source:
            case ir.PVar(), ir.SeqIter(seq=ir.Expr(type=type_)) if type_ == STR:
                return
            case _, ir.ReversedIter(inner=inner):
                self._walked(target, inner)
            case ir.PTuple(items=[_, item]), ir.EnumerateIter(inner=inner):
                self._walked(item, inner)
            case ir.PTuple(items=items), ir.ZipIter(inners=inners):
                for item, inner in zip(items, inners, strict=True):
                    self._walked(item, inner)
            case _:
                for var in ir.pattern_vars(target):
                    self.names.discard((self.key, var.name))

    # --- uses ------------------------------------------------------------------------------------

    def _drop_unlooked(self) -> None:
        looked: set[Name] = set()
        # What flows into a name is looked at if that is.
        flows: list[tuple[ir.Expr, str, Name]] = []
        for key, function in self.program.functions.items():
            self.key = key
            for statement in function.body:
                for node in ir.walk(statement):
                    for expr in self.looks(node):
                        self.looked |= not isinstance(expr, (ir.Var, ir.Const))
                        looked |= set(self._named(expr))
                    flows += ((e, key, name) for e, name in self._flows(node))
        while True:
            before = len(looked)
            for expr, key, name in flows:
                self.key = key
                named = set(self._named(expr))
                if name in looked:
                    looked |= named
                elif named & looked:
                    looked.add(name)
            if len(looked) == before:
                break
        self.names &= looked

    def _named(self, expr: ir.Expr) -> Iterator[Name]:
        match expr:
            case ir.Var(name=name):
                yield self.key, name
            case ir.IfExp():
                yield from self._named(expr.then)
                yield from self._named(expr.orelse)
            case ir.Let():
                yield from self._named(expr.body)
            case ir.Call(function=function):
                yield function, ""

    def _flows(self, node: object) -> Iterator[tuple[ir.Expr, Name]]:
        match node:
            case ir.Assign(target=target, value=value):
                pairs = [(target, value)]
                while pairs:
                    target, value = pairs.pop()
                    if isinstance(target, ir.PVar):
                        yield value, (self.key, target.name)
                    elif isinstance(target, ir.PTuple) and isinstance(value, ir.TupleLit):
                        pairs += zip(target.items, value.items, strict=True)
            case ir.Let(name=name, value=value):
                yield value, (self.key, name)
            case ir.Return(value=value):
                yield value, (self.key, "")
            case ir.Call(function=key, args=args):
                for param, arg in zip(self.program.functions[key].params, args, strict=True):
                    yield arg, (key, param.name)

    def looks(self, node: object) -> Iterator[ir.Expr]:
        """The operands that a node takes as characters."""
        if not isinstance(node, ir.Prim):
            return
        match node.entry.key, node.args:
            case (("==" | "!="), [a, b]) if a.type == STR and b.type == STR:
                if self.is_one(a) and self.is_one(b):
                    yield from (a, b)
                elif self.is_one(a) != self.is_one(b):
                    one = a if self.is_one(a) else b
                    if not isinstance(one, (ir.Const, ir.GlobalConst)):
                        yield one
            case key, [a, b] if key in _ORDER and a.type == STR and b.type == STR:
                if self.is_one(a) and self.is_one(b):
                    yield from (a, b)
            case "in", [a, *_] if a.type == STR and self.is_one(a):
                if node.args[1].type == STR or literals(node.args[1]) is not None:
                    yield a
            case key, [a] if key in known.AS_CHAR and a.type == STR and self.is_one(a):
                yield a
            case "+", [_, b] if _is(node, "+", STR, STR) and self.is_one(b):
                if not isinstance(b, (ir.Const, ir.GlobalConst)):
                    yield b


def literals(expr: ir.Expr) -> str | None:
    """The characters of a literal list or tuple of texts; None if it is none."""
    if not isinstance(expr, ir.ListLit):
        return None
    texts: list[str] = []
    for item in expr.items:
        if not isinstance(item, ir.Const) or not isinstance(item.value, str):
            return None
        texts.append(item.value)
    return "".join(text for text in texts if len(text) == 1)


class _Rewrite:
    """Gives the names their types, and each use what it takes."""

    def __init__(self, program: ir.Program, found: _Found) -> None:
        self.program = program
        self.found = found
        # By the expression's id: a node may stand in several places.
        self.texts: dict[int, ir.Expr] = {}
        self.kept: list[ir.Expr] = []

    def run(self) -> None:
        for key, function in self.program.functions.items():
            self.found.key = key
            for statement in function.body:
                for node in list(ir.walk(statement)):
                    if not isinstance(node, ir.Expr):
                        self._node(node)
        for key, name in self.found.names:
            function = self.program.functions[key]
            if not name:
                function.result = CHAR
                continue
            function.variables[name].type = CHAR
            for param in function.params:
                if param.name == name:
                    param.type = CHAR

    def _node(self, node: object) -> None:
        """Rewrites the expressions directly inside a statement, clause, walk or pattern."""
        key = self.found.key
        match node:
            case ir.PVar(name=name) if (key, name) in self.found.names:
                node.type = CHAR
                return
            case ir.Assign(target=target, value=value):
                node.value = self._into(target, value)
                return
            case ir.Return(value=value) if (key, "") in self.found.names:
                node.value = self.char(value)
                return
            case ir.For(target=target, source=source) | ir.Clause(target=target, source=source):
                self._walk(target, source)
        self._children(node)

    def _children(self, node: object) -> None:
        for spec in fields(node):  # type: ignore[arg-type]
            value = getattr(node, spec.name)
            if isinstance(value, ir.Expr):
                setattr(node, spec.name, self.text(value))
            elif isinstance(value, list):
                value[:] = [self.text(v) if isinstance(v, ir.Expr) else v for v in value]

    def _into(self, target: ir.Pattern, value: ir.Expr) -> ir.Expr:
        match target, value:
            case ir.PVar(name=name), _ if (self.found.key, name) in self.found.names:
                return self.char(value)
            case ir.PTuple(items=items), ir.TupleLit(items=values):
                made = [self._into(t, v) for t, v in zip(items, values, strict=True)]
                return ir.TupleLit(TupleType(tuple(m.type for m in made)), value.at, made)
        return self.text(value)

    def _walk(self, target: ir.Pattern, source: ir.Iter) -> Type:
        """What comes out of the walk; a text's characters where the target takes them."""
        match target, source:
            case ir.PVar(name=name), ir.SeqIter():
                if (self.found.key, name) in self.found.names:
                    source.item = CHAR
            case _, ir.ReversedIter(inner=inner):
                source.item = self._walk(target, inner)
            case ir.PTuple(items=[_, item]), ir.EnumerateIter(inner=inner):
                assert isinstance(source.item, TupleType)
                source.item = TupleType((source.item.items[0], self._walk(item, inner)))
                target.type = source.item
            case ir.PTuple(items=items), ir.ZipIter(inners=inners):
                parts = [self._walk(t, i) for t, i in zip(items, inners, strict=True)]
                source.item = target.type = TupleType(tuple(parts))
        return source.item

    # --- expressions -----------------------------------------------------------------------------

    def _keep(self, old: ir.Expr, new: ir.Expr) -> ir.Expr:
        self.texts[id(old)] = self.texts[id(new)] = new
        self.kept += (old, new)
        return new

    def text(self, expr: ir.Expr) -> ir.Expr:
        """The expression, of the type it had."""
        if id(expr) in self.texts:
            return self.texts[id(expr)]
        match expr:
            case ir.Var(name=name) if (self.found.key, name) in self.found.names:
                return self._keep(expr, self._as_text(self.char(expr)))
            case ir.Call(function=key) if (key, "") in self.found.names:
                return self._keep(expr, self._as_text(self.char(expr)))
            case ir.Call():
                self._args(expr)
            case ir.Let(name=name):
                self._let(expr)
                expr.body = self.text(expr.body)
            case ir.Prim() if (made := self._prim(expr)) is not None:
                return self._keep(expr, made)
            case ir.Format():
                expr.parts = [p if isinstance(p, str) else self._shown(p) for p in expr.parts]
            case _:
                self._children(expr)
        return self._keep(expr, expr)

    @staticmethod
    def _as_text(expr: ir.Expr) -> ir.Expr:
        return ir.Prim(STR, expr.at, known.TEXT, [expr])

    def _shown(self, part: ir.Expr) -> ir.Expr:
        """A value of an f-string: a character is shown as its text is."""
        if isinstance(part, ir.Var) and self.found.is_one(part):
            return self.char(part)
        return self.text(part)

    def _args(self, expr: ir.Call) -> None:
        params = self.program.functions[expr.function].params
        expr.args = [
            self.char(arg) if (expr.function, p.name) in self.found.names else self.text(arg)
            for p, arg in zip(params, expr.args, strict=True)
        ]

    def _let(self, expr: ir.Let) -> None:
        named = (self.found.key, expr.name) in self.found.names
        expr.value = self.char(expr.value) if named else self.text(expr.value)

    def char(self, expr: ir.Expr) -> ir.Expr:
        """The expression as a character; `is_one` holds."""
        match expr:
            case ir.Const(value=value) | ir.GlobalConst(value=value):
                return ir.Const(CHAR, expr.at, value)
            case ir.Var(name=name, last=last):
                return ir.Var(CHAR, expr.at, name, last)
            case ir.Prim(entry=entry) if entry.key == known.TEXT.key:
                return expr.args[0]
            case ir.Prim(entry=entry):
                new = known.CHR if entry.key == "builtins.chr" else known.AT
                return ir.Prim(CHAR, expr.at, new, [self.text(arg) for arg in expr.args])
            case ir.IfExp():
                then, orelse = self.char(expr.then), self.char(expr.orelse)
                return ir.IfExp(CHAR, expr.at, self.text(expr.cond), then, orelse)
            case ir.Let():
                made = ir.Let(CHAR, expr.at, expr.name, expr.value, expr.body)
                self._let(made)
                made.body = self.char(expr.body)
                return made
            case ir.Call():
                call = ir.Call(CHAR, expr.at, expr.function, list(expr.args))
                self._args(call)
                return call
        raise AssertionError(expr)

    def _prim(self, expr: ir.Prim) -> ir.Expr | None:
        """A use of an entry that takes characters; None for all others."""
        looks = list(self.found.looks(expr))
        if not looks or all(isinstance(one, (ir.Const, ir.GlobalConst)) for one in looks):
            return None
        key, args = expr.entry.key, expr.args
        match key, args:
            case "in", [a, b]:
                held = literals(b) if b.type != STR else _text_of(b)
                if held and not all("\ud800" <= c <= "\udfff" for c in held):
                    return ir.Prim(BOOL, expr.at, known.one_of(key, held), [self.char(a)])
                if b.type != STR:
                    return None
                return ir.Prim(BOOL, expr.at, known.WITHIN, [self.char(a), self.text(b)])
            case "+", [a, b]:
                # Only where the first is given away: passes/appending.py looks for this one.
                return None
            case (("==" | "!="), [a, b]) if len(looks) == 1:
                entry = known.SAME if key == "==" else known.OTHER
                if looks[0] is not a:
                    # The other way round only where nothing can be told of the order.
                    if not _still(a):
                        return None
                    a, b = b, a
                return ir.Prim(BOOL, expr.at, entry, [self.char(a), self.text(b)])
            case _, [a, b]:
                return ir.Prim(BOOL, expr.at, known.COMPARED[key], [self.char(a), self.char(b)])
            case _, [a]:
                return ir.Prim(expr.type, expr.at, known.AS_CHAR[key], [self.char(a)])
        return None


def _text_of(expr: ir.Expr) -> str:
    match expr:
        case ir.Const(value=str(value)) | ir.GlobalConst(value=str(value)):
            return value
    return ""


def _still(expr: ir.Expr) -> bool:
    return isinstance(expr, (ir.Const, ir.GlobalConst, ir.Var))


__all__ = ["find_characters"]

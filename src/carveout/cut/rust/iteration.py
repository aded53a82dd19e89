"""Rust text of what loops walk over, and of comprehensions.

    for &(price, size) in levels.iter() { … }

A walk gives looks (`&T`) or values; patterns are written to fit, so that Copy values arrive as
values and others as looks.
"""

from __future__ import annotations

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import BYTES, FLOAT, STR, DictType, ListType, SetType, Type, TypeTable
from carveout.cut.passes.places import is_place, supplies
from carveout.cut.rust.text import ATOM, LOW, Text

# What comes out of a walk: a look, a value, or a tuple of such.
Shape = str | tuple["Shape", ...]


class Iteration:
    """Loops; mixed into Expressions, which gives the expressions' text."""

    table: TypeTable
    function: ir.Function

    labels = 0
    # Names that the body of the loop being written assigns or changes.
    varying: frozenset[str] = frozenset()

    def temp(self, hint: str) -> str:
        """A name that hides none of the function's own."""
        while hint in self.function.variables:
            hint += "_"
        return hint

    def value(self, expr: ir.Expr) -> Text:
        raise NotImplementedError

    def reference(self, expr: ir.Expr) -> Text:
        raise NotImplementedError

    def receiver(self, expr: ir.Expr) -> str:
        raise NotImplementedError

    def place_receiver(self, expr: ir.Expr) -> str:
        raise NotImplementedError

    def copied(self, expr: ir.Expr) -> str:
        raise NotImplementedError

    def binder(self, name: str) -> str:
        raise NotImplementedError

    def copyable(self, type_: Type) -> bool:
        raise NotImplementedError

    def held(self, name: str) -> str:
        raise NotImplementedError

    # --- sources ---------------------------------------------------------------------------------

    def changing(self, target: ir.Pattern, source: ir.Iter) -> frozenset[int]:
        """The containers whose items change through a variable of the loop."""
        return frozenset(
            id(leaf) for var, leaf in supplies(target, source) if self.held(var.name) == "mut"
        )

    def source(self, node: ir.Iter, mutable: frozenset[int] = frozenset()) -> tuple[str, Shape]:
        """An iterator's text, and what comes out of it."""
        match node:
            case ir.RangeIter():
                start, stop = self.value(node.start), self.value(node.stop)
                if node.step is None:
                    return f"{start.at_least(4)}..{stop.at_least(4)}", "own"
                step = self.value(node.step).text
                return f"iter::range({start.text}, {stop.text}, {step})?", "own"
            case ir.SeqIter():
                return self._sequence(node, id(node) in mutable)
            case ir.DictIter():
                return self._dict(node, id(node) in mutable)
            case ir.SetIter():
                return f"{self.receiver(node.obj)}.iter()", "ref"
            case ir.EnumerateIter():
                inner, shape = self.source(node.inner, mutable)
                start = self.value(node.start)
                if isinstance(node.start, ir.Const) and abs(int(node.start.value or 0)) < 2**62:
                    begin = "0_i64" if start.text == "0" else start.at_least(4)
                    return f"({begin}..).zip({inner})", ("own", shape)
                return f"(0_i64..).zip({inner})", (f"from {start.text}", shape)
            case ir.ZipIter():
                text, shape = self._dotted(node.inners[0], mutable)
                for other in node.inners[1:]:
                    more, other_shape = self.source(other, mutable)
                    text, shape = f"{text}.zip({more})", (shape, other_shape)
                return text, shape
            case ir.ReversedIter():
                text, shape = self._dotted(node.inner, mutable)
                return f"{text}.rev()", shape
        raise AssertionError(node)

    def _dotted(self, node: ir.Iter, mutable: frozenset[int]) -> tuple[str, Shape]:
        """An iterator's text that a dot may follow."""
        text, shape = self.source(node, mutable)
        if isinstance(node, ir.RangeIter) and node.step is None:
            text = f"({text})"
        return text, shape

    def _dict(self, node: ir.DictIter, mutable: bool) -> tuple[str, Shape]:
        shape: Shape = ("ref", "ref") if node.view == "items" else "ref"
        if mutable:
            method = {"values": "values_mut", "items": "iter_mut"}[node.view]
            return f"{self.place_receiver(node.obj)}.{method}()", shape
        method = {"keys": "keys", "values": "values", "items": "iter"}[node.view]
        return f"{self._walked(node.obj, node.copy)}.{method}()", shape

    def _walked(self, container: ir.Expr, copy: bool) -> str:
        return self.copied(container) if copy else self.receiver(container)

    def _sequence(self, node: ir.SeqIter, mutable: bool) -> tuple[str, Shape]:
        seq = node.seq
        if seq.type == STR:
            text = f"&{self.copied(seq)}" if node.copy else self.reference(seq).text
            return f"text::chars({text})", "own"
        if seq.type == BYTES:
            text = f"&{self.copied(seq)}" if node.copy else self.reference(seq).text
            return f"bytes::iter({text})", "own"
        if isinstance(seq, ir.ListLit):
            items = ", ".join(self.value(item).text for item in seq.items)
            return f"[{items}].into_iter()", "own"
        if node.copy:
            return f"{self.copied(seq)}.into_iter()", "own"
        if is_place(seq):
            if mutable:
                return f"{self.place_receiver(seq)}.iter_mut()", "ref"
            return f"{self.receiver(seq)}.iter()", "ref"
        return f"{self.value(seq).at_least(ATOM)}.into_iter()", "own"

    # --- patterns --------------------------------------------------------------------------------

    def pattern(self, target: ir.Pattern, shape: Shape, node: ir.Iter) -> tuple[str, list[str]]:
        """The pattern, and lets that must follow it."""
        lets: list[str] = []
        text = self._pattern(target, shape, lets, zipped(node))
        return text, lets

    def _pattern(self, target: ir.Pattern, shape: Shape, lets: list[str], nesting: int) -> str:
        if isinstance(target, ir.PVar):
            return self._bind(target, shape, lets)
        assert isinstance(target, ir.PTuple)
        if isinstance(shape, tuple):
            shapes = flatten(shape, len(target.items))
            parts = [
                self._pattern(t, s, lets, 0) for t, s in zip(target.items, shapes, strict=True)
            ]
            if len(parts) > 2:
                text = f"({parts[0]}, {parts[1]})"
                for part in parts[2:]:
                    text = f"({text}, {part})"
                return text
            return f"({', '.join(parts)})"
        parts = [
            self._field(item) if shape == "ref" else self._pattern(item, "own", lets, 0)
            for item in target.items
        ]
        inner = f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
        if shape == "ref":
            lets += [
                f"let {self.binder(v.name)} = {self.binder(v.name)}.clone();"
                for v in ir.pattern_vars(target)
                if v.name != "_" and not self.copyable(v.type) and self.held(v.name) == "own"
            ]
        return f"&{inner}" if shape == "ref" else inner

    def _field(self, target: ir.Pattern) -> str:
        """Inside a `&(…)` pattern."""
        if isinstance(target, ir.PVar):
            if target.name == "_":
                return "_"
            name = self.binder(target.name)
            return name if self.copyable(target.type) else f"ref {name}"
        assert isinstance(target, ir.PTuple)
        inner = ", ".join(map(self._field, target.items))
        return f"({inner}{',' if len(target.items) == 1 else ''})"

    def _bind(self, target: ir.PVar, shape: Shape, lets: list[str]) -> str:
        if target.name == "_":
            return "_"
        name = self.binder(target.name)
        if isinstance(shape, tuple):
            parts = [f"{name}_{index}" for index in range(len(shape))]
            assert hasattr(target.type, "items")
            owned = [
                part if s == "own" else f"*{part}" if self.copyable(t) else f"{part}.clone()"
                for part, s, t in zip(parts, shape, target.type.items, strict=True)
            ]
            lets.append(f"let {name} = ({', '.join(owned)});")
            return f"({', '.join(parts)})"
        mutable = "mut " if self._reassigned(target.name) else ""
        if shape == "own":
            return f"{mutable}{name}"
        if shape.startswith("from "):
            start = shape.removeprefix("from ")
            lets.append(f"let {mutable}{name} = int::add({start}, {name})?;")
            return name
        if self.copyable(target.type):
            return f"&({mutable}{name})" if mutable else f"&{name}"
        if self.held(target.name) == "own":
            lets.append(f"let {mutable}{name} = {name}.clone();")
        return name

    def _reassigned(self, name: str) -> bool:
        return name in self.varying

    # --- comprehensions --------------------------------------------------------------------------

    def comprehension(self, expr: ir.Comp) -> Text:
        """A block that fills a container."""
        single = len(expr.clauses) == 1
        made = self.temp("made")
        size = self._size(expr.clauses[0].source) if single and not expr.clauses[0].conds else None
        match expr.type:
            case ListType():
                start = "Vec::new()" if size is None else f"Vec::with_capacity({size})"
                put = f"{made}.push({self.value(expr.element).text});"
            case SetType():
                start, put = "Set::new()", f"{made}.insert({self.value(expr.element).text});"
            case DictType():
                assert expr.key is not None
                start = "Dict::new()"
                put = (
                    f"{made}.insert({self.value(expr.key).text}, {self.value(expr.element).text});"
                )
            case _:
                raise AssertionError(expr.type)
        loops = self.loops(expr.clauses, put)
        return Text(f"{{ let mut {made} = {start}; {loops} {made} }}", LOW)

    def _size(self, source: ir.Iter) -> str | None:
        if (
            isinstance(source, ir.SeqIter)
            and is_place(source.seq)
            and isinstance(source.seq.type, ListType)
        ):
            return f"{self.receiver(source.seq)}.len()"
        if isinstance(source, ir.EnumerateIter):
            return self._size(source.inner)
        return None

    def loops(self, clauses: list[ir.Clause], inside: str) -> str:
        """Nested `for`s around a statement."""
        text = inside
        for clause in reversed(clauses):
            for cond in reversed(clause.conds):
                text = f"if {self.value(cond).text} {{ {text} }}"
            source, shape = self.source(clause.source, self.changing(clause.target, clause.source))
            pattern, lets = self.pattern(clause.target, shape, clause.source)
            text = f"for {pattern} in {source} {{ {' '.join(lets)} {text} }}"
        return text

    def reduce(self, expr: ir.Reduce) -> Text:
        """`any`, `all` and `sum` without a list in between."""
        element = self.value(expr.element)
        name = self.temp("found" if expr.kind in ("any", "all") else "total")
        if expr.kind in ("any", "all"):
            until = element.text if expr.kind == "any" else f"!{element.at_least(15)}"
            found = "true" if expr.kind == "any" else "false"
            other = "false" if expr.kind == "any" else "true"
            self.labels += 1
            label = f"'search{self.labels}"
            loops = self.loops(expr.clauses, f"if {until} {{ {name} = {found}; break {label}; }}")
            return Text(f"{{ let mut {name} = {other}; {label}: {{ {loops} }} {name} }}", LOW)
        start = None if expr.start is None else self.value(expr.start).text
        if expr.type == FLOAT:
            begin = "float::Sum::new()" if start is None else f"float::Sum::starting({start})"
            loops = self.loops(expr.clauses, f"{name}.add({element.text});")
            return Text(f"{{ let mut {name} = {begin}; {loops} {name}.finish()? }}", LOW)
        loops = self.loops(expr.clauses, f"{name} = int::add({name}, {element.text})?;")
        return Text(f"{{ let mut {name}: i64 = {start or '0'}; {loops} {name} }}", LOW)


def zipped(node: ir.Iter) -> int:
    return len(node.inners) if isinstance(node, ir.ZipIter) else 0


def flatten(shape: Shape, count: int) -> list[Shape]:
    """((a, b), c) of a zip of three as [a, b, c]."""
    assert isinstance(shape, tuple)
    parts = list(shape)
    while len(parts) < count:
        first = parts[0]
        assert isinstance(first, tuple)
        parts = [*first, *parts[1:]]
    return parts

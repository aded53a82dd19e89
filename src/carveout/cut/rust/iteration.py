"""Rust text of what loops walk over, and of comprehensions.

    for &(price, size) in levels.iter() { … }

A walk gives looks (`&T`) or values; patterns are written to fit, so that Copy values arrive as
values and others as looks. Where what is walked over may change meanwhile, the walk goes step by
step as Python's does, and each step gives a value:

    let mut at = 0;
    while let Some(item) = walk::item(&items, &mut at) { … }
"""

from __future__ import annotations

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import is_place
from carveout.cut.ir.types import (
    BIG,
    BYTES,
    CHAR,
    DECIMAL,
    FLOAT,
    NUM,
    STR,
    DequeType,
    DictType,
    ListType,
    SetType,
    TupleType,
    Type,
    VarTupleType,
)
from carveout.cut.rust.places import CannotWrite, Places, closed, has_effects, opens
from carveout.cut.rust.text import ATOM, LOW, Text, ident

# What comes out of a walk: a look, a value, or a tuple of such.
Shape = str | tuple["Shape", ...]


_TOLD = frozenset({"builtins.len", "builtins.min", "builtins.max", "+", "-", "*"})


class Iteration(Places):
    """Loops; mixed into Expressions, which gives the expressions' text."""

    labels = 0
    # Names that the body of the loop being written assigns or changes.
    varying: frozenset[str] = frozenset()

    def new(self, type_: Type, text: str, prec: int = LOW) -> Text:
        raise NotImplementedError

    # --- sources ---------------------------------------------------------------------------------

    def source(self, node: ir.Iter, mutable: bool = False) -> tuple[str, Shape]:
        """An iterator's text, and what comes out of it."""
        match node:
            case ir.RangeIter():
                start, stop = self.closed(node.start), self.closed(node.stop)
                if node.step is None:
                    return f"{start.at_least(5)}..{stop.at_least(5)}", "own"
                step = self.closed(node.step).text
                return f"iter::range({start.text}, {stop.text}, {step})?", "own"
            case ir.SeqIter():
                return self._sequence(node, mutable)
            case ir.DictIter():
                if not is_place(node.obj):
                    return self._new_dict(node)
                method = {"keys": "keys", "values": "values", "items": "iter"}[node.view]
                shape: Shape = ("ref", "ref") if node.view == "items" else "ref"
                return f"{self.inside(node.obj)}.{method}()", shape
            case ir.SetIter():
                if not is_place(node.obj):
                    return f"{self.taken_apart(node.obj)}.into_items()", "own"
                return f"{self.inside(node.obj)}.iter()", "ref"
            case ir.EnumerateIter():
                inner, shape = self.source(node.inner)
                start = self.closed(node.start)
                first = node.start.value if isinstance(node.start, ir.Const) else None
                if isinstance(first, int) and abs(first) < 2**62:
                    begin = "0_i64" if start.text == "0" else start.at_least(5)
                    return f"({begin}..).zip({inner})", ("own", shape)
                return f"iter::count_from({start.text}).zip({inner})", ("try", shape)
            case ir.ZipIter():
                text, shape = self._dotted(node.inners[0])
                if node.strict:
                    text = self._sized(node.inners[0], text)
                for other in node.inners[1:]:
                    more, other_shape = self.source(other)
                    if node.strict:
                        text = f"iter::zip_strict({text}, {self._sized(other, more)})?"
                        shape = (shape, other_shape)
                        continue
                    text, shape = f"{text}.zip({more})", (shape, other_shape)
                return text, shape
            case ir.ReversedIter():
                text, shape = self._dotted(node.inner)
                return f"{text}.rev()", shape
        raise AssertionError(node)

    def closed(self, expr: ir.Expr) -> Text:
        """A value that leaves nothing open while the loop goes on."""
        outer, self.effects = self.effects, True
        text = self.value(expr)
        self.effects = outer
        return text

    def taken_apart(self, expr: ir.Expr) -> str:
        """A container that was made just for the walk, to be walked by value."""
        outer, self.effects = self.effects, True
        text = self.value(expr)
        if self.counted(expr.type):
            text = self.sealed(Text(f"{text.at_least(ATOM)}.look()?.clone()"))
        self.effects = outer
        return text.at_least(ATOM)

    def step_text(self, step: str) -> str:
        """A step that leaves nothing open while the body runs."""
        return closed(f"{{ let next = {step}; next }}") if opens(step) else step

    def _dotted(self, node: ir.Iter) -> tuple[str, Shape]:
        """An iterator's text that a dot may follow."""
        text, shape = self.source(node)
        if isinstance(node, ir.RangeIter) and node.step is None:
            text = f"({text})"
        return text, shape

    def _new_dict(self, node: ir.DictIter) -> tuple[str, Shape]:
        """A dict that was made just for the walk."""
        method = {"keys": "into_keys", "values": "into_values", "items": "into_entries"}[node.view]
        text = f"{self.taken_apart(node.obj)}.{method}()"
        return text, ("own", "own") if node.view == "items" else "own"

    def _sequence(self, node: ir.SeqIter, mutable: bool) -> tuple[str, Shape]:
        seq = node.seq
        if seq.type in (STR, BYTES):
            text, receiver = self.reference(seq).text, self.receiver(seq)
            if opens(text):
                receiver = self.closed(seq).at_least(ATOM)
                text = f"&{receiver}"
            if node.item == CHAR:
                return f"{receiver}.chars()", "own"
            return f"{'text::chars' if seq.type == STR else 'bytes::iter'}({text})", "own"
        if isinstance(seq, ir.ListLit) and seq.items and not self.counted(seq.type):
            items = ", ".join(self.value(item).text for item in seq.items)
            return f"[{items}].into_iter()", "own"
        if is_place(seq):
            if mutable and not self.counted(seq.type):
                return f"{self.place_receiver(seq)}.iter_mut()", "ref"
            return f"{self.inside(seq)}.iter()", "ref"
        return f"{self.taken_apart(seq)}.into_iter()", "own"

    # --- step by step ----------------------------------------------------------------------------

    def stepping(self, node: ir.Iter, lets: list[str]) -> str:
        """What is evaluated at each step, an Option of a value; `lets` come before the loop."""
        match node:
            case ir.SeqIter(seq=ir.Expr(type=DequeType())) if is_place(node.seq):
                walk = self._fresh("walk")
                over = self._over(node.seq, lets)
                lets.append(f"let mut {walk} = walk::deque({over});")
                return f"{walk}.next({over})?"
            case ir.SeqIter() if node.seq.type not in (STR, BYTES) and is_place(node.seq):
                at = self._fresh("at")
                lets.append(f"let mut {at} = 0_usize;")
                return f"walk::item({self._over(node.seq, lets)}, &mut {at})"
            case ir.DictIter() if is_place(node.obj):
                walk = self._fresh("walk")
                over = self._over(node.obj, lets)
                lets.append(f"let mut {walk} = walk::entries({over});")
                return f"{walk}.{node.view}({over})?"
            case ir.SetIter() if is_place(node.obj):
                walk = self._fresh("walk")
                over = self._over(node.obj, lets)
                lets.append(f"let mut {walk} = walk::set({over});")
                return f"{walk}.next({over})?"
            case ir.EnumerateIter():
                inner = self.stepping(node.inner, lets)
                count = self._fresh("count")
                start = self.value(node.start).text
                lets.append(f"let mut {count} = i128::from({start});")
                return f"walk::numbered({inner}, &mut {count})?"
            case ir.ZipIter():
                steps = [self.stepping(inner, lets) for inner in node.inners]
                return self._zipped(steps, node.strict)
            case ir.ReversedIter(inner=ir.SeqIter(seq=seq)) if is_place(seq) and (
                seq.type not in (STR, BYTES) and not isinstance(seq.type, DequeType)
            ):
                at = self._fresh("at")
                over = self._over(seq, lets)
                lets.append(f"let mut {at} = ({over}).len();")
                return f"walk::item_back({over}, &mut {at})"
        text, shape = self.source(node)
        # The entries of a new dict are pairs of values.
        if shape not in ("own", ("own", "own")):
            raise CannotWrite("this walk, step by step")
        items = self._fresh("items")
        lets.append(f"let mut {items} = {text};")
        return f"{items}.next()"

    def _zipped(self, steps: list[str], strict: bool) -> str:
        names = [f"item{index}" for index in range(len(steps))]
        text = f"Some(({', '.join(names)}))"
        apart = 'return Err(Stop::Decline("zip of different lengths"))'
        for index, (name, step) in reversed(list(enumerate(zip(names, steps, strict=True)))):
            end = "None"
            if strict and index:
                end = apart
            elif strict:
                others = " || ".join(f"({other}).is_some()" for other in steps[1:])
                end = f"if {others} {{ {apart} }} else {{ None }}"
            text = f"match {step} {{ Some({name}) => {text}, None => {end} }}"
        return text

    @staticmethod
    def _sized(node: ir.Iter, text: str) -> str:
        """An iterator that knows how many items are left."""
        if isinstance(node, ir.SeqIter) and isinstance(node.seq.type, (ListType, VarTupleType)):
            return text
        return f"({text}).collect::<Vec<_>>().into_iter()"

    def _over(self, expr: ir.Expr, lets: list[str]) -> str:
        """A `&` to the container, evaluated anew at each step; its handle is taken once."""
        if self.counted(expr.type):
            if isinstance(expr, ir.Var) and not self._reassigned(expr.name):
                return self.contents(expr).text
            name = self._fresh("over")
            lets.append(f"let {name} = {self.value(expr).text};")
            return f"&{name}.look()?"
        return self.reference(expr).text

    def _fresh(self, hint: str) -> str:
        """A temporary of its own: loops stand inside each other."""
        name, n = hint, 2
        while name in self.function.variables:
            name, n = f"{hint}{n}", n + 1
        self.function.variables[name] = ir.Variable(name, FLOAT)
        return name

    # --- patterns --------------------------------------------------------------------------------

    def pattern(self, target: ir.Pattern, shape: Shape, node: ir.Iter) -> tuple[str, list[str]]:
        """The pattern, and lets that must follow it."""
        lets: list[str] = []
        text = self._pattern(target, shape, lets)
        return text, lets

    def _pattern(self, target: ir.Pattern, shape: Shape, lets: list[str]) -> str:
        if isinstance(target, ir.PVar):
            return self._bind(target, shape, lets)
        assert isinstance(target, ir.PTuple)
        if isinstance(shape, tuple):
            shapes = flatten(shape, len(target.items))
            parts = [self._pattern(t, s, lets) for t, s in zip(target.items, shapes, strict=True)]
            text = f"({parts[0]}, {parts[1]})" if len(parts) > 1 else f"({parts[0]},)"
            for part in parts[2:]:
                text = f"({text}, {part})"
            return text
        parts = [
            self._field(item) if shape == "ref" else self._pattern(item, "own", lets)
            for item in target.items
        ]
        inner = f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
        if shape == "ref":
            for var in ir.pattern_vars(target):
                if var.name != "_" and not self.copyable(var.type) and self.held(var.name) == "own":
                    self.cloning(var.type)
                    lets.append(self._let_clone(var.name))
                elif var.name != "_" and self._reassigned(var.name):
                    lets.append(f"let mut {ident(var.name)} = {ident(var.name)};")
        return f"&{inner}" if shape == "ref" else inner

    def _let_clone(self, name: str) -> str:
        mutable = "mut " if self._reassigned(name) else ""
        return f"let {mutable}{ident(name)} = {ident(name)}.clone();"

    def _field(self, target: ir.Pattern) -> str:
        """Inside a `&(…)` pattern."""
        if isinstance(target, ir.PVar):
            if target.name == "_":
                return "_"
            return ident(target.name) if self.copyable(target.type) else f"ref {ident(target.name)}"
        assert isinstance(target, ir.PTuple)
        inner = ", ".join(map(self._field, target.items))
        return f"({inner}{',' if len(target.items) == 1 else ''})"

    def _bind(self, target: ir.PVar, shape: Shape, lets: list[str]) -> str:
        if target.name == "_":
            return "_"
        name = ident(target.name)
        if isinstance(shape, tuple):
            assert isinstance(target.type, TupleType)
            shapes = flatten(shape, len(target.type.items))
            parts = [f"{name}_{index}" for index in range(len(shapes))]
            owned = []
            for part, s, t in zip(parts, shapes, target.type.items, strict=True):
                if isinstance(s, tuple):
                    raise CannotWrite("nested pairs under one name")
                if s == "ref" and not self.copyable(t):
                    self.cloning(t)
                owned.append(_owned(part, s, self.copyable(t)))
            mutable = "mut " if self._reassigned(target.name) else ""
            lets.append(f"let {mutable}{name} = ({', '.join(owned)});")
            text = f"({parts[0]}, {parts[1]})" if len(parts) > 1 else f"({parts[0]},)"
            for part in parts[2:]:
                text = f"({text}, {part})"
            return text
        mutable = "mut " if self._reassigned(target.name) else ""
        if shape == "try":
            lets.append(f"let {mutable}{name} = {name}?;")
            return name
        if shape == "own":
            return f"{mutable}{name}"
        if self.copyable(target.type):
            return f"&({mutable}{name})" if mutable else f"&{name}"
        if self.held(target.name) == "own":
            self.cloning(target.type)
            lets.append(self._let_clone(target.name))
        return name

    def _reassigned(self, name: str) -> bool:
        return name in self.varying

    # --- comprehensions --------------------------------------------------------------------------

    def comprehension(self, expr: ir.Comp) -> Text:
        """A block that fills a container."""
        first = expr.clauses[0]
        sized = len(expr.clauses) == 1 and not first.conds and not first.stepped
        made = self._fresh("made")
        size = self.size(first.source) if sized else None
        match expr.type:
            case ListType() | VarTupleType():
                start = "Vec::new()" if size is None else f"Vec::with_capacity({size})"
                put = f"{made}.push({self.value(expr.element).text});"
            case SetType():
                start, put = "Set::new()", f"{made}.insert({self.value(expr.element).text});"
            case DictType():
                assert expr.key is not None
                start = "Dict::new()"
                key, value = self.value(expr.key).text, self.value(expr.element).text
                put = f"{made}.insert({key}, {value});"
            case _:
                raise AssertionError(expr.type)
        if size is not None and isinstance(first.source, ir.RangeIter):
            # All of them will be there: not the hint that a loop's list has, which may end early.
            size = size.replace("iter::room(", "iter::whole(", 1) + "?"
            if isinstance(expr.type, (ListType, VarTupleType)):
                start = f"Vec::with_capacity({size})"
            else:
                start = f"{start}; {size}"
        loops = self.loops(expr.clauses, put)
        done = self.new(expr.type, made, ATOM).text
        return Text(f"{{ let mut {made} = {start}; {loops} {done} }}", LOW)

    def size(self, source: ir.Iter) -> str | None:
        """How many items come out at most, where that can be told before and costs nothing."""
        if has_effects(source):
            # It would happen twice.
            return None
        match source:
            case ir.SeqIter(seq=seq) if is_place(seq) and isinstance(
                seq.type, (ListType, VarTupleType)
            ):
                return f"{self.inside(seq)}.len()"
            case ir.DictIter(obj=obj) if is_place(obj):
                return f"{self.inside(obj)}.len()"
            case ir.RangeIter(step=None):
                first = source.start.value if isinstance(source.start, ir.Const) else None
                if isinstance(first, int) and first >= 0 and _told(source.stop):
                    return f"iter::room({self.value(source.stop).text})"
            case ir.SeqIter(seq=ir.Var(type=type_) as seq) if type_ == STR:
                return f"{self.receiver(seq)}.len()"
            case ir.EnumerateIter():
                return self.size(source.inner)
        return None

    def loops(self, clauses: list[ir.Clause], inside: str) -> str:
        """Nested `for`s around a statement."""
        text = inside
        for clause in reversed(clauses):
            for cond in reversed(clause.conds):
                text = f"if {self.value(cond).text} {{ {text} }}"
            if clause.stepped:
                before: list[str] = []
                step = self.stepping(clause.source, before)
                pattern, lets = self.pattern(clause.target, "own", clause.source)
                head = f"{' '.join(before)} while let Some({pattern}) = {self.step_text(step)}"
                text = f"{head} {{ {' '.join(lets)} {text} }}"
                continue
            source, shape = self.source(clause.source)
            pattern, lets = self.pattern(clause.target, shape, clause.source)
            text = f"for {pattern} in {source} {{ {' '.join(lets)} {text} }}"
        return text

    def reduce(self, expr: ir.Reduce) -> Text:
        """`any`, `all` and `sum` without a list in between."""
        element = self.value(expr.element)
        name = self._fresh("found" if expr.kind in ("any", "all") else "total")
        if expr.kind in ("any", "all"):
            until = element.text if expr.kind == "any" else f"!{element.at_least(15)}"
            found = "true" if expr.kind == "any" else "false"
            other = "false" if expr.kind == "any" else "true"
            self.labels += 1
            label = f"'search{self.labels}"
            inside = f"if {until} {{ {name} = {found}; break {label}; }}"
            loops = self.loops(expr.clauses, inside)
            return Text(f"{{ let mut {name} = {other}; {label}: {{ {loops} }} {name} }}", LOW)
        start = None if expr.start is None else self.value(expr.start).text
        if expr.type == BIG:
            total = f"{name} = big::add({name}, {element.text})?;"
            loops = self.loops(expr.clauses, total)
            begin = start or "Integer::from(0_i64)"
            return Text(f"{{ let mut {name} = {begin}; {loops} {name} }}", LOW)
        if expr.type == NUM:
            head = f"num::Sum::starting({start or 'Num::Int(0)'})"
            loops = self.loops(expr.clauses, f"{name}.add({element.text})?;")
            return Text(f"{{ let mut {name} = {head}; {loops} {name}.finish()? }}", LOW)
        if expr.type == FLOAT:
            start = "0.0" if expr.anyway else start
            begin = "float::Sum::new()" if start is None else f"float::Sum::starting({start})"
            loops = self.loops(expr.clauses, f"{name}.add({element.text});")
            return Text(f"{{ let mut {name} = {begin}; {loops} {name}.finish()? }}", LOW)
        if expr.type == DECIMAL:
            begin = "decimal::Sum::new()" if start is None else f"decimal::Sum::starting({start})"
            loops = self.loops(expr.clauses, f"{name}.add(&{element.at_least(15)})?;")
            return Text(f"{{ let mut {name} = {begin}; {loops} {name}.finish()? }}", LOW)
        loops = self.loops(expr.clauses, f"{name} = int::add({name}, {element.text})?;")
        return Text(f"{{ let mut {name}: i64 = {start or '0'}; {loops} {name} }}", LOW)


def _told(expr: ir.Expr) -> bool:
    """Whether evaluating it once more does and costs nothing; it may decline."""
    match expr:
        case ir.Const() | ir.Var() | ir.GlobalConst():
            return True
        case ir.Prim(entry=entry, args=args):
            known = entry.key in _TOLD and entry.gives == "own"
            return known and all(map(_told, args))
        case ir.Field(obj=obj) | ir.Part(obj=obj):
            return _told(obj)
    return False


def _owned(name: str, shape: Shape, copyable: bool) -> str:
    """The value of what came out of a walk."""
    if shape == "own":
        return name
    if shape == "try":
        return f"{name}?"
    return f"*{name}" if copyable else f"{name}.clone()"


def flatten(shape: Shape, count: int) -> list[Shape]:
    """((a, b), c) of a zip of three as [a, b, c]."""
    assert isinstance(shape, tuple)
    parts = list(shape)
    while len(parts) < count:
        first = parts[0]
        assert isinstance(first, tuple)
        parts = [*first, *parts[1:]]
    return parts


__all__ = ["Iteration", "Shape", "flatten"]

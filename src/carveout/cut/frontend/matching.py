"""Lowering of `match`: each case is a test, the names it binds, and its body.

    match shape:
        case Circle(radius=r) if r > 0:     # if shape.is_a() && { let r = …; r > 0 } {
            return r * 2                    #     let r = …; return Ok(r * 2);
        case [first, *rest]:                # } else if shape.len() >= 1 {

What a pattern asks that its value's type answers is answered when the function is cut. A guard sees
the names of its pattern; they keep their values where it fails, so nothing may read them then.

Longer than a file should be: one method for each kind of pattern, beside the dispatch over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from mypy.nodes import Expression, MatchStmt, NameExpr, TupleExpr, TypeInfo
from mypy.nodes import Var as MypyVar
from mypy.patterns import (
    AsPattern,
    ClassPattern,
    MappingPattern,
    OrPattern,
    Pattern,
    SequencePattern,
    SingletonPattern,
    StarredPattern,
    ValuePattern,
)
from mypy.types import Instance, LiteralType, get_proper_type
from mypy.types import TupleType as MypyTuple

from carveout.cut.frontend import hierarchy, instances
from carveout.cut.frontend.scoping import walk
from carveout.cut.frontend.trying import Trying
from carveout.cut.frontend.unpacking import Unpacking
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BOOL,
    BYTES,
    FLOAT,
    INT,
    NONE,
    NUM,
    STR,
    DequeType,
    DictType,
    EnumType,
    ListType,
    OptionalType,
    StructType,
    TupleType,
    Type,
    UnionType,
    VarTupleType,
)
from carveout.cut.refuse import Refusal

# Reads the value that a pattern is about, once more each time.
Read = Callable[[], ir.Expr]
# Built-in classes whose pattern takes one value, which is the object itself.
_WHOLE = frozenset(
    f"builtins.{name}"
    for name in ("bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str")
) | {"builtins.tuple"}
_NUMBERS = (INT, FLOAT, BOOL, NUM)
_PLAIN = (*_NUMBERS, STR, BYTES)


@dataclass
class Found:
    """What a pattern asks, all of which must hold in this order, and what it binds."""

    tests: list[ir.Expr] = field(default_factory=list)
    binds: list[tuple[NameExpr, Read]] = field(default_factory=list)
    # The `**rest` of mappings: the dict without these keys.
    rests: list[tuple[NameExpr, Read, list[Expression]]] = field(default_factory=list)

    @property
    def never(self) -> bool:
        return any(isinstance(test, ir.Const) and not test.value for test in self.tests)


class Matching(Trying, Unpacking):
    """Mixed into FunctionLowerer."""

    def match_(self, node: MatchStmt, at: ir.At) -> list[ir.Stmt]:
        """The whole statement."""
        captured: set[object] = {name.node for one in node.patterns for name in _captures(one)}
        before, read = self._subject(node.subject, captured, at)
        cases: list[tuple[ir.Expr, list[ir.Stmt], ir.At]] = []
        for pattern, guard, body in zip(node.patterns, node.guards, node.bodies, strict=True):
            here = self.at(pattern)
            with self.collecting():
                found = Found()
                self._pattern(pattern, read, found)
                if found.never:
                    continue
                test = _all(found.tests, here)
                if guard is not None:
                    self._only_read_inside(found, node, pattern, guard, body)
                    test = _and(test, self._guard(guard, found, here), here)
                binds = self._binds(found, here)
                then = [*binds, *self.block(body.body)]
                cases.append((test, then, here))
                if isinstance(test, ir.Const) and test.value:
                    # No later case is reached.
                    break
        out: list[ir.Stmt] = []
        for test, then, here in reversed(cases):
            sure = isinstance(test, ir.Const) and test.value
            out = then if sure else [ir.If(here, test, then, out)]
        return [*before, *out]

    # --- the subject -----------------------------------------------------------------------------

    def _subject(
        self, node: Expression, captured: set[object], at: ir.At
    ) -> tuple[list[ir.Stmt], Read]:
        if isinstance(node, TupleExpr) and len(node.items) <= 12:
            parts = [self._subject(item, captured, self.at(item)) for item in node.items]
            reads = [read for _, read in parts]
            type_ = TupleType(tuple(read().type for read in reads))
            before = [statement for first, _ in parts for statement in first]
            return before, lambda: ir.TupleLit(type_, at, [read() for read in reads])
        value = _whole(self.expr(node))
        if isinstance(value, ir.Var) and getattr(node, "node", None) not in captured:
            return [], lambda: ir.Var(value.type, at, value.name)
        name = self.fresh("subject", value.type)
        first = ir.Assign(at, ir.PVar(value.type, at, name), value)
        return [first], lambda: ir.Var(value.type, at, name)

    # --- patterns --------------------------------------------------------------------------------

    def _pattern(self, pattern: Pattern, read: Read, found: Found) -> None:
        at = self.at(pattern)
        match pattern:
            case AsPattern(pattern=inner, name=name):
                if inner is not None:
                    read = self._inner(inner, read, found)
                if name is not None and name.name != "_":
                    found.binds.append((name, read))
            case _:
                self._inner(pattern, read, found)
        del at

    def _inner(self, pattern: Pattern, read: Read, found: Found) -> Read:
        """Adds what a pattern asks; how to read the value once it holds."""
        at = self.at(pattern)
        match pattern:
            case AsPattern():
                self._pattern(pattern, read, found)
            case ValuePattern(expr=expr):
                return self._value(expr, read, found, at)
            case SingletonPattern(value=value):
                found.tests.append(self._singleton(value, read, at))
            case OrPattern(patterns=patterns):
                self._either(patterns, read, found, at)
            case SequencePattern(patterns=patterns):
                return self._sequence(patterns, read, found, at)
            case MappingPattern():
                return self._mapping(pattern, read, found, at)
            case ClassPattern():
                return self._class(pattern, read, found, at)
            case _:
                raise Refusal("refusal-match", "this pattern is not drafted", at)
        return read

    def _value(self, expr: Expression, read: Read, found: Found, at: ir.At) -> Read:
        wanted = self.expr(expr)
        type_ = read().type
        if isinstance(type_, OptionalType):
            found.tests.append(ir.Not(BOOL, at, ir.IsNone(BOOL, at, read())))
            inner, outer = type_.item, read
            read, type_ = (lambda: ir.Unwrap(inner, at, outer())), inner
        if isinstance(type_, UnionType):
            fits = [i for i, one in enumerate(type_.items) if self._may_equal(one, wanted)]
            if len(fits) > 1:
                raise Refusal("refusal-match", f"{wanted.type} among {type_}", at)
            if not fits:
                found.tests.append(ir.Const(BOOL, at, False))
                return read
            read = self._member(read, type_, fits[0], found, at)
        elif not self._may_equal(type_, wanted):
            found.tests.append(ir.Const(BOOL, at, False))
            return read
        found.tests.append(self.compare("==", read(), wanted, at))
        return read

    def _may_equal(self, type_: Type, wanted: ir.Expr) -> bool:
        """Whether values of two types may be equal: numbers of any kind, or of one type."""
        other = wanted.type
        if type_ == other:
            return True
        for one, against in ((type_, other), (other, type_)):
            if isinstance(one, EnumType):
                if self.reader.table.enums[one.name].base != "none":
                    raise Refusal(
                        "refusal-match", f"{one} against {against} is not drafted", wanted.at,
                        hint="match its value",
                    )  # fmt: skip
                return False
            if isinstance(one, StructType):
                raise Refusal("refusal-match", f"{one} against {against} is not drafted", wanted.at)
        if type_ in _NUMBERS or other in _NUMBERS:
            return type_ in _NUMBERS and other in _NUMBERS
        return not (type_ in _PLAIN or other in _PLAIN)

    def _member(self, outer: Read, type_: UnionType, index: int, found: Found, at: ir.At) -> Read:
        """A union's value as the member that it must be."""
        found.tests.append(ir.IsMember(BOOL, at, outer(), index))
        return lambda: ir.Extract(type_.items[index], at, outer(), index)

    def _singleton(self, value: bool | None, read: Read, at: ir.At) -> ir.Expr:
        type_ = read().type
        if value is None:
            if isinstance(type_, OptionalType):
                return ir.IsNone(BOOL, at, read())
            return ir.Const(BOOL, at, type_ == NONE)
        if type_ == BOOL:
            return read() if value else ir.Not(BOOL, at, read())
        if isinstance(type_, OptionalType) and type_.item == BOOL:
            inner: ir.Expr = ir.Unwrap(BOOL, at, read())
            some = ir.Not(BOOL, at, ir.IsNone(BOOL, at, read()))
            return ir.And(BOOL, at, some, inner if value else ir.Not(BOOL, at, inner))
        if isinstance(type_, UnionType) and BOOL in type_.items:
            index = type_.items.index(BOOL)
            inner = ir.Extract(BOOL, at, read(), index)
            member = ir.IsMember(BOOL, at, read(), index)
            return ir.And(BOOL, at, member, inner if value else ir.Not(BOOL, at, inner))
        return ir.Const(BOOL, at, False)

    def _either(self, patterns: Sequence[Pattern], read: Read, found: Found, at: ir.At) -> None:
        tests: list[ir.Expr] = []
        binding: list[Pattern] = []
        for one in patterns:
            inner = Found()
            self._pattern(one, read, inner)
            if inner.rests:
                raise Refusal(
                    "refusal-match", "alternatives that bind names are not drafted", at,
                    hint="write a case for each",
                )  # fmt: skip
            if not inner.never:
                tests.append(_all(inner.tests, at))
                binding += [one] * bool(inner.binds)
        if not tests:
            found.tests.append(ir.Const(BOOL, at, False))
            return
        if binding:
            found.binds += self._bound_by_one(binding, read, at)
        made = tests[0]
        for test in tests[1:]:
            if isinstance(made, ir.Const) and made.value:
                break
            made = ir.Or(BOOL, at, made, test)
        found.tests.append(made)

    def _bound_by_one(
        self, patterns: list[Pattern], read: Read, at: ir.At
    ) -> list[tuple[NameExpr, Read]]:
        """What alternatives bind: of the first that fits, asked again."""

        def parts(one: Pattern) -> Found:
            made = Found()
            self._pattern(one, read, made)
            return made

        def chosen(var: MypyVar, name: str) -> Read:
            def first_that_fits() -> ir.Expr:
                values = [
                    (one, next(get for bound, get in one.binds if bound.name == name)())
                    for one in map(parts, patterns)
                ]
                wanted = self.declared(var, at)
                made = self.coerce(values[-1][1], wanted)
                for one, value in reversed(values[:-1]):
                    fits, then = _all(one.tests, at), self.coerce(value, wanted)
                    made = ir.IfExp(wanted, at, fits, then, made)
                return made

            return first_that_fits

        return [
            (target, chosen(target.node, target.name))
            for target, _ in parts(patterns[0]).binds
            if isinstance(target.node, MypyVar)
        ]

    def _sequence(self, patterns: Sequence[Pattern], read: Read, found: Found, at: ir.At) -> Read:
        star = next((i for i, p in enumerate(patterns) if isinstance(p, StarredPattern)), None)
        count = len(patterns) - (star is not None)
        read = self._of(
            read, found, at,
            lambda t: isinstance(t, (ListType, TupleType, VarTupleType)) or _named(self, t),
        )  # fmt: skip
        type_ = read().type
        if isinstance(type_, DequeType):
            raise Refusal("refusal-match", "a deque as a sequence is not drafted", at)
        outer = read
        if isinstance(type_, StructType) and _named(self, type_):
            fields = self.reader.table.structs[type_.name].fields
            parts = [_field(outer, name, kept, at) for name, kept in fields.items()]
        elif isinstance(type_, TupleType):
            parts = [_part(outer, index, kept, at) for index, kept in enumerate(type_.items)]
        elif isinstance(type_, (ListType, VarTupleType)):
            self._listed(patterns, star, count, read, found, at)
            return read
        else:
            found.tests.append(ir.Const(BOOL, at, False))
            return read
        fits = len(parts) == count if star is None else len(parts) >= count
        if not fits:
            found.tests.append(ir.Const(BOOL, at, False))
            return read
        after = 0 if star is None else len(patterns) - star - 1
        if star is not None:
            rest = parts[star : len(parts) - after]
            self._starred(patterns[star], rest, found, at)
            parts = [*parts[:star], *parts[len(parts) - after :]]
        others = [one for one in patterns if not isinstance(one, StarredPattern)]
        for one, part in zip(others, parts, strict=True):
            self._pattern(one, part, found)
        return read

    def _starred(self, pattern: Pattern, parts: list[Read], found: Found, at: ir.At) -> None:
        assert isinstance(pattern, StarredPattern)
        if pattern.capture is None or pattern.capture.name == "_":
            return
        types = {part().type for part in parts}
        if len(types) != 1:
            raise Refusal("refusal-match", "a star over several types or none", at)
        (type_,) = types
        found.binds.append(
            (pattern.capture, lambda: ir.ListLit(ListType(type_), at, [p() for p in parts]))
        )

    def _listed(
        self, patterns: Sequence[Pattern], star: int | None, count: int, read: Read, found: Found,
        at: ir.At,
    ) -> None:  # fmt: skip
        """Of a list or a tuple of any length."""

        def number(n: int) -> ir.Expr:
            return ir.Const(INT, at, n)

        length = self.prim("builtins.len", [read()], at)
        symbol = "==" if star is None else ">="
        if star is None or count:
            found.tests.append(self.prim(symbol, [length, number(count)], at))
        for index, one in enumerate(patterns):
            if isinstance(one, StarredPattern):
                if one.capture is not None and one.capture.name != "_":
                    left = len(patterns) - index - 1
                    found.binds.append((one.capture, self._slice(read, index, left, at)))
                continue
            place = index if star is None or index < star else index - len(patterns)
            self._pattern(one, self._item_at(read, place, at), found)

    def _item_at(self, read: Read, index: int, at: ir.At) -> Read:
        return lambda: self.prim("getitem", [read(), ir.Const(INT, at, index)], at)

    def _slice(self, read: Read, start: int, left: int, at: ir.At) -> Read:
        def ends() -> list[ir.Expr]:
            bounds = [start or None, -left or None, None]
            return [
                ir.Const(OptionalType(INT), at, None)
                if n is None
                else self.coerce(ir.Const(INT, at, n), OptionalType(INT))
                for n in bounds
            ]

        def rest() -> ir.Expr:
            made = self.prim("slice", [read(), *ends()], at)
            return (
                made if isinstance(made.type, ListType) else self.prim("builtins.list", [made], at)
            )

        return rest

    def _mapping(self, pattern: MappingPattern, read: Read, found: Found, at: ir.At) -> Read:
        read = self._of(read, found, at, lambda t: isinstance(t, DictType))
        type_ = read().type
        if not isinstance(type_, DictType):
            found.tests.append(ir.Const(BOOL, at, False))
            return read
        for key, value in zip(pattern.keys, pattern.values, strict=True):
            made = self.expr(key)
            if not self.fits(made, type_.key):
                found.tests.append(ir.Const(BOOL, at, False))
                return read

            def look(key: Expression = key) -> ir.Expr:
                wanted = self.coerce(self.expr(key), type_.key)
                return self.prim("getitem", [read(), wanted], at)

            found.tests.append(self.prim("in", [self.coerce(made, type_.key), read()], at))
            self._pattern(value, look, found)
        if pattern.rest is not None and pattern.rest.name != "_":
            if type_.kind != "dict":
                raise Refusal("refusal-match", f"`**` of a {type_.kind} is not drafted", at)
            found.rests.append((pattern.rest, read, pattern.keys))
        return read

    def _class(self, pattern: ClassPattern, read: Read, found: Found, at: ir.At) -> Read:
        ref = pattern.class_ref
        if not isinstance(ref.node, TypeInfo):
            raise Refusal("refusal-match", "this is no plain class", at)
        info = ref.node
        self.sure(ref, at)
        if not self.reader.own(info) and info.fullname not in _WHOLE:
            raise Refusal("refusal-match", f"a pattern of {info.name} is not drafted", at)
        asked = frozenset([info.fullname])

        def wanted(type_: Type) -> bool:
            layout = self.reader.layout(type_)
            if layout is not None and layout.family.marked:
                return any(info in one.mro for one in layout.family.live)
            return instances.answer(self, type_, asked, False, at)

        read = self._of(read, found, at, wanted, test=True)
        given = [*pattern.positionals]
        if found.never:
            return read
        if info.fullname in _WHOLE:
            if len(given) > 1 or pattern.keyword_keys:
                raise Refusal("refusal-match", f"{info.name}() takes one pattern", at)
            for whole in given:
                self._pattern(whole, read, found)
            return read
        type_ = read().type
        if not isinstance(type_, StructType):
            if given or pattern.keyword_keys:
                raise Refusal("refusal-match", f"attributes of {type_} are not drafted", at)
            return read
        names = _match_args(info) if given else []
        if len(given) > len(names):
            raise Refusal("refusal-match", f"{info.name} has no {len(given)} positional fields", at)
        pairs: list[tuple[str, Pattern]] = [
            *zip(names, given, strict=False),
            *zip(pattern.keyword_keys, pattern.keyword_values, strict=True),
        ]
        field = self._fields_of(type_, info, read, found, at)
        for name, one in pairs:
            self._pattern(one, field(name), found)
        return read

    def _fields_of(
        self, type_: StructType, info: TypeInfo, read: Read, found: Found, at: ir.At
    ) -> Callable[[str], Read]:
        """How to read the fields of an object of a class; of a hierarchy it is asked for."""
        layout = self.reader.layout(type_)
        if layout is not None and layout.family.marked:
            among = [one for one in layout.family.live if info in one.mro]
            if len(among) < len(layout.family.live):
                found.tests.append(hierarchy.is_of(self, read(), among, at))
            return lambda name: lambda: hierarchy.read_field(self, layout, read(), among, name, at)
        fields = self.reader.table.structs[type_.name].fields

        def field(name: str) -> Read:
            if name not in fields:
                raise Refusal("refusal-match", f"{name} is not a field of {info.name}", at)
            return _field(read, name, fields[name], at)

        return field

    def _of(
        self, outer: Read, found: Found, at: ir.At, wanted: Callable[[Type], bool],
        test: bool = False,
    ) -> Read:  # fmt: skip
        """The value as the one kind that is asked for; the test is added where it is not known."""
        type_ = outer().type
        if isinstance(type_, OptionalType):
            found.tests.append(ir.Not(BOOL, at, ir.IsNone(BOOL, at, outer())))
            item, whole = type_.item, outer
            outer, type_ = (lambda: ir.Unwrap(item, at, whole())), item
        if type_ == NUM and test:
            raise Refusal("refusal-match", "a class pattern of an int or float is not drafted", at)
        if not isinstance(type_, UnionType):
            if not wanted(type_):
                found.tests.append(ir.Const(BOOL, at, False))
            return outer
        fits = [index for index, one in enumerate(type_.items) if wanted(one)]
        if len(fits) == len(type_.items):
            return outer
        if not fits:
            found.tests.append(ir.Const(BOOL, at, False))
            return outer
        if len(fits) > 1:
            raise Refusal("refusal-match", f"a pattern for several of {type_}", at)
        return self._member(outer, type_, fits[0], found, at)

    # --- what is bound ---------------------------------------------------------------------------

    def _binds(self, found: Found, at: ir.At) -> list[ir.Stmt]:
        out: list[ir.Stmt] = []
        for name, read in found.binds:
            out += self.store(name, read(), at)
        for name, read, keys in found.rests:
            type_ = read().type
            assert isinstance(type_, DictType)
            held = self.fresh(name.name, type_)
            copy = self.prim("builtins.dict", [read()], at)
            out.append(ir.Assign(at, ir.PVar(type_, at, held), copy))
            for key in keys:
                gone = [ir.Var(type_, at, held), self.coerce(self.expr(key), type_.key)]
                out.append(ir.Do(at, self.prim("delitem", gone, at)))
            out += self.store(name, ir.Var(type_, at, held), at)
        return out

    def _guard(self, guard: Expression, found: Found, at: ir.At) -> ir.Expr:
        """The guard, with the pattern's names around it."""
        if found.rests:
            raise Refusal("refusal-match", "a guard beside `**` is not drafted", at)
        hidden: dict[MypyVar, str | None] = {}
        lets: list[tuple[str, ir.Expr]] = []
        for name, read in found.binds:
            var = name.node
            if not isinstance(var, MypyVar) or self.is_cell(var):
                raise Refusal("refusal-match", "a guard over a shared name is not drafted", at)
            value = read()
            declared = self.arriving(var, value.type, at)
            value = self.coerce(value, declared)
            held = self.fresh(name.name, declared)
            hidden.setdefault(var, self.names.get(var))
            self.names[var] = held
            lets.append((held, value))
        made = self.cond(guard)
        for node in ir.walk(made):
            changes = isinstance(node, ir.Prim) and any(t.mode == "mut" for t in node.entry.params)
            called = isinstance(node, ir.Call) and any(
                self.reader.table.has_mutable(arg.type) for arg in node.args
            )
            if changes or called:
                raise Refusal(
                    "refusal-match", "this guard may change what its pattern has found", at,
                    hint="test it inside of the case",
                )  # fmt: skip
        for var, before in hidden.items():
            if before is None:
                del self.names[var]
            else:
                self.names[var] = before
        for held, value in reversed(lets):
            made = ir.Let(BOOL, at, held, value, made)
        return made

    def _only_read_inside(
        self, found: Found, node: MatchStmt, pattern: Pattern, guard: Expression, body: object
    ) -> None:
        """A failed guard leaves the pattern's names with their values: nobody may look."""
        names = {name.node for name, _ in found.binds}

        def reads(*parts: object) -> int:
            return sum(
                isinstance(inner, NameExpr) and inner.node in names
                for part in parts
                for inner in walk(part)  # type: ignore[arg-type]
            )

        within = reads(pattern, guard, body)
        for other, test, inside in zip(node.patterns, node.guards, node.bodies, strict=True):
            if inside is not body and names & {one.node for one in _captures(other)}:
                within += reads(other, inside, *([test] if test is not None else []))
        if reads(self.func.body) != within:
            raise Refusal(
                "refusal-match", "a name of a pattern with a guard is read elsewhere",
                self.at(pattern), hint="give the pattern names of its own",
            )  # fmt: skip


def _whole(value: ir.Expr) -> ir.Expr:
    """What mypy narrowed before is looked at anew."""
    while isinstance(value, (ir.Unwrap, ir.Extract)):
        value = value.operand
    return value


def _captures(pattern: Pattern) -> Iterator[NameExpr]:
    """The names that a pattern binds."""
    for node in walk(pattern):
        match node:
            case AsPattern(name=NameExpr() as name):
                yield name
            case StarredPattern(capture=NameExpr() as name):
                yield name
            case MappingPattern(rest=NameExpr() as name):
                yield name


def _all(tests: list[ir.Expr], at: ir.At) -> ir.Expr:
    made: ir.Expr = ir.Const(BOOL, at, True)
    for test in tests:
        made = _and(made, test, at)
    return made


def _and(left: ir.Expr, right: ir.Expr, at: ir.At) -> ir.Expr:
    if isinstance(left, ir.Const):
        return right if left.value else left
    if isinstance(right, ir.Const) and right.value:
        return left
    return ir.And(BOOL, at, left, right)


def _field(outer: Read, name: str, type_: Type, at: ir.At) -> Read:
    return lambda: ir.Field(type_, at, outer(), name)


def _part(outer: Read, index: int, type_: Type, at: ir.At) -> Read:
    def read() -> ir.Expr:
        value = outer()
        if isinstance(value, ir.TupleLit):
            return value.items[index]
        return ir.Part(type_, at, value, index)

    return read


def _named(lowerer: Matching, type_: Type) -> bool:
    return isinstance(type_, StructType) and lowerer.reader.table.structs[type_.name].named


def _match_args(info: TypeInfo) -> list[str]:
    """A class's `__match_args__`, written or made by its decorator."""
    for base in info.mro:
        symbol = base.names.get("__match_args__")
        if symbol is None or not isinstance(symbol.node, MypyVar):
            continue
        type_ = get_proper_type(symbol.node.type)
        if not isinstance(type_, MypyTuple):
            return []
        names = []
        for item in type_.items:
            one = get_proper_type(item)
            if isinstance(one, Instance) and one.last_known_value is not None:
                one = one.last_known_value
            if not isinstance(one, LiteralType) or not isinstance(one.value, str):
                return []
            names.append(one.value)
        return names
    return []


__all__ = ["Matching"]

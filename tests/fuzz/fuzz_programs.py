"""Random well-typed programs: a module with classes, helpers and a function `run`.

    program = make(seed=7)
    program.source         # a module's text; the same seed gives the same text
    program.params         # the types of run's parameters, as annotations

What a program does is bounded: it walks what it has or counts to small numbers, and lets things grow in
loops only up to a length, so that Python itself ends soon. Everything else is fair: names for the same
object, exceptions on purpose and by accident, walks over what changes, ints near 64 bits, floats that
are not finite.

A long table of productions: each is a line or a few, and they only make sense beside each other.
"""

# ruff: noqa: E501 (a production is a line)

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

HEADER = """\
from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum


class Broken(Exception):
    pass


class Colour(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


@dataclass
class Box:
    value: int
    name: str = "box"
    items: list[int] = field(default_factory=list)

    def grow(self, by: int) -> int:
        self.value += by
        if len(self.items) < 20:
            self.items.append(by)
        return self.value

    def total(self) -> int:
        return self.value + sum(self.items)


@dataclass
class Pair:
    left: Box
    right: Box
    weight: float = 0.5


@dataclass(frozen=True)
class Point:
    x: int
    y: int

    def moved(self, dx: int) -> Point:
        return Point(self.x + dx, self.y)


def ints(xs: list[int]) -> set[int]:
    return set(xs)


def words(xs: list[str]) -> set[str]:
    return set(xs)


def floats(xs: list[float]) -> list[float]:
    return xs
"""

SCALARS = ("int", "float", "bool", "str")
LISTS = ("list[int]", "list[str]", "list[float]", "list[Box]", "list[list[int]]")
DICTS = ("dict[str, int]", "dict[int, str]", "dict[str, list[int]]", "dict[Point, int]")
SETS = ("set[int]", "set[str]")
CLASSES = ("Box", "Pair", "Point", "Colour")
TUPLES = ("tuple[int, str]", "tuple[int, ...]", "int | None", "Box | None")
ALL = (*SCALARS, *LISTS, *DICTS, *SETS, *CLASSES, *TUPLES)
PARAMS = ("int", "int", "float", "str", "bool", *LISTS, *DICTS, *SETS, *CLASSES, *TUPLES)
ITEMS = {"list[int]": "int", "list[str]": "str", "list[float]": "float", "list[Box]": "Box",
         "list[list[int]]": "list[int]", "set[int]": "int", "set[str]": "str",
         "tuple[int, ...]": "int"}  # fmt: skip
KEYS = {"dict[str, int]": ("str", "int"), "dict[int, str]": ("int", "str"),
        "dict[str, list[int]]": ("str", "list[int]"), "dict[Point, int]": ("Point", "int")}  # fmt: skip
MUTABLE = (*LISTS, *DICTS, *SETS, "Box", "Pair")
INTS = ("0", "1", "2", "3", "-1", "-2", "5", "7", "10", "-7", "100", "255", "1000003",
        "9223372036854775807", "-9223372036854775807", "4611686018427387904", "3037000500",
        "9007199254740993", "4294967296")  # fmt: skip
FLOATS = ("0.0", "-0.0", "1.0", "-1.5", "0.1", "2.5", "3.5", "1e16", "1e-7", "1e300", "123456.789",
          "math.inf", "-math.inf", "math.nan", "9007199254740993.0", "5e-324", "0.5")  # fmt: skip
TEXTS = ("''", "'a'", "'abc'", "'Ab c'", "' x '", "'ß'", "'é,ü'", "'12'", "'-3'", "'a,b,,c'", "'²'",
         "'\\n'", "'x\\x85y'", "'0'", "'日本'", "'1_000'", "'🦀'", "'ſ'", "'\\t t'")  # fmt: skip


@dataclass
class Program:
    """A module's text, and what its function `run` takes."""

    seed: int
    source: str
    params: list[tuple[str, str]]


@dataclass
class Helper:
    name: str
    params: list[str]
    result: str


@dataclass
class Scope:
    """Names in sight by type, how deep the loops are, and whether one may be left."""

    names: dict[str, list[str]] = field(default_factory=dict)
    loops: int = 0
    frozen: frozenset[str] = frozenset()

    def inner(self, loop: bool = False) -> Scope:
        copy = {type_: list(names) for type_, names in self.names.items()}
        return Scope(copy, self.loops + loop, self.frozen)

    def add(self, type_: str, name: str) -> None:
        self.names.setdefault(type_, []).append(name)


class Maker:
    """Writes one program."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.helpers: list[Helper] = []
        self.count = 0
        self.lines: list[str] = []
        self.result = "int"
        self.pure = False
        # A third of the programs keep to few kinds of things, which are then met more often.
        types = list(ALL)
        if self.random.random() < 0.5:
            kept = self.random.sample(types, 6)
            types = [*{"int", "str", "list[int]", *kept}]
        self.types = sorted(types)
        self.wild = self.random.random() < 0.25

    # --- small helpers ---------------------------------------------------------------------------

    def pick(self, options: list[str] | tuple[str, ...]) -> str:
        return self.random.choice(options)

    def chance(self, p: float) -> bool:
        return self.random.random() < p

    def fresh(self, hint: str) -> str:
        self.count += 1
        return f"{hint}{self.count}"

    def have(self, scope: Scope, type_: str) -> str | None:
        names = scope.names.get(type_)
        return self.pick(names) if names else None

    def var(self, scope: Scope, type_: str) -> str | None:
        """A name of this type that may be given another value."""
        names = [n for n in scope.names.get(type_, ()) if n not in scope.frozen and "." not in n]
        return self.pick(names) if names else None

    # --- expressions -----------------------------------------------------------------------------

    def expr(self, scope: Scope, type_: str, depth: int = 0) -> str:
        """An expression of a type; a name or a literal once it is deep enough."""
        name = self.have(scope, type_)
        if name is not None and self.chance(0.35 + 0.2 * depth):
            return name
        if depth < 3 and self.chance(0.85):
            ways = self.ways(scope, type_, depth + 1)
            if ways:
                return self.random.choice(ways)()
        return self.leaf(scope, type_, depth)

    def leaf(self, scope: Scope, type_: str, depth: int) -> str:
        if type_ in SCALARS and (name := self.have(scope, type_)) and self.chance(0.5):
            return name
        e = self.expr
        deep = depth + 2
        match type_:
            case "int":
                return self.pick(INTS if self.wild or self.chance(0.1) else INTS[:10])
            case "float":
                return self.pick(FLOATS)
            case "bool":
                return f"({e(scope, 'int', 3)} < {e(scope, 'int', 3)})"
            case "str":
                return self.pick(TEXTS)
            case "list[Box]":
                return (
                    f"[{', '.join(e(scope, 'Box', 3) for _ in range(self.random.randint(1, 2)))}]"
                )
            case "list[list[int]]":
                return f"[{e(scope, 'list[int]', 3)}, [1]]"
            case "Box":
                return f"Box({e(scope, 'int', deep)}, {self.pick(TEXTS)}, [{self.pick(INTS[:8])}])"
            case "Pair":
                return f"Pair({e(scope, 'Box', 3)}, {e(scope, 'Box', 3)}, {self.pick(FLOATS)})"
            case "Point":
                return f"Point({e(scope, 'int', deep)}, {self.pick(INTS[:8])})"
            case "Colour":
                return f"Colour.{self.pick(('RED', 'GREEN', 'BLUE'))}"
            case "tuple[int, str]":
                return f"({e(scope, 'int', 3)}, {e(scope, 'str', 3)})"
            case "tuple[int, ...]":
                return f"tuple([{e(scope, 'int', 3)}, 2])"
            case "int | None":
                return f"({e(scope, 'int', 3)} if {self.leaf(scope, 'bool', 3)} else None)"
            case "Box | None":
                return f"({e(scope, 'Box', 3)} if {self.leaf(scope, 'bool', 3)} else None)"
        if type_ in KEYS:
            key, value = KEYS[type_]
            pairs = [f"{self.leaf(scope, key, 3)}: {self.leaf(scope, value, 3)}" for _ in range(2)]
            return "{" + ", ".join(pairs) + "}"
        item = ITEMS[type_]
        inside = ", ".join(self.leaf(scope, item, 3) for _ in range(self.random.randint(1, 3)))
        # Beside an operator mypy gives the literal of a set the type `set[object]`.
        maker = {"set[int]": "ints", "set[str]": "words"}.get(type_, "")
        return f"{maker}([{inside}])" if maker else f"[{inside}]"

    def ways(self, scope: Scope, type_: str, d: int) -> list[Callable[[], str]]:
        """The productions of a type, each to be called if it is chosen."""

        def e(wanted: str) -> str:
            return self.expr(scope, wanted, d)

        def e3(wanted: str) -> str:
            return self.expr(scope, wanted, 3)

        found: list[Callable[[], str]] = []
        match type_:
            case "int":
                found += [
                    lambda: (
                        f"({e('int')} {self.pick(('+', '-', '+', '-', '&', '|', '^'))} {e('int')})"
                    ),
                    lambda: f"({e('int')} {self.pick(('//', '%'))} {self.divisor(scope)})",
                    lambda: (
                        f"({e('int')} % 1009 * {e('int')})"
                        if scope.loops
                        else f"({e('int')} * {e('int')})"
                    ),
                    lambda: f"({e('int')} % 50) ** {self.pick(('2', '3', '5'))}",
                    lambda: f"({e('int')} >> ({e('int')} % 9))",
                    lambda: f"({e('int')} % 1000 << ({e('int')} % 60))",
                    lambda: f"-{e3('int')}",
                    lambda: f"abs({e('int')})",
                    lambda: f"{self.pick(('min', 'max'))}({e('int')}, {e('int')})",
                    lambda: (
                        f"len({e(self.pick(('str', 'list[int]', 'list[str]', 'dict[str, int]', 'set[int]')))})"
                    ),
                    lambda: f"{e('list[int]')}[{self.at()}]",
                    lambda: f"({e('list[int]')} or [4])[-1]",
                    lambda: f"sum({e('list[int]')})",
                    lambda: f"{self.pick(('min', 'max'))}({e('list[int]')}, default={e3('int')})",
                    lambda: f"{e('list[int]')}.count({e3('int')})",
                    lambda: self.rarely(f"{e('list[int]')}.index({e3('int')})", "7"),
                    lambda: f"{e('dict[str, int]')}.get({e3('str')}, {e3('int')})",
                    lambda: self.rarely(f"{e('dict[str, int]')}[{e3('str')}]", "8"),
                    lambda: f"{e('dict[Point, int]')}.get({e3('Point')}, 3)",
                    lambda: f"{e('str')}.{self.pick(('find', 'rfind', 'count'))}({e3('str')})",
                    lambda: f"{e3('Box')}.{self.pick(('value', 'total()'))}",
                    lambda: f"{e3('Point')}.{self.pick(('x', 'y'))}",
                    lambda: f"{e3('Box')}.grow({e3('int')})",
                    lambda: f"({e('int')} if {e('bool')} else {e('int')})",
                    lambda: f"{e('tuple[int, str]')}[0]",
                    lambda: f"sum(x * {e3('int')} for x in {e3('list[int]')})",
                    lambda: self.rarely(f"int({e('str')})", "9"),
                    lambda: self.rarely(f"int({e('float')})", "11"),
                    lambda: self.rarely(f"round({e('float')})", "12"),
                    lambda: f"ord(({e('str')} or 'q')[0])",
                    lambda: f"divmod({e('int')}, {self.divisor(scope)})[{self.pick(('0', '1'))}]",
                    lambda: f"{e3('Colour')}.value",
                    lambda: f"int({e('bool')})",
                    lambda: f"len([w for w in {e('str')}.split() if w != {e3('str')}])",
                    lambda: f"({e3('int')} or {e3('int')})",
                    lambda: self.rarely(
                        f"math.{self.pick(('floor', 'ceil', 'trunc'))}({e('float')})", "6"
                    ),
                    lambda: f"math.gcd({e('int')}, {e('int')})",
                ]
            case "float":
                found += [
                    lambda: f"({e('float')} {self.pick(('+', '-', '*'))} {e('float')})",
                    lambda: f"({e('float')} {self.pick(('/', '%', '//'))} ({e('float')} or 0.25))",
                    lambda: f"({e('float')} {self.pick(('+', '-', '*'))} {e('int')})",
                    lambda: f"({e('int')} / {self.divisor(scope)})",
                    lambda: f"float({e('int')})",
                    lambda: self.rarely(f"float({e('str')})", "2.25"),
                    lambda: f"abs({e('float')})",
                    lambda: f"-{e3('float')}",
                    lambda: f"round({e('float')}, {self.pick(('0', '1', '2', '-1'))})",
                    lambda: f"math.{self.pick(('fabs', 'tanh', 'atan'))}({e('float')})",
                    lambda: self.rarely(
                        f"math.{self.pick(('sqrt', 'sin', 'exp', 'log'))}({e('float')})", "0.75"
                    ),
                    lambda: f"{self.pick(('min', 'max'))}({e('float')}, {e('float')})",
                    lambda: (
                        f"sum({e('list[float]')})"
                        if self.chance(0.2)
                        else f"sum([x * 1.5 for x in {e3('list[float]')}], 0.5)"
                    ),
                    lambda: f"{e('list[float]')}[{self.at()}]",
                    lambda: f"{e3('Pair')}.weight",
                    lambda: f"({e('float')} if {e('bool')} else {e('float')})",
                    lambda: f"math.fsum(floats({e('list[float]')}))",
                    lambda: (
                        f"math.{self.pick(('fmod', 'atan2', 'copysign', 'hypot'))}({e('float')}, {e('float')})"
                    ),
                ]
            case "bool":
                ops = ("<", "<=", ">", ">=", "==", "!=")
                found += [
                    lambda: f"({e('int')} {self.pick(ops)} {e('int')})",
                    lambda: f"({e('float')} {self.pick(ops)} {e('float')})",
                    lambda: f"({e('int')} {self.pick(ops)} {e('float')})",
                    lambda: f"({e('str')} {self.pick(ops)} {e('str')})",
                    lambda: f"({e('list[int]')} {self.pick(ops)} {e('list[int]')})",
                    lambda: f"({e('tuple[int, str]')} {self.pick(ops)} {e('tuple[int, str]')})",
                    lambda: f"({e3('int')} < {e3('int')} <= {e3('int')})",
                    lambda: (
                        f"({e('int')} in {e(self.pick(('list[int]', 'set[int]', 'tuple[int, ...]', 'dict[int, str]')))})"
                    ),
                    lambda: (
                        f"({e('str')} {self.pick(('in', 'not in'))} {e(self.pick(('str', 'list[str]', 'set[str]', 'dict[str, int]')))})"
                    ),
                    lambda: f"(not {e('bool')})",
                    lambda: f"({e('bool')} {self.pick(('and', 'or'))} {e('bool')})",
                    lambda: (
                        f"bool({e(self.pick(('int', 'str', 'list[int]', 'float', 'dict[str, int]')))})"
                    ),
                    lambda: f"({e3('Box')} == {e3('Box')})",
                    lambda: f"({e3('Point')} == {e3('Point')})",
                    lambda: (
                        f"({self.have(scope, 'Colour') or 'Colour.RED'} is {self.have(scope, 'Colour') or 'Colour.RED'})"
                    ),
                    lambda: (
                        f"{self.pick(('any', 'all'))}(x > {e3('int')} for x in {e3('list[int]')})"
                    ),
                    lambda: (
                        f"{e('str')}.{self.pick(('isdigit()', 'isalpha()', 'isspace()', 'isupper()', 'isalnum()'))}"
                    ),
                    lambda: f"{e('str')}.{self.pick(('startswith', 'endswith'))}({e3('str')})",
                    lambda: f"({e('set[int]')} {self.pick(('<=', '==', '>='))} {e('set[int]')})",
                    lambda: f"math.{self.pick(('isnan', 'isinf', 'isfinite'))}({e('float')})",
                ]
            case "str":
                found += [
                    lambda: f"({e('str')} + {e('str')})[:40]",
                    lambda: f"({e('str')} or 'zz')[{self.at()}]",
                    lambda: f"{e('str')}[{e3('int')}:{e3('int')}]",
                    lambda: f"{e('str')}[::{self.pick(('-1', '2', '-2'))}]",
                    lambda: (
                        f"{e('str')}.{self.pick(('upper', 'lower', 'strip', 'title', 'swapcase', 'casefold', 'capitalize'))}()"
                    ),
                    lambda: f"{e('str')}.replace({e3('str')}, {e3('str')})[:40]",
                    lambda: (
                        f"{e('str')}.{self.pick(('ljust', 'rjust', 'center', 'zfill'))}({e3('int')} % 9)"
                    ),
                    lambda: f"{e3('str')}.join({e('list[str]')})[:60]",
                    lambda: f"str({e(self.pick(('int', 'float', 'bool')))})",
                    lambda: f"repr({e(self.pick(('str', 'float')))})[:60]",
                    lambda: self.fstring(scope),
                    lambda: f"({e('list[str]')} or ['w'])[{self.at()}]",
                    lambda: f"{e('dict[int, str]')}.get({e3('int')}, {e3('str')})",
                    lambda: f"{e3('Box')}.name",
                    lambda: f"chr({e('int')} % 1200 + 32)",
                    lambda: f"({e('str')} if {e('bool')} else {e('str')})",
                    lambda: f"({e3('str')} * ({e3('int')} % 4))",
                    lambda: f"{e('tuple[int, str]')}[1]",
                    lambda: f"{e3('Colour')}.name",
                    lambda: (
                        f"{e('str')}.{self.pick(('partition', 'rpartition'))}({self.pick(TEXTS[1:])})[{self.pick(('0', '1', '2'))}]"
                    ),
                    lambda: f"({e3('str')} or {e3('str')})",
                    lambda: f"''.join(c for c in {e3('str')} if c != {e3('str')})",
                    lambda: f"{self.pick(('hex', 'oct', 'bin'))}({e('int')})",
                ]
            case "list[int]":
                found += [
                    lambda: f"[{e('int')}, {e('int')}]",
                    lambda: f"({e('list[int]')} + {e('list[int]')})[:30]",
                    lambda: f"{e('list[int]')}[{e3('int')}:{e3('int')}]",
                    lambda: f"{e('list[int]')}[::{self.pick(('-1', '2', '-2', '3'))}]",
                    lambda: f"sorted({e(self.pick(('list[int]', 'set[int]', 'tuple[int, ...]')))})",
                    lambda: (
                        f"sorted({e('list[int]')}, key=lambda v: v % {self.pick(('3', '7', '-4'))}, reverse={self.pick(('True', 'False'))})"
                    ),
                    lambda: f"[x {self.pick(('+', '-'))} {e3('int')} for x in {e3('list[int]')}]",
                    lambda: (
                        f"[x {self.pick(('//', '%'))} {self.divisor(scope)} for x in {e3('list[int]')}]"
                    ),
                    lambda: (
                        f"[x for x in {e3('list[int]')} if x {self.pick(('<', '>', '!='))} {e3('int')}]"
                    ),
                    lambda: f"[len(s) for s in {e('list[str]')}]",
                    lambda: f"list(range({e3('int')} % 6))",
                    lambda: (
                        f"list(range({e3('int')} % 9, {e3('int')} % 5, {self.pick(('-1', '2', '-3'))}))"
                    ),
                    lambda: f"list({e3('list[int]')})",
                    lambda: f"{e3('list[int]')}.copy()",
                    lambda: f"{e3('Box')}.items",
                    lambda: f"({e('list[list[int]]')} or [[1]])[{self.at()}]",
                    lambda: f"list({e('dict[int, str]')})",
                    lambda: f"list({e('dict[str, int]')}.values())",
                    lambda: f"[i * x for i, x in enumerate({e3('list[int]')})]",
                    lambda: f"[a - b for a, b in zip({e3('list[int]')}, {e3('list[int]')})]",
                    lambda: f"list(reversed({e3('list[int]')}))",
                    lambda: f"({e3('list[int]')} or {e3('list[int]')})",
                    lambda: f"{e('dict[str, list[int]]')}.get({e3('str')}, {e3('list[int]')})",
                    lambda: (
                        f"{e('dict[str, list[int]]')}.setdefault({e3('str')}, {e3('list[int]')})"
                    ),
                    lambda: f"({e3('list[int]')} if {e('bool')} else {e3('list[int]')})",
                    lambda: f"[y for row in {e3('list[list[int]]')} for y in row][:30]",
                    lambda: f"([{e3('int')}] * ({e3('int')} % 5))",
                ]
            case "list[str]":
                found += [
                    lambda: f"{e('str')}.split({self.pick(('', repr(','), repr(' '), repr('a')))})",
                    lambda: f"{e('str')}.splitlines()",
                    lambda: f"[str(x) for x in {e3('list[int]')}]",
                    lambda: f"sorted({e('list[str]')}, key=len)",
                    lambda: f"sorted({e(self.pick(('list[str]', 'set[str]', 'dict[str, int]')))})",
                    lambda: f"list({e('str')})[:20]",
                    lambda: (
                        f"[s.{self.pick(('upper', 'lower', 'strip'))}() for s in {e3('list[str]')}]"
                    ),
                    lambda: f"list({e('dict[str, int]')}.keys())",
                    lambda: f"{e('list[str]')}[{e3('int')}:]",
                    lambda: f"[k for k, v in {e3('dict[str, int]')}.items() if v > {e3('int')}]",
                ]
            case "list[float]":
                found += [
                    lambda: f"[{e('float')}, {e('float')}]",
                    lambda: f"[float(x) for x in {e3('list[int]')}]",
                    lambda: f"[x / ({e3('float')} or 4.0) for x in {e3('list[float]')}]",
                    lambda: f"{e('list[float]')}[::-1]",
                    lambda: f"sorted({e('list[float]')})",
                ]
            case "list[Box]":
                found += [
                    lambda: f"[{e('Box')}, {e('Box')}]",
                    lambda: f"[Box(v) for v in {e3('list[int]')}]",
                    lambda: f"sorted({e3('list[Box]')}, key=lambda b: b.value)",
                    lambda: f"[b for b in {e3('list[Box]')} if b.value > {e3('int')}]",
                    lambda: f"{e3('list[Box]')}[{e3('int')}:]",
                    lambda: f"({e3('list[Box]')} + {e3('list[Box]')})[:9]",
                ]
            case "list[list[int]]":
                found += [
                    lambda: f"[{e('list[int]')}, {e('list[int]')}]",
                    lambda: f"[[x, {e3('int')}] for x in {e3('list[int]')}]",
                    lambda: f"[{e3('list[int]')} for _ in range({e3('int')} % 4)]",
                    lambda: f"list({e3('dict[str, list[int]]')}.values())",
                    lambda: f"([{e3('list[int]')}] * 2)",
                ]
            case "Box":
                found += [
                    lambda: f"Box({e('int')})",
                    lambda: f"Box({e('int')}, name={e('str')}, items={e('list[int]')})",
                    lambda: f"{e3('list[Box]')}[{self.at()}]",
                    lambda: f"{e3('Pair')}.{self.pick(('left', 'right'))}",
                    lambda: f"({e3('Box')} if {e('bool')} else {e3('Box')})",
                    lambda: f"max({e3('list[Box]')} or [Box(1)], key=lambda b: b.value)",
                ]
            case "Pair":
                found += [lambda: f"Pair({e('Box')}, {e('Box')})",
                          lambda: f"({e3('Pair')} if {e('bool')} else {e3('Pair')})"]  # fmt: skip
            case "Point":
                found += [
                    lambda: f"Point({e('int')}, {e('int')})",
                    lambda: f"{e3('Point')}.moved({e('int')})",
                ]
            case "dict[str, int]":
                found += [
                    lambda: f"{{{e3('str')}: {e('int')}, {e3('str')}: {e('int')}}}",
                    lambda: f"{{s: i for i, s in enumerate({e3('list[str]')})}}",
                    lambda: (
                        f"{{k: v + 1 for k, v in {e3('dict[str, int]')}.items() if v != {e3('int')}}}"
                        if scope.loops == 0
                        else f"dict({e3('dict[str, int]')})"
                    ),
                    lambda: f"dict({e3('dict[str, int]')})",
                    lambda: f"{{c: {e3('int')} for c in {e3('str')}}}",
                ]
            case "dict[int, str]":
                found += [
                    lambda: f"{{{e('int')}: {e('str')}, {e('int')}: {e('str')}}}",
                    lambda: f"{{x: str(x) for x in {e3('list[int]')}}}",
                    lambda: f"{{v: k for k, v in {e3('dict[str, int]')}.items()}}",
                ]
            case "dict[str, list[int]]":
                found += [
                    lambda: f"{{{e('str')}: {e('list[int]')}, {e3('str')}: {e3('list[int]')}}}"
                ]
            case "dict[Point, int]":
                found += [lambda: f"{{{e('Point')}: {e('int')}}}",
                          lambda: f"{{Point(v, i): v for i, v in enumerate({e3('list[int]')})}}"]  # fmt: skip
            case "set[int]":
                found += [
                    lambda: f"ints([{e('int')}, {e('int')}])",
                    lambda: f"ints({e('list[int]')})",
                    lambda: f"({e('set[int]')} {self.pick(('|', '&', '-', '^'))} {e('set[int]')})",
                    lambda: f"ints([x % {self.pick(('3', '5'))} for x in {e3('list[int]')}])",
                ]
            case "set[str]":
                found += [lambda: f"words({e('list[str]')})",
                          lambda: f"({e('set[str]')} {self.pick(('|', '&', '-'))} {e('set[str]')})"]  # fmt: skip
            case "tuple[int, str]":
                found += [lambda: f"({e('int')}, {e('str')})"]
            case "tuple[int, ...]":
                found += [lambda: f"tuple({e('list[int]')})",
                          lambda: f"({e('tuple[int, ...]')} + {e('tuple[int, ...]')})[:20]",
                          lambda: f"{e('tuple[int, ...]')}[{e3('int')}:]"]  # fmt: skip
            case "int | None":
                found += [lambda: f"{e('dict[str, int]')}.get({e3('str')})",
                          lambda: f"({e('int')} if {e('bool')} else None)"]  # fmt: skip
            case "Box | None":
                found += [lambda: f"({e3('Box')} if {e('bool')} else None)"]
        fitting = [h for h in self.helpers if h.result == type_]
        if fitting and not self.pure:
            helper = self.random.choice(fitting)
            found += [lambda: f"{helper.name}({', '.join(e3(p) for p in helper.params)})"] * 4
        return found

    def rarely(self, faulty: str, calm: str) -> str:
        """What mostly raises, seldom: a program that ends at once shows little."""
        return faulty if self.chance(0.25) else calm

    def at(self) -> str:
        """An index that is mostly there."""
        return self.pick(("0", "-1", "0", "-1", "0", "-1", "1", "-2", "2"))

    def divisor(self, scope: Scope) -> str:
        e = self.expr(scope, "int", 3)
        return e if self.chance(0.2) else f"({e} or 3)"

    def fstring(self, scope: Scope) -> str:
        """An f-string of names, which need no quotes inside."""
        parts = []
        for type_, specs in (
            ("int", ("", ":>6", ":04d", ":x", ":+,", ":b", ":^8", "!r")),
            ("float", ("", ":.2f", ":8.3f", ":g", ":e", ":.0f", ":+.1%", ":,.2f")),
            ("str", ("", ":>5", ":*<4", "!r", ":.2")),
        ):
            name = self.have(scope, type_)
            if name is not None:
                parts.append(f"{{{name}{self.pick(specs)}}}")
        return f'f"{"-".join(parts)}"' if parts else "'none'"

    # --- statements ------------------------------------------------------------------------------

    def emit(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)

    def block(self, scope: Scope, indent: int, budget: int) -> None:
        before = len(self.lines)
        for _ in range(self.random.randint(1, max(1, budget))):
            self.statement(scope, indent, budget)
        if len(self.lines) == before:
            self.emit(indent, "pass")

    def statement(self, scope: Scope, indent: int, budget: int) -> None:
        kinds = ["new"] * 4 + ["assign"] * 3 + ["change"] * 6 + ["alias"] * 3
        if budget > 1 and indent < 5:
            kinds += ["if"] * 3 + ["try"] * 2
            if scope.loops < 2:
                kinds += ["for"] * 4 + ["while", "characters"]
        if scope.loops:
            kinds += ["leave"]
        kinds += ["raise", "return"] if indent > 1 else []
        getattr(self, f"do_{self.pick(kinds)}")(scope, indent, budget)

    def do_new(self, scope: Scope, indent: int, _budget: int) -> None:
        type_ = self.pick(self.types)
        value = self.expr(scope, type_)
        name = self.fresh(type_[0] if self.chance(0.05) else type_[0].lower())
        self.emit(indent, f"{name}: {type_} = {value}")
        scope.add(type_, name)

    def do_characters(self, scope: Scope, indent: int, budget: int) -> None:
        """Names that hold one character, mostly: looked at, gathered and counted."""
        c, i, last, text = (self.fresh(hint) for hint in ("c", "i", "q", "s"))
        out, n, counts = self.fresh("l"), self.fresh("n"), self.fresh("d")
        given = self.expr(scope, "str", 2)
        self.emit(indent, f"{text} = {given}")
        self.emit(indent, f"{last} = {self.pick(TEXTS[1:])}{self.pick(('[0]', '[-1]', ''))}")
        self.emit(indent, f"{n} = {self.pick(INTS[:8])}")
        self.emit(indent, f"{out}: list[str] = {self.pick(('[]', f'[{last}]'))}")
        self.emit(indent, f"{counts}: dict[str, int] = {{}}")
        inner = scope.inner(loop=True)
        match self.pick(("walk", "enumerate", "index")):
            case "walk":
                self.emit(indent, f"for {c} in {text}:")
            case "enumerate":
                self.emit(indent, f"for {i}, {c} in enumerate({text}):")
            case _:
                self.emit(indent, f"for {i} in range(len({text})):")
                self.emit(indent + 1, f"{c} = {text}[{self.pick((i, i, f'-1 - {i}'))}]")
        if self.chance(0.3):
            inner.add("str", c)
            self.block(inner, indent + 1, min(budget - 1, 2))
        tests = (
            f"{c} == {self.pick(TEXTS[1:])}", f"{c} != {last}", f"{c} in 'ab1{{}}é?'",
            f"{c} in {self.expr(scope, 'str', 2)}", f"'a' <= {c} <= 'z'", f"{c} > {last}",
            f"{c} in ('a', 'é', 'ab')", f"{c}.upper() == {c}", f"ord({c}) > 99", f"{text}[0] == {c}",
            *(f"{c}.{kind}()" for kind in ("isdigit", "isalpha", "isspace", "isupper", "isalnum")),
        )  # fmt: skip
        does = (
            f"{out}.append({c})", f"{last} = {c}", f"{counts}[{c}] = {counts}.get({c}, 0) + 1",
            f"{counts}[{c}] = {counts}.get({c}, 1) * {n}", f"{n} = {n} + ord({c})",
            f"{out}.append({last} + {c} + str({n}) + {self.pick(TEXTS)})", f"{out}.append({c} * 2)",
            f"{text} = {text} + {c}", f"{counts}[{c}] += 1", f"{n} += int({c})",
        )  # fmt: skip
        self.emit(
            indent + 1, f"if {self.pick(tests)} {self.pick(('and', 'or'))} {self.pick(tests)}:"
        )
        self.emit(indent + 2, self.pick(does))
        self.emit(indent + 1, self.pick(does[:7]))
        for type_, name in (
            ("str", last),
            ("list[str]", out),
            ("int", n),
            ("dict[str, int]", counts),
        ):
            scope.add(type_, name)

    def do_assign(self, scope: Scope, indent: int, _budget: int) -> None:
        type_ = self.pick(self.types)
        name = self.var(scope, type_)
        if name is None:
            return
        if type_ == "int" and self.chance(0.5):
            op = self.pick(("+", "-", "//", "%", "^", "|"))
            self.emit(indent, f"{name} {op}= {self.expr(scope, 'int', 1)}")
        elif type_ == "float" and self.chance(0.5):
            self.emit(
                indent, f"{name} {self.pick(('+', '-', '*', '/'))}= {self.expr(scope, 'float', 1)}"
            )
        elif type_ == "str" and self.chance(0.5):
            self.emit(indent, f"if len({name}) < 40:")
            self.emit(indent + 1, f"{name} += {self.expr(scope, 'str', 1)}")
        else:
            self.emit(indent, f"{name} = {self.expr(scope, type_)}")

    def do_alias(self, scope: Scope, indent: int, _budget: int) -> None:
        """A second way to reach what is there."""
        type_ = self.pick([t for t in MUTABLE if t in self.types] or ["list[int]"])
        name = self.have(scope, type_)
        if name is None:
            self.do_new(scope, indent, 0)
            return
        ways = ["name"]
        ways += {"list[int]": ["box", "row", "entry"], "Box": ["boxes", "pair"]}.get(type_, [])
        match self.pick(ways):
            case "name":
                other = self.fresh("a")
                self.emit(indent, f"{other} = {name}")
                scope.add(type_, other)
            case "box" if box := self.have(scope, "Box"):
                self.emit(indent, f"{box}.items = {name}")
            case "row" if rows := self.have(scope, "list[list[int]]"):
                self.emit(indent, f"if len({rows}) < 12:")
                self.emit(indent + 1, f"{rows}.append({name})")
            case "entry" if entries := self.have(scope, "dict[str, list[int]]"):
                self.emit(indent, f"{entries}[{self.expr(scope, 'str', 2)}] = {name}")
            case "boxes" if boxes := self.have(scope, "list[Box]"):
                self.emit(indent, f"if len({boxes}) < 12:")
                self.emit(indent + 1, f"{boxes}.append({name})")
            case "pair" if pair := self.have(scope, "Pair"):
                self.emit(indent, f"{pair}.{self.pick(('left', 'right'))} = {name}")

    def do_change(self, scope: Scope, indent: int, _budget: int) -> None:
        """Change an object in place."""
        kinds = [t for t in MUTABLE if scope.names.get(t)]
        if not kinds:
            self.do_new(scope, indent, 0)
            return
        type_ = self.pick(kinds)
        name = self.have(scope, type_)
        assert name is not None

        def e(wanted: str) -> str:
            return self.expr(scope, wanted, 1)

        grows: list[str] = []
        other: list[str] = []
        if type_ in LISTS:
            item = ITEMS[type_]
            grows = [f"{name}.append({e(item)})", f"{name}.insert({e('int')}, {e(item)})",
                     f"{name}.extend({self.expr(scope, type_, 2)}[:5])",
                     f"{name} += {self.expr(scope, type_, 2)}[:4]" if "." not in name else "pass"]  # fmt: skip
            if name in scope.frozen:
                grows.pop()
            other = [f"{name}.pop()", f"{name}.pop({self.at()})", f"{name}[{self.at()}] = {e(item)}",
                     f"{name}.reverse()", f"{name}.clear()", f"del {name}[{self.at()}]",
                     f"{name}[{self.at()}:{self.at()}] = {self.expr(scope, type_, 2)}[:3]",
                     f"{name}[0], {name}[-1] = {name}[-1], {name}[0]"]  # fmt: skip
            if item in ("int", "str", "float"):
                other += [
                    f"{name}.sort()",
                    self.rarely(f"{name}.remove({e(item)})", f"{name}.sort(reverse=True)"),
                ]
            if item == "int":
                other += [f"{name}[{self.at()}] += {e('int')}"]
            if item == "Box":
                other += [f"{name}[{self.at()}].value += {e('int')}", f"{name}[0].grow({e('int')})"]
            if item == "list[int]":
                other += [f"{name}[{self.at()}].append({e('int')})"]
        elif type_ in KEYS:
            key, value = KEYS[type_]
            grows = [f"{name}[{e(key)}] = {e(value)}"]
            other = [f"{name}.pop({e(key)}, {e(value)})", f"{name}.clear()",
                     self.rarely(f"del {name}[{e(key)}]", f"{name}.update({name})"),
                     self.rarely(f"{name}.pop({e(key)})", f"{name}.copy()")]  # fmt: skip
            if value == "int":
                grows += [f"{name}[{e(key)}] = {name}.get({e(key)}, 0) + 1"]
                other += [self.rarely(f"{name}[{e(key)}] += {e('int')}", f"{name}.clear()")]
            if value == "list[int]":
                grows += [f"{name}.setdefault({e(key)}, []).append({e('int')})"]
        elif type_ in SETS:
            item = ITEMS[type_]
            grows = [f"{name}.add({e(item)})"]
            other = [
                f"{name}.discard({e(item)})",
                self.rarely(f"{name}.remove({e(item)})", f"{name}.clear()"),
            ]
        elif type_ == "Box":
            other = [f"{name}.value = {e('int')}", f"{name}.value += {e('int')}",
                     f"{name}.name = {e('str')}", f"{name}.items = {e('list[int]')}",
                     f"{name}.grow({e('int')})", f"{name}.items.sort()"]  # fmt: skip
        else:
            other = [f"{name}.left.value += {e('int')}", f"{name}.left = {e('Box')}",
                     f"{name}.right.name = {e('str')}", f"{name}.weight *= {e('float')}",
                     f"{name}.right = {name}.left"]  # fmt: skip
        if grows and self.chance(0.5):
            self.emit(indent, f"if len({name}) < 20:")
            self.emit(indent + 1, self.pick(grows))
        else:
            self.emit(indent, self.pick(other))

    def do_if(self, scope: Scope, indent: int, budget: int) -> None:
        optional = self.have(scope, "int | None") or None
        if optional is not None and self.chance(0.5):
            self.emit(indent, f"if {optional} is {self.pick(('not None', 'None'))}:")
            self.block(scope.inner(), indent + 1, budget - 1)
            return
        self.emit(indent, f"if {self.expr(scope, 'bool')}:")
        self.block(scope.inner(), indent + 1, budget - 1)
        if self.chance(0.3):
            self.emit(indent, f"elif {self.expr(scope, 'bool')}:")
            self.block(scope.inner(), indent + 1, budget - 1)
        if self.chance(0.5):
            self.emit(indent, "else:")
            self.block(scope.inner(), indent + 1, budget - 1)

    def do_for(self, scope: Scope, indent: int, budget: int) -> None:
        inner = scope.inner(loop=True)
        x, y = self.fresh("x"), self.fresh("y")
        new: list[tuple[str, str]] = []
        kind = self.pick(
            ("range", "items", "items", "enumerate", "zip", "dict", "text", "reversed")
        )
        match kind:
            case "range":
                self.emit(indent, f"for {x} in range({self.expr(scope, 'int', 2)} % 7):")
                new = [("int", x)]
            case "items" | "reversed":
                type_ = self.pick([t for t in (*LISTS, "tuple[int, ...]") if t in self.types])
                if (walked := self.have(scope, type_)) is None:
                    walked = self.expr(scope, type_, 2)
                walked = f"reversed({walked})" if kind == "reversed" else walked
                self.emit(indent, f"for {x} in {walked}:")
                new = [(ITEMS[type_], x)]
            case "enumerate":
                type_ = self.pick([t for t in LISTS if t in self.types])
                start = self.pick(("", "", ", 1", f", {self.expr(scope, 'int', 3)}"))
                self.emit(
                    indent, f"for {x}, {y} in enumerate({self.expr(scope, type_, 2)}{start}):"
                )
                new = [("int", x), (ITEMS[type_], y)]
            case "zip":
                one, two = self.expr(scope, "list[int]", 2), self.expr(scope, "list[str]", 2)
                self.emit(indent, f"for {x}, {y} in zip({one}, {two}):")
                new = [("int", x), ("str", y)]
            case "dict":
                type_ = self.pick([t for t in KEYS if t in self.types] or ["dict[str, int]"])
                walked = self.expr(scope, type_, 2)
                if self.chance(0.3):
                    self.emit(indent, f"for {x} in {walked}:")
                    new = [(KEYS[type_][0], x)]
                else:
                    self.emit(indent, f"for {x}, {y} in {walked}.items():")
                    new = [(KEYS[type_][0], x), (KEYS[type_][1], y)]
            case "text":
                self.emit(indent, f"for {x} in {self.expr(scope, 'str', 2)}:")
                new = [("str", x)]
        for type_, name in new:
            inner.add(type_, name)
        inner.frozen |= {x, y}
        self.block(inner, indent + 1, budget - 1)
        if self.chance(0.15):
            self.emit(indent, "else:")
            self.block(scope.inner(), indent + 1, budget - 1)

    def do_while(self, scope: Scope, indent: int, budget: int) -> None:
        fuel = self.fresh("fuel")
        self.emit(indent, f"{fuel} = {self.random.randint(1, 6)}")
        self.emit(indent, f"while {fuel} > 0 and {self.expr(scope, 'bool', 1)}:")
        self.emit(indent + 1, f"{fuel} -= 1")
        self.block(scope.inner(loop=True), indent + 1, budget - 1)

    def do_try(self, scope: Scope, indent: int, budget: int) -> None:
        self.emit(indent, "try:")
        self.block(scope.inner(), indent + 1, budget - 1)
        handled = self.chance(0.85)
        if handled:
            caught = self.pick(("IndexError", "KeyError", "ValueError", "ZeroDivisionError", "Broken",
                                "(KeyError, IndexError)", "LookupError", "ArithmeticError", "Exception"))  # fmt: skip
            inner = scope.inner()
            if self.chance(0.4):
                name = self.fresh("err")
                self.emit(indent, f"except {caught} as {name}:")
                text = self.fresh("t")
                self.emit(indent + 1, f"{text}: str = str({name})")
                inner.add("str", text)
            else:
                self.emit(indent, f"except {caught}:")
            self.block(inner, indent + 1, budget - 1)
            if self.chance(0.2):
                self.emit(indent, "else:")
                self.block(scope.inner(), indent + 1, budget - 1)
        if not handled or self.chance(0.2):
            self.emit(indent, "finally:")
            inner = scope.inner()
            inner.loops = max(inner.loops, 2)
            self.simple(inner, indent + 1)

    def simple(self, scope: Scope, indent: int) -> None:
        """A statement that leaves nothing early."""
        getattr(self, self.pick(("do_new", "do_change", "do_new")))(scope, indent, 0)

    def do_leave(self, scope: Scope, indent: int, _budget: int) -> None:
        self.emit(indent, f"if {self.expr(scope, 'bool', 1)}:")
        self.emit(indent + 1, self.pick(("break", "continue")))

    def do_raise(self, scope: Scope, indent: int, _budget: int) -> None:
        what = self.pick(("ValueError", "Broken", "KeyError", "IndexError", "RuntimeError"))
        args = ", ".join(
            self.expr(scope, self.pick(("int", "str")), 2) for _ in range(self.random.randint(0, 2))
        )
        self.emit(indent, f"if {self.expr(scope, 'bool', 1)}:")
        self.emit(indent + 1, f"raise {what}({args})")

    def do_return(self, scope: Scope, indent: int, _budget: int) -> None:
        self.emit(indent, f"if {self.expr(scope, 'bool', 1)}:")
        self.emit(indent + 1, f"return {self.answer(scope)}")

    def answer(self, scope: Scope) -> str:
        if not self.result.startswith("tuple[") or self.result in TUPLES:
            return self.expr(scope, self.result, 1)
        shown = []
        for part in self.parts:
            name = self.have(scope, part) if self.chance(0.85) else None
            shown.append(name or self.expr(scope, part, 2))
        return f"({', '.join(shown)},)"

    # --- the whole -------------------------------------------------------------------------------

    parts: tuple[str, ...] = ()

    def function(self, name: str, params: list[tuple[str, str]], result: str, budget: int) -> None:
        scope = Scope()
        for param, type_ in params:
            scope.add(type_, param)
        self.result = result
        shown = ", ".join(f"{param}: {type_}" for param, type_ in params)
        self.emit(0, "")
        self.emit(0, "")
        self.emit(0, f"def {name}({shown}) -> {result}:")
        for _ in range(self.random.randint(2, 3 + budget)):
            self.statement(scope, 1, budget)
        self.emit(1, f"return {self.answer(scope)}")

    def program(self) -> Program:
        for index in range(self.random.randint(0, 2)):
            types = [self.pick(self.types) for _ in range(self.random.randint(1, 3))]
            params = [(f"p{i}", type_) for i, type_ in enumerate(types)]
            result = self.pick(self.types)
            self.function(f"helper{index}", params, result, 2)
            self.helpers.append(Helper(f"helper{index}", types, result))
        options = [type_ for type_ in PARAMS if type_ in self.types]
        params = [(f"q{i}", self.pick(options)) for i in range(self.random.randint(1, 4))]
        self.parts = tuple(self.pick(self.types) for _ in range(self.random.randint(2, 5)))
        self.function("run", params, f"tuple[{', '.join(self.parts)}]", 4)
        return Program(self.seed, HEADER + "\n".join(self.lines) + "\n", params)


def make(seed: int) -> Program:
    """The program of a seed."""
    return Maker(seed).program()


# --- arguments -----------------------------------------------------------------------------------


def arguments(
    module: object, params: list[tuple[str, str]], rng: random.Random
) -> tuple[object, ...]:
    """Values for a call of `run`; now and then one object under two parameters."""
    made: list[object] = []
    calm = rng.random() < 0.7
    for _, type_ in params:
        before = [v for (_, t), v in zip(params, made, strict=False) if t == type_]
        if before and type_ in MUTABLE and rng.random() < 0.15:
            made.append(rng.choice(before))
        else:
            made.append(value(module, type_, rng, calm))
    return tuple(made)


def value(module: object, type_: str, rng: random.Random, calm: bool) -> object:
    def v(wanted: str) -> object:
        return value(module, wanted, rng, calm)

    def some() -> range:
        return range(rng.choice((0, 1, 2, 2, 3, 4, 6)))

    made = getattr(module, type_, None)
    match type_:
        case "int":
            return rng.randint(-4, 9) if calm or rng.random() < 0.6 else int(rng.choice(INTS))
        case "float":
            small = rng.randint(-8, 8) / 4
            return small if calm else float(eval(rng.choice(FLOATS), {"math": __import__("math")}))
        case "bool":
            return rng.random() < 0.5
        case "str":
            return eval(rng.choice(TEXTS))
        case "Box":
            return made(v("int"), v("str"), v("list[int]"))  # type: ignore[misc]
        case "Pair":
            left = v("Box")
            return made(left, left if rng.random() < 0.2 else v("Box"), v("float"))  # type: ignore[misc]
        case "Point":
            return made(v("int"), v("int"))  # type: ignore[misc]
        case "Colour":
            return made(rng.randint(1, 3))  # type: ignore[misc]
        case "tuple[int, str]":
            return v("int"), v("str")
        case "tuple[int, ...]":
            return tuple(v("int") for _ in some())
        case "int | None":
            return v("int") if rng.random() < 0.6 else None
        case "Box | None":
            return v("Box") if rng.random() < 0.6 else None
    if type_ in KEYS:
        key, item = KEYS[type_]
        return {v(key): v(item) for _ in some()}
    items = [v(ITEMS[type_]) for _ in some()]
    if type_ == "list[list[int]]" and items and rng.random() < 0.2:
        items.append(items[0])
    return set(items) if type_ in SETS else items

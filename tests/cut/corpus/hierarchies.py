"""Inheritance: virtual methods, abstract bases, super, isinstance, fields of several classes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Protocol


class Shape(ABC):
    """Something with an area."""

    sides: ClassVar[int] = 0

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked = 0

    @abstractmethod
    def area(self) -> float: ...

    def describe(self, times: int = 1) -> str:
        self.asked += times
        return f"{self.name}:{self.sides}:{self.area():.3f}" * times

    @property
    def big(self) -> bool:
        return self.area() > 10.0

    @classmethod
    def kind(cls) -> str:
        return f"kind {cls.sides}"

    @staticmethod
    def unit() -> str:
        return "cm"


class Circle(Shape):
    def __init__(self, radius: float) -> None:
        super().__init__("circle")
        self.radius = radius

    def area(self) -> float:
        return 3.0 * self.radius * self.radius

    @property
    def big(self) -> bool:
        return self.radius > 2.0


class Square(Shape):
    sides = 4

    def __init__(self, side: float, name: str = "square") -> None:
        Shape.__init__(self, name)
        self.side = side

    def area(self) -> float:
        return self.side * self.side

    def describe(self, times: int = 2) -> str:
        return "[" + super().describe(times) + "]"


class Tile(Square):
    def __init__(self, side: float, tags: list[str]) -> None:
        self.tags = tags
        super().__init__(side, "tile")
        self.tags.append(self.name)

    def area(self) -> float:
        return super().area() * len(self.tags)


def _shape(which: int, size: float) -> Shape:
    match_ = which % 3
    if match_ == 0:
        return Circle(size)
    if match_ == 1:
        return Square(size)
    return Tile(size, ["a"])


def areas(which: list[int], size: float) -> list[float]:
    shapes = [_shape(w, size) for w in which]
    return [shape.area() for shape in shapes]


def described(which: list[int], size: float) -> list[str]:
    out = []
    for w in which:
        shape = _shape(w, size)
        out.append(shape.describe())
        out.append(shape.describe(times=3) + str(shape.asked) + shape.kind() + shape.unit())
        out.append(str(shape.big) + str(shape.sides))
    return out


def told_apart(which: list[int], size: float) -> list[str]:
    out = []
    for w in which:
        shape = _shape(w, size)
        if isinstance(shape, Tile):
            shape.tags.append("x")
            out.append("tile " + ",".join(shape.tags))
        elif isinstance(shape, Square):
            shape.side += 1.0
            out.append(f"square {shape.side}")
        elif isinstance(shape, Circle):
            out.append(f"circle {shape.radius}")
        if type(shape) is Square:
            out.append("exactly")
        if isinstance(shape, (Tile, Circle)):
            out.append("tile or circle")
    return out


def shared_shapes(which: list[int]) -> list[int]:
    """One object in two lists."""
    shapes: list[Shape] = [_shape(w, 1.0) for w in which]
    twice = shapes + shapes[::-1]
    for shape in twice:
        shape.asked += 1
        shape.describe()
    counts = [shape.asked for shape in shapes]
    if shapes:
        counts.append(1 if shapes[0] is twice[-1] else 0)
    return counts


class Expr:
    """Two classes have fields of one name and different types."""

    def value(self) -> int:
        raise NotImplementedError("value")

    def show(self) -> str:
        return "?"


class Num(Expr):
    def __init__(self, data: int) -> None:
        self.data = data

    def value(self) -> int:
        return self.data

    def show(self) -> str:
        return str(self.data)


class Name(Expr):
    def __init__(self, data: str) -> None:
        self.data = data

    def value(self) -> int:
        return len(self.data)


class Add(Expr):
    def __init__(self, left: Expr, right: Expr) -> None:
        self.left = left
        self.right = right

    def value(self) -> int:
        return self.left.value() + self.right.value()

    def show(self) -> str:
        return f"({self.left.show()} + {self.right.show()})"


class Neg(Expr):
    def __init__(self, inner: Expr | None) -> None:
        self.inner = inner

    def value(self) -> int:
        return 0 if self.inner is None else -self.inner.value()


def _parsed(tokens: list[int]) -> Expr:
    made: Expr = Num(1)
    for token in tokens:
        if token % 5 == 0:
            made = Add(made, Num(token))
        elif token % 5 == 1:
            made = Neg(made)
        elif token % 5 == 2:
            made = Add(made, made)
        elif token % 5 == 3:
            made = Add(Name("abc"), made)
        elif token % 5 == 4:
            made = Neg(None)
    return made


def evaluated(tokens: list[int]) -> tuple[int, str]:
    made = _parsed(tokens[:6])
    return made.value(), made.show()


def raised(which: int) -> int:
    made: Expr = Expr() if which % 2 else Num(which)
    return made.value()


def leaves(tokens: list[int]) -> int:
    todo: list[Expr] = [_parsed(tokens[:8])]
    count = 0
    while todo:
        one = todo.pop()
        if isinstance(one, Add):
            todo.append(one.left)
            todo.append(one.right)
        elif isinstance(one, Neg):
            if one.inner is not None:
                todo.append(one.inner)
        elif isinstance(one, Num):
            count += one.data % 7
        elif isinstance(one, Name):
            count += len(one.data)
    return count


@dataclass
class Record:
    number: int
    tags: list[str] = field(default_factory=list)

    def total(self) -> int:
        return self.number + len(self.tags)


@dataclass
class Priced(Record):
    price: float = 0.0
    number: int = 7

    def total(self) -> int:
        return super().total() * 2


@dataclass
class Sold(Priced):
    buyer: str = "nobody"

    def __post_init__(self) -> None:
        self.tags.append(self.buyer)


@dataclass
class Tag:
    n: int


@dataclass
class Named(Tag):
    name: str = "n"


def leaf_record(sold: Sold, extra: str) -> Sold:
    """A dataclass with inherited fields, in and out."""
    sold.tags.append(extra)
    sold.price += 1.0
    return sold


def records(number: int, buyer: str) -> list[str]:
    made: list[Record] = [Record(number), Priced(number, price=2.5), Sold(number, ["x"], 1.5, "y")]
    made.append(Sold(number, buyer=buyer))
    out = [str(one.total()) for one in made]
    out += [repr(Tag(number)), repr(Named(number, buyer))]
    tags: list[Tag] = [Tag(number), Named(number, buyer)]
    out += [str(tag) for tag in tags]
    out.append(str(made[0] == Record(number)) + str(made[1] == made[0]))
    out.append(str(Priced(1, []) == Record(1)) + str(Sold(1) == Sold(1)))
    return out


@dataclass(frozen=True)
class Key:
    a: int


@dataclass(frozen=True)
class LongKey(Key):
    b: str = "b"


def keyed(numbers: list[int]) -> dict[int, int]:
    seen: dict[Key, int] = {}
    for n in numbers:
        key: Key = LongKey(n) if n % 2 else Key(n)
        seen[key] = seen.get(key, 0) + 1
        seen[Key(n)] = seen.get(Key(n), 0) + 10
    return {key.a: count for key, count in seen.items()}


class Greets(Protocol):
    def greet(self, name: str) -> str: ...


class Plain:
    def greet(self, name: str) -> str:
        return "hi " + name


class Loud:
    def __init__(self) -> None:
        self.count = 0

    def greet(self, name: str) -> str:
        self.count += 1
        return name.upper() * self.count


def _all(greeters: list[Greets], name: str) -> list[str]:
    return [one.greet(name) for one in greeters]


def greeted(name: str, loud: int) -> list[str]:
    last = Loud()
    greeters: list[Greets] = [Plain(), last, Plain(), last]
    out = _all(greeters, name)
    out.append(str(last.count))
    out.append(last.greet("x"))
    return out


class Counter:
    step: int = 1

    def __init__(self) -> None:
        self.n = 0

    def bump(self) -> int:
        self.n += self.step
        return self.n

    def __len__(self) -> int:
        return abs(self.n) % 5

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counter) and other.n == self.n

    def __add__(self, other: Counter) -> Counter:
        made = Counter()
        made.n = self.n + other.n
        return made


class Double(Counter):
    step: int = 2

    def __len__(self) -> int:
        return 3


class Jump(Double):
    def __init__(self, start: int) -> None:
        super().__init__()
        self.n = start

    def bump(self) -> int:
        return super().bump() + super().bump()


def counted(starts: list[int]) -> list[int]:
    counters: list[Counter] = [Counter(), Double()]
    for start in starts:
        counters.append(Jump(start))
    out = []
    for one in counters:
        one.bump()
        out += [one.bump(), len(one), 1 if one else 0]
    out.append(sum(1 for one in counters if one == counters[0]))
    out.append((counters[0] + counters[-1]).n)
    return out


class Level:
    def __init__(self, n: int) -> None:
        self.n = n

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Level) and self.n - 1 == other.n

    def __lt__(self, other: Level) -> bool:
        return self.n < other.n

    def __gt__(self, other: Level) -> bool:
        return self.n * 2 > other.n


class Top(Level):
    def __lt__(self, other: Level) -> bool:
        return self.n + 5 < other.n




def levels(numbers: list[int]) -> list[str]:
    """A subclass's method comes first, whichever side it stands on."""
    made: list[Level] = []
    for n in numbers[:6]:
        made += [Level(n), Top(n + 1)]
    out = []
    for a in made:
        for b in made:
            out.append(f"{a == b}{a < b}{a > b}{a != b}"[::3])
    return out


class Walker:
    def __init__(self, at: int) -> None:
        self.at = at

    def named(self) -> str:
        return type(self).__name__ + self.__class__.__name__


class Mixin:
    def twice(self) -> int:
        return 2


class Runner(Mixin, Walker):
    def twice(self) -> int:
        return super().twice() + self.at


def mixed_in(at: int) -> tuple[int, str, str]:
    return Runner(at).twice(), Runner(at).named(), Walker(at).named()


class Holder:
    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.last: Shape = shape


def held(which: int, size: float) -> str:
    """What nothing sets again stays what it was asked to be."""
    holder = Holder(_shape(which, size))
    last: Shape = _shape(which + 1, 1.0)
    holder.last = last
    if isinstance(holder.shape, Square):
        return holder.shape.describe(1)
    return holder.shape.name + holder.last.describe()


@dataclass(kw_only=True)
class Options:
    first: int
    second: str = "b"


@dataclass
class MoreOptions(Options):
    third: int
    fourth: int = 4


def options(n: int) -> list[str]:
    """Fields stand where they are declared, whichever are given by name."""
    a, b = MoreOptions(n, first=1), MoreOptions(n, 7, first=1, second="z")
    return [repr(a), repr(b), str(a == b), repr(Options(first=n))]


class Machine:
    def __init__(self, start: int) -> None:
        self.value = start
        self.begin()

    def begin(self) -> None:
        self.value += 1

    @property
    def state(self) -> int:
        return self.value

    @classmethod
    def fresh(cls, start: int) -> Machine:
        return cls(start)

    @classmethod
    def label(cls) -> str:
        return cls.__name__


class Doubling(Machine):
    def begin(self) -> None:
        self.value *= 10

    @property
    def state(self) -> int:
        return super().state * 2


def machines(start: int) -> list[str]:
    """Which method an `__init__` calls is the object's class's to say."""
    made: list[Machine] = [Machine(start), Doubling(start), Doubling.fresh(start)]
    return [f"{one.label()} {one.state}" for one in made]

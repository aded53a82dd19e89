"""Objects that are called, walked over, compared and set through properties."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import total_ordering


class Temperature:
    def __init__(self, celsius: float) -> None:
        self._celsius = celsius
        self.sets = 0

    @property
    def celsius(self) -> float:
        return self._celsius

    @celsius.setter
    def celsius(self, value: float) -> None:
        self.sets += 1
        if value < -273.15:
            raise ValueError("too cold")
        self._celsius = value

    @property
    def fahrenheit(self) -> float:
        return self._celsius * 9 / 5 + 32

    @fahrenheit.setter
    def fahrenheit(self, value: float) -> None:
        self.celsius = (value - 32) * 5 / 9


class Logged(Temperature):
    def __init__(self, celsius: float) -> None:
        super().__init__(celsius)
        self.log: list[float] = []

    def warm(self, by: float) -> None:
        self.celsius += by
        self.log.append(self.celsius)


def warmed(start: float, by: float) -> tuple[float, float, int]:
    it = Temperature(start)
    it.celsius += by
    it.fahrenheit = it.fahrenheit + by
    return it.celsius, it.fahrenheit, it.sets


def warmed_below(start: float, by: float) -> list[float]:
    it = Logged(start)
    it.warm(by)
    it.warm(-by)
    return it.log + [it.celsius]


@total_ordering
class Version:
    def __init__(self, major: int, minor: int) -> None:
        self.major = major
        self.minor = minor

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return (self.major, self.minor) == (other.major, other.minor)

    def __lt__(self, other: Version) -> bool:
        return (self.major, self.minor) < (other.major, other.minor)


@total_ordering
class Reversed:
    """What follows from `__ge__`, also where it agrees with nothing."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reversed) and self.n % 3 == other.n % 3

    def __ge__(self, other: Reversed) -> bool:
        return self.n <= other.n


def compared(a: int, b: int, c: int) -> list[bool]:
    v, w = Version(a, b), Version(b, c)
    return [v < w, v <= w, v > w, v >= w, v == w, v != w, v > v, v <= v]


def compared_oddly(a: int, b: int) -> list[bool]:
    v, w = Reversed(a), Reversed(b)
    return [v < w, v <= w, v > w, v >= w, v == w, v != w]


class Bag:
    def __init__(self, items: list[int]) -> None:
        self.items = items

    def __iter__(self) -> Iterator[int]:
        """In their order."""
        return iter(self.items)

    def __call__(self, times: int, plus: int = 0) -> int:
        return times * len(self.items) + plus

    def __contains__(self, x: int) -> bool:
        return x + 1 in self.items


def bagged(items: list[int], times: int) -> list[int]:
    bag = Bag(items)
    out = [x // 2 for x in bag if x in bag]
    for i, x in enumerate(bag):
        if i < 3:
            out.append(x)
    out.append(bag(times))
    out.append(bag(times, plus=1))
    out.append(sum(bag) if times > 0 and len(items) < 3 else 0)
    return out


def rebound_while_walked(items: list[int]) -> list[int]:
    bag = Bag(items)
    out = []
    for x in bag:
        bag.items = [x]
        out.append(x)
    return out + bag.items


def grown_while_walked(items: list[int]) -> list[int]:
    bag = Bag(items)
    out = []
    for x in bag:
        if len(out) < 5:
            items.append(x // 2)
        out.append(x)
    return out


@dataclass
class Point:
    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list)

    def __add__(self, other: Point) -> Point:
        return Point(self.x + other.x, self.y + other.y, self.tags)

    def __lt__(self, other: Point) -> bool:
        return self.x < other.x

    def __bool__(self) -> bool:
        return self.x != 0

    def __getitem__(self, index: int) -> int:
        return (self.x, self.y)[index] if index in (0, 1) else 0

    def __str__(self) -> str:
        return f"<{self.x}, {self.y}>"


@dataclass(frozen=True)
class Vector:
    x: float
    y: float

    def __add__(self, other: Vector) -> Vector:
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, k: float) -> Vector:
        return Vector(self.x * k, self.y * k)

    def __neg__(self) -> Vector:
        return Vector(-self.x, -self.y)

    def __abs__(self) -> float:
        return self.x * self.x + self.y * self.y

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vector) and self.x == other.x


def added(a: Point, b: Point) -> Point:
    """The sum shares what the first one holds."""
    made = a + b
    made.tags.append("sum")
    return made


def asked(a: Point, b: Point) -> tuple[bool, bool, int, int, str]:
    return a < b, bool(a), a[0], b[5], str(a)


def vectors(a: Vector, b: Vector) -> tuple[Vector, float, bool]:
    c = (a + b) * 2.0
    return -c, abs(c), a == b

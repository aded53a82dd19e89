"""How values show themselves: `repr`, `str`, f-strings and `%` of what is made of others."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import NamedTuple

from carveout import operation


class Side(Enum):
    BUY = "buy"
    SELL = "se'll"


class Rank(IntEnum):
    LOW = 1
    HIGH = 10

    def __str__(self) -> str:
        return f"rank {self.value}"


class Level(IntEnum):
    ONE = 1
    TWO = 2


class Mark(str, Enum):
    A = "a"
    B = "b"


class Loud(Enum):
    X = 1
    Y = 2

    def __repr__(self) -> str:
        return f"Loud!{self.name}"


@dataclass
class Order:
    size: int
    price: float
    side: Side
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Empty:
    pass


class Row(NamedTuple):
    key: str
    counts: tuple[int, ...]
    note: str | None = None


class Version:
    def __init__(self, major: int, minor: int) -> None:
        self.major = major
        self.minor = minor

    def __repr__(self) -> str:
        return f"v{self.major}.{self.minor}"


@dataclass
class Titled:
    title: str

    def __str__(self) -> str:
        return f"«{self.title}»"


@operation
def lists(a: list[int], b: list[str], c: list[float], d: list[bytes]) -> str:
    return f"{a} {b} {c} {d}"


@operation
def lists_in_repr(a: list[list[int]], b: list[bool]) -> str:
    return repr(a) + str(b) + "%s|%r" % (a, b) + "{} {!r}".format(a, b)


@operation
def mappings(a: dict[str, list[int]], b: dict[tuple[int, str], float]) -> str:
    return f"{a}\n{b!r:>30}"


@operation
def tuples(a: tuple[int, str, float, bool], b: tuple[str], c: tuple[int, ...]) -> str:
    return f"{a} {b} {c}"


@operation
def tuples_inside(a: list[tuple[int, ...]], b: dict[str, tuple[str, ...]]) -> str:
    return f"{a} {b}"


@operation
def tuple_keys(a: dict[tuple[int, ...], int], b: dict[str, tuple[int, ...]]) -> str:
    return f"{a}" + str(b)


@operation
def optionals(a: int | None, b: str | None, c: list[str | None], d: tuple[int | None, int]) -> str:
    return f"{a} {b} {b!r} {c} {d}" + str(b)


@operation
def unions(a: int | str, b: list[int | str], c: int | float) -> str:
    return f"{a} {a!r} {b} {c} {str(a)}"


@operation
def orders(a: Order, b: list[Order]) -> str:
    return f"{a} {b}"


@operation
def rows(a: Row, b: dict[str, Row]) -> str:
    return f"{a} {b}"


@operation
def empties(a: Empty, b: list[Empty]) -> str:
    return f"{a}{b}"


@operation
def sides(a: Side, b: list[Side], c: dict[Side, int]) -> str:
    return f"{a} {a!r} {a:>12}|{a!s:<9}| {b} {c}" + str(a) + "%s" % a


@operation
def ranks(a: Rank, b: Level, c: list[Level], d: Mark) -> str:
    return f"{a} {a!s} {a!r} {a:>4} {b} {b!s} {b!r} {b:03d} {c} {d} {d!r} {d:>8}" + str(a) + str(b)


@operation
def loud(a: Loud, b: list[Loud], c: tuple[int, Loud]) -> str:
    return f"{a} {a!r} {b} {c}"


@operation
def versions(a: list[int], b: dict[str, int]) -> str:
    made = [Version(x, -x) for x in a]
    named = {name: Version(n, n) for name, n in b.items()}
    pairs = [(n, Version(n, 0)) for n in a]
    return f"{made} {named} {pairs}"


@operation
def titles(a: Titled, b: list[Titled]) -> str:
    return f"{a} {b} {a!r}" + str(a)


@operation
def counted(words: list[str], few: list[int]) -> str:
    return f"{Counter(words)} {deque(few)} {deque(few, maxlen=2)} {Counter(few)!r}"


@operation
def joined(rows: list[list[int]]) -> str:
    return ";".join(map(str, rows)) + "\n".join(repr(row) for row in rows)


@operation
def sorted_set(items: set[int]) -> str:
    return f"{sorted(items)} of {len(items)}"


@operation
def set_shown(items: set[int]) -> str:
    return f"{items}"


@operation
def nothing(a: int) -> str:
    none = None
    return f"{none} {None!r} {[None, None]}"

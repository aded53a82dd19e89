"""Dataclasses, msgspec structs, enums, helpers in this and another module, exceptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum

import msgspec

from corpus.helpers import Overdrawn, clamp_to, scale


class Side(Enum):
    """Which way."""

    BUY = "buy"
    SELL = "sell"


class Level(IntEnum):
    LOW = 1
    HIGH = 5


@dataclass(frozen=True)
class Point:
    """A place in the plane."""

    x: float
    y: float = 0.0

    def plus(self, other: Point) -> Point:
        return Point(self.x + other.x, self.y + other.y)

    @property
    def size(self) -> float:
        return abs(self.x) + abs(self.y)


@dataclass
class Account:
    name: str
    balance: int
    history: list[int] = field(default_factory=list)


class Order(msgspec.Struct):
    number: int
    side: Side
    price: int
    size: int
    note: str | None = None


@dataclass(frozen=True)
class Key:
    a: int
    b: str


def moved(p: Point, dx: float) -> Point:
    return Point(x=p.x + dx, y=p.y)


def added(p: Point, q: Point) -> Point:
    return p.plus(q)


def size(p: Point) -> float:
    return p.size


def defaulted(x: float) -> Point:
    return Point(x)


def keyword_order(a: int, b: int) -> Point:
    return Point(y=a / b, x=b / a)


def same_points(p: Point, q: Point) -> bool:
    return p == q


def ledger(names: list[str], amounts: list[int]) -> list[Account]:
    accounts: list[Account] = []
    for name, amount in zip(names, amounts):
        account = Account(name, 0)
        account.balance += amount
        account.history.append(amount)
        if amount < 0:
            raise Overdrawn(name, amount)
        accounts.append(account)
    for account in accounts:
        account.balance += 1
    return accounts


def open_orders(orders: list[Order]) -> dict[int, int]:
    left: dict[int, int] = {}
    for order in orders:
        if order.size <= 0:
            raise ValueError(f"order {order.number}: bad size {order.size}")
        sign = 1 if order.side is Side.BUY else -1
        left[order.price] = left.get(order.price, 0) + sign * order.size
    return left


def notes(orders: list[Order]) -> list[str]:
    return [o.note if o.note is not None else o.side.value for o in orders]


def names(orders: list[Order]) -> list[str]:
    return [o.side.name for o in orders if o.side == Side.SELL]


def flip(side: Side) -> Side:
    return Side.SELL if side == Side.BUY else Side.BUY


def level_value(level: Level) -> int:
    return level.value + 1


def helper_calls(xs: list[float], factor: float) -> list[float]:
    return [clamp_to(scale(x, factor=factor), high=10.0) for x in xs]


def keyed(keys: list[Key]) -> dict[Key, int]:
    d: dict[Key, int] = {}
    for k in keys:
        d[k] = d.get(k, 0) + k.a % 10
    return d


def factorial(n: int) -> int:
    if n <= 1:
        return 1
    return n * factorial(n - 1)


def fib(n: int) -> int:
    return _fib(n % 15)


def _fib(n: int) -> int:
    return n if n < 2 else _fib(n - 1) + _fib(n - 2)


def checked(x: float) -> float:
    assert x >= 0.0, "negative"
    if x > 100.0:
        raise ValueError
    return x


def changes_helper(xs: list[int]) -> list[int]:
    ys: list[int] = []
    for x in xs:
        _push_twice(ys, x)
    return ys


def _push_twice(ys: list[int], x: int) -> None:
    ys.append(x)
    ys.append(-x)


def swap(a: int, b: int) -> tuple[int, int]:
    a, b = b, a
    return a, b


def in_order(xs: list[int], n: int) -> int:
    return pick(divide(xs, n), divide(xs, 0))


def divide(xs: list[int], n: int) -> int:
    return len(xs) // n


def pick(a: int, b: int) -> int:
    return a if a > b else b

"""Functions to prove, and wrong carvings of them, written in Python."""

from __future__ import annotations

import enum
import itertools
from dataclasses import dataclass

from carveout import operation


class Side(enum.Enum):
    BUY = 0
    SELL = 1


@dataclass
class Order:
    side: Side
    quantity: int
    price: float
    tags: list[str]
    limit: float | None = None


@operation
def add(a: int, b: int) -> int:
    return a + b


@operation
def total(orders: list[Order], rates: dict[str, float]) -> float:
    result = 0.0
    for order in orders:
        sign = 1 if order.side is Side.BUY else -1
        result += sign * order.quantity * order.price * rates.get("all", 1.0)
    return result


@operation
def divide(a: int, *, by: int) -> float:
    return a / by


@operation
def count_up(n: int) -> int:
    result = 0
    for i in range(n):
        result += i
    return result


_ticks = itertools.count()


@operation
def noisy(a: int) -> int:
    return a + next(_ticks)


@operation
def deep(a: int) -> int:
    raise RecursionError("too deep")


@operation
def mixed(a: int, text: str, rates: dict[str, int], raw: dict[bytes, str]) -> int:
    return a + len(text) + sum(rates.values()) + len(raw)


@operation
def weighed(weights: dict[float, int], tags: set[str]) -> int:
    return len(weights) + len(tags)


@operation
def drain(values: list[int]) -> int:
    result = 0
    while values:
        result += values.pop()
    return result


@operation
def loose_sum(values: list[float]) -> float:
    return sum(values)


class Coded(Exception):
    def __init__(self, code: int) -> None:
        super().__init__("coded")
        self.code = code


@operation
def coded(n: int) -> int:
    if n < 0:
        raise Coded(n)
    return n


@operation
def seldom_noisy(n: int) -> int:
    return n + 1 if next(_ticks) % 10 == 0 else n

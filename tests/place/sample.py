"""Operations the placement tests use, importable by name also in child processes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from carveout.place.operation import operation


@dataclass(frozen=True)
class Line:
    price: float
    count: int


@operation
def add(a: int, b: int = 2) -> int:
    """Adds."""
    if a < 0:
        raise ValueError("negative", a)
    return a + b


@operation
def total(lines: list[Line]) -> float:
    return sum(line.price * line.count for line in lines)


@operation
async def slow_add(a: int, b: int = 2) -> int:
    await asyncio.sleep(0)
    if a < 0:
        raise ValueError("negative", a)
    return a + b


@operation
def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@operation
def keywords(a: int, /, b: int, *, c: str = "x") -> str:
    return f"{a}{b}{c}"

"""Functions to try out: plain ones, one that changes its argument, refused ones."""

from __future__ import annotations

from dataclasses import dataclass, field


class OutOfStock(Exception):
    pass


@dataclass
class Basket:
    items: list[int] = field(default_factory=list)


def scaled(x: int, by: int = 2, *, plus: int = 0) -> int:
    return x * by + plus


def add_to(basket: Basket, item: int) -> Basket:
    if item < 0:
        raise OutOfStock(item, "gone")
    basket.items.append(item)
    return basket


def two_obstacles(x: int) -> int:
    import os

    y = os.getpid()
    return eval("x") + y


def untyped(x):  # type: ignore[no-untyped-def]
    return x


def no_result(x: int):  # type: ignore[no-untyped-def]
    return x

"""Functions to try out: plain ones, one that changes its argument, refused ones."""

from __future__ import annotations

from dataclasses import dataclass, field


class OutOfStock(Exception):
    pass


@dataclass
class Basket:
    items: list[int] = field(default_factory=list)


@dataclass
class Tree:
    value: int
    left: Tree | None = None
    right: Tree | None = None


def depth(tree: Tree | None) -> int:
    return 0 if tree is None else 1 + max(depth(tree.left), depth(tree.right))


def mirrored(tree: Tree) -> Tree:
    tree.left, tree.right = tree.right, tree.left
    for side in (tree.left, tree.right):
        if side is not None:
            mirrored(side)
    return tree


def mean(xs: list[float], low: float = 0) -> float:
    total: float = 0
    for x in xs:
        total += max(x, low)
    return total / len(xs) if xs else 0


def sizes(items: list[int | str | list[int]]) -> list[int]:
    out: list[int] = []
    for item in items:
        if isinstance(item, int):
            out.append(item)
        elif isinstance(item, str):
            out.append(len(item))
        else:
            out.append(sum(item))
    return out


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


def reverse_rows(rows: list[list[int]]) -> None:
    rows.reverse()


def one_more_row(rows: list[list[int]], n: int) -> None:
    rows.append([n])


def sort_rows(rows: list[list[int]]) -> None:
    rows.sort()


def swap_baskets(baskets: dict[str, Basket]) -> None:
    baskets["a"] = Basket([0])


@dataclass
class Pair:
    left: Basket
    right: Basket
    weight: float = 0.5


def reweigh(pair: Pair) -> None:
    pair.weight *= 2.0

"""What mypy minds and a draft asks for when it runs: a None, and an end without a `return`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass


@dataclass
class Node:
    value: int
    next: Node | None = None


def sign(n: int) -> int:
    if n > 0:
        return 1
    elif n <= 0:
        return -1


def small(n: int) -> str:
    if n < 1000:
        return "small"


def first_above(xs: list[int], least: int) -> int | None:
    for x in xs:
        if x > least:
            return x


def product(x: float | None = None, y: float | None = None) -> float:
    if x is None and y is None:
        raise ValueError("give one")
    if x is None:
        return y * 2
    return x


def implicit(n: int = None, xs: list[int] = None) -> int:
    n = 3 if n is None else n
    xs = xs or []
    return len(xs) - (n % 10)


def looked_up(counts: dict[str, int], name: str) -> int:
    found: int = counts.get(name)
    return found


def totalled(xs: list[int] | None) -> int:
    total = 0
    for x in xs:
        total += x % 100
    return total + len(xs)


def shouted(word: str | None) -> str:
    return word.upper()


def second(node: Node) -> int:
    return node.next.value


def relinked(node: Node, value: int) -> Node:
    node.next.value = value
    return node


@dataclass
class Small:
    size: int
    name: str


@dataclass
class Large:
    size: int
    name: str
    more: int


def of_each(one: Small | Large) -> str:
    return f"{one.size} {one.name}"


def _fill(n: int, out: list[int]) -> None:
    if n > 0:
        out.append(n)
        _fill(n - 1, out)


def filled(n: int) -> list[int]:
    out: list = []
    _fill(min(n, 20), out)
    return out


def given_back(n: int) -> set[str]:
    out = set()
    if n > 3:
        return out
    return {"a"}


def grouped(nodes: list[Node], n: int) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    for node in nodes:
        found.setdefault(node.value % 3, []).append((node.value, n))
    return found


def grouped_by_default(nodes: list[Node]) -> dict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for node in nodes:
        found[node.value].append(node.next.value if node.next else 0)
    return dict(found)

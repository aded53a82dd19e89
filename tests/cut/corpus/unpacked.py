"""Several targets at once: of iterators, of displays, of containers that start empty."""

from __future__ import annotations

import collections
from collections import defaultdict


def two_numbers(text: str) -> int:
    x, y = map(int, text.split())
    return x * y


def two_of_list(words: list[str]) -> int:
    a, b = map(int, words)
    return a - b


def colour(text: str) -> tuple[int, int, int]:
    r, g, b = (int(text[i : i + 2], 16) for i in (0, 2, 4))
    return r, g, b


def upper_rest(text: str) -> list[str]:
    a, *rest = map(str.upper, text)
    return [*rest[1:]] + [a] if False else rest


def only_two_positive(xs: list[int]) -> int:
    a, b = (x for x in xs if x > 0)
    return a - b


def both_ends(xs: list[str]) -> str:
    a, b = reversed(xs)
    return a + b


def numbered(xs: list[str]) -> str:
    (i, a), (j, b) = enumerate(xs, 1)
    return f"{i}{a}{j}{b}"


def zipped(xs: list[int], ys: list[str]) -> str:
    (a, b), (c, d) = zip(xs, ys)
    return b * (a % 3) + d * (c % 3)


def last_two(n: int) -> int:
    previous, current = None, n
    while current > 0:
        previous, current = current, current // 2
    return previous or 0


def split_in_two(xs: list[int]) -> list[int]:
    even, odd = [], []
    for x in xs:
        if x % 2:
            odd.append(x)
        else:
            even.append(x)
    return even + odd


def list_and_dict(xs: list[str]) -> list[str]:
    order, places = [], {}
    for i, x in enumerate(xs):
        if x not in places:
            order.append(x)
            places[x] = i
    return [x for x in order if places[x] % 2 == 0]


def same_empty_twice(xs: list[int]) -> int:
    a, b = [], []
    a.append(len(xs))
    b.extend(xs)
    return len(a) + len(b)


def at_most(xs: list[int], n: int) -> list[int]:
    counts = collections.defaultdict(int)
    kept = []
    for x in xs:
        if counts[x] < n:
            kept.append(x)
            counts[x] += 1
    return kept


def asked_only(xs: list[str]) -> int:
    seen = defaultdict(bool)
    for x in xs:
        if seen[x]:
            return -1
    return len(seen)


def grouped(words: list[str]) -> dict[int, list[str]]:
    groups = defaultdict(list)
    for word in words:
        groups[len(word)].append(word)
    return dict(groups)


def rows_seen(rows: list[list[int]]) -> bool:
    seen = defaultdict(set)
    for i, row in enumerate(rows):
        for x in row:
            if x in seen[i]:
                return False
            seen[i].add(x)
    return True

"""The few smallest and largest, places in a part of a list, and other small forms of built-ins."""

from __future__ import annotations

import bisect
import heapq


def smallest(xs: list[int], n: int) -> list[int]:
    return heapq.nsmallest(n, xs)


def largest_words(words: list[str], n: int) -> list[str]:
    return heapq.nlargest(n, words, key=len)


def smallest_pairs(xs: list[tuple[int, str]], n: int) -> list[tuple[int, str]]:
    return heapq.nsmallest(n, xs, key=lambda pair: pair[0]) + heapq.nlargest(2, xs)


def smallest_floats(xs: list[float]) -> list[float]:
    return heapq.nsmallest(3, (x * 2 for x in xs)) + heapq.nlargest(1, xs)


def placed_from(xs: list[int], x: int, low: int) -> int:
    return bisect.bisect_left(xs, x, low)


def placed_between(xs: list[int], x: int, low: int, high: int) -> tuple[int, int]:
    return bisect.bisect(xs, x, low, high), bisect.bisect_left(xs, x, lo=low, hi=high)


def placed_below(xs: list[str], x: str, high: int | None) -> int:
    return bisect.bisect_right(xs, x, hi=high)


def split_from_the_end(s: str, n: int) -> list[list[str]]:
    return [s.rsplit(), s.rsplit(None), s.rsplit(None, n), s.rsplit(maxsplit=n)]


def popped_or_none(d: dict[str, int], key: str) -> tuple[int | None, int]:
    first = d.pop(key, None)
    d.pop(key, None)
    return first, len(d)


def popped_optional(d: dict[str, int | None], key: str) -> int | None:
    return d.pop(key, None)


def parts_in_turn(s: str, separator: str) -> list[str]:
    out = []
    for part in s.partition(separator):
        out.append(part.strip())
    return out + list(s.rpartition(separator))


def sum_of_three(n: int) -> int:
    return sum(divmod(n, 7)) + max(divmod(n, 3))


def groups(xs: list[int]) -> dict[int, int]:
    """Sets as keys: the same whatever order their items came in."""
    counts: dict[frozenset[int], int] = {}
    for a in xs:
        for b in xs:
            key = frozenset([a % 3, b % 3])
            counts[key] = counts.get(key, 0) + 1
    return {sum(key): count for key, count in counts.items()}


def distinct(xs: list[list[str]]) -> int:
    seen: set[frozenset[str]] = set()
    for words in xs:
        if frozenset(words) not in seen:
            seen.add(frozenset(words))
    return len(seen)

"""Results that are kept, tuples of any length as keys, zip with strict=False."""

import functools
from collections import defaultdict
from functools import cache, lru_cache


@cache
def _fibonacci(n: int) -> int:
    return n if n < 2 else _fibonacci(n - 1) + _fibonacci(n - 2)


def fibonacci(n: int) -> int:
    return _fibonacci(n % 100)


@lru_cache(maxsize=None)
def _paths(rows: int, columns: int, avoid: str) -> int:
    if rows < 0 or columns < 0 or (avoid and rows == 3):
        return 0
    if rows == 0 and columns == 0:
        return 1
    return _paths(rows - 1, columns, avoid) + _paths(rows, columns - 1, avoid)


def paths(rows: int, columns: int, avoid: str) -> int:
    return _paths(rows % 16, columns % 16, avoid)


@functools.lru_cache
def _least(coins: tuple[int, ...], amount: int) -> int:
    if amount < 0:
        raise ValueError(f"no way to {amount}")
    if amount == 0:
        return 0
    best = 10**6
    for coin in coins:
        if 0 < coin <= amount:
            best = min(best, 1 + _least(coins, amount - coin))
    return best


def least_coins(coins: list[int], amount: int) -> int:
    return _least(tuple(sorted({coin % 9 + 1 for coin in coins})), amount % 40 - 1)


def anagrams(words: list[str]) -> list[list[str]]:
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for word in words:
        groups[tuple(sorted(word))].append(word)
    return list(groups.values())


def distinct_rows(rows: list[list[int]]) -> int:
    return len({tuple(row) for row in rows})


def _seen_before(seen: set[tuple[int, ...]], key: tuple[int, ...]) -> bool:
    return key in seen


def first_repeated(rows: list[list[int]]) -> int:
    seen: set[tuple[int, ...]] = set()
    for at, row in enumerate(rows):
        key = tuple(row)
        if _seen_before(seen, key):
            return at
        seen.add(key)
    return -1


def looked_up(table: dict[tuple[int, ...], str], key: list[int]) -> str:
    return table[tuple(key)]


def dot(a: list[int], b: list[int]) -> int:
    total = 0
    for x, y in zip(a, b, strict=False):
        total += x * y
    return total


def grown(xs: list[int], n: int) -> list[int]:
    ys = list(xs)
    ys += (n, n)
    return ys

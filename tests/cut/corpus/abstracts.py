"""Abstract parameters of an operation itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence


def total(items: Sequence[int]) -> int:
    found = 0
    for index in range(len(items)):
        found += items[index] * (index % 3)
    return found


def joined(words: Iterable[str], sep: str = "-") -> str:
    return sep.join(word.upper() for word in words)


def longest(rows: Sequence[Sequence[int]]) -> int:
    return max((len(row) for row in rows), default=0)


def looked_up(names: Mapping[str, int], wanted: Collection[str]) -> list[int]:
    return [names.get(one, -1) for one in wanted if one]


def tail(items: Sequence[int] | None) -> list[int]:
    return [] if items is None else list(items[1:])


def kind(items: Sequence[int]) -> str:
    return "tuple" if isinstance(items, tuple) else "list" if isinstance(items, list) else "other"

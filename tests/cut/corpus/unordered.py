"""An order made of a set's items, which hangs on their keys alone."""

from __future__ import annotations


def by_first_place(text: str) -> str:
    return "".join(sorted(set(text), key=text.find))


def distinct(xs: list[int]) -> list[int]:
    return sorted(set(xs), key=xs.index)


def by_length(words: list[str]) -> list[str]:
    return sorted(set(words), key=len)


def by_length_then_text(words: set[str]) -> list[str]:
    return sorted(words, key=lambda word: (-len(word), word), reverse=True)


def most_frequent(xs: list[int]) -> int:
    return max(set(xs), key=xs.count)


def least(words: list[str]) -> str:
    return min({word.strip() for word in words}, key=len)


def of_pairs(xs: list[int]) -> list[tuple[int, str]]:
    return sorted({(x % 7, str(x)) for x in xs})


def listed(xs: list[int]) -> list[int]:
    return sorted(list(set(xs)), reverse=True)


def least_pair(xs: list[int]) -> tuple[int, int]:
    return min({(x % 3, x) for x in xs})


def of_keys_that_stop(xs: list[int], counts: dict[int, int]) -> list[int]:
    return sorted(set(xs), key=lambda x: counts[x])

"""`key=counts.get`: what a dict says of an item orders it; None is left to Python."""

from __future__ import annotations


def commonest(counts: dict[str, int]) -> str:
    return max(counts, key=counts.get)


def rarest(counts: dict[int, float]) -> int:
    return min(counts, key=counts.get)


def ranked(xs: list[str], counts: dict[str, int]) -> list[str]:
    known = [x for x in xs if x in counts]
    return sorted(known + list(counts), key=counts.get, reverse=True)


def in_place(counts: dict[str, int]) -> list[str]:
    names = list(counts)
    names.sort(key=counts.get)
    return names


def of_letters(text: str) -> str:
    counts: dict[str, int] = {}
    for letter in text:
        counts[letter] = counts.get(letter, 0) + 1
    return max(counts, key=counts.get)

"""Drafts that rustc once refused."""

from __future__ import annotations


def between(text: str) -> bool:
    return "a" <= text.lower() <= "z"


def between_letters(text: str) -> int:
    found = 0
    for letter in text:
        if "a" <= letter.lower() <= "z":
            found += 1
    return found


def least_of_others(low: dict[int, int], index: dict[int, int], w: int) -> int:
    low[w] = min(low[w], index[w])
    index[w] = max(index[w], low[w])
    return low[w] + index[w]


def turned(matrix: list[list[int]]) -> None:
    matrix[:] = [list(row)[::-1] for row in zip(*matrix)]


def _shorter(text: str) -> str:
    while text.startswith("a"):
        text = text[1:]
    return text


def given_away(text: str) -> str:
    longer = text + "1"
    longer = longer + _shorter(longer)
    return longer

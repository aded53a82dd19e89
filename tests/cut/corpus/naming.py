"""`:=` in conditions, comprehensions and at the start of expressions."""

from __future__ import annotations


def _half(n: int) -> int:
    return n // 2


def doubled(xs: list[int]) -> list[int]:
    return [y for x in xs if x % 3 if (y := _half(x)) > 3]


def pairs(xs: list[int]) -> list[list[int]]:
    return [[y := _half(x), y + 1] for x in xs]


def by_half(xs: list[int]) -> dict[int, int]:
    return {(h := _half(x)): h + x for x in xs}


def summed(xs: list[int]) -> int:
    return sum(h for x in xs if (h := _half(x) % 100) != 7)


def rest(text: str) -> str:
    if (i := text.find(",")) >= 0 and (found := text[i + 1 :]):
        return found
    elif not (text and (last := text[-1])):
        return "-"
    return last


def either(xs: list[int], n: int) -> int:
    if n > 3 or (k := len(xs)) > 2 and xs[k - 1] > 0:
        return n
    else:
        return k


def shrunk(xs: list[int]) -> int:
    total = 0
    while (n := len(xs)) > 1 and (m := xs[-1]) < 50:
        total += n + m % 100
        xs.pop()
    return total


def first(xs: list[int]) -> int:
    return (n := len(xs)) * 2 + n


def chosen(text: str) -> str:
    return found[1:] if (found := text.strip()) else "none"

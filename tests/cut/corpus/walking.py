"""Lazy walks, unpacking, a module's containers, locals without a type."""

from __future__ import annotations

import string
import sys
from string import ascii_lowercase

MORSE = {"a": ".-", "b": "-...", "c": "-.-."}
STEPS = [(0, 1), (1, 0), (0, -1), (-1, 0)]
_VOWELS = {"a", "e", "i", "o", "u"}
_primes = [2, 3, 5, 7]
INFINITE = float("inf")
LETTERS = string.ascii_uppercase + string.digits
FROZEN = frozenset("xyz")
_grown = [1, 2]
KEPT = [3, 4]


def _grow() -> None:
    _grown.append(3)


def mapped(xs: list[int], n: int) -> list[int]:
    return list(map(lambda x: x ^ n, xs)) + list(map(abs, xs))


def mapped_two(xs: list[int], ys: list[int]) -> list[int]:
    return list(map(lambda x, y: x & y, xs, ys))


def filtered(xs: list[int], n: int) -> list[int]:
    return list(filter(lambda x: x > n, xs)) + list(filter(None, xs))


def mapped_and_filtered(s: str) -> str:
    return "".join(map(str.upper, filter(str.isalpha, s)))


def map_into_reductions(xs: list[int]) -> list[int]:
    a = sum(map(lambda x: x & 7, xs))
    b = max(map(lambda x: x & 7, xs), default=0)
    return [a, b, int(any(map(lambda x: x > 3, xs))), int(all(map(bool, xs)))]


def map_that_raises(words: list[str]) -> list[int]:
    return sorted(map(int, words))


def loop_over_map(xs: list[int]) -> list[int]:
    out: list[int] = []
    for y in map(lambda x: 100 // x, xs):
        out.append(y)
        if y < 0:
            break
    else:
        out.append(0)
    return out


def loop_over_filter(xs: list[int], limit: int) -> list[int]:
    out: list[int] = []
    for x in filter(lambda x: x > limit, xs):
        limit = x
        out.append(x)
    return out


def loop_over_a_generator(xs: list[int]) -> list[int]:
    """Each item is made in its turn, after what the one before it did."""
    seen: list[int] = []
    for x, n in ((x, len(seen)) for x in xs if len(seen) < 3 or x > 0):
        seen.append(x & n)
    return seen


def enumerate_a_map(xs: list[int]) -> list[int]:
    return [i * (y & 3) for i, y in enumerate(map(lambda x: x & 7, xs))]


def strict_zip(xs: list[int], ys: list[int]) -> int:
    total = 0
    for x, y in zip(xs, ys, strict=True):
        total += (x & 15) * (y & 15)
    return total


def strict_zip_of_equals(xs: list[int], s: str) -> list[tuple[int, str, int]]:
    n = min(len(xs), len(s))
    return [(x, c, y) for x, c, y in zip(xs[:n], s[:n], xs[:n], strict=True)]


def strict_zip_that_changes(xs: list[int]) -> list[int]:
    ys = list(xs)
    for x, y in zip(xs, ys, strict=True):
        if x > y:
            ys.append(0)
        ys[0] = x & 3
    return ys


def transposed(rows: list[list[int]]) -> list[list[int]]:
    return [list(column) for column in zip(*rows)]


def column_sums(rows: list[list[float]]) -> list[float]:
    return [sum(column) for column in zip(*rows)]


def unpacks_a_list(xs: list[int]) -> int:
    a, b, *rest = xs
    return (a & 255) - (b & 255) + len(rest)


def unpacks_both_ends(xs: list[int]) -> list[int]:
    first, *middle, last = xs
    return [last, *middle, first] if False else [last] + middle + [first]


def unpacks_exactly(s: str) -> str:
    a, b, c = s.split(".")
    return c + b + a


def unpacks_or_not(xs: list[int]) -> int:
    try:
        a, b = xs
    except ValueError as error:
        return len(str(error))
    return a ^ b


def unpacks_rows(rows: list[list[int]]) -> int:
    total = 0
    for a, b in rows:
        total += (a & 31) * (b & 31)
    return total


def unpacks_a_tuple_with_rest(t: tuple[str, int, int, int]) -> tuple[str, list[int], int]:
    name, *numbers, last = t
    return name, numbers, last


def unpacks_into_places(xs: list[int]) -> list[int]:
    ys = [0, 0, 0]
    ys[2], ys[0] = xs[:2]
    return ys


def looks_up_a_constant(s: str) -> list[str]:
    return [MORSE[c] for c in s if c in MORSE] + [MORSE.get(c, "?") for c in s]


def walks_over_a_constant(x: int, y: int) -> list[tuple[int, int]]:
    return [((x & 7) + dx, (y & 7) + dy) for dx, dy in STEPS]


def counts_vowels(s: str) -> int:
    return sum(1 for c in s if c.lower() in _VOWELS)


def lower_case_constant(n: int) -> list[int]:
    return [p for p in _primes if n % p == 0]


def constants_of_the_library(s: str) -> list[bool]:
    return [
        s in ascii_lowercase,
        s in string.punctuation,
        len(s) == sys.maxsize,
        s in LETTERS,
        s in FROZEN,
    ]


def smallest(xs: list[float]) -> float:
    best = INFINITE
    for x in xs:
        if x < best:
            best = x
    return best


def changed_elsewhere(n: int) -> int:
    return _grown[n]


def gives_a_constant_away(n: int) -> list[int]:
    return KEPT


def two_sum(xs: list[int], target: int) -> tuple[int, int]:
    seen = {}
    for i, x in enumerate(xs):
        if x in seen:
            return seen[x], i
        seen[target ^ x] = i
    return -1, -1


def longest_run(s: str) -> int:
    last = {}
    start = best = 0
    for i, c in enumerate(s):
        if c in last:
            start = max(start, last[c] + 1)
        last[c] = i
        best = max(best, i - start + 1)
    return best


def no_duplicates(xs: list[int]) -> list[int]:
    result = []
    seen = set()
    for x in xs:
        if x not in seen:
            seen.add(x)
            result.append(x)
    return result


def assigned_in_a_condition(s: str, limit: int) -> int:
    if (n := len(s)) > limit and n % 2 == 0:
        return n
    elif (m := n * 2) > limit:
        return m
    return -n


def assigned_in_a_loop(xs: list[int]) -> list[int]:
    out: list[int] = []
    rest = list(xs)
    while (x := len(rest)) > 1:
        if rest.pop() > 3:
            continue
        out.append(x)
        if x > 6:
            break
    else:
        out.append(-1)
    return out


def best_with_default(words: list[str], n: int) -> list[str]:
    a = max(words, key=len, default="")
    b = min(words, key=lambda w: (len(w), w[n:]), default="none")
    return [a, b]


def extended_by_a_tuple(xs: list[int], n: int) -> list[int]:
    out = list(xs)
    out += n, n
    out += (len(out),)
    return out

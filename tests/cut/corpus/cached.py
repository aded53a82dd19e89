"""Functions that keep what they gave."""

from __future__ import annotations

from functools import cache, lru_cache


@cache
def _ways(n: int, step: int) -> int:
    if n <= 0:
        return int(n == 0)
    return (_ways(n - 1, step) + _ways(n - step, step)) % 1_000_007


@lru_cache(maxsize=None)
def _label(word: str) -> str:
    return word.upper() if len(word) < 2 else _label(word[1:]) + word[0]


@lru_cache
def operation_itself(n: int) -> int:
    if n < 2:
        return max(n, 0)
    if n > 80:
        return -1
    return operation_itself(n - 1) + operation_itself(n - 2)


def cached_helper(n: int, m: int) -> int:
    return _ways(n % 60, m % 3 + 1) + _ways(n % 7, 2)


def cached_texts(words: list[str]) -> list[str]:
    return [_label(word[:12]) for word in words]


def cached_inside(xs: list[int], n: int) -> int:
    few = xs[:12]

    @cache
    def best(i: int, left: int) -> int:
        if i == len(few):
            return 0
        taken = 0
        if left > 0:
            taken = (few[i] & 63) + best(i + 1, left - 1)
        return max(taken, best(i + 1, left))

    return best(0, n % 6)


def stale_answers(xs: list[int]) -> list[int]:
    """A cache does not see that what was read has changed."""
    ys = [1, 2, 3]

    @cache
    def read(i: int) -> int:
        return ys[i % 3]

    out: list[int] = []
    for x in xs:
        out.append(read(x % 4))
        ys[x % 3] += 10
    return out


def a_cache_for_each_definition(n: int) -> list[int]:
    out: list[int] = []
    for k in range(n % 5):

        @cache
        def times(x: int) -> int:
            out.append(x)
            return x * k

        out.append(times(2) + times(2) + times(3))
    return out


def cached_faults(xs: list[int]) -> int:
    @cache
    def inverse(x: int) -> int:
        return 1000 // x

    return sum(inverse(x) for x in xs)

"""Iterators that are kept: next, loops that go on from there, StopIteration."""

from collections.abc import Iterator
from dataclasses import dataclass


def differences(xs: list[int]) -> list[int]:
    it = iter(xs)
    prev = next(it)
    out = []
    for x in it:
        out.append(x % 1000 - prev % 1000)
        prev = x
    return out


def pairs(text: str) -> list[tuple[str, str]]:
    it = iter(text)
    out = []
    for c in it:
        d = next(it, None)
        if d is None:
            out.append((c, "-"))
            break
        out.append((c, d))
    else:
        out.append(("", ""))
    return out


def grown(xs: list[int]) -> list[int]:
    it = iter(xs)
    out: list[int] = []
    for x in it:
        out.append(x)
        if len(xs) < 10:
            xs.append(x)
    xs.append(5)
    return out + [next(it, -1)] + list(it)


def _parse(tokens: Iterator[str]) -> int:
    token = next(tokens, ")")
    if token == "(":
        total = 0
        while True:
            value = _parse(tokens)
            if value < 0:
                return total
            total += value
    if token == ")":
        return -1
    return len(token)


def parse(words: list[int]) -> int:
    return _parse(iter([["(", ")", "abc", "x"][w % 4] for w in words]))


def stops(n: int, xs: list[int]) -> list[int]:
    it = iter(xs)
    out = []
    try:
        for _ in range(n % 5):
            out.append(next(it))
    except StopIteration:
        out.append(-1)
    return out + [y for y in it]


def until(xs: list[int]) -> int:
    it = iter(xs)
    total = 0
    while True:
        try:
            x = next(it)
        except StopIteration:
            break
        total += x % 100
        if x % 3 == 0:
            next(it, 0)
    return total


def header(lines: list[str]) -> tuple[str, list[str], str]:
    it = iter(lines)
    head = next(it, "")
    return head, list(it), "".join(it)


@dataclass
class Reader:
    it: Iterator[int]
    seen: int = 0

    def take(self) -> int:
        self.seen += 1
        return next(self.it)


def reading(xs: list[int], n: int) -> list[int]:
    r = Reader(iter(xs))
    out = [r.take() for _ in range(n % 4)]
    return out + [r.seen] + sorted(r.it)


def first_of(xs: list[str]) -> str:
    return next(iter(xs), "none")


def first_key(d: dict[str, int]) -> str:
    return next(iter(d))


def shared(xs: list[int]) -> list[int]:
    a = iter(xs)
    b = a
    out = [next(a, 0), next(b, 0), next(a, 0)]
    c = iter(a)
    return out + list(c) + list(b)


def in_gen(xs: list[int]) -> int:
    it = iter(xs)
    return sum(next(it) for _ in range(3))


def mapped(xs: list[int]) -> list[int]:
    it = iter(xs)

    def one(x: int) -> int:
        return next(it) + x % 10

    return list(map(one, [1, 2, 3]))


def nested(xs: list[int]) -> list[int]:
    """Refused: it is taken from while it is walked over."""
    it = iter(xs)
    return [x + next(it, 0) for x in it]


def tuples(xs: tuple[int, ...]) -> list[int]:
    it = iter(xs)
    a = next(it, 0)
    b = next(it, 0)
    return [a, b, *list(it)]

"""Small things: defaults, imports inside, causes, flags that are worked out, displays for wider types."""

from __future__ import annotations

import math

INF = float("inf")


def inf(xs: list[int]) -> float:
    best = INF
    for x in xs:
        best = min(best, x * 1.0)
    return best


def rev(xs: list[int], up: bool) -> list[int]:
    return sorted(xs, reverse=not up) + sorted(xs, reverse=not up and True)


def rev_key(xs: list[int], up: bool) -> list[int]:
    xs.sort(key=lambda x: x % 7, reverse=not up)
    return xs


def fsum(n: int) -> float:
    return math.fsum([0.1, 0.2, 0.3]) + math.fsum([x / 3 for x in range(n % 9)])


def set_lit(n: int) -> set[int]:
    s = {1, 2, n} - {2}
    return s


def local_import(x: float) -> float:
    from math import sqrt
    import math as m
    return sqrt(abs(x)) + m.floor(1.5)


def raise_from(n: int) -> int:
    if n > 3:
        raise ValueError("big") from KeyError("k")
    try:
        return 10 // n
    except ZeroDivisionError as e:
        raise ValueError(f"bad {n}") from e


def asserts(n: int) -> int:
    assert n > 0, f"need positive {n}"
    assert isinstance(n, int)
    return n


def _dflt(a: int, t: tuple[int, ...] = (), p: tuple[int, int] = (1, 2), s: str | None = None, f: float = -1.5) -> int:
    return a % 100 + sum(t) + p[0] + (0 if s is None else len(s)) + int(f)


def defaults(n: int) -> int:
    return _dflt(n) + _dflt(n, (1, 2)) + _dflt(n, s="abc") + _dflt(n, p=(3, 4))


def del_slice(xs: list[int]) -> list[int]:
    del xs[1:3]
    del xs[-1:]
    return xs


def chain(n: int) -> list[list[int]]:
    a = b = [n]
    a.append(1)
    return [a, b]


def for_try_else(xs: list[int]) -> str:
    out = ""
    for x in xs:
        try:
            if x == 3:
                continue
            if x == 5:
                break
            out += str(10 // x)
        except ZeroDivisionError:
            out += "z"
        else:
            out += "e"
        finally:
            out += "f"
    else:
        out += "done"
    return out

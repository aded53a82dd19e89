"""Stars: `*args` and `**kwargs` of helpers, tuples that are spread, displays with stars."""

from __future__ import annotations


def _total(*xs: int) -> int:
    return sum(xs)


def _scaled(by: int, *xs: int, plus: int = 1) -> list[int]:
    return [x % 100 * by + plus for x in xs]


def _named(**options: int) -> list[str]:
    return [f"{k}={v}" for k, v in options.items()]


def _both(first: str, *rest: str, sep: str = "-", **more: str) -> str:
    return sep.join([first, *rest][:1] + list(rest)) + str(len(more)) + "".join(more.values())


def _three(a: int, b: str, c: float = 0.5) -> str:
    return f"{a}{b}{c}"


def totals(a: int, b: int) -> list[int]:
    return [_total(), _total(a % 100), _total(a % 100, b % 100, 3)]


def spread_list(xs: list[int]) -> int:
    small = [x % 100 for x in xs]
    return _total(*small) + _total(1, *small, 2)


def spread_vartuple(xs: tuple[int, ...]) -> list[int]:
    return _scaled(2, *xs) + _scaled(3, *xs, plus=0)


def spread_pair(t: tuple[int, str]) -> str:
    return _three(*t) + _three(*t, 1.5) + _three(*t, c=2.5)


def spread_call(n: int) -> str:
    return _three(*_made(n))


def _made(n: int) -> tuple[int, str]:
    return n, str(n)


def options(a: int, b: int) -> list[str]:
    return _named() + _named(a=a, b=b) + _named(z=b)


def both(s: str, t: str) -> str:
    return _both(s) + _both(s, t, t) + _both(s, sep=t) + _both(s, x=t, y=s) + _both(s, t, sep="!", q=t)


def local(n: int) -> int:
    def most(first: int, *others: int) -> int:
        best = first
        for o in others:
            if o > best:
                best = o
        return best
    return most(n) + most(1, n % 5, 3) + most(*(n % 3, n % 2))


def recursive(n: int) -> int:
    return _down(n % 10, 1)


def _down(*args: int) -> int:
    if args[0] == 0:
        return len(args)
    return _down(args[0] - 1, *args)


def ordered(xs: list[int]) -> int:
    return _scaled(xs[0] % 5, *[xs[1] % 7], plus=xs[2] % 3)[0]


def lists(xs: list[int], n: int) -> list[list[int]]:
    ys = [*xs]
    ys.append(n)
    return [[n, *xs], [*xs, n], [*xs, *ys], [n, *range(3), n], ys, xs]


def tuples(xs: tuple[int, ...], n: int) -> tuple[int, ...]:
    return (n, *xs, n)


def strings(s: str) -> list[str]:
    return [*s, "x", *s.split()]


def dicts(a: dict[str, int], b: dict[str, int]) -> list[dict[str, int]]:
    c = {**a}
    c["zz"] = 1
    return [{**a, **b}, {"k": 1, **a}, {**a, "k": 2, **b, "k": 3}, c, a]


def two(xs: list[int]) -> list[int]:
    first, *rest = xs
    return [*rest, first]


def aliased(rows: list[list[int]]) -> list[list[int]]:
    more = [[1], *rows]
    for r in more:
        r.append(7)
    return more + rows

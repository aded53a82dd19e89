"""Ints where floats are declared, isinstance, and what is known when it is cut."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Reading:
    level: float
    weight: float = 1


def total_from_zero(xs: list[float]) -> str:
    total: float = 0
    for x in xs:
        total += x
    return f"{total} {total!r} {total:8.3f}"


def either(n: int, x: float) -> str:
    y = n if n > 2 else x
    z: float = y
    z = z * 2 + 1
    return f"{z} {z // 3} {z % 3} {-z} {abs(z)} {z / 4} {z == 7} {z < 7.5}" if z else "nothing"


def powers(n: int, x: float) -> str:
    base: float = n % 7
    return f"{base ** 2} {base ** 0.5} {(base + 1) ** -1} {(x + 1.5) * base}"


def _half(x: float) -> float:
    return x / 2


def _same(x: float) -> float:
    return x


def helpers(n: int, x: float) -> str:
    return f"{_half(n)} {_same(n)} {_same(x)} {_same(7)} {_half(3) + _same(True + 1)}"


def rounded(n: int, x: float, d: int) -> str:
    a = _same(n) if n % 2 else _same(x)
    return f"{round(a)} {round(a, d % 5)} {int(a)} {float(a)} {math.floor(a)} {math.sqrt(abs(a))}"


def listed(n: int, xs: list[float]) -> str:
    values: list[float] = [1, 2.5, n]
    values.append(3)
    values += xs
    values.sort()
    best = max(values)
    return f"{sum(values)} {best} {min(values)} {n in values} {values.count(3)} {max(0, values[0])}"


def fields(n: int, x: float) -> str:
    r = Reading(n, 2)
    s = Reading(x)
    r.level += 1
    s.weight = n
    return f"{r.level} {r.weight} {s.level} {s.weight} {r == Reading(n + 1, 2.0)}"


def infinite(costs: list[int]) -> str:
    best = float("inf")
    for cost in costs:
        best = min(best, cost)
    return str(best)


def is_what(n: int, x: float) -> str:
    y: float = n if x > 1 else x
    kind = "int" if isinstance(y, int) else "float"
    if isinstance(y, (int, float)) and not isinstance(y, str):
        kind += "!"
    if type(y) is float:
        kind += "f"
    return kind


def mean_of(xs: list[float]) -> float:
    if not xs:
        return 0
    return sum(xs) / len(xs)


def checked(n: int, name: str, xs: list[int] | None) -> int:
    if not isinstance(n, int) or isinstance(n, bool) or n < 0:
        raise TypeError("n must be a natural number")
    if not isinstance(name, str):
        raise TypeError("name")
    if isinstance(xs, list):
        return n + len(xs) + len(name)
    assert isinstance(n, int)
    if type(n) != int:
        return -9
    return -1 if xs is None else 1


def dictionary(keys: list[str]) -> str:
    weights: dict[str, float] = {}
    for key in keys:
        weights[key] = weights.get(key, 0) + 1
    weights["half"] = 0.5
    return str(sum(weights.values())) + str(weights.get("a", 0))


def pairs(n: int, x: float) -> str:
    low: float
    high: float
    low, high = (n, x) if n < x else (x, n)
    ordered = sorted([(high, "h"), (low, "l")])
    return f"{low} {high} {ordered[0][1]} {low == high}"


def clamp(x: float, low: float = 0, high: float = 10) -> str:
    if x < low:
        return repr(low)
    return repr(high if x > high else x)


def doubled(x: int | float) -> int | float:
    return x * 2


def numbers(xs: list[int | float], most: float | int | None) -> list[int | float]:
    out: list[int | float] = []
    for x in xs:
        if isinstance(x, int):
            out.append(x + 1)
        elif most is None or x < most:
            out.append(x / 2)
    return out


def whole(x: int | float) -> bool:
    return x == int(x) if -1e9 < x < 1e9 else False


def named(weights: dict[str, int | float]) -> tuple[str, float | int]:
    best: tuple[str, int | float] = ("", 0)
    for name, weight in weights.items():
        if weight > best[1]:
            best = (name, weight)
    return best

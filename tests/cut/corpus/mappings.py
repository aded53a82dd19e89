"""Dicts, sets and optionals."""

from __future__ import annotations


def lookup(d: dict[str, int], k: str) -> int:
    return d[k]


def lookup_int(d: dict[int, str], k: int) -> str:
    return d[k]


def lookup_pair(d: dict[tuple[int, str], float], a: int, b: str) -> float:
    return d[a, b]


def lookup_or(d: dict[str, int], k: str) -> int:
    return d.get(k, -1)


def order_kept(xs: list[str]) -> list[str]:
    d: dict[str, int] = {}
    for i, x in enumerate(xs):
        if x in d:
            del d[x]
        d[x] = i
    return [f"{k}={v}" for k, v in d.items()]


def counted(xs: list[int]) -> dict[int, int]:
    d: dict[int, int] = {}
    for x in xs:
        if x not in d:
            d[x] = 0
        d[x] += 1
    return d


def grouped(xs: list[str]) -> dict[int, list[str]]:
    groups: dict[int, list[str]] = {}
    for x in xs:
        groups.setdefault(len(x), []).append(x)
    return groups


def grouped_by_hand(xs: list[int]) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = {}
    for x in xs:
        k = x % 3
        if k not in groups:
            groups[k] = []
        groups[k].append(x)
    return groups


def inverted(d: dict[str, int]) -> dict[int, str]:
    return {v: k for k, v in d.items()}


def sums(d: dict[str, float]) -> tuple[float, int]:
    total = 0.0
    for v in d.values():
        total += v
    return total, len(d)


def keys_sorted(d: dict[str, int]) -> list[str]:
    return sorted(d)


def by_value(d: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(d.items(), key=lambda kv: (-kv[1], kv[0]))


def popped(d: dict[str, int], k: str) -> list[int]:
    e = dict(d)
    first = e.pop(k, 0)
    second = e.pop("a")
    return [first, second, len(e)]


def merged(a: dict[str, int], b: dict[str, int]) -> dict[str, int]:
    out = dict(a)
    for k, v in b.items():
        out[k] = out.get(k, 0) + v
    return out


def same(a: dict[str, int], b: dict[str, int]) -> bool:
    return a == b


def distinct(xs: list[int]) -> tuple[int, list[int]]:
    seen: set[int] = set()
    out: list[int] = []
    for x in xs:
        if x not in seen:
            seen.add(x)
            out.append(x)
    return len(seen), out


def overlap(xs: list[int], ys: list[int]) -> list[int]:
    return sorted(set(xs) & set(ys))


def set_sum(xs: set[int]) -> int:
    return sum(xs)


def set_result(xs: list[str]) -> set[str]:
    return {x.strip() for x in xs}


def optional(x: int | None) -> int:
    if x is None:
        return -1
    return x * 2


def optional_or(x: int | None, y: int) -> int:
    return x or y


def optional_text(s: str | None) -> str:
    return s if s is not None else "none"


def truthy(s: str | None, xs: list[int] | None) -> tuple[bool, bool]:
    a = False
    if s:
        a = True
    return a, bool(xs) if xs is not None else False


def first_even(xs: list[int]) -> int | None:
    for x in xs:
        if x % 2 == 0:
            return x
    return None


def maybe_float(x: float | None, y: float | None) -> bool:
    return x == y


def nested(d: dict[str, dict[str, int]], a: str, b: str) -> int:
    total = 0
    for inner in d.values():
        for k in inner:
            total += inner[k]
    return total + d[a][b]


def nested_change(xs: list[str]) -> dict[str, dict[str, int]]:
    d: dict[str, dict[str, int]] = {}
    for x in xs:
        if x not in d:
            d[x] = {}
        d[x]["n"] = d[x].get("n", 0) + 1
    return d

"""Lists and tuples: indexes, slices, changes in place, comprehensions, sorting."""

from __future__ import annotations

import heapq


def item(xs: list[int], i: int) -> int:
    return xs[i]


def part(xs: list[int], i: int, j: int, k: int) -> list[int]:
    return xs[i:j:k]


def totals(xs: list[int]) -> tuple[int, int]:
    return sum(xs), len(xs)


def float_total(xs: list[float]) -> float:
    return sum(xs)


def float_total_from(xs: list[float]) -> float:
    return sum(xs, 0.0)


def mean(xs: list[float]) -> float:
    if not xs:
        raise ValueError("no values")
    return sum(xs) / len(xs)


def squares_of_even(xs: list[int]) -> list[int]:
    return [x * x for x in xs if x % 2 == 0]


def pairs(xs: list[int], ys: list[str]) -> list[tuple[int, str]]:
    return [(x, y) for x, y in zip(xs, ys)]


def triples(xs: list[int], ys: list[str], zs: list[float]) -> list[str]:
    return [f"{x}{y}{z}" for x, y, z in zip(xs, ys, zs)]


def numbered(xs: list[str]) -> list[str]:
    return [f"{i}:{x}" for i, x in enumerate(xs, start=1)]


def backwards(xs: list[int]) -> list[int]:
    out: list[int] = []
    for x in reversed(xs):
        out.append(x)
    return out


def ordered(xs: list[int]) -> tuple[list[int], list[int]]:
    return sorted(xs), sorted(xs, reverse=True)


def ordered_floats(xs: list[float]) -> list[float]:
    return sorted(xs)


def ordered_by(xs: list[str]) -> list[str]:
    return sorted(xs, key=lambda s: (len(s), s))


def ordered_back(xs: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return sorted(xs, key=lambda p: p[0], reverse=True)


def has(xs: list[float], x: float) -> bool:
    return x in xs


def among(n: int) -> bool:
    return n in (1, 2, 3) or n not in [0, 5, -1]


def any_all(xs: list[int]) -> tuple[bool, bool, bool]:
    return any(x > 5 for x in xs), all(x % 2 == 0 for x in xs), any(xs)


def any_divides(xs: list[int], n: int) -> bool:
    return any(n % x == 0 for x in xs)


def primes(n: int) -> list[int]:
    n = min(n, 300)
    sieve = [True] * max(n + 1, 2)
    sieve[0] = False
    sieve[1] = False
    i = 2
    while i * i <= n:
        if sieve[i]:
            for j in range(i * i, n + 1, i):
                sieve[j] = False
        i += 1
    return [k for k in range(len(sieve)) if sieve[k]]


def bubble(xs: list[int]) -> list[int]:
    ys = list(xs)
    for i in range(len(ys)):
        for j in range(len(ys) - 1 - i):
            if ys[j] > ys[j + 1]:
                ys[j], ys[j + 1] = ys[j + 1], ys[j]
    return ys


def matrix_product(a: list[list[float]], b: list[list[float]]) -> list[list[float]]:
    out: list[list[float]] = []
    for row in a:
        line: list[float] = []
        for j in range(len(b[0]) if b else 0):
            total = 0.0
            for k in range(len(b)):
                total += row[k] * b[k][j]
            line.append(total)
        out.append(line)
    return out


def transposed(rows: list[list[int]]) -> list[list[int]]:
    if not rows:
        return []
    return [[row[i] for row in rows] for i in range(len(rows[0]))]


def grid_paths(rows: int, columns: int) -> int:
    rows, columns = abs(rows) % 12 + 1, abs(columns) % 12 + 1
    table = [[1] * columns for _ in range(rows)]
    for i in range(1, rows):
        for j in range(1, columns):
            table[i][j] = table[i - 1][j] + table[i][j - 1]
    return table[rows - 1][columns - 1]


def running(xs: list[int]) -> list[int]:
    out: list[int] = []
    total = 0
    for x in xs:
        total += x
        out.append(total)
    return out


def stack(xs: list[int]) -> list[int]:
    kept: list[int] = []
    for x in xs:
        if x < 0:
            kept.pop()
        elif x == 0:
            kept.insert(0, x)
        elif x > 100:
            del kept[0]
        else:
            kept.append(x)
    kept.extend([7, 8])
    kept += [9]
    kept.reverse()
    return kept


def heap_sorted(xs: list[float]) -> list[float]:
    heap: list[float] = []
    for x in xs:
        heapq.heappush(heap, x)
    return [heapq.heappop(heap) for _ in range(len(heap))]


def heap_layout(xs: list[int]) -> list[int]:
    heap = list(xs)
    heapq.heapify(heap)
    if heap:
        heapq.heappop(heap)
    heapq.heappush(heap, 3)
    return heap


def flattened(xss: list[list[int]]) -> list[int]:
    return [x for xs in xss for x in xs if x != 0]


def two_loops(xs: list[int]) -> tuple[int, int]:
    first = 0
    for x in xs:
        first += x % 7
    second = 1
    for x in xs:
        if x == 0:
            continue
        if second > 1_000:
            break
        second *= abs(x) % 5 + 1
    return first, second


def stepping(start: int, stop: int, step: int) -> list[int]:
    start, stop = start % 50, stop % 50
    return [i for i in range(start, stop, step)]


def unpacked(pairs: list[tuple[int, tuple[str, float]]]) -> list[str]:
    out: list[str] = []
    for n, (name, x) in pairs:
        out.append(f"{n} {name} {x}")
    return out


def last_seen(xs: list[int]) -> int:
    x = -1
    for x in xs:
        if x > 10:
            break
    return x


def equal_lists(xs: list[int], ys: list[int]) -> tuple[bool, bool, bool]:
    return xs == ys, xs < ys, xs + [1] != ys


def equal_floats(xs: list[float], ys: list[float]) -> bool:
    return xs == ys


def best(xs: list[str]) -> str:
    return max(xs, key=lambda s: len(s))


def smallest_or(xs: list[int], other: int) -> int:
    return min(xs, default=other)


def position(xs: list[int], x: int) -> int:
    return xs.index(x)


def without(xs: list[int], x: int) -> list[int]:
    ys = xs[:]
    ys.remove(x)
    return ys


def items_of(xs: tuple[int, ...], i: int) -> tuple[int, int]:
    return xs[i], len(xs)


def order_of_evaluation(xs: list[int], i: int, j: int) -> int:
    ys = list(xs)
    ys[i] = ys[j] // (j - 2)
    return ys[i] + ys[-1]


def in_place(xs: list[int], i: int) -> list[int]:
    ys = [x for x in xs]
    ys[i] += ys[i - 1] * 2
    ys[i] //= 3
    return ys


def count_down(xs: list[int]) -> list[int]:
    ys = sorted(xs)
    out: list[int] = []
    while ys:
        out.append(ys.pop())
    return out

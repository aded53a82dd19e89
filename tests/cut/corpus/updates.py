"""Items and fields changed from what they were, lists with room, chains of texts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Point:
    """It moves."""

    x: float
    y: float
    n: int


def moved(ps: list[Point], d: float) -> list[Point]:
    first = ps[0]
    last = ps[-1]
    for p in ps:
        q = first
        dx = p.x - q.x
        dy = p.y - q.y
        s = p.x + q.y + p.n
        p.x += d * dx
        p.y = p.y * p.x + q.x
        p.n = p.n + 1
        last.n -= p.n
        q.n = q.n * 2 + int(s > 0) + int(dy > dx)
    return ps


def div(ps: list[Point], i: int) -> int:
    p = ps[i]
    q = ps[0]
    q.n = q.n // p.n
    q.n = q.n - p.n
    try:
        d: dict[str, int] = {}
        d["a"] = d.get("a", 0) + 1
        d["b"] = d.get("b", 0) // p.n
    except ZeroDivisionError:
        return len(d)
    d["a"] += q.n
    d["c"] += 1
    return d["a"]


def grid(n: int, i: int, j: int) -> list[list[int]]:
    n %= 7
    g = [[0] * n for _ in range(n)]
    g[i][j] += 1
    g[i][j] = g[i][j] * 3 + g[j][i]
    g[j + 1][i - 1] = 7
    g[i + 1][j + 1] = g[i][j] + 1
    return g


def same_row(n: int, i: int) -> list[list[int]]:
    row = [0] * (n % 7)
    g = [row, row]
    g[0][i] += 1
    g[1][i] = g[1][i] + g[0][i]
    xs = row
    xs[i] = xs[i] + row[i]
    return g


def sorts(xs: list[int], d: dict[str, list[int]]) -> list[int]:
    ys = sorted(xs)
    ys.append(1)
    zs = sorted(xs, reverse=True)
    for k in sorted(d):
        for v in sorted(d[k]):
            zs.append(v)
        d[k].append(0)
    return ys + zs + xs


def rows(n: int, m: int) -> list[list[int]]:
    n, m = n % 9, m % 12
    out: list[list[int]] = []
    for i in range(n):
        row: list[int] = [i]
        for j in range(i, m):
            if j == 5:
                break
            row.append(j)
        out.append(row)
    total = [1]
    for c in "abc":
        total.append(ord(c))
        total.append(1)
    out.append(total)
    return out


def chain(a: str, n: int, b: bool, x: float) -> str:
    s = a + str(n) + "{}" + str(b) + str(x)
    t = "x" + a
    t = t + "y" + str(n)
    u = a + (a + "-") + a * 2
    return s + t + u + "\\{"


def totals(words: list[str], start: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    for i, word in enumerate(words):
        counts[word] = counts.get(word, start) + i
        counts[word[:1]] = counts.get(word[:1], 0) * 2
        for c in word:
            counts[c] = counts.get(c, -1) - 1
    return counts


def missing(counts: dict[str, int], word: str, n: int) -> dict[str, int]:
    counts[word] += n
    counts[word + "!"] = counts.get(word, n) + 1
    counts["x"] -= n * 2
    return counts


def shifted(xs: list[float], i: int, k: float) -> list[float]:
    xs[i] *= k
    xs[i] = xs[i] - xs[0]
    xs[-1] += k / xs[i]
    return xs


def least(a: int, b: int, c: int, x: float, y: float, z: float) -> tuple[int, int, float, float]:
    return min(a, b, c), max(a, b, c, 7), min(x, y, z), max(x, y, z, 0.0)

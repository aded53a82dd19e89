"""Generators consumed where they are called: in loops, in place of their yields, and by built-ins."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile


def _count(n: int) -> Iterator[int]:
    while True:
        yield n
        n += 1


def _primes() -> Iterator[int]:
    found: list[int] = []
    n = 2
    while True:
        if all(n % p for p in found):
            found.append(n)
            yield n
        n += 1


def _steps(n: int) -> Generator[int, None, None]:
    """Collatz."""
    n = abs(n) % 1000 + 1
    yield n
    while n != 1:
        if n % 2 == 0:
            n //= 2
        else:
            n = 3 * n + 1
        yield n


def _pairs(xs: list[int]) -> Iterator[tuple[int, int]]:
    for i, a in enumerate(xs):
        for b in xs[i + 1 :]:
            if a == 13:
                return
            yield a, b


def _bad(xs: list[int]) -> Iterator[int]:
    for x in xs:
        if x == 0:
            raise ValueError("zero")
        yield 100 // x


def up_to(n: int) -> list[int]:
    out: list[int] = []
    for p in _primes():
        if p > n % 200:
            break
        out.append(p)
    return out


def until(n: int) -> int:
    total = 0
    for x in _count(n):
        if x % 3 == 0:
            continue
        total += x % 10
        if total > 50:
            return x
    return -1


def listed(n: int) -> list[int]:
    return list(_steps(n))


def summed(n: int) -> int:
    return sum(_steps(n)) + max(_steps(n)) + len(sorted(_steps(n + 1)))


def pair_loop(xs: list[int]) -> tuple[int, str]:
    total = 0
    for a, b in _pairs(xs[:8]):
        if a == b:
            continue
        if a > b + 100:
            break
        total += (a ^ b) % 1000
    else:
        return total, "all"
    return total, "left"


def faulty(xs: list[int]) -> int:
    total = 0
    for x in _bad(xs):
        if x == 33:
            return total
        total += x
    return total


def caught(xs: list[int]) -> list[int]:
    out: list[int] = []
    try:
        for x in _bad(xs):
            out.append(x)
    except (ValueError, ZeroDivisionError):
        out.append(-1)
    return out


def listed_faulty(xs: list[int]) -> list[int]:
    return [x + 1 for x in list(_bad(xs))]


def comped(xs: list[int]) -> list[int]:
    return [100 // (x - 1) for x in _bad(xs) if x != 50]


def anyd(xs: list[int]) -> bool:
    return any(x > 20 for x in _bad(xs))


@dataclass
class Tree:
    value: int
    left: "Tree | None" = None
    right: "Tree | None" = None

    def walk(self) -> Iterator[int]:
        if self.left is not None:
            yield from self.left.walk()
        yield self.value
        if self.right is not None:
            yield from self.right.walk()


def _insert(tree: Tree, x: int) -> None:
    while True:
        if x < tree.value:
            if tree.left is None:
                tree.left = Tree(x)
                return
            tree = tree.left
        else:
            if tree.right is None:
                tree.right = Tree(x)
                return
            tree = tree.right


def tree_sorted(xs: list[int]) -> list[int]:
    if not xs:
        return []
    root = Tree(xs[0])
    for x in xs[1:30]:
        _insert(root, x)
    out: list[int] = []
    for x in root.walk():
        if x == 7:
            break
        out.append(x)
    return out + list(root.walk())


def nested_gen(n: int, k: int) -> list[int]:
    def inner(a: int) -> Iterator[int]:
        for i in range(a % 9):
            yield i * k
    out = []
    for x in inner(n):
        if x > 20:
            continue
        out.append(x)
    return out + list(inner(k))


def chained(n: int) -> list[int]:
    out: list[int] = []
    for x in _twice(n):
        if x > 40:
            break
        out.append(x)
    return out


def _twice(n: int) -> Iterator[int]:
    yield from _steps(n)
    yield from [1, 2, 3]
    for x in _count(0):
        if x > 5:
            return
        yield x


def nested_loops(n: int) -> int:
    total = 0
    for a in _count(0):
        if a > n % 10:
            break
        for b in _count(a):
            if b > a + 3:
                break
            if b % 2:
                continue
            total += a * b
    return total


def dicted(n: int) -> dict[int, int]:
    return {x: i for i, x in enumerate(_steps(n))}


def joined(n: int) -> str:
    return ",".join(_texts(n))


def _texts(n: int) -> Iterator[str]:
    for i in range(n % 10):
        yield str(i)


def zipped(n: int) -> list[tuple[int, str]]:
    return list(zip(_steps(n), _texts(n)))


def mutated(xs: list[int]) -> list[int]:
    out: list[int] = []
    for x in _slow(xs):
        if len(xs) < 12:
            xs.append(x + 1)
        out.append(x)
    return out


def _slow(xs: list[int]) -> Iterator[int]:
    i = 0
    while i < len(xs):
        yield xs[i] % 10
        i += 1


def _grow(xs: list[int]) -> Iterator[int]:
    for i in range(3):
        xs.append(i)
        yield i


def grows_loop(xs: list[int]) -> list[int]:
    out = []
    for x in _grow(xs):
        out.append(x * len(xs))
    return out


def grows_whole(xs: list[int]) -> list[int]:
    return list(_grow(xs)) + xs


def rebinds(n: int) -> list[int]:
    limit = n % 7
    def below() -> Iterator[int]:
        i = 0
        while i < limit:
            yield i
            i += 1
    out = []
    for x in below():
        limit -= 1
        out.append(x)
    return out


def any_endless(n: int) -> bool:
    return any(x > 10 for x in _count(n % 5))


def enumerated(n: int) -> int:
    for i, x in enumerate(_count(n)):
        if i > 10:
            return x
    return 0


def two_times(n: int) -> list[int]:
    out = [x for x in _steps(n)]
    for x in _steps(n):
        out.append(x)
    for x in _steps(n):
        out.append(-x)
    return out


def _kw(a: int, *, b: int = 3, c: str = "x") -> Iterator[str]:
    for _ in range(a % 5):
        yield c * b


def keyworded(n: int) -> list[str]:
    out: list[str] = []
    for s in _kw(c="yz", a=n, b=2):
        if s == "":
            continue
        out.append(s)
    return out + list(_kw(n, b=1))


def _with_result(n: int) -> Generator[int, None, str]:
    for i in range(n % 4):
        yield i
    return "done"


def resulted(n: int) -> list[int]:
    out = list(_with_result(n))
    for x in _with_result(n):
        out.append(x)
    else:
        out.append(-5)
    return out


def _opt(xs: list[int]) -> Iterator[int | None]:
    for x in xs:
        yield x if x > 0 else None


def opts(xs: list[int]) -> int:
    n = 0
    for o in _opt(xs):
        if o is None:
            n += 1
        else:
            n += o % 10
    return n


def in_try(xs: list[int]) -> str:
    done = ""
    for x in _bad(xs):
        try:
            if x == 50:
                break
            if x == 33:
                continue
            done += str(1 // (x - 10))
        except ZeroDivisionError:
            done += "!"
        finally:
            done += "."
    else:
        done += "else"
    return done


def firsts(n: int) -> list[int]:
    return list(islice(_primes(), n % 20))


def below(n: int) -> int:
    return sum(takewhile(lambda p: p < n % 100, _primes()))


def next_prime(n: int) -> int:
    return next(p for p in _primes() if p > n % 100)


def next_default(xs: list[int]) -> int:
    found = next((x for x in _bad(xs) if x > 20), -1)
    return found + 1


def next_none(xs: list[int]) -> str:
    found = next((x for x in _bad(xs) if x > 20), None)
    if found is None:
        return "none"
    return str(found)


def loop_take(n: int) -> list[int]:
    out = []
    for p in takewhile(lambda p: p < n % 50, _primes()):
        if p % 4 == 1:
            continue
        out.append(p)
    else:
        out.append(-1)
    return out


def loop_islice(n: int) -> list[tuple[int, int]]:
    out = []
    for i, p in enumerate(islice(_primes(), n % 9), 1):
        if i == 3:
            continue
        if p == 11:
            break
        out.append((i, p))
    return out


def if_any(n: int) -> str:
    if any(p % 7 == n % 7 for p in _count(n % 100)):
        return "yes"
    return "no"


def all_first(n: int) -> bool:
    return all(p < 50 for p in _count(n % 10)) or n > 3


def set_of(n: int) -> int:
    return len(set(islice(map(lambda x: x % 5, _count(n % 1000)), 7)))


def faulty_any(xs: list[int]) -> bool:
    return any(10 // (x - 1) > 3 for x in _bad(xs))

"""itertools, functools.reduce, operator; more of math, bytes and str."""

import functools
import itertools
import math
import operator
from collections import Counter
from functools import reduce
from itertools import (
    accumulate,
    chain,
    combinations,
    combinations_with_replacement,
    count,
    islice,
    pairwise,
    permutations,
    product,
    repeat,
    zip_longest,
)


def pair_sums(xs: list[int], target: int) -> list[tuple[int, int]]:
    return [(a, b) for a, b in combinations(xs, 2) if a + b == target or a < b]


def subsets(xs: list[str], r: int) -> list[tuple[str, ...]]:
    few = xs[:5]
    return list(combinations(few, r % 4)) + list(combinations_with_replacement(few, r % 3))


def arrangements(text: str) -> list[str]:
    return sorted("".join(p) for p in permutations(text[:4]))


def ordered_pairs(xs: list[int]) -> list[tuple[int, int]]:
    out = []
    for a, b in permutations(xs[:6], 2):
        if a != b:
            out.append((a, b))
    return out


def grid(rows: int, columns: int) -> list[tuple[int, int]]:
    return list(product(range(rows % 7), range(columns % 7)))


def bit_rows(n: int) -> list[tuple[int, ...]]:
    return list(itertools.product([0, 1], repeat=n % 6))


def shared_rows(xs: list[int]) -> list[list[int]]:
    rows = [[x] for x in xs[:4]]
    for a, b in combinations(rows, 2):
        a.append(len(b))
    return rows


def running(xs: list[int], fs: list[float]) -> tuple[list[int], list[float], list[int]]:
    highest = list(accumulate(xs, max))
    return list(accumulate(xs, operator.xor, initial=1)), list(accumulate(fs)), highest


def product_of(xs: list[int]) -> int:
    return reduce(operator.mul, xs, 1) if xs else reduce(lambda a, b: a * b, [x % 5 for x in xs], 2)


def folded(xs: list[int]) -> int:
    return functools.reduce(math.gcd, xs)


def chained(xs: list[int], ys: list[int], rows: list[list[int]]) -> list[int]:
    total = []
    for x in chain(xs, ys):
        total.append(x)
    return total + list(chain.from_iterable(rows)) + list(islice(ys, 2)) + list(islice(xs, 1, None))


def steps(xs: list[int]) -> list[int]:
    return [operator.sub(b, a) for a, b in pairwise(xs)]


def paired(xs: list[int], ys: list[int]) -> list[tuple[int, int]]:
    return list(zip_longest(xs, ys, fillvalue=0))


def numbered(words: list[str]) -> list[tuple[int, str]]:
    return list(zip(count(5, 3), words))


def first_free(taken: list[int], start: int) -> int:
    for n in count(start):
        if n not in taken:
            return n
    return -1


def repeated(word: str, n: int) -> str:
    return "-".join(repeat(word, n % 9))


def by_parts(rows: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(sorted(rows, key=operator.itemgetter(1), reverse=True), key=operator.itemgetter(0, 1))


def by_length_and_case(words: list[str]) -> list[str]:
    return sorted(sorted(words, key=len), key=repr)


def close(a: float, b: float, n: int) -> tuple[bool, bool, int]:
    return math.isclose(a, b, rel_tol=0.01), math.isclose(a, b, abs_tol=0.5), math.gcd(n, 12, 18)


def parts(x: float) -> tuple[float, float, float, int, float]:
    whole, part = math.modf(x)
    mantissa, exponent = math.frexp(x)
    return whole, part, mantissa, exponent, math.ulp(x) + math.nextafter(x, 0.0)


def words_of(n: int, data: bytes) -> tuple[bytes, int, int]:
    packed = (n % 2**32).to_bytes(4, "big") + n.to_bytes(9, byteorder="little", signed=True)
    return packed, int.from_bytes(data[:4], "big"), int.from_bytes(data[:6], "little", signed=True)


def bytes_methods(data: bytes, text: str) -> tuple[bytes, list[bytes], bytes, int]:
    trimmed = data.strip().replace(b"a", b"bc").upper()
    return trimmed, data.split(b"a"), bytes.fromhex(text.encode().hex()), data.count(b"b")


def translated(text: str) -> tuple[str, str]:
    table = str.maketrans("abc", "xyz")
    return text.translate(table), text.translate(str.maketrans("a", "b", "aeiou"))


def str_more(text: str, n: int) -> tuple[bool, list[str], str]:
    return text.startswith(("a", "A", "")), text.split(maxsplit=n % 3), text.expandtabs(4)


def looked_up(counts: dict[str, int], n: int, key: str) -> tuple[bool, bool, int]:
    return n in counts.values(), key in counts.keys(), len(counts.items())


def walked_and_grown(xs: list[int]) -> int:
    ys = [x % 3 for x in xs]
    for y in chain(ys, xs):
        if y == 1 and len(ys) < 9:
            ys.append(2)
    return len(ys)


def most_common_letter(text: str) -> str:
    return max(Counter(text).items(), key=operator.itemgetter(1))[0] if text else ""

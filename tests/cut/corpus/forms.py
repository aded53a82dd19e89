"""Built-ins and methods in forms that are written now and then."""

from __future__ import annotations

_SMALL = 6.5 * pow(10, -3)
_SMALLER = 2 * 10**-4


def in_binary(n: int) -> str:
    return format(n, "08b") + format(n) + format(n, "")


def in_money(x: float, width: int) -> str:
    return format(x, ".2f") + format(x, f">{width % 40}.1f")


def of_text(word: str) -> str:
    return format(word, "^9") + format(word)


def zeros(a: int, b: int, c: int) -> int:
    return (a, b, c).count(0)


def zeros_of_floats(a: float, b: float) -> int:
    return (a, b).count(0)


def place(a: str, b: str, word: str) -> int:
    return (a, b, "end").index(word)


def larger(pair: tuple[int, int]) -> int:
    return max(*pair)


def largest(xs: list[int]) -> int:
    return max(*xs) - min(*xs)


def _total(xs: tuple[int, ...]) -> int:
    return sum(xs)


def of_any_length(pair: tuple[int, int]) -> int:
    return _total((1, 2, 3)) + _total(pair)


def constants(n: int) -> float:
    return n * _SMALL + _SMALLER


def of_digits(digits: bytes) -> int:
    return int(digits) + int(digits, 16)


def to_bytes(text: str, errors: str) -> bytes:
    return text.encode("ascii", "ignore") + text.encode("utf-8", errors)


def to_text(data: bytes) -> str:
    return data.decode("utf-8", "ignore") + data.decode("utf-8", "replace")


def forgotten(xs: list[int]) -> int:
    total = sum(xs)
    unused = total + 1
    del unused
    for x in xs:
        twice = 2 * x
        total += twice
        del twice
    return total


def last_of_all(xs: list[int]) -> int:
    _ = -1
    for _ in xs:
        pass
    return _


def _length(point: tuple[float, float]) -> float:
    return point[0] + point[1]


def of_other_items(points: list[tuple[int, int]]) -> float:
    best = float("inf")
    for point in points:
        best = min(best, _length(point))
    return best


def repeated(xs: list[int]) -> list[int]:
    return len(xs) * [len(xs)]


def unzipped(pairs: list[tuple[str, int]]) -> tuple[list[str], list[int]]:
    names, numbers = zip(*pairs)
    return list(names), list(numbers)


def some_in_all(rows: list[list[int]]) -> bool:
    return all(map(any, rows)) and any(map(all, rows))


def there_and_back(text: str) -> str:
    return str(bytes(text, "utf-8"), "utf-8")


def first_or_second(xs: list[int]) -> int:
    match xs:
        case [a] | [a, _]:
            return a
        case [0, a] | [a, *_, 0] | [a, *_]:
            return 2 * (a % 100)
        case _:
            return 0


def as_text(x: int | str) -> str:
    match x:
        case (int() as n) | (str() as n):
            return str(n)
    return ""

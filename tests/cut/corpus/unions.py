"""Values of one of several types."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Circle:
    radius: int


@dataclass
class Square:
    side: int
    tags: list[str]


def fizz(n: int) -> list[int | str]:
    out: list[int | str] = []
    for i in range(1, abs(n) % 40):
        if i % 15 == 0:
            out.append("FizzBuzz")
        elif i % 3 == 0:
            out.append("Fizz")
        elif i % 5 == 0:
            out.append("Buzz")
        else:
            out.append(i)
    return out


def sized(x: int | str) -> int:
    if isinstance(x, str):
        return len(x)
    return x


def told(x: int | str | list[int] | None) -> str:
    if x is None:
        return "none"
    if isinstance(x, int):
        return f"int {x}"
    if isinstance(x, (str, bytes)):
        return "text " + x
    return f"list of {len(x)}"


def area(shape: Circle | Square) -> int:
    if isinstance(shape, Circle):
        return 3 * shape.radius * shape.radius
    return shape.side * shape.side + len(shape.tags)


def shapes(n: int) -> int:
    made: list[Circle | Square] = []
    for i in range(abs(n) % 10):
        made.append(Circle(i) if i % 2 else Square(i, []))
    total = 0
    for shape in made:
        if isinstance(shape, Square):
            shape.tags.append("x")
            shape.side += 1
        total += area(shape)
    return total


def either(n: int, s: str) -> int | str:
    value: int | str = n
    if n > 3:
        value = s
    other = value
    return other if n % 2 else s


def same(a: int | str, b: int | str) -> bool:
    return a == b or a == 3 or b == "x"


def shown(items: list[int | str | list[int]]) -> str:
    out = ""
    for item in items:
        out += "list" if isinstance(item, list) else "one"
    return out


def formatted(items: list[int | str]) -> str:
    return ", ".join([f"{item} {item!r} {str(item)}" for item in items])


def result_or_message(a: int, b: int) -> int | str:
    try:
        return a // b
    except ZeroDivisionError:
        return "division by zero"


def counted(items: list[int | str], key: int | str) -> tuple[int, bool]:
    return items.count(key), key in items


def flat(items: list[int | list[int]]) -> list[int]:
    out: list[int] = []
    for item in items:
        if isinstance(item, list):
            out.extend(item)
        else:
            out.append(item)
    return out


def type_is(x: str | list[str]) -> int:
    if type(x) is str:
        return 1
    assert isinstance(x, list)
    return len(x) + 10


def mapped(d: dict[str, int | str]) -> tuple[int, str]:
    number, text = 0, ""
    for value in d.values():
        if isinstance(value, int):
            number += value % 100
        else:
            text += value
    return number, text


def asked_once(items: list[int | str], n: int) -> tuple[str, int]:
    """What is asked about is evaluated, and once."""
    seen: list[int] = []
    kind = "int" if isinstance(items[_noted(seen, n)], int) else "str"
    if isinstance(seen[n], int):
        kind += "!"
    return kind, len(seen)


def _noted(seen: list[int], n: int) -> int:
    seen.append(n)
    return n


class _Box:
    def __init__(self, log: list[str]) -> None:
        log.append("made")
        self.inner = _Inner()
        self.size = len(log)


class _Inner:
    pass


def evaluated_all_the_same(n: int) -> list[str]:
    log: list[str] = []
    if _Box(log).inner:
        log.append("true")
    if _Box(log).size is None:
        log.append("never")
    if isinstance(_Box(log).size, int):
        log.append("int")
    return log

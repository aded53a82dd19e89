"""`match`: literals, sequences, mappings, classes, guards, alternatives, and what is captured."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Colour(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


@dataclass
class Circle:
    radius: int


@dataclass
class Box:
    width: int
    height: int = 2


@dataclass
class Label:
    text: str
    __match_args__ = ("text",)


class Point(NamedTuple):
    x: int
    y: int


LIMIT = 7


class Codes:
    OK = 200
    GONE = 410


def number(n: int) -> str:
    match n:
        case 0:
            return "zero"
        case 1 | 2 | 3:
            return "few"
        case -1:
            return "minus"
        case x if x < 0:
            return f"negative {x}"
        case _:
            return "many"


def text(s: str) -> int:
    match s:
        case "":
            return 0
        case "a" | "b":
            return 1
        case other:
            return len(other)


def colour(c: Colour) -> str:
    match c:
        case Colour.RED:
            return "r"
        case Colour.GREEN:
            return "g"
        case Colour.BLUE:
            return "b"


def dotted(n: int) -> str:
    match n:
        case Codes.OK:
            return "ok"
        case Codes.GONE:
            return "gone"
    return "?"


def seq(xs: list[int]) -> str:
    match xs:
        case []:
            return "empty"
        case [x]:
            return f"one {x}"
        case [1, y]:
            return f"one and {y}"
        case [first, *rest] if first == 2:
            return f"two and {len(rest)} {sum(rest) % 7}"
        case [first, *middle, last] if first == last:
            return f"same {first} {len(middle)}"
        case [_, _, *rest]:
            rest.append(1)
            return f"rest {len(rest)} {rest[-1]}"
    return "never"


def shape(s: Circle | Box | Label) -> int:
    match s:
        case Circle(radius=r) if r > 100:
            return -1
        case Circle(r):
            return r % 1000 * 3
        case Box(w, h) if w == h:
            return w
        case Box(width=0):
            return 0
        case Box(height=h):
            return h
        case Label(t):
            return len(t)


def mapping(d: dict[str, int]) -> str:
    match d:
        case {"a": 1}:
            return "a is 1"
        case {"a": x, "b": y}:
            return f"{x} {y}"
        case {"a": x, **rest}:
            return f"{x} and {len(rest)}"
        case {}:
            return f"no a, {len(d)}"


def union(v: int | str | None) -> str:
    match v:
        case None:
            return "none"
        case 5:
            return "five"
        case "x":
            return "ex"
        case int(n):
            return f"int {n}"
        case str() as s:
            return "str " + s


def pair(a: int, b: str) -> str:
    match a % 3, b:
        case 0, "":
            return "both"
        case 0, _:
            return "first"
        case x, ("" | "y") as t:
            return f"{x}{t}"
        case x, y:
            return f"{x}:{y}"


def boolean(b: bool) -> int:
    match b:
        case True:
            return 1
        case False:
            return 0


def int_true(n: int) -> int:
    match n:
        case True:
            return 1
        case 1:
            return 2
        case 1.5:
            return 3
        case _:
            return 4


def floats(x: float) -> str:
    match x:
        case 0:
            return "zero"
        case 1.5:
            return "x"
    return "other"


def named(p: Point) -> int:
    match p:
        case Point(0, y):
            return y
        case Point(x=x, y=0):
            return x
        case (1, y):
            return y + 1 if y < 100 else 0
    return -1


def nested(rows: list[tuple[str, list[int]]]) -> list[str]:
    out = []
    for row in rows:
        match row:
            case ("add", [a, b]):
                out.append(str(a % 100 + b % 100))
            case (name, [_, *_]) if name != "":
                out.append(name)
                continue
            case ("", _):
                break
            case _:
                out.append("?")
        out.append(".")
    return out


def rebound(xs: list[int]) -> list[int]:
    match xs:
        case [_, *xs]:
            xs.append(3)
    return xs


def optional(c: Circle | None) -> int:
    match c:
        case Circle(r) if r > 3:
            c.radius = 5
            return r
        case None:
            return -1
        case _:
            return c.radius


def consts(n: int) -> str:
    match n:
        case Codes.OK | 3:
            return "a"
        case _ if n == LIMIT:
            return "limit"
    return "z"


def commands(line: str) -> str:
    match line.split():
        case ["go", ("north" | "south") as where]:
            return "go " + where
        case ["get", obj, *more]:
            return f"get {obj} {len(more)}"
        case [cmd]:
            return cmd
        case _:
            return "what"

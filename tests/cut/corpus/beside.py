"""Classes with methods that nobody calls here, and that a draft does not know."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, overload


def _traced(func: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(func)
    def inner(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    return inner


class Tag:
    """Half of its methods are for others."""

    __test__ = False

    class Kind:
        """A class inside."""

        FIRST = 1

    def __init__(self, name: str, weight: int) -> None:
        self.name = name
        self.weight = weight

    def heavier(self, other: Tag) -> bool:
        return self.weight > other.weight

    def __copy__(self) -> Tag:
        return Tag(self.name, self.weight)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__.copy()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __reduce__(self) -> Any:
        return Tag, (self.name, self.weight)

    def _repr_svg_(self) -> str:
        return f"<svg>{self.name}</svg>"

    def __rich__(self) -> str:
        return self.name

    @_traced
    def traced(self) -> int:
        return self.weight

    @functools.cached_property
    def costly(self) -> int:
        return self.weight**2

    @overload
    def at(self, index: int) -> str: ...
    @overload
    def at(self, index: slice) -> list[str]: ...
    def at(self, index: int | slice) -> str | list[str]:
        return list(self.name)[index]


@dataclass
class Row:
    a: int
    b: int
    LIMIT = 5

    def __bool__(self) -> bool:
        return self.a > self.b

    def __copy__(self) -> Row:
        return Row(self.a, self.b)

    @_traced
    def traced(self) -> int:
        return self.a


class Odds(NamedTuple):
    won: int
    lost: int

    def __bool__(self) -> bool:
        return self.won > self.lost

    def __neg__(self) -> Odds:
        return Odds(self.lost, self.won)

    def __sub__(self, other: Odds) -> int:
        return self.won - other.won

    def __getstate__(self) -> tuple[int, int]:
        return (self.won, self.lost)


METHODS = ("Tag.heavier", "Odds.__neg__", "Odds.__sub__")


def heaviest(tags: list[Tag]) -> Tag:
    best = tags[0]
    for tag in tags:
        if tag.heavier(best):
            best = tag
    return best


def true_rows(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row]


def odds(pairs: list[tuple[int, int]]) -> list[Odds]:
    made = [Odds(a, b) for a, b in pairs]
    return [-one for one in made if one] + [one for one in made if not one]


def difference(a: Odds, b: Odds) -> int:
    return (a - b) if a and not b else -(b - a)


def called_traced(row: Row) -> int:
    return row.traced()


def called_overloaded(tag: Tag) -> str:
    return tag.at(0)


def read_cached(tag: Tag) -> int:
    return tag.costly

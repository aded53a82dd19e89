"""Why a type can't cross, and what to write instead.

    raise Refused("a bare list doesn't say what it holds", "write for example list[int]")

Every refusal has a way out; `INSTEAD` has those of the types people try most.
"""

from __future__ import annotations

import array
import collections
import collections.abc
import typing
from typing import Any

NAME_THE_TYPE = "name the type; a union such as `int | str` is fine"
USE_A_RECORD = "use a dataclass, msgspec.Struct, NamedTuple, TypedDict or Pydantic model"
A_STREAM = "return a list[...]; a stream can't be replayed or compared"

# What to write instead of a type that names behaviour rather than a value.
INSTEAD: dict[Any, str] = {
    Any: NAME_THE_TYPE,
    object: NAME_THE_TYPE,
    collections.abc.Sequence: "write list[...] or tuple[..., ...]",
    collections.abc.MutableSequence: "write list[...]",
    collections.abc.Iterable: "write list[...]",
    collections.abc.Iterator: A_STREAM,
    collections.abc.Generator: A_STREAM,
    collections.abc.AsyncIterator: A_STREAM,
    collections.abc.Collection: "write list[...]",
    collections.abc.Mapping: "write dict[..., ...]",
    collections.abc.MutableMapping: "write dict[..., ...]",
    collections.abc.Set: "write set[...] or frozenset[...]",
    collections.abc.Callable: "pass the data the callable would be called with instead",
    typing.NoReturn: "return a value, or None",
    typing.Never: "return a value, or None",
    typing.Self: "name the class",
    typing.AnyStr: "write str or bytes",
    type: "pass its name, or a Literal of the names",
    complex: "pass the two floats",
    bytearray: "write bytes",
    memoryview: "write bytes; a view can change while it crosses",
    array.array: "write list[float], list[int] or bytes",
    range: "pass start, stop and step",
    collections.OrderedDict: "write dict[..., ...]; it keeps its order too",
    collections.defaultdict: "write dict[..., ...]",
    collections.Counter: "write dict[..., int]",
    collections.deque: "write list[...]",
}


class Refused(Exception):
    """A type can't cross. `where` is the path inside the annotation, `hint` the way out."""

    def __init__(self, reason: str, hint: str, where: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.where = where

    def inside(self, where: str) -> Refused:
        """The same refusal, seen from one level further out."""
        return Refused(self.reason, self.hint, f"{where}{self.where}")


def instead_of(base: Any) -> str | None:
    """The way out for a type, if it is one people often try."""
    try:
        return INSTEAD.get(base)
    except TypeError:  # an unhashable object as an annotation, such as a list
        return "write list[...]" if isinstance(base, list) else None


def show(annotation: Any) -> str:
    """An annotation as its author would write it."""
    if isinstance(annotation, typing.ForwardRef):
        return annotation.__forward_arg__
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation.__qualname__
    if isinstance(annotation, list):
        return f"[{', '.join(map(show, annotation))}]"
    return str(annotation).replace("typing.", "").replace("collections.abc.", "")


__all__ = ["INSTEAD", "NAME_THE_TYPE", "USE_A_RECORD", "Refused", "instead_of", "show"]

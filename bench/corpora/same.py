"""Whether two objects are the same to whoever holds them.

    difference((args, result), (args_of_the_carving, its_result))     # None, or where they part

Stricter than `==`: classes count, floats are compared bit by bit (any NaN is any NaN), the order
of dicts counts, and which names lead to one object that can change: a list held twice is not two
equal lists.

Invariants: neither side is changed; what has no parts that can be looked at is compared by `==`
and `repr`.
"""

from __future__ import annotations

import dataclasses
import enum
import struct
from collections import deque
from typing import Any

IMMUTABLE = (int, float, complex, str, bytes, bool, type(None), enum.Enum, frozenset, tuple)
DEEP = 300


def difference(a: Any, b: Any) -> str | None:
    """The first place where they differ, with both sides; None if there is none."""
    return _Pairs().walk(a, b, "", 0)


class _Pairs:
    def __init__(self) -> None:
        self.seen: dict[int, int] = {}
        self.back: dict[int, int] = {}

    def walk(self, a: Any, b: Any, path: str, depth: int) -> str | None:
        if type(a) is not type(b):
            return _said(path, a, b)
        if depth > DEEP:
            return None
        if not isinstance(a, IMMUTABLE):
            if self.seen.get(id(a), id(b)) != id(b) or self.back.get(id(b), id(a)) != id(a):
                return f"{path or 'value'}: one object here, two there"
            if id(a) in self.seen:
                return None
            self.seen[id(a)], self.back[id(b)] = id(b), id(a)
        if isinstance(a, float):
            same = struct.pack("<d", a) == struct.pack("<d", b) or (a != a and b != b)
            return None if same else _said(path, a, b)
        if isinstance(a, list | tuple | deque):
            if len(a) != len(b):
                return _said(path, a, b)
            for i, (x, y) in enumerate(zip(a, b, strict=True)):
                if found := self.walk(x, y, f"{path}[{i}]", depth + 1):
                    return found
            return None
        if isinstance(a, dict):
            if len(a) != len(b):
                return _said(path, a, b)
            for (k, x), (m, y) in zip(a.items(), b.items(), strict=True):
                if found := self.walk(k, m, f"{path} key", depth + 1):
                    return found
                if found := self.walk(x, y, f"{path}[{k!r:.40}]", depth + 1):
                    return found
            return None
        if isinstance(a, set | frozenset):
            same = a == b and sorted(map(_typed, a)) == sorted(map(_typed, b))
            return None if same else _said(path, a, b)
        if isinstance(a, enum.Enum):
            return None if a is b else _said(path, a, b)
        if isinstance(a, int | str | bytes | bytearray | complex):
            return None if a == b and repr(a) == repr(b) else _said(path, a, b)
        names = _fields(a)
        if names is not None:
            for name in names:
                x, y = getattr(a, name, _ABSENT), getattr(b, name, _ABSENT)
                if found := self.walk(x, y, f"{path}.{name}", depth + 1):
                    return found
            return None
        return None if a is b or a == b or repr(a) == repr(b) else _said(path, a, b)


_ABSENT = type("_Absent", (), {"__repr__": lambda self: "nothing"})()


def _fields(value: Any) -> list[str] | None:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [f.name for f in dataclasses.fields(value)]
    names = getattr(type(value), "__struct_fields__", None)
    if names is not None:
        return list(names)
    return list(vars(value)) if hasattr(value, "__dict__") else None


def _typed(value: Any) -> str:
    return f"{type(value).__name__} {value!r}"


def _said(path: str, a: Any, b: Any) -> str:
    return f"{path or 'value'}: {_short(a)} against {_short(b)}"


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:
        text = f"<{type(error).__name__} in repr>"
    return f"{type(value).__name__} {text[:160]}"

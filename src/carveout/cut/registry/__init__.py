"""What the compiler knows how to do: one entry per Python operation and types.

    entries("list.append")        # [Entry("list.append", …)]
    entries("builtins.len")       # one for each kind of argument

Supporting one more operation is one more line in one of the tables beside this file, with its
semantics in `carveout-runtime` and a parity function in tests/cut.
"""

from __future__ import annotations

from carveout.cut.registry import (
    bigs,
    builtins,
    collecting,
    containers,
    dates,
    decimals,
    iterating,
    maths,
    mixed,
    modules,
    operators,
    shown,
    stats,
    texts,
)
from carveout.cut.registry.entry import ATOM, Bindings, Entry, Shape, Taken, build, entry, match

_TABLE: dict[str, list[Entry]] = {}
for _module in (
    bigs,
    dates,
    decimals,
    mixed,
    operators,
    builtins,
    collecting,
    containers,
    iterating,
    maths,
    modules,
    shown,
    texts,
    stats,
):
    for _entry in _module.ENTRIES:
        _TABLE.setdefault(_entry.key, []).append(_entry)


def entries(key: str) -> list[Entry]:
    """The entries of one name, in the order to try them."""
    return _TABLE.get(key, [])


def all_entries() -> list[Entry]:
    """Every entry, for tests and for docs."""
    return [one for group in _TABLE.values() for one in group]


__all__ = [
    "ATOM",
    "Bindings",
    "Entry",
    "Shape",
    "Taken",
    "all_entries",
    "build",
    "entries",
    "entry",
    "match",
]

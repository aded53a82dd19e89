"""`repr` of what is made of other values, and `str` where the two are the same.

`str` of an optional, a union, an enum or an object is none of these: frontend/showing.py.
"""

from __future__ import annotations

from carveout.cut.registry.entry import Entry, entry

_SHAPES = ("list[R]", "dict[S, R]", "counter[S]", "deque[R]")
ENTRIES: list[Entry] = [
    entry("builtins.repr", "(vtuple[R]) -> str", "show::tuple({0})?"),
    entry("builtins.str", "(vtuple[R]) -> str", "show::tuple({0})?"),
    entry("builtins.repr", "(R) -> str", "show::repr({0})?"),
    *(entry("builtins.str", f"({shape}) -> str", "show::repr({0})?") for shape in _SHAPES),
    entry("builtins.str", "(bytes) -> str", "show::repr({0})?"),
]

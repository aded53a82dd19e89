"""A walk over mypy's trees; mypy's own visitors are compiled and take no subclasses.

    for node in walk(func.body): …     # every statement and expression, outermost first

References to definitions elsewhere (what a name means) are not followed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from mypy.nodes import Argument, Expression, Node, Statement

# What a node refers to, and what mypy keeps beside it.
_ELSEWHERE = frozenset(
    {"node", "def_var", "info", "analyzed", "original_def", "special_alias", "def_frame"}
    | {"type", "unanalyzed_type", "original_decorators", "unreachable_items", "expanded"}
)


@functools.cache
def _attributes(kind: Any) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for base in kind.__mro__:
        found.update(dict.fromkeys(getattr(base, "__mypyc_attrs__", ())))
    return tuple(name for name in found if name not in _ELSEWHERE and not name.startswith("__"))


def _inside(value: object) -> Iterator[Node]:
    if isinstance(value, (Expression, Statement, Argument)):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _inside(item)


# A survey comes by the same trees once for each function that leads there.
@functools.lru_cache(maxsize=1 << 17)
def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly inside one."""
    kind: Any = type(node)
    return tuple(
        inner for name in _attributes(kind) for inner in _inside(getattr(node, name, None))
    )


def walk(node: Node) -> Iterator[Node]:
    """A node and everything inside it."""
    yield node
    for child in children(node):
        yield from walk(child)

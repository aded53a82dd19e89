"""Changes to one recorded value, small ones: the inputs next to those that really occur.

    mutate(schema, tree, types, rng)     # a copy with one place changed
    simpler(schema, tree, types)         # the next simpler trees, for shrinking
    leaves(schema, tree, types)          # (type, value) of every leaf

Invariant: no function changes the tree it is given; results conform to the schema.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

from carveout.prove.boundary import ABSENT, LEAVES, Ext, Tree, encode, int_of, wide_int

Schema = dict[str, Any]
Types = dict[str, Any]
SEQUENCES = ("list", "set", "frozenset", "vartuple")


def _parts(t: Schema, tree: Tree, types: Types) -> list[tuple[Any, Schema]]:
    """(position, schema) of the direct parts of a tree; none for a leaf."""
    kind = t["t"]
    if tree is None or (isinstance(tree, Ext) and tree == ABSENT):
        return []
    if kind in SEQUENCES:
        return [(i, t["item"]) for i in range(len(tree))]
    if kind == "tuple":
        return list(enumerate(t["items"]))
    if kind == "dict":
        return [(key, t["value"]) for key in tree]
    if kind == "union":
        return [(1, t["members"][tree[0]])]
    if kind == "ref" and types[t["name"]]["t"] == "struct":
        return [(i, f["type"]) for i, f in enumerate(types[t["name"]]["fields"])]
    return []


def _peel(t: Schema, tree: Tree) -> Schema:
    """The schema of a value that is present: optional of T is T."""
    while t["t"] == "optional" and tree is not None:
        t = t["item"]
    return t


def leaves(t: Schema, tree: Tree, types: Types) -> Iterator[tuple[str, Tree]]:
    """Every leaf with its type's name."""
    t = _peel(t, tree)
    if t["t"] in LEAVES:
        yield t["t"], tree
        return
    if t["t"] == "dict":
        for key in tree:
            yield from leaves(t["key"], list(key) if isinstance(key, tuple) else key, types)
    for position, part in _parts(t, tree, types):
        value = tree[position]
        if value != ABSENT:
            yield from leaves(part, value, types)


def _replaced(tree: Tree, position: Any, value: Tree) -> Tree:
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[position] = value
    return copy


def mutate(t: Schema, tree: Tree, types: Types, rng: random.Random) -> Tree:
    """A copy of the tree with one random place changed."""
    if t["t"] == "optional":
        if tree is None:
            return None
        if rng.random() < 0.1:
            return None
        t = _peel(t, tree)
    kind = t["t"]
    if kind in LEAVES:
        if kind == "int" and rng.random() < 0.4:
            return wide_int(int_of(tree) + rng.choice((-1, 1)))
        if kind == "float" and rng.random() < 0.4 and math.isfinite(tree):
            return rng.choice((-tree, math.nextafter(tree, math.inf), tree * 2, round(tree) * 1.0))
        return rng.choice(LEAVES[kind])
    if kind == "literal":
        return rng.randrange(len(t["values"]))
    if kind == "ref" and types[t["name"]]["t"] == "enum":
        return rng.randrange(len(types[t["name"]]["members"]))
    if kind in SEQUENCES and (not tree or rng.random() < 0.4):
        return _resized(tree, rng, unique=kind in ("set", "frozenset"))
    if kind == "dict" and tree and rng.random() < 0.3:
        gone = rng.choice(list(tree))
        return {k: v for k, v in tree.items() if k != gone}
    parts = [(p, s) for p, s in _parts(t, tree, types) if tree[p] != ABSENT]
    if not parts:
        return tree
    position, part = rng.choice(parts)
    return _replaced(tree, position, mutate(part, tree[position], types, rng))


def _resized(items: list[Tree], rng: random.Random, *, unique: bool) -> list[Tree]:
    if not items:
        return []
    at = rng.randrange(len(items))
    choice = rng.randrange(4)
    if choice == 0:
        return items[:at] + items[at + 1 :]
    if choice == 1 and not unique:
        return [*items[:at], items[at], *items[at:]]
    if choice == 2:
        return []
    return items[::-1]


def simpler(t: Schema, tree: Tree, types: Types) -> Iterator[Tree]:
    """Simpler trees of the same type, the boldest first."""
    if t["t"] == "optional" and tree is not None:
        yield None
        t = _peel(t, tree)
    kind = t["t"]
    if kind in LEAVES:
        yield from _simpler_leaf(kind, tree)
        return
    if kind == "literal" or (kind == "ref" and types[t["name"]]["t"] == "enum"):
        yield from range(tree)
        return
    if kind in SEQUENCES and tree:
        yield []
        size = len(tree) // 2
        while size:
            for start in range(0, len(tree), size):
                yield tree[:start] + tree[start + size :]
            size //= 2
    if kind == "dict" and tree:
        yield {}
        for key in tree:
            yield {k: v for k, v in tree.items() if k != key}
    for position, part in _parts(t, tree, types):
        if tree[position] == ABSENT:
            continue
        for value in simpler(part, tree[position], types):
            yield _replaced(tree, position, value)


def _simpler_leaf(kind: str, tree: Tree) -> Iterator[Tree]:
    if kind == "int":
        value = int_of(tree)
        candidates = [0, 1, -1, -value, value // 2 if value > 0 else -(-value // 2)]
        candidates += [value - 1 if value > 0 else value + 1]
        for power in (10, 100, 1000, 2**31, 2**53):
            candidates += [power, -power]
        for c in candidates:
            if (abs(c), c < 0) < (abs(value), value < 0):
                yield wide_int(c)
    elif kind == "float":
        simple = [0.0, 1.0, -1.0, 2.0, 0.5, 10.0, 0.1]
        if math.isfinite(tree):
            simple += [float(math.trunc(tree)), round(tree, 1), round(tree, 2), -tree, tree / 2]
        for f in simple:
            if _float_cost(f) < _float_cost(tree):
                yield f
    elif kind in ("str", "bytes") and not isinstance(tree, Ext) and tree:
        yield tree[:0]
        yield tree[: len(tree) // 2]
        yield tree[len(tree) // 2 :]
        for i in range(min(len(tree), 40)):
            yield tree[:i] + tree[i + 1 :]
        if isinstance(tree, str):
            for i, char in enumerate(tree[:40]):
                if char > "a":
                    yield tree[:i] + "a" + tree[i + 1 :]
    elif kind == "bool" and tree:
        yield False
    elif kind not in ("none", "str", "bytes", "bool"):
        for value in LEAVES[kind]:
            if (len(encode(value)), repr(value)) < (len(encode(tree)), repr(tree)):
                yield value


def _float_cost(value: float) -> tuple[int, float, bool]:
    if not math.isfinite(value):
        return (2000, 0.0, value < 0)
    return (len(repr(abs(value))), abs(value), math.copysign(1, value) < 0)


def cost(t: Schema, tree: Tree, types: Types) -> tuple[int, float]:
    """What shrinking makes smaller: encoded length, then the sizes of the numbers."""
    size = 0.0
    for kind, leaf in leaves(t, tree, types):
        if kind == "int":
            size += min(abs(int_of(leaf)), 1 << 70) + (0.5 if int_of(leaf) < 0 else 0)
        elif kind == "float":
            size += sum(_float_cost(leaf)[:2]) + (0.5 if _float_cost(leaf)[2] else 0)
        elif kind == "str" and isinstance(leaf, str):
            size += sum(map(ord, leaf))
        elif kind == "bool":
            size += leaf
    return (len(encode(tree)), size)

"""Makes calls in bulk: wire bytes put together from pools, hundreds of thousands a second.

The contract is compiled once into closures that return encoded fragments. A leaf is a draw from a
pool (edges, Hypothesis's draws, values seen in recorded calls); a struct is its header and its
fields' fragments joined; a parameter is sometimes a whole recorded or mutated value.

    make = QuickCalls(contract_json, seed=1, recorded=[args_wire, ...])
    make()            # wire bytes of one call's arguments
    make.calm()       # the reference was too slow: fewer extreme numbers from now on

Invariants: the same seed gives the same calls; types whose encoding can be ambiguous (a set item
drawn twice, a key equal to another in other bytes) are flagged by `needs_canonical`, and the caller
re-encodes them.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from carveout.prove import mutate
from carveout.prove.boundary import ABSENT, CALM, LEAVES, Tree, decode, encode

Fragment = Callable[[], bytes]
DEPTH = 4
SIZES = (0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 5, 8, 12)
LARGE = 200
"""Items of the rare large list (one list in 500)."""
PLAIN_KEYS = frozenset({"str", "int", "bytes"})
"""Keys that are equal only if their bytes are, so that a dict of fragments has each once."""
POOL = 400
"""Whole values kept a parameter from recordings, mutations and Hypothesis."""


def array_header(n: int) -> bytes:
    """Header of a MessagePack array."""
    if n < 16:
        return bytes([0x90 | n])
    if n < 1 << 16:
        return b"\xdc" + n.to_bytes(2, "big")
    return b"\xdd" + n.to_bytes(4, "big")


def map_header(n: int) -> bytes:
    """Header of a MessagePack map."""
    if n < 16:
        return bytes([0x80 | n])
    return b"\xde" + n.to_bytes(2, "big")


def _trees(recorded: Sequence[bytes]) -> Iterator[Tree]:
    """Trees of recorded calls, but for those with dict keys that only classes can tell apart."""
    for data in recorded:
        with contextlib.suppress(ValueError):
            yield decode(data)


class QuickCalls:
    """A generator of calls; see the module."""

    def __init__(
        self,
        contract: dict[str, Any],
        *,
        seed: int,
        recorded: Sequence[bytes] = (),
        drawn: Sequence[Sequence[Tree]] = (),
    ) -> None:
        self._types = contract["types"]
        self._rng = random.Random(seed)
        self._random = self._rng.random
        self._wildness = 1.0
        self._contract = contract
        self._leaf_pools: dict[str, list[bytes]] = {
            kind: [encode(v) for v in values] for kind, values in LEAVES.items()
        }
        self._calm_pools = {kind: [encode(v) for v in values] for kind, values in CALM.items()}
        self._harvest(recorded, drawn)
        makers = [self._compile(p["type"], DEPTH) for p in contract["params"]]
        self._header = array_header(len(makers))
        self._whole = self._whole_values(recorded, drawn)
        self._params = [
            self._param(make, values) for make, values in zip(makers, self._whole, strict=True)
        ]
        schemas = [p["type"] for p in contract["params"]]
        for shape in self._types.values():
            schemas += [field["type"] for field in shape.get("fields", ())]
        self.needs_canonical = any(self._ambiguous(schema) for schema in schemas)

    def __call__(self) -> bytes:
        return self._header + b"".join([make() for make in self._params])

    def calm(self) -> None:
        """Halve the chance of extreme numbers, and drop them from what was collected."""
        self._wildness /= 2

    # -- pools ---------------------------------------------------------------------------------

    def _ambiguous(self, t: dict[str, Any]) -> bool:
        """Whether what is made for a type may hold equal keys or items in different bytes."""
        kind = t["t"]
        if kind in ("set", "frozenset"):
            return True
        if kind == "dict" and t["key"]["t"] not in PLAIN_KEYS:
            return True
        parts = [t[part] for part in ("item", "key", "value") if part in t]
        parts += t.get("items", []) + t.get("members", [])
        return any(self._ambiguous(part) for part in parts)

    def _harvest(self, recorded: Sequence[bytes], drawn: Sequence[Sequence[Tree]]) -> None:
        """Leaf values that occur in recorded calls are the likeliest to matter: pool them too."""
        found: dict[str, set[bytes]] = {}
        for tree in _trees(recorded[:200]):
            for param, value in zip(self._contract["params"], tree, strict=True):
                for kind, leaf in mutate.leaves(param["type"], value, self._types):
                    pool = found.setdefault(kind, set())
                    if len(pool) < 200:
                        pool.add(encode(leaf))
        for kind, values in found.items():
            ordered = sorted(values)
            self._leaf_pools[kind] = self._leaf_pools[kind] + ordered
            self._calm_pools[kind] = self._calm_pools[kind] + ordered
        for call in drawn:
            for param, value in zip(self._contract["params"], call, strict=True):
                for kind, leaf in mutate.leaves(param["type"], value, self._types):
                    self._leaf_pools[kind].append(encode(leaf))

    def _whole_values(
        self, recorded: Sequence[bytes], drawn: Sequence[Sequence[Tree]]
    ) -> list[list[bytes]]:
        pools: list[list[bytes]] = [[] for _ in self._contract["params"]]
        chosen = list(recorded)
        self._rng.shuffle(chosen)
        for tree in _trees(chosen[: POOL // 2]):
            for i, value in enumerate(tree):
                schema = self._contract["params"][i]["type"]
                pools[i].append(encode(value))
                for _ in range(2):
                    changed = mutate.mutate(schema, value, self._types, self._rng)
                    pools[i].append(encode(changed))
        for call in drawn[: POOL // 2]:
            for i, value in enumerate(call):
                pools[i].append(encode(value))
        return pools

    def _param(self, make: Fragment, values: list[bytes]) -> Fragment:
        if not values:
            return make
        rnd = self._random
        n = len(values)
        # Alone, a pool would repeat itself: most calls of one parameter are made afresh.
        share = 0.5 if len(self._contract["params"]) > 1 else 0.1

        def param() -> bytes:
            if rnd() < share * self._wildness:
                return values[int(rnd() * n)]
            return make()

        return param

    # -- types ---------------------------------------------------------------------------------

    def _compile(self, t: dict[str, Any], depth: int) -> Fragment:
        kind = t["t"]
        if kind in LEAVES:
            return self._leaf(kind)
        if kind in ("list", "set", "frozenset", "vartuple"):
            return self._sequence(t, depth)
        if kind == "tuple":
            return self._product([self._compile(i, depth) for i in t["items"]])
        if kind == "dict":
            return self._dict(t, depth)
        if kind == "optional":
            return self._optional(t, depth)
        if kind == "union":
            return self._choice(
                [
                    self._after(b"\x92" + encode(i), self._compile(m, depth))
                    for i, m in enumerate(t["members"])
                ]
            )
        if kind == "literal":
            return self._constants([encode(i) for i in range(len(t["values"]))])
        shape = self._types[t["name"]]
        if shape["t"] == "enum":
            return self._constants([encode(i) for i in range(len(shape["members"]))])
        return self._struct(shape, depth)

    def _leaf(self, kind: str) -> Fragment:
        wild, calm, rnd = self._leaf_pools[kind], self._calm_pools[kind], self._random
        if kind == "int":
            fresh_int = self._fresh_int
        elif kind == "float":
            fresh_int = self._fresh_float
        else:
            fresh_int = None
        wild_n, calm_n = len(wild), len(calm)

        def leaf() -> bytes:
            r = rnd()
            # Three in four values are ordinary even at first: a call in which every leaf is
            # extreme ends in its first check, and says nothing about what comes after.
            if r < 0.25 * self._wildness:
                return wild[int(rnd() * wild_n)]
            if fresh_int is not None and r < 0.55:
                return fresh_int()
            return calm[int(rnd() * calm_n)]

        return leaf

    def _fresh_int(self) -> bytes:
        return encode(int((self._random() - 0.5) * 2000))

    def _fresh_float(self) -> bytes:
        r = self._random()
        return encode(round(r * 200 - 50, 2) if r < 0.5 else r * 1e3 - 750)

    def _constants(self, values: list[bytes]) -> Fragment:
        rnd, n = self._random, len(values)
        return lambda: values[int(rnd() * n)]

    def _choice(self, makers: list[Fragment]) -> Fragment:
        rnd, n = self._random, len(makers)
        return lambda: makers[int(rnd() * n)]()

    def _after(self, prefix: bytes, make: Fragment) -> Fragment:
        return lambda: prefix + make()

    def _product(self, makers: list[Fragment]) -> Fragment:
        header = array_header(len(makers))
        return lambda: header + b"".join([make() for make in makers])

    def _struct(self, shape: dict[str, Any], depth: int) -> Fragment:
        makers = []
        for field in shape["fields"]:
            make = self._compile(field["type"], depth - 1)
            if shape["kind"] == "typeddict" and not field["required"]:
                make = self._choice([make, self._constants([encode(ABSENT)])])
            makers.append(make)
        return self._product(makers)

    def _optional(self, t: dict[str, Any], depth: int) -> Fragment:
        if depth <= 0:
            return lambda: b"\xc0"
        make, rnd = self._compile(t["item"], depth), self._random
        return lambda: b"\xc0" if rnd() < 0.3 else make()

    def _sequence(self, t: dict[str, Any], depth: int) -> Fragment:
        if depth <= 0:
            return lambda: b"\x90"
        item, rnd, sizes = self._compile(t["item"], depth - 1), self._random, SIZES
        n = len(sizes)

        def sequence() -> bytes:
            r = rnd()
            size = LARGE if r < 0.002 else sizes[int(rnd() * n)]
            items = [item() for _ in range(size)]
            if r > 0.9 and items:
                items.append(items[0])  # equal items are an edge of their own
            return array_header(len(items)) + b"".join(items)

        return sequence

    def _dict(self, t: dict[str, Any], depth: int) -> Fragment:
        if depth <= 0:
            return lambda: b"\x80"
        key, value = self._compile(t["key"], depth - 1), self._compile(t["value"], depth - 1)
        rnd, sizes = self._random, SIZES
        n = len(sizes)

        def mapping() -> bytes:
            pairs = {key(): value() for _ in range(sizes[int(rnd() * n)])}
            return map_header(len(pairs)) + b"".join([k + v for k, v in pairs.items()])

        return mapping

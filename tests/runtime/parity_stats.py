"""Oracles and arguments for `statistics`. Only the standard library."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any


def oracle(key: str) -> Callable[..., Any] | None:
    module, _, name = key.partition(".")
    if module != "statistics":
        return None
    if name == "quantiles":
        return lambda data, n: statistics.quantiles(data, n=n)
    found: Callable[..., Any] = getattr(statistics, name)
    return found


def arguments(key: str, kinds: list[Any], maker: Any) -> list[Any] | None:
    """Lists that are long enough, of finite numbers near each other or far apart."""
    if not key.startswith("statistics."):
        return None
    r = maker.random
    item = kinds[0][1]
    size = r.choice([2, 2, 3, 4, 7, 20])
    if item == ["float"]:
        base = r.choice([0.0, 1e9, -1e16, 0.1])
        items: list[Any] = [
            base + r.uniform(-1, 1) * 10.0 ** r.randint(-9, 9)
            if maker.chance(0.6)
            else maker.float()
            for _ in range(size)
        ]
        items = [x if math.isfinite(x) and abs(x) < 1e150 else 1.5 for x in items]
        if maker.chance(0.1):
            items = [items[0]] * size
    elif item == ["int"]:
        # What is worked out of them stays within 64 bits, where it is an int.
        far = r.choice([10, 10**6, 2**31])
        items = [r.randint(-far, far) for _ in range(size)]
    else:
        items = [maker.pick([maker.of(item) for _ in range(3)]) for _ in range(size)]
    made = tuple(items) if kinds[0][0] == "vtuple" else items
    return [made, r.randint(1, 12)][: len(kinds)]
